import Fleet
import Telemetry

/// The catalogue's signals of a service, over its window: what rules and queries ask for.
extension TrafficDeriver {
    /// A service's windows, and the numbers of its signals; -1 before there is something to tell.
    struct Summary: Sendable {
        var requests = ServiceWindow(seconds: 60)
        var statements = ServiceWindow(seconds: 300)
        var hasRequests = false
        var hasDurations = false
        var hasStatements = false
        var numbers = [Int32](repeating: -1, count: summarySignals.count)
    }

    static let summarySignals = [
        "http.rate", "http.errors", "http.error_ratio", "http.client_error_ratio", "http.p50", "http.p90",
        "http.p95", "http.p99", "db.p99",
    ]

    /// Of all services of the host: sums, and of quantiles the slowest's.
    static let hostSignals = [
        "http.rate.all", "http.error_ratio.all", "http.p50.slowest", "http.p95.slowest", "http.p99.slowest",
    ]

    /// All signals that it derives, by name.
    static let derivedNames = Set(summarySignals).union(hostSignals).union(metrics.values.map(\.signal))

    /// What services had in their windows, put together for their host.
    struct HostSum: Sendable {
        private var rate = Double.nan
        private var errors = 0.0
        private var slowest = [Double](repeating: .nan, count: 3)

        /// Takes a service in: its values, in the order of `summarySignals`.
        mutating func add(_ values: [Double]) {
            if values[0].isFinite {
                rate = (rate.isNaN ? 0 : rate) + values[0]
                errors += values[1]
            }
            for (place, signal) in [4, 6, 7].enumerated() where !(values[signal] <= slowest[place]) {
                if values[signal].isFinite { slowest[place] = values[signal] }
            }
        }

        /// In the order of `hostSignals`; NaN where there is none.
        var values: [Double] { [rate, rate > 0 ? errors / rate : .nan] + slowest }
    }

    private static let shares = [0.5, 0.9, 0.95, 0.99]

    /// The values of a summary, in the order of `summarySignals`; NaN where there is none.
    static func values(_ summary: Summary) -> [Double] {
        var values = [Double](repeating: .nan, count: summarySignals.count)
        if summary.hasRequests, let counts = summary.requests.counts {
            values[0] = counts.requests / counts.seconds
            values[1] = counts.serverErrors / counts.seconds
            if counts.requests > 0 {
                values[2] = counts.serverErrors / counts.requests
                values[3] = counts.clientErrors / counts.requests
            }
        }
        if summary.hasDurations {
            let durations = summary.requests.durations
            for (place, share) in shares.enumerated() {
                values[4 + place] = durations.quantile(share) ?? .nan
            }
        }
        if summary.hasStatements { values[8] = summary.statements.durations.quantile(0.99) ?? .nan }
        return values
    }
}
