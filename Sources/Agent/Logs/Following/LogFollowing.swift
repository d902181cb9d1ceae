import CLinux
import Glibc
package import RequestLogs
package import Telemetry
package import Wire

/// Follows logs for a stream, and puts their counts, durations and samples into its ticks.
///
/// Without a state folder lines are read before each tick by the thread that samples, and nothing outlives the process.
/// What is read back at the start is read in slices between ticks, for a second of CPU at most, and none of them waits
/// for it. With a folder, `RecordedLogs` has a thread of its own.
///
/// What a backlog told is sent as late ticks, and only then what its services count now.
package final class LogFollowing: LoopSource, TickPart {
    /// Bytes read before one tick: some 20 ms of work. What is left is read before the next.
    private static let tickBytes = 16 << 20

    private enum Follower {
        case here(TailSet, ServiceConsumer)
        case recorded(RecordedLogs)
    }

    /// Bytes between two looks at what else is due, while logs are read back: some milliseconds of work.
    private static let sliceBytes = 1 << 20
    private static let readBackNanoseconds: UInt64 = 1_000_000_000
    /// A thread that samples after so long was stopped: what it knows of logs is old.
    private static let pauseNanoseconds: UInt64 = 5_000_000_000

    private let follower: Follower
    private var specs: [LogSpec]
    private var series = LogSeries()
    private var news = LogNews()
    /// Logs that were found and may not be read, by their paths, each with what must be done.
    package private(set) var notApplicable: [Label] = []
    /// As it was told with the last tick.
    private var told = LogNews()
    private var late = LateTicks()
    /// Always readable while logs are read back; -1 otherwise.
    private var bell: Int32 = -1
    private var readBackSpent: UInt64 = 0
    private var lastTick: UInt64?
    /// Whether news have come that told all there was.
    private var isReadToTheEnd = false
    /// News to come until logs that were added are among them.
    private var newsUntilAdded = 0
    /// News from before this moment of the boot clock are not told: those from behind a pause come in time.
    private var newsSince: UInt64 = 0

    /// Logs that were found and not named are followed up to here, each of which may be one service more.
    private static let specsMax = 256

    /// Throws for a format that is not known. No logs are followed as well, until some are found.
    package init(_ specs: [LogSpec], now: TickTime) throws(LogFormatError) {
        self.specs = LogSpec.completed(specs)
        let consumer = try ServiceConsumer(self.specs, keepsUnsaved: false)
        let tails = TailSet(
            sources: LogSpec.sources(of: self.specs), consumer: consumer, now: now)
        tails.readBackAllowance = TailSet.ReadBackAllowance()
        consumer.follows(tails)
        follower = .here(tails, consumer)
        beginReadingBack()
    }

    deinit {
        if bell >= 0 { close(bell) }
    }

    /// Goes on where the last process with this state folder stood.
    package init(
        recordedIn folder: RecorderOptions, _ specs: [LogSpec], now: TickTime
    ) throws(LogFollowingError) {
        self.specs = LogSpec.completed(specs)
        follower = .recorded(try RecordedLogs(self.specs, folder, now: now))
    }

    /// Where frames of samples go to be kept; nil where there is no folder.
    package var recording: Recording? {
        if case .recorded(let logs) = follower { logs.recording } else { nil }
    }

    /// Follows besides what a look has found and nobody follows yet; whether there are other logs now that may not be read.
    ///
    /// A log that is not found any longer is still followed: its writer may come back. A file that was made since the
    /// stream began is read from its beginning, any other is read back like those that were named.
    package func take(_ proposal: DiscoveryProposal) -> Bool {
        let room = max(0, Self.specsMax - specs.count)
        let found = proposal.specs.filter { spec in
            !specs.contains {
                $0.service == spec.service && $0.paths == spec.paths && $0.container == spec.container
            }
        }
        add(Array(found.prefix(room)))
        defer { notApplicable = proposal.closed }
        return notApplicable != proposal.closed
    }

    /// Follows besides what was named since; how many had no room.
    package func follow(_ named: [LogSpec]) -> Int {
        let room = max(0, Self.specsMax - specs.count)
        add(Array(named.prefix(room)))
        return max(0, named.count - room)
    }

    private func add(_ found: [LogSpec]) {
        let more = LogSpec.completed(found)
        if !more.isEmpty {
            switch follower {
            case .here(let tails, let consumer):
                for spec in more where (try? consumer.add(spec)) != nil { specs.append(spec) }
                tails.reconfigure(LogSpec.sources(of: specs))
                beginReadingBack()
            case .recorded(let logs):
                specs += more
                logs.follow(more)
                (newsUntilAdded, isReadToTheEnd) = (2, false)
            }
        }
    }

    /// Saves what was counted, before the process ends.
    package func end() {
        if case .recorded(let logs) = follower { logs.end() }
    }

    /// Lines are read once a tick and not as they come: a wake-up a line would cost more than the reading.
    package var descriptor: Int32 { bell }
    package var awaitsAnswer: Bool { false }

    private func beginReadingBack() {
        guard bell < 0 else { return }
        bell = clinux_bell()
        var one: UInt64 = 1
        if bell >= 0 { _ = unsafe withUnsafeBytes(of: &one) { unsafe write(bell, $0.baseAddress, 8) } }
    }

    /// Reads one slice of what is read back.
    package func readable() {
        guard bell >= 0, case .here(let tails, _) = follower else { return }
        let started = clinux_thread_cpu()
        let hasMore = tails.step(at: AgentLoop.now(), budget: Self.sliceBytes)
        readBackSpent &+= clinux_thread_cpu() &- started
        if hasMore, readBackSpent < Self.readBackNanoseconds { return }
        if hasMore { tails.passOverDue() }
        close(bell)
        bell = -1
    }

    package var showsLines: Bool = false {
        didSet {
            switch follower {
            case .here(_, let consumer): consumer.showLines(showsLines)
            case .recorded(let logs): logs.showLines(showsLines)
            }
        }
    }

    package func tick(at now: TickTime) {
        let isFirst = lastTick == nil
        if let lastTick, now.bootNanoseconds &- lastTick > Self.pauseNanoseconds {
            newsSince = now.bootNanoseconds
        }
        lastTick = now.bootNanoseconds
        guard !specs.isEmpty else {
            if case .recorded(let logs) = follower, logs.latest() != nil { settle(hasMore: false) }
            return
        }
        switch follower {
        case .here(let tails, let consumer):
            // The first tick waits for no log.
            guard !isFirst || bell < 0 else { return }
            if bell >= 0 { readable() }
            let hasMore = bell >= 0 || tails.step(at: now, budget: Self.tickBytes)
            tails.epochIsSaved()
            consumer.settle()
            consumer.deltasAreSaved()
            take(LogNews(consumer, tails, at: now, hasMore: hasMore))
        case .recorded(let logs):
            if let latest = logs.latest() { take(latest) }
        }
    }

    private func settle(hasMore: Bool) {
        newsUntilAdded = max(0, newsUntilAdded - 1)
        isReadToTheEnd = !hasMore && newsUntilAdded == 0
    }

    private func take(_ latest: LogNews) {
        settle(hasMore: latest.hasMore)
        let unsent = news
        news = latest
        news.take(unsent: unsent)
        late.take(&news)
    }

    // MARK: Late ticks

    package var hasLateTick: Bool { !late.isEmpty }
    package var isSettled: Bool { isReadToTheEnd && late.isEmpty }

    package func appendLateTick(to encoder: inout SampleEncoder, at now: TickTime) {
        guard let (time, news) = late.next() else { return }
        series.update(news, &encoder)
        let age = now.wall.milliseconds(since: time)
        encoder.beginTick(
            at: time, bootMilliseconds: Int64(now.bootNanoseconds / 1_000_000) &- age, isSnapshot: false,
            isLate: true)
        series.append(news, to: &encoder)
        encoder.endTick()
    }

    // MARK: In the tick

    package func define(in encoder: inout SampleEncoder) {
        told = news
        if !late.isEmpty || news.madeAt < newsSince {
            for place in told.services.indices where news.madeAt < newsSince || late.holds(place) {
                told.services[place].isTold = false
            }
        }
        series.update(told, &encoder)
    }

    package func append(to encoder: inout SampleEncoder) {
        series.append(told, to: &encoder)
    }

    package func appendEvents(to encoder: inout SampleEncoder, at now: TickTime) {
        for event in news.events { encoder.append(.event(event)) }
        news.events = []
        told = LogNews()
        // What is held here would be copied with the next line that counts.
        if case .here = follower { news = LogNews() }
    }
}

/// Why logs are not followed.
package enum LogFollowingError: Error, CustomStringConvertible {
    case format(LogFormatError)
    case state(RecorderError)
    case noThread

    package var description: String {
        switch self {
        case .format(let error): "\(error)"
        case .state(let error): "\(error)"
        case .noThread: "the kernel gave no thread to follow logs; raise the limit of processes (ulimit -u)"
        }
    }
}
