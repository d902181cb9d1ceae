import Synchronization
import Telemetry

/// Ends the sources of single hosts while the others go on.
final class SourceStops: Sendable {
    private struct Stop {
        let end: AsyncStream<Never>.Continuation
        let ended: AsyncStream<Never>
    }

    private let stops = Mutex<[HostID: Stop]>([:])

    /// Runs a source until it ends by itself, its task is cancelled, or it is to stop.
    func run(_ host: HostID, _ source: @escaping @Sendable () async -> Void) async {
        let (wish, end) = AsyncStream.makeStream(of: Never.self)
        let (ended, isOver) = AsyncStream.makeStream(of: Never.self)
        stops.withLock { $0[host] = Stop(end: end, ended: ended) }
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await source() }
            tasks.addTask { for await _ in wish {} }
            await tasks.next()
            tasks.cancelAll()
        }
        isOver.finish()
    }

    /// Returns when the host's source is gone with its child.
    func stop(_ host: HostID) async {
        guard let stop = stops.withLock({ $0.removeValue(forKey: host) }) else { return }
        stop.end.finish()
        for await _ in stop.ended {}
    }
}
