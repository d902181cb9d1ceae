import Canvas
import Fleet
import Text

/// The dialog about alerts in the middle of the screen; the hand-over is over all of it.
struct AlertDialogView: Widget {
    let dialog: AlertDialog
    /// Says that what is looked at is past; nil while it is not.
    let warning: [TextLine.Span]?

    private static let hiddenMax = 5

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
            title: SafeText(dialog.title), head: warning.map { [$0] } ?? [], rows: fields + hidden,
            chosen: dialog.focus
        ).draw(on: &buffer, in: rect)
    }

    /// What a silence hides.
    private var hidden: [[TextLine.Span]] {
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
        rows += hides.prefix(Self.hiddenMax).map { alert in
            let mark = AlertMark(alert.severity)
            return [
                TextLine.Span("  \(mark.text) ", mark.style),
                TextLine.Span(SafeText("\(alert.name) \(alert.place)")),
            ]
        }
        if hides.count > Self.hiddenMax {
            let more = Format.integer(hides.count - Self.hiddenMax)
            rows.append([TextLine.Span("  and \(more) more", Style(.muted))])
        }
        return rows + [[TextLine.Span("tab goes on, enter silences, esc closes", Style(.hint))]]
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
