package import RequestLogs
package import Telemetry
package import Wire

/// Follows logs for a stream, and puts their counts, durations and samples into its ticks.
///
/// Without a state folder lines are read before each tick by the thread that samples, and nothing outlives the process: a
/// stream's reader takes what has counted since it began. With one, `RecordedLogs` has a thread of its own.
package final class LogFollowing: LoopSource, TickPart {
    /// Bytes read before one tick: some 20 ms of work. What is left is read before the next.
    private static let tickBytes = 16 << 20

    private enum Follower {
        case here(TailSet, ServiceConsumer)
        case recorded(RecordedLogs)
    }

    private let follower: Follower
    private var specs: [LogSpec]
    private var series = LogSeries()
    private var news = LogNews()
    /// Logs that were found and may not be read, by their paths, each with what must be done.
    package private(set) var notApplicable: [Label] = []

    /// Logs that were found and not named are followed up to here, each of which may be one service more.
    private static let specsMax = 256

    /// Throws for a format that is not known. No logs are followed as well, until some are found.
    package init(_ specs: [LogSpec], now: TickTime) throws(LogFormatError) {
        self.specs = LogSpec.completed(specs)
        let consumer = try ServiceConsumer(self.specs)
        let tails = TailSet(
            sources: LogSpec.sources(of: self.specs, start: .end), consumer: consumer, now: now)
        consumer.follows(tails)
        follower = .here(tails, consumer)
    }

    /// Goes on where the last process with this state folder stood.
    package init(recordedIn folder: String, _ specs: [LogSpec], now: TickTime) throws(LogFollowingError) {
        self.specs = LogSpec.completed(specs)
        follower = .recorded(try RecordedLogs(self.specs, folder: folder, now: now))
    }

    /// Follows besides what a look has found and nobody follows yet; whether there are other logs now that may not be read.
    ///
    /// A log that is not found any longer is still followed: its writer may come back. A file that was made since the
    /// stream began is read from its beginning, any other from where it ends now.
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
                tails.reconfigure(LogSpec.sources(of: specs, start: .end))
            case .recorded(let logs):
                specs += more
                logs.follow(more)
            }
        }
    }

    /// Saves what was counted, before the process ends.
    package func end() {
        if case .recorded(let logs) = follower { logs.end() }
    }

    /// Lines are read once a tick and not as they come: a wake-up a line would cost more than the reading.
    package var descriptor: Int32 { -1 }
    package var awaitsAnswer: Bool { false }
    package func readable() {}

    package var showsLines: Bool = false {
        didSet {
            switch follower {
            case .here(_, let consumer): consumer.showLines(showsLines)
            case .recorded(let logs): logs.showLines(showsLines)
            }
        }
    }

    package func tick(at now: TickTime) {
        guard !specs.isEmpty else { return }
        switch follower {
        case .here(let tails, let consumer):
            tails.step(at: now, budget: Self.tickBytes)
            tails.epochIsSaved()
            consumer.settle()
            consumer.deltasAreSaved()
            let unsent = news.events
            news = LogNews(consumer, tails, at: now)
            news.take(unsent: unsent)
        case .recorded(let logs):
            if let latest = logs.latest() {
                let unsent = news.events
                news = latest
                news.take(unsent: unsent)
            }
        }
    }

    package func define(in encoder: inout SampleEncoder) {
        series.update(news, &encoder)
    }

    package func append(to encoder: inout SampleEncoder) {
        series.append(news, to: &encoder)
    }

    package func appendEvents(to encoder: inout SampleEncoder, at now: TickTime) {
        for event in news.events { encoder.append(.event(event)) }
        news.events = []
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
