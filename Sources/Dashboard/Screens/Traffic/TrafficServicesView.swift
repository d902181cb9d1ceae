import Canvas
import Fleet
import Text

/// The strips of services: requests, errors and p99, each with its last steps.
///
///       SERVICE   REQ/s  10m        ERR%  10m        P50    P99     10m
///     + web       41.2k  ▃▃▄▅▆▇▇▇   0.61  ▁▁▂▅▇█▆   41 ms  1.84 s  ▁▁▁▂▃▄▅▆
struct TrafficServicesView: Widget {
    let services: TrafficServices
    let chosen: String?
    let span: SafeText
    let lastStep: Int64
    let hasHeader: Bool
    let isFocused: Bool
    /// Alerts of a service; nil where none fires.
    let alert: (String) -> Alert?
    /// What stands on the strips of a service, nil for those of all.
    let marks: (String?) -> ChartMarks
    let stepMilliseconds: Int64

    private enum Column: Int, CaseIterable {
        case mark, name, rate, rates, errors, errorRatios, median, p99, p99s, note
    }

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        guard !rect.isEmpty else { return }
        let columns = Column.allCases.filter {
            $0 != .note || services.lines.contains { $0.logs.note != nil }
        }
        let rows = max(1, rect.height - (hasHeader ? 1 : 0))
        let heads = columns.map { head($0, rows: rows) }
        let widths = Dictionary(
            Table.layout(heads, width: rect.width).map { ($0.column, $0.width) }, uniquingKeysWith: { $1 })
        let place = services.lines.firstIndex { $0.service == chosen }
        Table(
            columns: heads, rowCount: services.lines.count, firstRow: services.firstLine,
            selected: isFocused ? place : nil, hasHeader: hasHeader,
            cell: { row, column in
                cell(
                    services.lines[row], columns[column], width: widths[column] ?? 0, isChosen: row == place)
            }
        ).draw(on: &buffer, in: rect)
    }

    /// `SERVICE`, or where some have no room, `SERVICE 1-4/7`.
    private func title(rows: Int) -> SafeText {
        let count = services.lines.count
        guard count > rows else { return "SERVICE" }
        let last = min(count, services.firstLine + rows)
        return
            "SERVICE \(Format.integer(services.firstLine + 1))-\(Format.integer(last))/\(Format.integer(count))"
    }

    private func head(_ column: Column, rows: Int) -> Table.Column {
        func fixed(_ title: SafeText, _ width: Int, _ priority: Int) -> Table.Column {
            Table.Column(title, width: .fixed(width), alignment: .right, priority: priority)
        }
        func spark(_ priority: Int) -> Table.Column {
            Table.Column(
                span, width: .flexible(minimum: 8, weight: 1), alignment: .right, priority: priority)
        }
        switch column {
        case .mark: return Table.Column("", width: .fixed(2))
        case .name:
            let width = services.lines.map { SafeText($0.service ?? "").width }.max() ?? 0
            let title = title(rows: rows)
            return Table.Column(title, width: .fixed(max(12, title.width, min(24, width))))
        case .rate: return fixed("REQ/s", 6, 0)
        case .rates: return spark(4)
        case .errors: return fixed("ERR%", 5, 0)
        case .errorRatios: return spark(5)
        case .median: return fixed("P50", 7, 2)
        case .p99: return fixed("P99", 7, 1)
        case .p99s: return spark(6)
        case .note: return Table.Column("LOG", width: .fixed(11), priority: 3)
        }
    }

    private func cell(
        _ line: TrafficServices.Line, _ column: Column, width: Int, isChosen: Bool
    ) -> Table.Cell {
        let figures = line.figures
        switch column {
        case .mark:
            let mark = TrafficMark(
                figures.trouble == .none && line.logs.isTrouble ? .warning : figures.trouble)
            let alert = line.service.flatMap(alert)
            if let alert, alert.severity == .critical || figures.trouble == .none {
                let fires = AlertMark(alert)
                return .text("\(!isChosen ? " " : isFocused ? ">" : "+")\(fires.text)", fires.style)
            }
            let place: SafeText = !isChosen ? " " : isFocused ? ">" : "+"
            return .text("\(place)\(mark.text)", mark.style)
        case .name:
            let style = isChosen ? Style(.accent, bold: true) : .plain
            guard let service = line.service else { return .text("all services", style) }
            return .text(SafeText(service), style)
        case .rate: return .text(TrafficColumn.rate.text(figures.rate), .plain)
        // A database's log has its slow statements alone.
        case .errors where line.isDatabase: return .text("slow", Style(.muted))
        case .errorRatios where line.isDatabase: return .empty
        case .errors:
            let value = figures.serverErrorRatio
            return .text(TrafficColumn.serverErrors.text(value), TrafficColumn.serverErrors.style(value))
        case .median: return seconds(figures.quantile(0.5))
        case .p99: return seconds(figures.quantile(0.99))
        case .rates: return spark(line, line.track.rates, .average, width, floor: 0)
        case .errorRatios: return spark(line, line.track.errorRatios, .maximum, width, floor: 0.05)
        case .p99s: return spark(line, line.track.quantiles(0.99), .maximum, width, floor: 0)
        case .note:
            return line.logs.note.map { .text($0, Style(line.logs.isTrouble ? .warning : .muted)) } ?? .empty
        }
    }

    private func seconds(_ value: Double) -> Table.Cell {
        .text(Format.seconds(value), value.isNaN ? Style(.muted) : .plain)
    }

    /// Scaled to the largest, and to `floor` at least, so that one error in a thousand is no tower.
    private func spark(
        _ line: TrafficServices.Line, _ values: [Double], _ combination: StepBuckets.Combination,
        _ width: Int, floor: Double
    ) -> Table.Cell {
        let cells = StepBuckets.cells(
            values, lastStep: lastStep, windowSteps: values.count, width: width, combination)
        let high = cells.filter { !$0.isNaN }.max() ?? 0
        let columns = StepColumns(lastStep: lastStep, windowSteps: values.count, width: width)
        return .spark(
            cells, low: 0, high: max(high, floor) > 0 ? max(high, floor) : 1,
            marks: marks(line.service).over(columns, stepMilliseconds: stepMilliseconds))
    }
}

/// The character before a row, which says the same as its colour.
struct TrafficMark {
    let text: SafeText
    let style: Style

    init(_ trouble: TrafficTrouble) {
        switch trouble {
        case .none: (text, style) = (" ", .plain)
        case .warning: (text, style) = ("!", Style(.warning, bold: true))
        case .critical: (text, style) = ("X", Style(.critical, bold: true))
        }
    }
}
