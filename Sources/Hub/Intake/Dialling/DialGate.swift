/// Lets so many connections be opened at one time; the others wait their turn, in order.
package actor DialGate {
    private var limit: Int
    private var open = 0
    private var waiting: [(number: Int, turn: CheckedContinuation<Bool, Never>)] = []
    private var nextNumber = 0

    package init(limit: Int) {
        self.limit = limit
    }

    package func set(limit: Int) {
        self.limit = limit
        letIn()
    }

    /// Waits for a turn; false where the task was cancelled meanwhile, which then holds none.
    package func enter() async -> Bool {
        let number = nextNumber
        nextNumber += 1
        return await withTaskCancellationHandler {
            await withCheckedContinuation { turn in
                guard !Task.isCancelled else { return turn.resume(returning: false) }
                waiting.append((number, turn))
                letIn()
            }
        } onCancel: {
            Task { await self.giveUp(number) }
        }
    }

    /// The connection stands, or failed.
    package func leave() {
        open -= 1
        letIn()
    }

    private func letIn() {
        while open < limit, !waiting.isEmpty {
            open += 1
            waiting.removeFirst().turn.resume(returning: true)
        }
    }

    private func giveUp(_ number: Int) {
        guard let index = waiting.firstIndex(where: { $0.number == number }) else { return }
        waiting.remove(at: index).turn.resume(returning: false)
    }
}
