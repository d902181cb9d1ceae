package import Canvas
import Fleet
import Telemetry
import Text

extension DeploysScreen {
    private enum Column: Int, CaseIterable {
        case mark, time, ago, title, service, place, actor
    }

    package func headline(_ context: ScreenContext) -> [TextLine.Span] {
        guard !rows.isEmpty else { return [] }
        let deploys = rows.count { $0.kind == .deploy }
        let actions = rows.count - deploys
        return [
            TextLine.Span("\(Format.integer(deploys)) \(deploys == 1 ? "deploy" : "deploys")"),
            TextLine.Span(
                "   \(Format.integer(actions)) \(actions == 1 ? "action" : "actions")", Style(.muted)),
        ]
    }

    package func summary(_ context: ScreenContext) -> [TextLine.Span] {
        guard let mark = rows.first else { return [TextLine.Span("nothing was deployed")] }
        let ago = Double(context.now.milliseconds(since: mark.at)) / 1000
        return [
            TextLine.Span(SafeText(mark.sentence), mark.kind.style),
            TextLine.Span("\(Format.age(max(0, ago))) ago"),
        ]
    }

    package func draw(on buffer: inout CellBuffer, in rect: Rect, _ context: ScreenContext) {
        guard !rect.isEmpty else { return }
        guard !rows.isEmpty else { return drawEmpty(on: &buffer, in: rect, context) }
        let parts = rect.splitBottom(Self.hasComparison(rect) ? Self.comparisonRows : 0)
        drawTable(on: &buffer, in: parts.rest, context)
        guard let chosen, !parts.bottom.isEmpty else { return }
        DeployComparisonView(mark: chosen, comparison: DeployComparison(chosen, context))
            .draw(on: &buffer, in: parts.bottom)
    }

    private func drawTable(on buffer: inout CellBuffer, in rect: Rect, _ context: ScreenContext) {
        let columns = Column.allCases
        Table(
            columns: columns.map(head), rowCount: rows.count, firstRow: firstLine, selected: place,
            cell: { row, column in cell(rows[row], columns[column], isSelected: row == place, context) }
        ).draw(on: &buffer, in: rect)
    }

    private func head(_ column: Column) -> Table.Column {
        switch column {
        case .mark: Table.Column("", width: .fixed(2))
        case .time: Table.Column("AT", width: .fixed(16))
        case .ago: Table.Column("AGO", width: .fixed(4), alignment: .right, priority: 1)
        case .title: Table.Column("WHAT", width: .flexible(minimum: 16, weight: 1))
        case .service: Table.Column("SERVICE", width: .fixed(12), priority: 4)
        case .place: Table.Column("WHERE", width: .fixed(18), priority: 2)
        case .actor: Table.Column("BY", width: .fixed(10), priority: 3)
        }
    }

    private func cell(_ mark: Mark, _ column: Column, isSelected: Bool, _ context: ScreenContext)
        -> Table.Cell
    {
        switch column {
        case .mark:
            return .text("\(isSelected ? ">" : " ")\(mark.kind.letter)", mark.kind.style)
        case .time:
            let text = Format.dateTime(
                milliseconds: mark.at.milliseconds, offsetSeconds: context.offsetSeconds)
            return .text(text.prefix(columns: 16), Style(.muted))
        case .ago:
            return .text(
                Format.age(max(0, Double(context.now.milliseconds(since: mark.at)) / 1000)), Style(.muted))
        case .title:
            return .text(SafeText(mark.title), isSelected ? Style(.accent, bold: true) : .plain)
        case .service: return .text(SafeText(mark.service), .plain)
        case .place:
            let place = mark.group.isEmpty && mark.hosts.isEmpty ? "all hosts" : mark.place
            return .text(SafeText(place), .plain)
        case .actor: return .text(SafeText(mark.actor), Style(.muted))
        }
    }

    private func drawEmpty(on buffer: inout CellBuffer, in rect: Rect, _ context: ScreenContext) {
        let words: [SafeText] =
            if let loss = context.state.hubLoss {
                [
                    "The hub does not answer: \(SafeText(loss))",
                    "It is tried again; `martlet doctor` says more.",
                ]
            } else if !context.state.isComplete {
                ["Waiting for the hub."]
            } else {
                [
                    "Nothing was deployed or started that the hub knows of.",
                    "`martlet mark web 4.12.1` tells of what another tool deploys; x on Fleet or Host starts what hosts declare.",
                ]
            }
        WrappedText(words).draw(on: &buffer, in: rect.inset(left: 1, top: rect.height > 4 ? 1 : 0))
    }
}
