import Canvas
import Fleet
import Telemetry
import Text

/// The columns of the fleet table, from the left.
enum FleetColumn: Int, Hashable, Sendable, CaseIterable {
    case state, host, group, agent, cpu, trend, memory, memoryTrend, pressure, load, disk, network, requests,
        errors,
        slowest, failed, uptime, seen

    /// Those that stand there only where some host's logs tell of requests.
    static let ofRequests: Set<FleetColumn> = [.requests, .errors, .slowest]

    /// The signal whose value it shows; nil where it is a sum or no number.
    var signal: String? {
        switch self {
        case .cpu: "cpu"
        case .memory: "memory.used"
        case .load: "load.1"
        case .disk: "disk.fullest"
        case .failed: "units.failed"
        case .uptime: "host.uptime"
        case .requests: "http.rate.all"
        case .errors: "http.error_ratio.all"
        case .slowest: "http.p99.slowest"
        case .state, .host, .group, .agent, .trend, .memoryTrend, .pressure, .network, .seen: nil
        }
    }

    /// What the sort picker calls it.
    var name: SafeText {
        switch self {
        case .state: "state, worst first"
        case .host: "host"
        case .group: "group"
        case .agent: "version of the agent"
        case .cpu: "cpu"
        case .memory: "memory"
        case .pressure: "pressure, the worst of cpu, memory and i/o"
        case .load: "load of one minute"
        case .disk: "fullest filesystem"
        case .network: "network, received and sent"
        case .requests: "requests a second"
        case .errors: "share of requests answered 5xx"
        case .slowest: "p99 of the slowest service"
        case .failed: "failed units"
        case .uptime: "uptime"
        case .seen: "time since the last data"
        case .trend, .memoryTrend: ""
        }
    }

    /// What can be sorted by.
    static let sortable = allCases.filter { ![.trend, .memoryTrend, .agent].contains($0) } + [.agent]

    /// Names begin with the first, loads with the largest, and states with the worst.
    var isAscendingAtFirst: Bool { self == .state || self == .host || self == .group || self == .agent }

    /// The value that is shown and sorted by; NaN where there is none.
    func value(_ host: HostState, at time: Timestamp, now: Timestamp) -> Double {
        if let signal { return host.value(signal, at: time) }
        switch self {
        case .pressure:
            return ["pressure.cpu", "pressure.memory", "pressure.io"].map { host.value($0, at: time) }
                .reduce(.nan) { $0 > $1 || $1.isNaN ? $0 : $1 }
        case .network:
            let sides = (host.value("net.receive.all", at: time), host.value("net.transmit.all", at: time))
            return sides.0.isNaN ? sides.1 : sides.1.isNaN ? sides.0 : sides.0 + sides.1
        case .seen:
            return host.lastSeen.map { max(0, Double(now.milliseconds(since: $0)) / 1000) } ?? .nan
        default: return .nan
        }
    }

    func text(_ value: Double) -> SafeText {
        guard !value.isNaN else { return Format.absent }
        switch self {
        case .cpu, .memory, .pressure, .disk: return Format.fixed(value * 100, places: 0)
        case .load: return Format.number(value)
        case .network: return Format.bytes(value)
        case .requests: return Format.count(value)
        case .errors: return Format.percent(value)
        case .slowest: return Format.seconds(value)
        case .failed: return Format.count(value)
        case .uptime: return Format.age(value)
        // What came within the last seconds is current; a figure that counts from 0 to 1 and back is but noise.
        case .seen: return value < 4 ? "now" : Format.age(value)
        case .state, .host, .group, .agent, .trend, .memoryTrend: return ""
        }
    }

    func style(_ value: Double) -> Style {
        if value.isNaN { return Style(.muted) }
        switch self {
        case .cpu, .memory: return value > 0.95 ? Style(.critical) : value > 0.8 ? Style(.warning) : .plain
        case .disk: return value > 0.97 ? Style(.critical) : value > 0.9 ? Style(.warning) : .plain
        case .pressure: return value > 0.4 ? Style(.critical) : value > 0.1 ? Style(.warning) : .plain
        case .errors: return value > 0.05 ? Style(.critical) : value > 0.01 ? Style(.warning) : .plain
        case .slowest: return value > 5 ? Style(.warning) : .plain
        case .failed: return value >= 1 ? Style(.warning) : Style(.muted)
        case .seen: return value < 4 ? Style(.muted) : Style(.stale)
        case .uptime: return Style(.muted)
        case .state, .host, .group, .agent, .trend, .memoryTrend, .load, .network, .requests: return .plain
        }
    }

    /// By how much a value must move between two looks to be worth an arrow; nil for none.
    var notableChange: Double? {
        switch self {
        case .cpu, .memory, .pressure: 0.1
        case .disk: 0.02
        case .errors: 0.01
        case .failed: 1
        default: nil
        }
    }

    func tableColumn(hostWidth: Int, groupWidth: Int, span: SafeText, sort: Table.SortMark) -> Table.Column {
        switch self {
        case .state: column("", 3, 0, .right, sort)
        case .host: column("HOST", hostWidth, 0, .left, sort)
        case .group: column("GROUP", groupWidth, 6, .left, sort)
        case .agent: column("AGENT", 8, 6, .left, sort)
        // A place for the arrow is kept behind each number.
        case .cpu: column("CPU%", 5, 0, .right, sort)
        case .trend:
            Table.Column(span, width: .flexible(minimum: 10, weight: 1), alignment: .right, priority: 8)
        case .memory: column("MEM%", 5, 1, .right, sort)
        case .memoryTrend:
            Table.Column(span, width: .flexible(minimum: 10, weight: 1), alignment: .right, priority: 9)
        case .pressure: column("PSI%", 5, 3, .right, sort)
        case .load: column("LOAD", 5, 5, .right, sort)
        case .disk: column("DISK%", 6, 2, .right, sort)
        case .network: column("NET/s", 6, 4, .right, sort)
        case .requests: column("REQ/s", 6, 2, .right, sort)
        case .errors: column("5XX%", 6, 1, .right, sort)
        case .slowest: column("P99", 8, 2, .right, sort)
        case .failed: column("FAIL", 5, 3, .right, sort)
        case .uptime: column("UP", 4, 7, .right, sort)
        case .seen: column("SEEN", 5, 2, .right, sort)
        }
    }

    private func column(
        _ title: SafeText, _ width: Int, _ priority: Int, _ alignment: TextAlignment, _ sort: Table.SortMark
    ) -> Table.Column {
        Table.Column(title, width: .fixed(width), alignment: alignment, priority: priority, sort: sort)
    }
}
