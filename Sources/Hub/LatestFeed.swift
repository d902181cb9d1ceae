/// What one screen is told of something as it stands: of what a slow one has not read only the newest waits.
package final class LatestFeed<Value: Sendable>: Sendable {
    package let values: AsyncStream<Value>
    private let continuation: AsyncStream<Value>.Continuation

    init() {
        (values, continuation) = AsyncStream.makeStream(
            of: Value.self, bufferingPolicy: .bufferingNewest(1))
    }

    func onTermination(_ body: @escaping @Sendable () -> Void) {
        continuation.onTermination = { _ in body() }
    }

    func send(_ value: Value) {
        continuation.yield(value)
    }

    package func finish() {
        continuation.finish()
    }
}
