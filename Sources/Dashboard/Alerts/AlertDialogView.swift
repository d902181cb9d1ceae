import Canvas
import Fleet
import Text

/// The dialog about alerts in the middle of the screen; the hand-over is over all of it.
struct AlertDialogView: Widget {
    let dialog: AlertDialog
    /// Says that what is looked at is past; nil while it is not.
    let warning: [TextLine.Span]?

    private static let listedMax = 5

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        if case .handover(let lines, let first) = dialog.kind {
            buffer.fill(rect)
            Panel(title: SafeText(dialog.title), detail: "y copies, esc closes", isFocused: true)
                .draw(on: &buffer, in: rect)
            let inner = Panel.inner(of: rect)
            for (row, line) in lines.dropFirst(first).prefix(inner.height).enumerated() {
                TextLine([TextLine.Span(SafeText(" " + line))]).draw(on: &buffer, in: inner.row(row))
            }
            return
        }
        let width = dialog.labels.map { SafeText($0).width }.max() ?? 0
        let fields = zip(dialog.labels, dialog.fields).map { label, field in
            [
                TextLine.Span(SafeText(label).padded(to: width + 2), Style(.muted)),
                TextLine.Span(SafeText(field.text.isEmpty ? " " : field.text), Style(.accent)),
            ]
        }
        Picker(
            title: SafeText(dialog.title), head: warning.map { [$0] } ?? [], rows: fields + covered,
            chosen: dialog.focus
        ).draw(on: &buffer, in: rect)
    }

    /// Which alerts it is about.
    private var covered: [[TextLine.Span]] {
        if case .acknowledge(let alerts) = dialog.kind, alerts.count > 1 {
            return list(alerts) + [
                [TextLine.Span("enter takes all of them, with or without a note; esc closes", Style(.hint))]
            ]
        }
        guard dialog.kind == .silence else {
            return [[TextLine.Span("enter takes it, with or without a note; esc closes", Style(.hint))]]
        }
        guard let hides = dialog.hides else {
            return [[TextLine.Span(dialog.error == nil ? "asking what it hides" : "", Style(.muted))]]
        }
        let firing = hides.count { $0.state == .firing }
        var rows = [
            [
                TextLine.Span(
                    "hides \(Format.integer(hides.count)) now, \(Format.integer(firing)) of them firing",
                    Style(hides.isEmpty ? .warning : .text, bold: true))
            ]
        ]
        rows += list(hides)
        return rows + [[TextLine.Span("tab goes on, enter silences, esc closes", Style(.hint))]]
    }

    private func list(_ alerts: [Alert]) -> [[TextLine.Span]] {
        var rows = alerts.prefix(Self.listedMax).map { alert in
            let mark = AlertMark(alert.severity)
            return [
                TextLine.Span("  \(mark.text) ", mark.style),
                TextLine.Span(SafeText("\(alert.name) \(alert.place)")),
            ]
        }
        if alerts.count > Self.listedMax {
            let more = Format.integer(alerts.count - Self.listedMax)
            rows.append([TextLine.Span("  and \(more) more", Style(.muted))])
        }
        return rows
    }

    /// The row below: the field that is edited, and what is wrong.
    func drawStatus(on buffer: inout CellBuffer, in rect: Rect) {
        guard let focused = dialog.focused else {
            return TextLine([TextLine.Span("j k scroll  y copies  esc closes", Style(.hint))]).draw(
                on: &buffer, in: rect)
        }
        PromptLine(
            label: SafeText("\(focused.label) "), text: SafeText(focused.field.text),
            cursor: focused.field.caretColumn,
            note: dialog.error.map { TextLine.Span(SafeText($0), Style(.critical)) }
        ).draw(on: &buffer, in: rect)
    }
}
