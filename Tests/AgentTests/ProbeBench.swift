import Agent
import Telemetry
import Wire

/// Probes with a sampler over them and a clock that the test moves; the readings as text, the ticks as frames decoded.
final class ProbeBench {
    let sampler: Sampler
    private var encoder = SampleEncoder()
    private var decoder = FrameDecoder()
    private var seconds: Int64 = 1_800_000_000
    /// Series that the wire's reader knows.
    private(set) var known: [Int32: String] = [:]

    /// What the probes read, for as long as they do.
    private let tree: FixtureTree?

    init(_ probes: [any Probe], over tree: FixtureTree? = nil) {
        self.tree = tree
        // A clock that stands still: no probe is over its budget.
        sampler = Sampler(probes, clock: { 0 })
    }

    var now: TickTime {
        TickTime(
            wall: Timestamp(seconds: seconds),
            bootNanoseconds: UInt64(seconds - 1_799_999_000) * 1_000_000_000)
    }

    func move(seconds: Int64) {
        self.seconds += seconds
    }

    /// One scrape's samples without the lines of types, `name{labels} value`.
    func scrape() -> [String] {
        sampler.scrape(at: now)
        seconds += 1
        return lines
    }

    var lines: [String] {
        Exposition.text(sampler.collectors, .prometheus).split(separator: "\n").map(String.init)
            .filter { !$0.hasPrefix("#") }
    }

    var failures: [ProbeError] { sampler.collectors.compactMap(\.failure) }

    /// One tick through the wire: the samples that the reader got.
    @discardableResult
    func tick() throws -> [String: Double] {
        sampler.tick(at: now, isSnapshot: false, into: &encoder)
        seconds += 1
        encoder.drain { decoder.append($0) }
        var samples: [String: Double] = [:]
        while let message = try decoder.next() {
            switch message {
            case .define(let series): known[series.index] = Exposition.name(of: series.definition.key)
            case .retire(let index): known[index] = nil
            case .tick(let tick):
                for sample in tick.samples { samples[known[sample.index] ?? "?"] = sample.value }
            default: break
            }
        }
        return samples
    }

    /// A tick of which nothing is looked at and nothing kept.
    func tickOnly() {
        sampler.tick(at: now, isSnapshot: false, into: &encoder)
        seconds += 1
        encoder.drain { _ in }
    }
}
