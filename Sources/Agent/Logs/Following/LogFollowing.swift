package import RequestLogs
import Telemetry
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
    private var series = LogSeries()
    private var news = LogNews()

    /// Throws for a format that is not known.
    package init(_ specs: [LogSpec], now: TickTime) throws(LogFormatError) {
        let specs = LogSpec.completed(specs)
        let consumer = try ServiceConsumer(specs)
        let tails = TailSet(
            sources: LogSpec.sources(of: specs, start: .end), consumer: consumer, now: now)
        consumer.follows(tails)
        follower = .here(tails, consumer)
    }

    /// Goes on where the last process with this state folder stood.
    package init(recordedIn folder: String, _ specs: [LogSpec], now: TickTime) throws(LogFollowingError) {
        follower = .recorded(try RecordedLogs(specs, folder: folder, now: now))
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
