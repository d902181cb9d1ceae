package import Fleet

/// The alerts as one screen is told them; of what a slow one has not read only the newest waits.
package final class AlertFeed: Sendable {
    package let boards: AsyncStream<AlertBoard>
    private let continuation: AsyncStream<AlertBoard>.Continuation

    init() {
        (boards, continuation) = AsyncStream.makeStream(
            of: AlertBoard.self, bufferingPolicy: .bufferingNewest(1))
    }

    func onTermination(_ body: @escaping @Sendable () -> Void) {
        continuation.onTermination = { _ in body() }
    }

    func send(_ board: AlertBoard) {
        continuation.yield(board)
    }

    package func finish() {
        continuation.finish()
    }
}
