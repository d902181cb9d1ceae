import RequestLogs
import Synchronization
import Telemetry
import Wire

/// Logs that are followed by the disk's thread, with offsets and counts in one record each second: a process that is
/// killed, and the one that comes after it, count each line once.
///
/// The thread that samples takes the latest news and never waits for a disk.
final class RecordedLogs {
    /// What one thread leaves for the other.
    private final class Exchange: Sendable {
        let latest = Mutex<LogNews?>(nil)
        let showsLines = Atomic(false)
        /// Logs to follow besides, which the disk's thread has not taken yet.
        let found = Mutex<[LogSpec]>([])
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
    let recording: Recording

    init(_ specs: [LogSpec], _ options: RecorderOptions, now: TickTime) throws(LogFollowingError) {
        let specs = LogSpec.completed(specs)
        let handover = try Self.handover(specs, options, now)
        let recording = Recording(
            folder: options.folder, Self.status(of: handover.recorder, droppedBytes: 0))
        let (folder, queue, status) = (options.folder, recording.queue, recording.status)
        let thread = DiskThread(queue) { [exchange] in
            let consumer = handover.consumer
            var specs = specs
            let follower = LogFollower(
                sources: LogSpec.sources(of: specs), consumer: consumer, recorder: handover.recorder, now: now
            )
            follower.told = { [unowned follower] moment, hasMore in
                Self.take(exchange, folder, consumer, &specs, follower.tails)
                status.latest = Self.status(of: follower.recorder, droppedBytes: queue.droppedBytes)
                consumer.showLines(exchange.showsLines.load(ordering: .relaxed))
                var news = LogNews(consumer, follower.tails, at: moment, hasMore: hasMore)
                exchange.latest.withLock { latest in
                    if let latest { news.take(unsent: latest) }
                    latest = news
                }
            }
            return follower
        }
        guard let thread else { throw .noThread }
        self.thread = thread
        self.recording = recording
    }

    private static func handover(
        _ specs: [LogSpec], _ options: RecorderOptions, _ now: TickTime
    ) throws(LogFollowingError) -> Handover {
        let consumer: ServiceConsumer
        do throws(LogFormatError) {
            consumer = try ServiceConsumer(specs)
        } catch {
            throw .format(error)
        }
        do throws(RecorderError) {
            let recorder = try Recorder(
                options, disk: LinuxDisk(), now: now,
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

    /// Follows these besides, within a second.
    func follow(_ more: [LogSpec]) { exchange.found.withLock { $0 += more } }

    /// What is found is followed by later processes too, in the same order: a source that none of them knew would lose
    /// its place and its counts.
    private static func take(
        _ exchange: Exchange, _ folder: String, _ consumer: ServiceConsumer, _ specs: inout [LogSpec],
        _ tails: TailSet
    ) {
        let more = exchange.found.withLock { found in
            defer { found = [] }
            return found
        }
        guard !more.isEmpty else { return }
        for spec in more where (try? consumer.add(spec)) != nil { specs.append(spec) }
        FoundLogs.save(specs, in: folder)
        tails.reconfigure(LogSpec.sources(of: specs))
    }

    private static func status(of recorder: Recorder, droppedBytes: UInt64) -> Recording.Status {
        var status = Recording.Status()
        status.state = recorder.state
        status.oldest = recorder.oldest
        status.bytes = recorder.bytes
        status.droppedBytes = recorder.counters.droppedBytes &+ droppedBytes
        return status
    }

    func end() {
        recording.close()
        thread.end()
    }
}
