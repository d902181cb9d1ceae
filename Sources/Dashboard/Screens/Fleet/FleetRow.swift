import Fleet
import Telemetry

/// A host as the query bar sees it.
struct FleetRow: QueryRow {
    let host: HostState
    /// The moment whose values count.
    let time: Timestamp
    let now: Timestamp

    var words: [String] { [host.id.name] }

    func values(of attribute: String) -> [String] {
        switch attribute {
        case "host": [host.id.name]
        case "group": host.summary?.groups ?? []
        case "state": host.summary.map { [Self.word($0.state)] } ?? []
        case "version": host.summary.map { [$0.agentVersion] } ?? []
        case "kernel": host.facts.map { [$0.kernelRelease] } ?? []
        case "os": host.facts.map { [$0.operatingSystem] } ?? []
        default: host.summary?.tags[attribute].map { [$0] } ?? []
        }
    }

    func value(of signal: String, statistic: Statistic?, windowSeconds: Int64?) -> Double? {
        if signal == "host.silent" {
            return host.lastSeen.map { Double(now.milliseconds(since: $0)) / 1000 }
        }
        let name = Self.carried[signal] ?? signal
        let value: Double
        if let windowSeconds, let history = host.history(name) {
            let (milliseconds, overflow) = windowSeconds.multipliedReportingOverflow(by: 1000)
            let steps = overflow ? Int64(history.capacity) : milliseconds / history.stepMilliseconds
            let count = max(1, min(Int(clamping: steps), history.capacity))
            value = (statistic ?? .avg).of(history.values(endingAt: time, count: count))
        } else {
            value = host.value(name, at: time)
        }
        return value.isNaN ? nil : value
    }

    /// What a view of many hosts carries for a signal that has several instances: the worst, or the sum.
    private static let carried = [
        "disk.used": "disk.fullest", "disk.busy": "disk.busiest", "net.receive": "net.receive.all",
        "net.transmit": "net.transmit.all", "unit.failed": "units.failed", "http.rate": "http.rate.all",
        "http.error_ratio": "http.error_ratio.all", "http.p50": "http.p50.slowest",
        "http.p95": "http.p95.slowest", "http.p99": "http.p99.slowest",
    ]

    private static func word(_ state: LinkState) -> String {
        switch state {
        case .connecting: "connecting"
        case .live: "live"
        case .stale: "stale"
        case .failed: "failed"
        case .off: "off"
        }
    }
}

extension Statistic {
    /// Over the values that exist, by nearest rank; NaN where there is none.
    func of(_ values: [Double]) -> Double {
        let known = values.filter { !$0.isNaN }
        guard !known.isEmpty else { return .nan }
        switch self {
        case .avg: return known.reduce(0, +) / Double(known.count)
        case .min: return known.min() ?? .nan
        case .max: return known.max() ?? .nan
        case .p50: return Self.rank(0.5, known)
        case .p90: return Self.rank(0.9, known)
        case .p95: return Self.rank(0.95, known)
        case .p99: return Self.rank(0.99, known)
        }
    }

    private static func rank(_ share: Double, _ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted[
            Swift.max(0, Swift.min(sorted.count - 1, Int((share * Double(sorted.count)).rounded(.up)) - 1))]
    }
}
