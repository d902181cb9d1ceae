import RequestLogs
import Synchronization
import Telemetry
import Wire

/// Logs that are followed by the disk's thread, with offsets and counts in one record each second: a process that is
/// killed, and the one that comes after it, count each line once.
///
/// The thread that samples takes the latest news and never waits for a disk.
final class RecordedLogs {
    /// Until what was written while nobody followed has been read, nothing is told, so that its counts are part of where
    /// the counters begin; but no longer than this.
    private static let catchUpNanoseconds: UInt64 = 10_000_000_000

    /// What one thread leaves for the other.
    private final class Exchange: Sendable {
        let latest = Mutex<LogNews?>(nil)
        let showsLines = Atomic(false)
    }

    /// Made by the thread that starts, then used by the disk's alone: `init` gives it away and keeps nothing of it.
    private final class Handover: @unchecked Sendable {
        let recorder: Recorder
        let consumer: ServiceConsumer

        init(_ recorder: Recorder, _ consumer: ServiceConsumer) {
            self.recorder = recorder
            self.consumer = consumer
        }
    }

    private let exchange = Exchange()
    private let thread: DiskThread

    init(_ specs: [LogSpec], folder: String, now: TickTime) throws(LogFollowingError) {
        let specs = LogSpec.completed(specs)
        let handover = try Self.handover(specs, folder, now)
        let sources = LogSpec.sources(of: specs)
        let thread = DiskThread(FrameQueue()) { [exchange] in
            let consumer = handover.consumer
            let follower = LogFollower(
                sources: sources, consumer: consumer, recorder: handover.recorder, now: now)
            var isCaughtUp = false
            follower.told = { [unowned follower] moment, hasMore in
                isCaughtUp =
                    isCaughtUp || !hasMore
                    || moment.bootNanoseconds &- now.bootNanoseconds >= Self.catchUpNanoseconds
                guard isCaughtUp else { return }
                consumer.showLines(exchange.showsLines.load(ordering: .relaxed))
                var news = LogNews(consumer, follower.tails, at: moment)
                exchange.latest.withLock { latest in
                    news.take(unsent: latest?.events ?? [])
                    latest = news
                }
            }
            return follower
        }
        guard let thread else { throw .noThread }
        self.thread = thread
    }

    private static func handover(
        _ specs: [LogSpec], _ folder: String, _ now: TickTime
    ) throws(LogFollowingError) -> Handover {
        let consumer: ServiceConsumer
        do throws(LogFormatError) {
            consumer = try ServiceConsumer(specs)
        } catch {
            throw .format(error)
        }
        do throws(RecorderError) {
            let recorder = try Recorder(
                RecorderOptions(folder: folder), disk: LinuxDisk(), now: now,
                newLedger: UInt64.random(in: 1 ... .max))
            return Handover(recorder, consumer)
        } catch {
            throw .state(error)
        }
    }

    /// What is new since the last call, if anything is.
    func latest() -> LogNews? {
        exchange.latest.withLock { latest in
            defer { latest = nil }
            return latest
        }
    }

    /// Whether lines are told as they come, from the next second on.
    func showLines(_ isShowing: Bool) { exchange.showsLines.store(isShowing, ordering: .relaxed) }

    func end() { thread.end() }
}
