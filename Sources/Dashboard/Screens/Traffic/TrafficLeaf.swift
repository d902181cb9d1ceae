import Fleet
import Telemetry

/// The requests of one host, service, route, method and status, as the query bar sees them: the finest thing that it can
/// tell apart, so that rows, heatmap and totals are narrowed together.
///
/// Attributes are its own. Signals (`http.rate`, `http.p99`, `http.error_ratio`) are those of its route on all hosts:
/// `host=web1 http.p99 > 1s` is what web1 answers on the routes that are slow.
struct TrafficLeaf: QueryRow {
    let host: HostID
    /// What is known of the host, for groups and tags.
    let hostState: HostState?
    let service: String
    let route: String
    let method: String
    /// nil where the series has no status yet.
    let code: String?
    let figures: () -> TrafficFigures

    static let attributes = ["service", "route", "method", "code", "host", "group"]

    func values(of attribute: String) -> [String] {
        switch attribute {
        case "service": [service]
        case "route": [route]
        case "method": method.isEmpty ? [] : [method]
        case "code", "status": code.map { Self.spellings(of: $0) } ?? []
        case "host": [host.name]
        case "group": hostState?.summary?.groups ?? []
        default: hostState?.summary?.tags[attribute].map { [$0] } ?? []
        }
    }

    /// `504` is also `5xx`.
    static func spellings(of code: String) -> [String] {
        guard let first = code.utf8.first, (UInt8(ascii: "1")...UInt8(ascii: "5")).contains(first),
            code.utf8.count == 3
        else { return [code] }
        return [code, "\(code.prefix(1))xx"]
    }

    static let signals = [
        "http.rate", "http.errors", "http.error_ratio", "http.client_error_ratio", "http.p50", "http.p90",
        "http.p95", "http.p99", "db.slow_rate", "db.p99",
    ]

    func value(of signal: String, statistic: Statistic?, windowSeconds: Int64?) -> Double? {
        let figures = figures()
        let value: Double
        switch signal {
        case "http.rate", "db.slow_rate": value = figures.rate
        case "http.errors": value = figures.serverErrors
        case "http.error_ratio": value = figures.serverErrorRatio
        case "http.client_error_ratio": value = figures.clientErrorRatio
        case "http.p50": value = figures.quantile(0.5)
        case "http.p90": value = figures.quantile(0.9)
        case "http.p95": value = figures.quantile(0.95)
        case "http.p99", "db.p99": value = figures.quantile(0.99)
        default: return nil
        }
        return value.isNaN ? nil : value
    }

    var words: [String] { [service, route] + (code.map { Self.spellings(of: $0) } ?? []) }
}
