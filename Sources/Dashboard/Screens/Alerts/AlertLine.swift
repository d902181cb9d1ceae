import Fleet
import Telemetry

/// A row of the list of alerts: a rule of which several fire, one that others are because of, or an alert.
enum AlertLine: Hashable, Sendable {
    /// The places of its alerts among those that are listed.
    case rule(name: String, alerts: [Int])
    /// A host that is silent or a fleet that is cut off, and what is not told because of it.
    case cause(Int, members: [Int])
    /// `isMember`: it stands below its rule or its cause.
    case alert(Int, isMember: Bool)
}

/// Which alerts are listed, in which order.
struct AlertOrder: Hashable, Sendable {
    /// Those that match the filter: what needs somebody first.
    private(set) var alerts: [Alert] = []
    private(set) var lines: [AlertLine] = []
    private(set) var total = 0
    /// How often each began to fire in the last day, by name and place.
    private(set) var firings: [Place: Int] = [:]

    /// What names an alert among events, which have no labels.
    struct Place: Hashable, Sendable {
        let name: String
        let place: String
    }

    init() {}

    /// `folded` are rules whose alerts are not listed, `unfolded` the ids of causes whose members are.
    init(
        _ board: AlertBoard?, isGrouped: Bool, folded: Set<String>, unfolded: Set<String> = [],
        matches: (Alert) -> Bool
    ) {
        guard let board else { return }
        total = board.alerts.count
        // Within a rung the board's own order holds: the worst first, and of these the oldest.
        alerts = board.alerts.filter(matches).enumerated()
            .sorted { (Self.rung($0.element), $0.offset) < (Self.rung($1.element), $1.offset) }
            .map(\.element)
        for event in board.events where event.kind == .firing {
            firings[Place(name: event.subject, place: event.place), default: 0] += 1
        }
        lines =
            isGrouped
            ? Self.grouped(alerts, folded, unfolded) : alerts.indices.map { .alert($0, isMember: false) }
    }

    /// Nobody has it, somebody has it, not yet for long enough, nobody is told.
    private static func rung(_ alert: Alert) -> Int {
        if !alert.silencedBy.isEmpty || !alert.mutedBy.isEmpty { return 3 }
        if alert.state != .firing { return 2 }
        return alert.acknowledged == nil ? 0 : 1
    }

    /// What is not told because of another alert stands below that; the alerts of a rule stand together where its first one
    /// would.
    private static func grouped(_ alerts: [Alert], _ folded: Set<String>, _ unfolded: Set<String>)
        -> [AlertLine]
    {
        let causes = causes(alerts)
        let caused = Set(causes.values.joined())
        let rest = alerts.indices.filter { !caused.contains($0) && causes[$0] == nil }
        let members = Dictionary(grouping: rest) { alerts[$0].name }
        var seen: Set<String> = []
        return alerts.indices.flatMap { place -> [AlertLine] in
            if caused.contains(place) { return [] }
            if let members = causes[place] {
                let head = AlertLine.cause(place, members: members)
                return unfolded.contains(alerts[place].id)
                    ? [head] + members.map { .alert($0, isMember: true) } : [head]
            }
            let name = alerts[place].name
            guard seen.insert(name).inserted, let places = members[name] else { return [] }
            guard places.count > 1 else { return [.alert(places[0], isMember: false)] }
            let head = AlertLine.rule(name: name, alerts: places)
            return folded.contains(name) ? [head] : [head] + places.map { .alert($0, isMember: true) }
        }
    }

    /// By the place of an alert that mutes others, the places of those, in their order; of a fleet that is cut off also what
    /// its silent hosts mute.
    private static func causes(_ alerts: [Alert]) -> [Int: [Int]] {
        let firing = alerts.indices.filter { alerts[$0].state == .firing }
        let cutOff = firing.first { alerts[$0].condition.hasPrefix("fleet.silent_ratio ") }
        var silent: [String: Int] = [:]
        for place in firing where alerts[place].condition.hasPrefix("host.silent") {
            if let host = alerts[place].host { silent[host] = place }
        }
        var causes: [Int: [Int]] = [:]
        for (place, alert) in alerts.enumerated() {
            let byHost = alert.mutedBy.contains(.hostSilent) ? alert.host.flatMap { silent[$0] } : nil
            let isCutOff = (byHost.map { alerts[$0] } ?? alert).mutedBy.contains(.hubCutOff)
            guard let cause = isCutOff ? cutOff ?? byHost : byHost, cause != place else { continue }
            causes[cause, default: []].append(place)
        }
        return causes
    }

    /// How often an alert began again within the last day.
    func flaps(of alert: Alert) -> Int {
        max(0, (firings[Place(name: alert.name, place: alert.place)] ?? 1) - 1)
    }
}

/// An alert as the query bar sees it.
struct AlertQueryRow: QueryRow {
    let alert: Alert

    static let attributes = ["alert", "severity", "state", "host", "service", "owner"]

    func values(of attribute: String) -> [String] {
        switch attribute {
        case "alert": [alert.name]
        case "severity": [alert.severity.rawValue]
        case "state": [alert.silencedBy.isEmpty ? alert.state.rawValue : "silenced"]
        case "owner": alert.acknowledged.map { [$0.by] } ?? []
        default: (alert.key.labels[attribute] ?? alert.labels[attribute]).map { [$0] } ?? []
        }
    }

    func value(of signal: String, statistic: Statistic?, windowSeconds: Int64?) -> Double? { nil }

    var words: [String] { [alert.name, alert.place, alert.summary, alert.id] }
}
