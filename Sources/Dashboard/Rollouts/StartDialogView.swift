import Canvas
import Fleet
import Telemetry
import Text

/// The dialog that starts a rollout in the middle of the screen; its plan is over all of it.
struct StartDialogView: Widget {
    let dialog: StartDialog
    /// Says that what is looked at is past; nil while it is not.
    let warning: [TextLine.Span]?

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        switch dialog.stage {
        case .asking: box([[TextLine.Span("asking the hub …", Style(.muted))]], nil, &buffer, rect)
        case .choosing(let chosen): box(definitions, chosen, &buffer, rect)
        case .filling(let focus): box(fields, focus, &buffer, rect)
        case .planning:
            box(
                [[TextLine.Span("asking the hub for the plan …", Style(.muted))]], nil, &buffer, rect)
        case .planned(_, let firstLine): drawPlan(from: firstLine, on: &buffer, in: rect)
        case .confirming(let request, let confirmation):
            drawPlan(from: 0, on: &buffer, in: rect)
            let question = question(request, confirmation)
            box(question.rows, question.chosen, &buffer, rect)
        case .starting: box([[TextLine.Span("telling the hub …", Style(.muted))]], nil, &buffer, rect)
        case .refused(let reason): box(Picker.refusal(reason, in: rect), nil, &buffer, rect)
        }
    }

    private var definitions: [[TextLine.Span]] {
        let width = dialog.definitions.map { SafeText($0.name).width }.max() ?? 0
        return dialog.definitions.map { definition in
            [
                TextLine.Span(SafeText(definition.name).padded(to: width + 1), Style(.accent)),
                TextLine.Span(SafeText(definition.about.isEmpty ? definition.action : definition.about)),
                .label(SafeText("  \(definition.hosts)")),
            ]
        }
    }

    private var fields: [[TextLine.Span]] {
        let width = dialog.fields.map(\.name.width).max() ?? 0
        return dialog.fields.map { field in
            [
                TextLine.Span(field.name.padded(to: width + 1), Style(.muted)),
                TextLine.Span(SafeText(field.text.text), Style(.accent)),
                .label("  \(field.help)"),
            ]
        }
    }

    private func question(
        _ request: RolloutRequest, _ confirmation: Confirmation
    ) -> (rows: [[TextLine.Span]], chosen: Int?) {
        let count = dialog.prospect?.hosts.count ?? 0
        let title = SafeText(dialog.prospect?.forecast.rollout.title ?? request.name)
        let notes: [[TextLine.Span]] = [
            [TextLine.Span(SafeText("- of danger \(dialog.prospect?.danger.rawValue ?? "")"))],
            [.label("server-side: closing this terminal changes nothing")],
        ]
        let what: SafeText =
            "start \(title) on \(Format.integer(count)) \(count == 1 ? "host" : "hosts")"
        return confirmation.rows(what, end: "start it", notes: notes)
    }

    private func box(
        _ rows: [[TextLine.Span]], _ chosen: Int?, _ buffer: inout CellBuffer, _ rect: Rect
    ) {
        Picker(title: dialog.title, head: warning.map { [$0] } ?? [], rows: rows, chosen: chosen)
            .draw(on: &buffer, in: rect)
    }

    // MARK: The plan

    /// What `martlet rollout plan` says, broken at spaces where it is wider than the screen.
    static func lines(_ prospect: RolloutProspect?, width: Int) -> [TextLine.Span] {
        guard let prospect, width > 0 else { return [] }
        return RolloutPlanText(prospect).lines.flatMap { line -> [TextLine.Span] in
            let style = line.text.string.hasPrefix("! ") ? Style(.warning) : .plain
            guard line.text.width > width else { return [TextLine.Span(line.text, style)] }
            let indent = min(line.indent, width / 2)
            let head = line.text.prefix(columns: indent)
            let rest = WrappedText.lines(line.text.dropping(columns: indent), width: width - indent)
            return rest.enumerated().map { place, text in
                TextLine.Span("\(place == 0 ? head : SafeText("").padded(to: indent))\(text)", style)
            }
        }
    }

    /// Where the lines of the plan stand.
    static func body(of rect: Rect, hasWarning: Bool) -> Rect {
        Panel.inner(of: rect).inset(left: 1, top: hasWarning ? 1 : 0)
    }

    private func drawPlan(from firstLine: Int, on buffer: inout CellBuffer, in rect: Rect) {
        buffer.fill(rect)
        let body = Self.body(of: rect, hasWarning: warning != nil)
        let lines = Self.lines(dialog.prospect, width: body.width)
        let first = max(0, min(firstLine, lines.count - body.height))
        let left = lines.count - first - body.height
        let detail: SafeText = left > 0 ? "\(Format.integer(left)) more lines" : ""
        Panel(title: dialog.title, detail: detail, isFocused: true).draw(on: &buffer, in: rect)
        if let warning {
            TextLine(warning).draw(on: &buffer, in: Panel.inner(of: rect).row(0).inset(left: 1))
        }
        for (row, line) in lines.dropFirst(first).prefix(body.height).enumerated() {
            TextLine([line]).draw(on: &buffer, in: body.row(row))
        }
    }

    // MARK: The row below

    func drawStatus(on buffer: inout CellBuffer, in rect: Rect) {
        switch dialog.stage {
        case .filling(let focus):
            guard dialog.fields.indices.contains(focus) else { return }
            let field = dialog.fields[focus]
            return PromptLine(
                label: "\(field.name) ", text: SafeText(field.text.text), cursor: field.text.caretColumn
            ).draw(on: &buffer, in: rect)
        case .confirming(_, let confirmation):
            if let prompt = confirmation.prompt { return prompt.draw(on: &buffer, in: rect) }
        case .asking, .choosing, .planning, .planned, .starting, .refused: break
        }
        TextLine([TextLine.Span(hint, Style(.hint))]).draw(on: &buffer, in: rect)
    }

    private var hint: SafeText {
        switch dialog.stage {
        case .planned:
            dialog.prospect?.forecast.obstacles.isEmpty == true
                ? "enter goes on to the question  j k scroll  esc closes"
                : "enter goes back to the values  j k scroll  esc closes"
        case .refused:
            dialog.fields.isEmpty ? "enter closes  esc closes" : "enter goes back to the values  esc closes"
        case .asking, .choosing, .filling, .planning, .confirming, .starting:
            "enter takes the row  esc closes"
        }
    }
}
