import Fleet
import Telemetry

/// Which series, and which of their statuses, are meant by the query and the chosen service, and in which row of the table
/// each is.
struct TrafficPlan: Hashable, Sendable {
    /// What a plan is made for.
    struct Basis: Hashable, Sendable {
        /// nil for all services.
        var service: String?
        var grouping = TrafficGrouping.route
        var query = ""
        var scope: Set<HostID>?
        var host: HostID?
    }

    struct Entry: Hashable, Sendable {
        let series: Int
        /// Places of the codes that are meant, and the row of each where rows are statuses.
        let codes: [Int]
        var codeRows: [Int] = []
        /// The row where rows are anything else.
        var row: Int?
    }

    private(set) var entries: [Entry] = []
    private(set) var rows: [TrafficRowID] = []
    /// Rows that there would be without the query.
    private(set) var rowTotal = 0
    /// Rows that are a database's statements.
    private(set) var databaseRows: Set<Int> = []
    /// Whether the query keeps some statuses of a series and not others; durations are not told apart by them.
    private(set) var isNarrowedByCode = false

    init() {}

    init(_ state: TrafficState, _ basis: Basis, _ context: ScreenContext, reading: TrafficReading) {
        var places: [TrafficRowID: Int] = [:]
        var all: Set<TrafficRowID> = []
        for (place, series) in state.series.enumerated() {
            if let host = basis.host, series.host != host { continue }
            if let scope = basis.scope, !scope.contains(series.host) { continue }
            let service = state.services[series.service].name
            let isDatabase = state.services[series.service].isDatabase
            let isChosen = basis.service.map { $0 == service } ?? true
            // Statements are no answers: their one row has its place among routes, not among hosts or statuses of them.
            let isListed = isChosen && (basis.service != nil || !isDatabase || basis.grouping == .route)
            if isListed { all.formUnion(Self.ids(series, state, basis)) }
            guard let codes = Self.codes(series, state, basis, context, reading) else { continue }
            isNarrowedByCode = isNarrowedByCode || isChosen && codes.count < series.codes.count
            var entry = Entry(series: place, codes: codes)
            if isListed {
                let own = Self.ids(series, state, basis, codes: codes).map { id in
                    if let row = places[id] { return row }
                    places[id] = rows.count
                    rows.append(id)
                    return rows.count - 1
                }
                if basis.grouping == .code { entry.codeRows = own } else { entry.row = own.first }
            }
            if isDatabase { databaseRows.formUnion(entry.codeRows + (entry.row.map { [$0] } ?? [])) }
            entries.append(entry)
        }
        rowTotal = all.count
    }

    /// The rows of a series: one, or one for each of its codes.
    private static func ids(
        _ series: TrafficSeries, _ state: TrafficState, _ basis: Basis, codes: [Int]? = nil
    ) -> [TrafficRowID] {
        switch basis.grouping {
        case .route:
            let service = basis.service == nil ? state.services[series.service].name : nil
            return [TrafficRowID(service: service, name: state.route(of: series))]
        case .host: return [TrafficRowID(service: nil, name: series.host.name)]
        case .method: return [TrafficRowID(service: nil, name: series.method)]
        case .code:
            return (codes ?? Array(series.codes.indices)).map {
                TrafficRowID(service: nil, name: series.codes[$0])
            }
        }
    }

    /// The codes that the query means; nil where it means nothing of the series.
    private static func codes(
        _ series: TrafficSeries, _ state: TrafficState, _ basis: Basis, _ context: ScreenContext,
        _ reading: TrafficReading
    ) -> [Int]? {
        guard !context.query.isEmpty else { return Array(series.codes.indices) }
        func matches(_ code: String?) -> Bool {
            context.query.matches(
                TrafficLeaf(
                    host: series.host, hostState: context.state[series.host],
                    service: state.services[series.service].name, route: state.route(of: series),
                    method: series.method, code: code
                ) { reading.figures(service: series.service, route: series.route) })
        }
        guard !series.codes.isEmpty else { return matches(nil) ? [] : nil }
        let codes = series.codes.indices.filter { matches(series.codes[$0]) }
        return codes.isEmpty ? nil : codes
    }
}
