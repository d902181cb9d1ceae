import Canvas
import Text

/// The columns of the table of routes.
enum TrafficColumn: Int, Hashable, Sendable, CaseIterable {
    case state, name, rate, trend, clientErrors, serverErrors, median, p95, p99, slowest, outliers

    /// What can be sorted by.
    static let sortable = allCases.filter { $0 != .state && $0 != .trend && $0 != .outliers }

    /// What the sort picker calls it.
    var title: SafeText {
        switch self {
        case .name: "name"
        case .rate: "requests a second"
        case .clientErrors: "share answered 4xx"
        case .serverErrors: "share answered 5xx"
        case .median: "p50"
        case .p95: "p95"
        case .p99: "p99"
        case .slowest: "slowest"
        case .state, .trend, .outliers: ""
        }
    }

    var isAscendingAtFirst: Bool { self == .name }

    /// What is sorted by and shown; NaN where there is none.
    func value(_ figures: TrafficFigures) -> Double {
        switch self {
        case .rate: figures.rate
        case .clientErrors: figures.clientErrorRatio
        case .serverErrors: figures.serverErrorRatio
        case .median: figures.quantile(0.5)
        case .p95: figures.quantile(0.95)
        case .p99: figures.quantile(0.99)
        case .slowest: figures.slowest
        case .state, .name, .trend, .outliers: .nan
        }
    }

    func text(_ value: Double) -> SafeText {
        switch self {
        case .rate: Format.count(value)
        case .clientErrors, .serverErrors: Format.percent(value)
        case .median, .p95, .p99, .slowest: Format.seconds(value)
        case .state, .name, .trend, .outliers: ""
        }
    }

    func style(_ value: Double) -> Style {
        guard !value.isNaN else { return Style(.muted) }
        switch self {
        case .serverErrors:
            return value > 0.05
                ? Style(.critical, bold: true)
                : value > 0.01 ? Style(.warning) : value == 0 ? Style(.muted) : .plain
        case .clientErrors where value == 0: return Style(.muted)
        case .p99 where value > 5: return Style(.warning)
        default: return .plain
        }
    }

    func tableColumn(
        name: SafeText, nameWidth: Int, span: SafeText, sort: Table.SortMark
    ) -> Table.Column {
        switch self {
        case .state: column("", 2, 0, sort)
        case .name:
            Table.Column(
                name, width: .flexible(minimum: nameWidth, weight: 1), alignment: .left, sort: sort)
        case .rate: column("REQ/s", 6, 0, sort)
        case .trend:
            Table.Column(span, width: .flexible(minimum: 8, weight: 2), alignment: .right, priority: 6)
        case .clientErrors: column("4XX%", 5, 5, sort)
        case .serverErrors: column("5XX%", 5, 1, sort)
        case .median: column("P50", 7, 3, sort)
        case .p95: column("P95", 7, 4, sort)
        case .p99: column("P99", 7, 1, sort)
        case .slowest: column("MAX", 7, 5, sort)
        case .outliers:
            Table.Column(
                "OUTLIER HOSTS VS REST", width: .flexible(minimum: 24, weight: 1), alignment: .left,
                priority: 7)
        }
    }

    private func column(_ title: SafeText, _ width: Int, _ priority: Int, _ sort: Table.SortMark)
        -> Table.Column
    {
        Table.Column(title, width: .fixed(width), alignment: .right, priority: priority, sort: sort)
    }
}
