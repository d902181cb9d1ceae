import Agent
import Fleet
import Glibc
import Hub
import Synchronization
import Telemetry
import TestSupport
import Wire

/// Hosts with the series that the agent finds on this machine and the requests of two services, a frame a second, under a
/// clock that `second` moves.
final class AlertCrowd {
    private final class Time: Sendable {
        let milliseconds = Mutex<Int64>(1_900_000_000_000)
    }

    private let hosts: [HostID]
    private let time = Time()
    private var definitions: [WireMessage]
    private var samples: [TickSample]
    private var isCounter: [Int32: Bool] = [:]
    private var random = SeededRandom(seed: 1)
    private var durations: [Int32: ExponentialHistogram] = [:]
    /// Of the memory that is left, which differs from host to host.
    private var memory: (available: Int, total: Double)?

    init(hostCount: Int) {
        hosts = (0..<hostCount).map { HostID("host\($0)") }
        (definitions, samples) = Self.machine()
        for message in definitions {
            guard case .define(let series) = message else { continue }
            isCounter[series.index] = series.definition.type == .counter
        }
        addServices()
        let total = value("node_memory_MemTotal_bytes")
        let available = place("node_memory_MemAvailable_bytes")
        if let total, let available { memory = (available, total) }
    }

    /// What the agent says of this machine in its first tick.
    private static func machine() -> ([WireMessage], [TickSample]) {
        var arguments = AgentArguments()
        arguments.processes = 0
        let parts = AgentParts(arguments)
        var encoder = SampleEncoder()
        var decoder = FrameDecoder()
        var definitions: [WireMessage] = []
        var samples: [TickSample] = []
        var now = AgentLoop.now()
        // What is read by a child comes with a later tick.
        for _ in 0..<12 {
            now.wall = now.wall.advanced(byMilliseconds: 1000)
            now.bootNanoseconds += 1_000_000_000
            for source in parts.sources where source.descriptor >= 0 {
                var waiting = pollfd(fd: source.descriptor, events: Int16(POLLIN), revents: 0)
                if poll(&waiting, 1, 20) > 0 { source.readable() }
            }
            parts.sampler.tick(at: now, isSnapshot: true, into: &encoder)
            encoder.drain { decoder.append($0) }
            while let message = try? decoder.next() {
                if case .define = message { definitions.append(message) }
                if case .tick(let tick) = message { samples = tick.samples }
            }
        }
        let known = Set(samples.map(\.index))
        return (
            definitions.filter {
                if case .define(let series) = $0 { known.contains(series.index) } else { false }
            },
            samples
        )
    }

    private func addServices() {
        var index: Int32 = (samples.map(\.index).max() ?? 0) + 1
        func add(_ name: String, _ labels: Labels, _ type: MetricType) {
            let definition = SeriesDefinition(SeriesKey(name, labels), type)
            definitions.append(
                .define(SeriesDescription(index: index, group: "logs", definition: definition)))
            isCounter[index] = type == .counter
            if type == .histogram {
                durations[index] = ExponentialHistogram()
            } else {
                samples.append(TickSample(index: index, ageMilliseconds: 0, value: 0))
            }
            index += 1
        }
        for service in ["shop", "search"] {
            for route in ["/", "/cart", "/items/:id"] {
                let labels = ["service": service, "route": route, "method": "GET"] as Labels
                for code in ["200", "404", "500"] {
                    add("martlet_http_requests_total", Labels(labels.pairs + [Label("code", code)]), .counter)
                }
                add("martlet_http_request_duration_seconds", labels, .histogram)
            }
            add("martlet_log_lines_total", ["service": service, "level": "info"], .counter)
        }
    }

    private func place(_ name: String) -> Int? {
        let index = definitions.compactMap { message -> Int32? in
            guard case .define(let series) = message, series.definition.key.name == name else { return nil }
            return series.index
        }.first
        return samples.firstIndex { $0.index == index }
    }

    private func value(_ name: String) -> Double? { place(name).map { samples[$0].value } }

    func core() -> HubCore {
        let time = time
        return HubCore(
            clock: HubClock(
                now: { Timestamp(milliseconds: time.milliseconds.withLock { $0 }) },
                steadyMilliseconds: { time.milliseconds.withLock { $0 } }))
    }

    func begin(_ core: HubCore) async {
        for host in hosts {
            _ = await core.add(SourceCommand(host: host, arguments: [], summary: host.name))
            await core.hasGreeted(host, agent: nil)
            await core.take(definitions, from: host)
        }
    }

    var seriesCount: Int { definitions.count }

    /// Each host holds the last `seconds` and answers for them, so that they count as late.
    func tellLate(_ seconds: Int64, to core: HubCore) async {
        let now = Timestamp(milliseconds: time.milliseconds.withLock { $0 })
        // One value is an answer; the rest is known from before.
        var encoder = SampleEncoder()
        let group = encoder.addGroup("late")
        encoder.define(SeriesDefinition(SeriesKey("late"), .gauge, .double), slot: 0, group: group)
        encoder.beginTick(at: now.advanced(byMilliseconds: -1000), isSnapshot: true)
        encoder.append(group: group, values: [Int64(bitPattern: 1.0.bitPattern)].span, ageMilliseconds: 0)
        encoder.endTick()
        let frames = encoder.drain { $0.withUnsafeBufferPointer { Array($0) } }
        for host in hosts {
            await core.attach(host) { _ in }
            await core.take(
                [
                    .have(from: now.advanced(byMilliseconds: -seconds * 1000), to: now),
                    .past(PastPortion(isFirst: true, isLast: true, frames: frames)),
                ], from: host)
        }
    }

    /// A second in which no host says anything.
    func pass() {
        time.milliseconds.withLock { $0 += 1000 }
    }

    /// The next second's frame of each host.
    func second() -> [(HostID, [WireMessage])] {
        let now = time.milliseconds.withLock { milliseconds in
            milliseconds += 1000
            return milliseconds
        }
        // A tenth moves, as on a machine that does something.
        for place in samples.indices where Int.random(in: 0..<10, using: &random) == 0 {
            let isRising = isCounter[samples[place].index] == true
            samples[place].value += isRising ? Double(Int.random(in: 1...50, using: &random)) : 0
        }
        var observed: [WireMessage] = []
        for index in durations.keys.sorted() {
            for _ in 0..<5 { durations[index]?.observe(Double.random(in: 0.001...0.4, using: &random)) }
            if let state = durations[index] { observed.append(.histogram(index: index, state)) }
        }
        return hosts.enumerated().map { number, host in
            var samples = samples
            if let memory { samples[memory.available].value = memory.total * (number % 100 < 3 ? 0.08 : 0.6) }
            let tick = Tick(
                sequence: 0, time: Timestamp(milliseconds: now), isSnapshot: true, samples: samples)
            return (host, [.tick(tick)] + observed)
        }
    }
}
