package import Canvas
import Fleet
import Telemetry
import Text

extension DeploysScreen {
    private enum Column: Int, CaseIterable {
        case mark, time, ago, title, state, service, place, actor
    }

    package func headline(_ context: ScreenContext) -> [TextLine.Span] {
        if opened != nil, let rollout {
            let mark = RolloutMark(rollout)
            return [TextLine.Span("\(mark.text) \(mark.words)", mark.style)]
        }
        guard !rows.isEmpty else { return [] }
        var (rollouts, deploys, actions) = (0, 0, 0)
        for row in rows {
            switch row {
            case .rollout: rollouts += 1
            case .mark(let mark): if mark.kind == .deploy { deploys += 1 } else { actions += 1 }
            }
        }
        return [(rollouts, "rollout"), (deploys, "deploy"), (actions, "action")].enumerated().flatMap {
            place, kind -> [TextLine.Span] in
            guard kind.0 > 0 else { return [] }
            let words: SafeText = "\(Format.integer(kind.0)) \(SafeText(kind.1))\(kind.0 == 1 ? "" : "s")   "
            return [TextLine.Span(words, place == 2 ? Style(.muted) : .plain)]
        }
    }

    package func summary(_ context: ScreenContext) -> [TextLine.Span] {
        switch row {
        case nil: return [TextLine.Span("nothing was deployed")]
        case .rollout(let rollout):
            let mark = RolloutMark(rollout)
            var spans = [TextLine.Span("\(SafeText(rollout.title)) \(mark.words)", mark.style)]
            if let countdown = RolloutCountdown(rollout, now: context.now).words {
                spans.append(TextLine.Span(countdown))
            }
            if let digest = context.rollouts.digest(of: rollout.id) {
                spans.append(TextLine.Span(RolloutProgress(digest).words))
            }
            if let back = rollout.takenBack { spans.append(TextLine.Span(context.sentence(back))) }
            return spans + (rollout.text.isEmpty ? [] : [TextLine.Span(SafeText(rollout.text))])
        case .mark(let mark):
            return [
                TextLine.Span(SafeText(mark.sentence), mark.kind.style),
                TextLine.Span("\(age(mark.at.milliseconds, context)) ago"),
            ]
        }
    }

    package func draw(on buffer: inout CellBuffer, in rect: Rect, _ context: ScreenContext) {
        guard !rect.isEmpty else { return }
        guard !rows.isEmpty else { return drawEmpty(on: &buffer, in: rect, context) }
        let layout = layout(rect)
        if !layout.list.isEmpty { drawTable(on: &buffer, in: layout.list, context) }
        guard !layout.detail.isEmpty else { return }
        switch row {
        case nil: return
        case .mark(let mark):
            let comparison = comparison ?? DeployComparison(mark, context)
            DeployComparisonView(mark: mark, comparison: comparison).draw(on: &buffer, in: layout.detail)
        case .rollout(let rollout):
            if let opened, opened.showsHost, let host {
                RolloutHostPanel(
                    rollout: rollout, host: host,
                    isGoingOn: context.rollouts.digest(of: rollout.id)?.isGoingOn ?? false, back: opened.back,
                    context: context
                ).draw(on: &buffer, in: layout.detail)
            } else {
                detail(context)?.draw(on: &buffer, in: layout.detail)
            }
        }
    }

    private func drawTable(on buffer: inout CellBuffer, in rect: Rect, _ context: ScreenContext) {
        let hasRollouts = rows.contains { if case .rollout = $0 { true } else { false } }
        let columns = Column.allCases.filter { $0 != .state || hasRollouts }
        Table(
            columns: columns.map(head), rowCount: rows.count, firstRow: firstLine, selected: place,
            cell: { row, column in cell(rows[row], columns[column], isSelected: row == place, context) }
        ).draw(on: &buffer, in: rect)
    }

    private func head(_ column: Column) -> Table.Column {
        switch column {
        case .mark: Table.Column("", width: .fixed(2))
        case .time: Table.Column("AT", width: .fixed(11), priority: 1)
        case .ago: Table.Column("AGO", width: .fixed(4), alignment: .right, priority: 2)
        case .title: Table.Column("WHAT", width: .flexible(minimum: 16, weight: 1))
        case .state: Table.Column("STATE", width: .fixed(12))
        case .service: Table.Column("SERVICE", width: .fixed(12), priority: 5)
        case .place: Table.Column("WHERE", width: .fixed(18), priority: 3)
        case .actor: Table.Column("BY", width: .fixed(10), priority: 4)
        }
    }

    private func cell(_ row: DeployRow, _ column: Column, isSelected: Bool, _ context: ScreenContext)
        -> Table.Cell
    {
        switch row {
        case .rollout(let rollout): cell(rollout, column, isSelected: isSelected, context)
        case .mark(let mark): cell(mark, column, isSelected: isSelected, context)
        }
    }

    private func cell(_ rollout: RolloutView, _ column: Column, isSelected: Bool, _ context: ScreenContext)
        -> Table.Cell
    {
        let mark = RolloutMark(rollout)
        switch column {
        case .mark: return .text("\(isSelected ? ">" : " ")\(mark.text)", mark.style)
        case .time: return .text(day(rollout.createdAt, context), Style(.muted))
        case .ago: return .text(age(rollout.createdAt, context), Style(.muted))
        case .title:
            return .text(SafeText(rollout.rowTitle), isSelected ? Style(.accent, bold: true) : .plain)
        case .state: return .text(mark.words, mark.style)
        case .service: return .text(SafeText(rollout.action), .plain)
        case .place:
            let digest = context.rollouts.digest(of: rollout.id)
            let total = rollout.hosts.count
            return .text(
                "\(Format.integer(digest?.changed.count ?? 0)) of \(Format.integer(total)) \(total == 1 ? "host" : "hosts")",
                .plain)
        case .actor: return .text(SafeText(rollout.actor), Style(.muted))
        }
    }

    private func cell(_ mark: Mark, _ column: Column, isSelected: Bool, _ context: ScreenContext)
        -> Table.Cell
    {
        switch column {
        case .mark: return .text("\(isSelected ? ">" : " ")\(mark.kind.letter)", mark.kind.style)
        case .time: return .text(day(mark.at.milliseconds, context), Style(.muted))
        case .ago: return .text(age(mark.at.milliseconds, context), Style(.muted))
        case .title: return .text(SafeText(mark.title), isSelected ? Style(.accent, bold: true) : .plain)
        case .state: return .empty
        case .service: return .text(SafeText(mark.service), .plain)
        case .place:
            let place = mark.group.isEmpty && mark.hosts.isEmpty ? "all hosts" : mark.place
            return .text(SafeText(place), .plain)
        case .actor: return .text(SafeText(mark.actor), Style(.muted))
        }
    }

    /// `08-01 14:26`.
    private func day(_ milliseconds: Int64, _ context: ScreenContext) -> SafeText {
        Format.dateTime(milliseconds: milliseconds, offsetSeconds: context.offsetSeconds)
            .dropping(columns: 5).prefix(columns: 11)
    }

    private func age(_ milliseconds: Int64, _ context: ScreenContext) -> SafeText {
        Format.age(max(0, Double(context.now.milliseconds) - Double(milliseconds)) / 1000)
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
                    "\(context.isReadOnly ? "`martlet rollout start NAME`" : "s, or `martlet rollout start NAME`,") begins what rollouts.yaml describes; `martlet mark web 4.12.1` tells of what another tool deploys; x on Fleet or Host starts what hosts declare.",
                ]
            }
        WrappedText(words).draw(on: &buffer, in: rect.inset(left: 1, top: rect.height > 4 ? 1 : 0))
    }
}
