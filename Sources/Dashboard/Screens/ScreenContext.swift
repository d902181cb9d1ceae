package import Canvas
package import Fleet
package import Telemetry

/// What a screen may know of the rest of the dashboard; a value for one call, never kept.
package struct ScreenContext: Sendable {
    /// What the hub told. While a new view is on its way this is still the one before.
    package var state: FleetState
    /// What the hub says of alerts now, whatever moment is shown.
    package var alerts: AlertsState
    /// What it says of rollouts now.
    package var rollouts: RolloutsState
    /// The host that the Host screen is about; nil on screens of many.
    package var host: HostID?
    /// The hosts that were named when the dashboard started; nil for all.
    package var scope: Set<HostID>?
    package var localHost: HostID?
    /// The wall clock.
    package var now: Timestamp
    /// The moment that the time bar points to: that of the newest values while live.
    package var time: Timestamp
    package var isLive: Bool
    /// The distance between two points of a graph, and what `,` and `.` move by.
    package var stepMilliseconds: Int64
    /// The filter that holds; while somebody types what is no query, that is the last that was one.
    package var query: RowQuery
    /// Its text, which tells two of them apart.
    package var queryText: String
    /// The part of the terminal that is the screen's.
    package var body: Rect
    package var sizeClass: SizeClass
    /// What the local zone adds to UTC.
    package var offsetSeconds: Int
    package var isReadOnly: Bool

    /// Whether the screen is about that host, alone or with others.
    func isAbout(_ id: HostID) -> Bool { (host ?? id) == id && scope?.contains(id) ?? true }

    /// What the Host screen draws; nil while nothing is known of the host.
    package var hostState: HostState? { host.flatMap { state[$0] } }

    /// The moment at which a host's values are to be read: while it is live that of its own last values, so that a
    /// host whose clock is off, or that sends half a second later, shows no holes.
    package func time(of host: HostState) -> Timestamp {
        guard isLive, host.summary.map({ $0.state == .live }) ?? true, let last = host.lastTime else {
            return time
        }
        return last
    }
}

/// The rungs of the layout ladder. No terminal is too small; some just show less.
package enum SizeClass: Int, Hashable, Sendable, Comparable {
    /// Below 40x8: a summary in words.
    case summary
    /// Below 80 columns or 24 rows: one list and a status line.
    case list
    /// 80 to 99 columns: no sparklines.
    case narrow
    /// 100 to 159 columns.
    case normal
    /// From 160 columns on: detail beside the list.
    case wide

    package init(width: Int, height: Int) {
        self =
            if width < 40 || height < 8 { .summary } else if width < 80 || height < 24 {
                .list
            } else if width < 100 {
                .narrow
            } else if width < 160 { .normal } else { .wide }
    }

    package static func < (left: SizeClass, right: SizeClass) -> Bool {
        left.rawValue < right.rawValue
    }
}
