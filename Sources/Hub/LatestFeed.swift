package import Fleet

/// The hosts' states as one screen is told them; of what a slow one has not read only the newest waits.
package final class StateFeed: Sendable {
    package let summaries: AsyncStream<[HostSummary]>
    private let continuation: AsyncStream<[HostSummary]>.Continuation

    init() {
        (summaries, continuation) = AsyncStream.makeStream(
            of: [HostSummary].self, bufferingPolicy: .bufferingNewest(1))
    }

    func onTermination(_ body: @escaping @Sendable () -> Void) {
        continuation.onTermination = { _ in body() }
    }

    func send(_ hosts: [HostSummary]) {
        continuation.yield(hosts)
    }

    package func finish() {
        continuation.finish()
    }
}
