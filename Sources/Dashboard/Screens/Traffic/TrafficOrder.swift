import Fleet
import Telemetry
import Text

/// The rows of the table with their figures, in their order.
struct TrafficOrder: Sendable {
    struct Basis: Hashable, Sendable {
        var column = TrafficColumn.rate
        var isInverted = false
    }

    struct Row: Sendable {
        let id: TrafficRowID
        let name: SafeText
        /// Place in ``TrafficBoard/rows``.
        let track: Int
        let figures: TrafficFigures
        /// Whether it is a database's statements, which no status is known of.
        let isDatabase: Bool
        /// Hosts that stand out, as drawn; empty where none does.
        var outliers: SafeText = ""
    }

    private(set) var rows: [Row] = []

    init() {}

    /// - Parameters:
    ///   - places: the steps of which the figures are, as places in the tracks.
    ///   - held: rows to keep in their order, those that are new at the end; nil to sort.
    init(
        _ plan: TrafficPlan, _ board: TrafficBoard, _ basis: Basis, places: Range<Int>, held: [TrafficRowID]?
    ) {
        rows = plan.rows.indices.map { place in
            let id = plan.rows[place]
            return Row(
                id: id, name: Self.name(id), track: place, figures: board.rows[place].figures(of: places),
                isDatabase: plan.databaseRows.contains(place))
        }
        sort(basis)
        if let held { keep(held) }
    }

    private static func name(_ id: TrafficRowID) -> SafeText {
        let name: SafeText = id.name.isEmpty ? "-" : SafeText(id.name)
        return id.service.map { "\(SafeText($0)) \(name)" } ?? name
    }

    /// What has no value stands last either way.
    private mutating func sort(_ basis: Basis) {
        let isAscending = basis.column.isAscendingAtFirst != basis.isInverted
        let keys = rows.map { basis.column.value($0.figures) }
        let order = rows.indices.sorted { left, right in
            let (one, other) = (keys[left], keys[right])
            if one != other, !(one.isNaN && other.isNaN) {
                if one.isNaN || other.isNaN { return other.isNaN }
                return (one < other) == isAscending
            }
            let isBefore = NaturalOrder.isBefore(rows[left].name.string, rows[right].name.string)
            let isSame = rows[left].name == rows[right].name
            return basis.column == .name && !isSame ? isBefore == isAscending : isBefore
        }
        rows = order.map { rows[$0] }
    }

    private mutating func keep(_ held: [TrafficRowID]) {
        var places = Dictionary(
            rows.indices.map { (rows[$0].id, $0) }, uniquingKeysWith: { first, _ in first })
        let kept = held.compactMap { places.removeValue(forKey: $0) }
        rows = kept.map { rows[$0] } + rows.indices.filter { places[rows[$0].id] != nil }.map { rows[$0] }
    }

    /// Works out which hosts stand out in rows that are routes.
    mutating func findOutliers(
        _ state: TrafficState, _ plan: TrafficPlan, steps: ClosedRange<Int64>, names: ShortHosts
    ) {
        var answers: [Int: [HostID: OutlierHosts.Answers]] = [:]
        for entry in plan.entries {
            guard let row = entry.row else { continue }
            let series = state.series[entry.series]
            answers[row, default: [:]][series.host, default: OutlierHosts.Answers()]
                .add(series, codes: entry.codes, of: state, steps: steps)
        }
        for place in rows.indices {
            let found = OutlierHosts(answers[rows[place].track] ?? [:])
            rows[place].outliers = found.findings.map { $0.text(names) }.joined(separator: "  ")
        }
    }
}
