package import Fleet
import Telemetry

/// What the hub says of alerts now: the board, and the charts of those that somebody looks at.
package struct AlertsState: Sendable {
    package private(set) var board: AlertBoard?
    /// Counts the boards: what was worked out from one is done anew with the next.
    package private(set) var version = 0
    private var charts: [String: AlertChart] = [:]
    private var ofHosts: [String: Alert] = [:]
    private var ofServices: [String: Alert] = [:]
    /// By host, how many that fire are silenced.
    private var silenced: [String: Int] = [:]
    /// The gravest that fires and nobody silenced or took on; nil for none, or where it is information alone.
    private(set) var calling: Alert?
    /// Those that fire, silenced ones and information apart, and are no single host's.
    private(set) var beyondHosts: [Alert] = []
    /// A hub that ran hooks was followed by one that runs none: nobody is told any more.
    private(set) var hooksWentOff = false

    /// rules.yaml names hooks, and this hub runs none of them.
    var areHooksLeftOut: Bool { board.map { !$0.runsHooks && $0.hasHooks == true } ?? false }
    /// Whether the hub runs those that rules.yaml names.
    var runsHooks: Bool { board.map { $0.runsHooks && $0.hasHooks == true } ?? false }

    package init() {}

    package var alerts: [Alert] { board?.alerts ?? [] }

    func chart(of id: String) -> AlertChart? { charts[id] }

    /// The gravest alert of a host that nobody silenced; nil where none fires.
    func worst(of host: HostID) -> Alert? { ofHosts[host.name] }

    func silencedCount(of host: HostID) -> Int { silenced[host.name] ?? 0 }

    func worst(ofService service: String) -> Alert? { ofServices[service] }

    /// When the alert of that id began to fire last, of those of the last day; nil where none has it.
    func moment(of id: String) -> Timestamp? {
        guard let board else { return nil }
        let open = board.alerts.first { $0.id == id }
        return open.map { $0.firedAt ?? $0.since }
            ?? board.events.last { ($0.kind == .firing || $0.kind == .late) && $0.id == id }?.at
    }

    mutating func take(_ board: AlertBoard) {
        hooksWentOff = !board.runsHooks && (hooksWentOff || self.board?.runsHooks == true)
        self.board = board
        version += 1
        let ids = Set(board.alerts.map(\.id))
        charts = charts.filter { ids.contains($0.key) }
        (ofHosts, ofServices, silenced) = ([:], [:], [:])
        for alert in board.alerts where alert.state == .firing && !alert.silencedBy.isEmpty {
            if let host = alert.host { silenced[host, default: 0] += 1 }
        }
        for alert in board.alerts where alert.isLoud {
            if let host = alert.host { Self.keep(alert, in: &ofHosts, host) }
            if let service = alert.service { Self.keep(alert, in: &ofServices, service) }
        }
        let grave = board.alerts.filter { $0.isLoud && $0.severity > .info }
        calling = grave.filter { $0.acknowledged == nil }.max { $0.severity < $1.severity }
        beyondHosts = grave.filter { $0.host == nil }
    }

    mutating func take(_ chart: AlertChart) {
        charts[chart.id] = chart
    }

    private static func keep(_ alert: Alert, in places: inout [String: Alert], _ place: String) {
        if let known = places[place], known.severity >= alert.severity { return }
        places[place] = alert
    }
}

/// Alerts that fire since one board and not yet in the one before, for the bell.
struct NewAlerts {
    let alerts: [Alert]

    /// Nothing is new on the first board: whoever opens a screen is not rung at for what has been so for hours.
    init(from old: AlertBoard?, to new: AlertBoard) {
        guard let old else {
            alerts = []
            return
        }
        let known = Set(old.alerts.filter { $0.state == .firing }.map(\.id))
        alerts = new.alerts.filter { $0.isLoud && $0.acknowledged == nil && !known.contains($0.id) }
    }
}
