package import RequestLogs
import Telemetry
package import Wire

/// Follows logs for a stream: reads what they grew by before each tick, and puts counts, durations and samples into it.
///
/// Nothing outlives the process here: a stream's reader takes what has counted since it began.
package final class LogFollowing: LoopSource, TickPart {
    /// Bytes read before one tick: some 20 ms of work. What is left is read before the next.
    private static let tickBytes = 16 << 20

    package let consumer: ServiceConsumer
    package let tails: TailSet
    private let specs: [LogSpec]
    private var series = LogSeries()

    /// Throws for a format that is not known.
    package init(_ specs: [LogSpec], now: TickTime) throws(LogFormatError) {
        self.specs = specs
        consumer = try ServiceConsumer(specs)
        let sources = specs.enumerated().map { place, spec in
            TailSource(name: "\(place) \(spec.service)", paths: spec.paths, start: .end)
        }
        tails = TailSet(sources: sources, consumer: consumer, now: now)
        consumer.path = { [weak tails] file in tails?.files[file]?.path }
    }

    /// Lines are read once a tick and not as they come: a wake-up a line would cost more than the reading.
    package var descriptor: Int32 { -1 }
    package var awaitsAnswer: Bool { false }
    package func readable() {}

    package func tick(at now: TickTime) {
        tails.step(at: now, budget: Self.tickBytes)
        tails.epochIsSaved()
        consumer.settle()
        consumer.deltasAreSaved()
    }

    package func define(in encoder: inout SampleEncoder) {
        series.update(consumer, lags: lags(), tails.counters, &encoder)
    }

    package func append(to encoder: inout SampleEncoder) {
        series.append(consumer, to: &encoder)
    }

    package func appendEvents(to encoder: inout SampleEncoder, at now: TickTime) {
        for place in consumer.services.indices {
            let service = consumer.services[place].name
            for sample in consumer.takeSamples(of: place, at: now.wall) {
                encoder.append(.event(event(sample, service, at: now.wall)))
            }
        }
    }

    /// Bytes of each service's logs that are there and not read yet.
    private func lags() -> [UInt64] {
        var lags = [UInt64](repeating: 0, count: consumer.services.count)
        for file in tails.due where file.size > file.offset {
            lags[consumer.service(ofSource: file.source)] &+= file.size - file.offset
        }
        return lags
    }

    private func event(_ sample: ErrorSample, _ service: String, at time: Timestamp) -> WireEvent {
        var labels: [Label] = [
            Label("count", String(sample.count)),
            Label(
                "level", sample.severity == .none && sample.status >= 500 ? "error" : sample.severity.label),
            Label("service", service),
        ]
        if let method = sample.method {
            labels.append(Label("method", method.text))
            labels.append(Label("route", sample.route))
        }
        if sample.status > 0 { labels.append(Label("code", String(sample.status))) }
        if let path = tails.files[sample.file]?.path { labels.append(Label("path", path)) }
        return WireEvent(
            time: time, kind: "error-sample", labels: Labels(labels),
            text: String(decoding: sample.text, as: UTF8.self))
    }
}
