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

    /// All signals that it derives, by name.
    static let derivedNames = Set(summarySignals).union(metrics.values.map(\.signal))

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
