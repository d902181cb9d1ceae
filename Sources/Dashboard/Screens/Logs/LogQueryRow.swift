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
