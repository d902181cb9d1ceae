import Synchronization

/// Ends a source's wait before its time, when a person says that the host may be well now.
package final class RetryBell: Sendable {
    private struct State {
        var isRung = false
        var sleeper: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    package init() {}

    package func ring() {
        let sleeper = state.withLock { state in
            state.isRung = true
            defer { state.sleeper = nil }
            return state.sleeper
        }
        sleeper?.resume()
    }

    /// Waits so long, or until it is rung, or the task is cancelled. A ring since the last wait ends it at once: what
    /// failed meanwhile may have begun before it.
    package func wait(milliseconds: Int64) async {
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try? await Task.sleep(for: .milliseconds(milliseconds)) }
            tasks.addTask { await self.rung() }
            await tasks.next()
            tasks.cancelAll()
        }
        // Also that of the sleeper who was let go.
        state.withLock { $0.isRung = false }
    }

    private func rung() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { sleeper in
                let isOver = state.withLock { state in
                    guard !state.isRung, !Task.isCancelled else { return true }
                    state.sleeper = sleeper
                    return false
                }
                if isOver { sleeper.resume() }
            }
        } onCancel: {
            ring()
        }
    }
}
