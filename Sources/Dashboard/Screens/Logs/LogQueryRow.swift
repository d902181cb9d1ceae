import Fleet
import Telemetry

/// A line as the query bar sees it.
struct LogQueryRow: QueryRow {
    let line: LogLine
    /// What is known of its host, for groups and tags.
    let host: HostState?

    static let attributes = ["host", "service", "level", "code", "route", "method", "path", "group", "kind"]

    func values(of attribute: String) -> [String] {
        switch attribute {
        case "host": [line.host.name]
        case "level": Self.levels(line)
        case "kind": [line.kind.rawValue]
        case "code", "status": line.labels["code"].map(TrafficLeaf.spellings(of:)) ?? []
        case "group": host?.summary?.groups ?? []
        default: (line.labels[attribute] ?? host?.summary?.tags[attribute]).map { [$0] } ?? []
        }
    }

    /// The lines around one that tells of an error: examples of the same service and route, and of the lines as they came,
    /// which name no route, those that hold the part of it that is the same in all.
    static func query(around sample: ErrorSample) -> String {
        let service = RowQuery.term("service", sample.service)
        guard !sample.route.isEmpty else { return service }
        let route = RowQuery.term("route", sample.route)
        let fixed = sample.route.prefix { $0 != ":" && $0 != "*" }
        guard fixed.utf8.count > 1, fixed.hasPrefix("/") else {
            return "\(service) (\(route) or not route=*)"
        }
        return "\(service) (\(route) or not route=* \(RowQuery.word(String(fixed))))"
    }

    /// The line's own word, and ours for it.
    private static func levels(_ line: LogLine) -> [String] {
        let own = line.labels["level"].map { [$0] } ?? []
        switch line.grade {
        case .error: return own + ["error"]
        case .warning: return own + ["warning"]
        case .plain: return own
        }
    }

    func value(of signal: String, statistic: Statistic?, windowSeconds: Int64?) -> Double? { nil }

    var words: [String] { [line.text, line.labels["service"] ?? ""] }
}
