import Canvas
import Fleet
import Telemetry
import Text

/// The dialog of actions in the middle of the screen; while it watches, over all of it.
struct ActionDialogView: Widget {
    let dialog: ActionDialog
    /// Says that what is looked at is past; nil while it is not.
    let warning: [TextLine.Span]?

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        switch dialog.stage {
        case .asking: box([[TextLine.Span("asking …", Style(.muted))]], nil, &buffer, rect)
        case .refused(let reason): box(Picker.refusal(reason, in: rect), nil, &buffer, rect)
        case .choosing(let chosen):
            let width = dialog.actions.map { SafeText($0.name).width }.max() ?? 0
            let rows = dialog.actions.map { action in
                [
                    TextLine.Span(SafeText(action.name).padded(to: width + 2), Style(.accent)),
                    TextLine.Span(SafeText(action.danger.rawValue).padded(to: 9), Self.style(action.danger)),
                    TextLine.Span(SafeText(action.about)),
                ]
            }
            box(rows, chosen, &buffer, rect)
        case .filling(let fields, let focus, _):
            let names = dialog.picked?.parameters.map(\.name) ?? []
            let width = names.map { SafeText($0).width }.max() ?? 0
            let rows = zip(dialog.picked?.parameters ?? [], fields).map { parameter, field in
                [
                    TextLine.Span(SafeText(parameter.name).padded(to: width + 2), Style(.muted)),
                    TextLine.Span(SafeText(field.text + "  "), Style(.accent)),
                    TextLine.Span(SafeText(parameter.type.words), Style(.muted)),
                ]
            }
            box(rows, focus, &buffer, rect)
        case .confirming(let confirmation):
            let away = dialog.away.joined(separator: ", ")
            let notes = away.isEmpty ? [] : [[TextLine.Span(SafeText("not connected: \(away)"))]]
            let question = confirmation.rows(
                SafeText("\(call) on \(dialog.target)"), end: "start it", notes: notes)
            box(question.rows, question.chosen, &buffer, rect)
        case .watching:
            OrderWatchView(watch: dialog.watch, title: dialog.title).draw(on: &buffer, in: rect)
        }
    }

    private static func style(_ danger: ActionDanger) -> Style {
        switch danger {
        case .look: Style(.muted)
        case .service: Style(.warning)
        case .destroy: Style(.critical)
        }
    }

    /// The action as it would be ordered: its name and values.
    private var call: String {
        let values = dialog.picked?.parameters.compactMap { parameter in
            dialog.values[parameter.name].map { "\(parameter.name)=\($0)" }
        }
        return ([dialog.picked?.name ?? ""] + (values ?? [])).joined(separator: " ")
    }

    private func box(
        _ rows: [[TextLine.Span]], _ chosen: Int?, _ buffer: inout CellBuffer, _ rect: Rect
    ) {
        Picker(title: dialog.title, head: warning.map { [$0] } ?? [], rows: rows, chosen: chosen)
            .draw(on: &buffer, in: rect)
    }

    /// The row below: the field that is edited, and what is wrong with it.
    func drawStatus(on buffer: inout CellBuffer, in rect: Rect) {
        switch dialog.stage {
        case .filling(let fields, let focus, let error):
            guard fields.indices.contains(focus), let picked = dialog.picked else { return }
            PromptLine(
                label: SafeText("\(picked.parameters[focus].name) "), text: SafeText(fields[focus].text),
                cursor: fields[focus].caretColumn,
                note: error.map { TextLine.Span(SafeText($0), Style(.critical)) }
            ).draw(on: &buffer, in: rect)
            return
        case .confirming(let confirmation):
            if let prompt = confirmation.prompt { return prompt.draw(on: &buffer, in: rect) }
        case .asking, .refused, .choosing, .watching: break
        }
        TextLine([TextLine.Span("enter takes the row  esc closes", Style(.hint))]).draw(on: &buffer, in: rect)
    }
}
