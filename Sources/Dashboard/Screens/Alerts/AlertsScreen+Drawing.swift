package import Canvas
import Fleet
import Telemetry
import Text

extension AlertsScreen {
    package func headline(_ context: ScreenContext) -> [TextLine.Span] {
        guard let board = context.alerts.board else { return [] }
        let loud = board.alerts.filter(\.isLoud)
        let isShort = context.sizeClass <= .list
        var spans = [TextLine.Span("firing \(Format.integer(loud.count))")]
        for severity in Severity.allCases.reversed() {
            let count = loud.count { $0.severity == severity }
            let mark = AlertMark(severity)
            if count > 0 { spans.append(TextLine.Span(" \(mark.text)\(Format.integer(count))", mark.style)) }
        }
        // Before what is cut off where the row is short.
        if board.journalTrouble != nil {
            spans.append(TextLine.Span("  journal cannot be written", Style(.critical, bold: true)))
        }
        if let unopened = board.unopened {
            spans.append(
                TextLine.Span("  \(Format.integer(unopened)) more not opened", Style(.critical, bold: true)))
        }
        if let refused = board.refusedNotices {
            spans.append(
                TextLine.Span(
                    "  \(Format.integer(Int(clamping: refused))) notices refused",
                    Style(.critical, bold: true)))
        }
        let counts: [(SafeText, Int, Style)] = [
            ("acked", loud.count { $0.acknowledged != nil }, Style(.muted)),
            ("pending", board.alerts.count { $0.state == .pending }, Style(.muted)),
            ("~ silenced", board.alerts.count { !$0.silencedBy.isEmpty }, Style(.silenced)),
            ("* muted", board.alerts.count { !$0.mutedBy.isEmpty }, Style(.muted)),
            ("late", late(board, context).count, Style(.warning)),
        ]
        for (word, count, style) in counts where count > 0 && !isShort {
            spans.append(TextLine.Span("  \(word) \(Format.integer(count))", style))
        }
        // Whether hooks of rules.yaml run is told at the right of every screen.
        if !isShort, board.hasHooks != true {
            spans.append(TextLine.Span(board.runsHooks ? "  hooks on" : "  hooks off", Style(.muted)))
        }
        return spans
    }

    package func summary(_ context: ScreenContext) -> [TextLine.Span] {
        headline(context)
            + (alert.map { [TextLine.Span(SafeText($0.summary), AlertMark($0).style)] } ?? [])
    }

    package func draw(on buffer: inout CellBuffer, in rect: Rect, _ context: ScreenContext) {
        let layout = AlertsLayout(rect)
        guard !order.lines.isEmpty else {
            return WrappedText(emptiness(context)).draw(on: &buffer, in: rect.inset(left: 1))
        }
        drawList(on: &buffer, in: layout.list, context)
        if let alert {
            AlertDetail(alert: alert, context: context, flaps: order.flaps(of: alert), members: members)
                .draw(on: &buffer, in: layout.detail)
        }
    }

    private func emptiness(_ context: ScreenContext) -> [SafeText] {
        guard context.alerts.board != nil else {
            if let loss = context.state.hubLoss { return ["The hub does not answer: \(SafeText(loss))"] }
            return ["Waiting for the hub's alerts."]
        }
        if order.total > 0 {
            return ["No alert of \(Format.integer(order.total)) matches the filter.", "esc clears it."]
        }
        return [
            "Nothing fires, and nothing is about to.",
            "`martlet rules show` lists the rules; `martlet rules try 'cpu > 90% for 10m'` tries one on the past.",
        ] + lateLines(context)
    }

    /// How long it stands on the screen that something would have fired.
    private static let lateMilliseconds: Int64 = 3_600_000
    private static let lateLinesMax = 5

    /// What would have fired in what hosts told late, and ended within the last hour.
    private func late(_ board: AlertBoard, _ context: ScreenContext) -> [AlertEvent] {
        board.events.filter {
            $0.kind == .late
                && context.now.milliseconds(since: $0.until ?? $0.at) < Self.lateMilliseconds
        }
    }

    private func lateLines(_ context: ScreenContext) -> [SafeText] {
        let late = context.alerts.board.map { self.late($0, context) } ?? []
        guard !late.isEmpty else { return [] }
        func minute(_ time: Timestamp) -> String {
            Format.clockMinute(milliseconds: time.milliseconds, offsetSeconds: context.offsetSeconds).string
        }
        let lines = late.suffix(Self.lateLinesMax).reversed().map { event in
            SafeText("  \(event.subject) \(event.place) \(event.words(minute))")
        }
        return ["", "It was known too late to tell anybody (y lists what happened):"] + lines
    }

    // MARK: The list

    private enum Column: Int, CaseIterable {
        case mark, alert, scope, since, value, flap, owner, history

        var head: Table.Column {
            switch self {
            case .mark: Table.Column("", width: .fixed(3))
            case .alert: Table.Column("ALERT", width: .flexible(minimum: 14, weight: 3))
            case .scope: Table.Column("SCOPE", width: .flexible(minimum: 14, weight: 4))
            case .since: Table.Column("SINCE", width: .fixed(6), alignment: .right)
            case .value: Table.Column("VALUE", width: .fixed(17), alignment: .right, priority: 1)
            case .flap: Table.Column("FLAP", width: .fixed(4), alignment: .right, priority: 3)
            case .owner: Table.Column("OWNER", width: .fixed(12), priority: 2)
            case .history: Table.Column("24h", width: .fixed(24), priority: 4)
            }
        }
    }

    private func drawList(on buffer: inout CellBuffer, in rect: Rect, _ context: ScreenContext) {
        let columns = Column.allCases
        Table(
            columns: columns.map(\.head), rowCount: order.lines.count, firstRow: firstLine, selected: place,
            cell: { row, column in
                switch order.lines[row] {
                case .rule(let name, let members):
                    ruleCell(name, members, columns[column], isSelected: row == place, context)
                case .cause(let place, let members):
                    causeCell(
                        order.alerts[place], members.count, columns[column], isSelected: row == self.place,
                        context)
                case .alert(let place, let isMember):
                    alertCell(
                        order.alerts[place], columns[column], isMember: isMember,
                        isSelected: row == self.place, context)
                }
            }
        ).draw(on: &buffer, in: rect)
    }

    private func ruleCell(
        _ name: String, _ members: [Int], _ column: Column, isSelected: Bool, _ context: ScreenContext
    ) -> Table.Cell {
        let alerts = members.map { order.alerts[$0] }
        guard let first = alerts.first else { return .empty }
        switch column {
        case .mark: return .text("\(isSelected ? ">" : " ")\(AlertMark(first).text)", AlertMark(first).style)
        case .alert:
            let fold: SafeText = folded.contains(name) ? "+ " : "- "
            return .text(fold + SafeText(name), Style(.title, bold: true))
        case .scope:
            let hosts = Set(alerts.compactMap(\.host)).count
            let what: SafeText =
                hosts > 0
                ? "\(Format.integer(hosts)) \(hosts == 1 ? "host" : "hosts")"
                : "\(Format.integer(alerts.count)) services"
            return .text("\(Format.integer(alerts.count)) alerts, \(what)", Style(.muted))
        case .since:
            let oldest = alerts.map { $0.firedAt ?? $0.since }.min() ?? first.since
            return .text(age(oldest, context), Style(.muted))
        case .owner:
            let owned = alerts.count { $0.acknowledged != nil }
            return owned == 0
                ? .text("-", Style(.muted)) : .text("\(Format.integer(owned)) acked", Style(.muted))
        case .value, .flap, .history: return .empty
        }
    }

    /// As any alert's, with how many are not told because of it.
    private func causeCell(
        _ alert: Alert, _ count: Int, _ column: Column, isSelected: Bool, _ context: ScreenContext
    ) -> Table.Cell {
        switch column {
        case .alert:
            let fold: SafeText = unfolded.contains(alert.id) ? "- " : "+ "
            return .text(fold + SafeText(alert.name), alert.isLoud ? AlertMark(alert).style : Style(.muted))
        case .scope:
            let place: SafeText = alert.place.isEmpty ? "" : "\(SafeText(alert.place)), "
            return .text("\(place)\(Format.integer(count)) more because of it", .plain)
        case .mark, .since, .value, .flap, .owner, .history:
            return alertCell(alert, column, isMember: false, isSelected: isSelected, context)
        }
    }

    private func alertCell(
        _ alert: Alert, _ column: Column, isMember: Bool, isSelected: Bool, _ context: ScreenContext
    ) -> Table.Cell {
        let mark = AlertMark(alert)
        switch column {
        case .mark: return .text("\(isSelected ? ">" : " ")\(mark.text)", mark.style)
        case .alert:
            let style = isSelected ? Style(.accent, bold: true) : alert.isLoud ? mark.style : Style(.muted)
            return .text("\(isMember ? "  " : "")\(SafeText(alert.name))", style)
        case .scope: return .text(SafeText(alert.place.isEmpty ? "-" : alert.place), .plain)
        case .since: return .text(age(alert.firedAt ?? alert.since, context), .plain)
        case .value:
            let sign = AlertSense(alert)?.sign ?? ""
            return .text(SafeText("\(alert.valueText)\(sign)\(alert.thresholdText)"), .plain)
        case .flap:
            let flaps = order.flaps(of: alert)
            return .text(Format.integer(flaps), flaps > 2 ? Style(.warning) : Style(.muted))
        case .owner: return .text(owner(alert, context), alert.acknowledged == nil ? Style(.muted) : .plain)
        case .history:
            return .spark(
                context.alerts.board.map { AlertDay.cells(of: alert, $0, now: context.now) } ?? [], low: 0,
                high: 1)
        }
    }

    private func age(_ time: Timestamp, _ context: ScreenContext) -> SafeText {
        Format.age(max(0, Double(context.now.milliseconds(since: time)) / 1000))
    }

    /// `marta ack`, `jo, 15:10`, or who mutes it.
    private func owner(_ alert: Alert, _ context: ScreenContext) -> SafeText {
        if let id = alert.silencedBy.first,
            let silence = context.alerts.board?.silences.first(where: { $0.id == id })
        {
            let until = Format.clockMinute(
                milliseconds: silence.until.milliseconds, offsetSeconds: context.offsetSeconds)
            return "\(SafeText(silence.by)), \(until)"
        }
        if let mark = alert.acknowledged { return "\(SafeText(mark.by)) ack" }
        return switch alert.mutedBy.first {
        case .action: "action"
        case .hostSilent: "host silent"
        case .hubCutOff: "hub cut off"
        case nil: "-"
        }
    }
}
