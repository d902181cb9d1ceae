import Canvas
import Fleet
import Text

/// The dialog about a rollout in the middle of the screen, with how the rollout stands now.
struct RolloutDialogView: Widget {
    let dialog: RolloutDialog
    /// Says that what is looked at is past; nil while it is not.
    let warning: [TextLine.Span]?

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        let head = (warning.map { [$0] } ?? []) + [standing]
        switch dialog.stage {
        case .choosing(let chosen):
            let rows = dialog.verbs.map { verb in
                [
                    TextLine.Span(verb.words.padded(to: 11), Style(verb.isGrave ? .critical : .warning)),
                    TextLine.Span(verb.help),
                ]
            }
            box(head, rows, chosen, &buffer, rect)
        case .saying:
            let why = TextLine.Span("why? enter goes on, with words or without", Style(.hint))
            box(head, consequences + [[why]], nil, &buffer, rect)
        case .confirming(let confirmation):
            let question = confirmation.rows(what, end: dialog.verb?.words ?? "", notes: consequences)
            box(head, question.rows, question.chosen, &buffer, rect)
        case .asking: box(head, [[TextLine.Span("telling the hub …", Style(.muted))]], nil, &buffer, rect)
        case .refused(let reason): box([], Picker.refusal(reason, in: rect), nil, &buffer, rect)
        }
    }

    private var title: SafeText { SafeText(dialog.rollout.title) }

    private var what: SafeText {
        dialog.verb == .resume ? "go on with \(title)" : "\(dialog.verb?.words ?? "") \(title)"
    }

    private var standing: [TextLine.Span] {
        let mark = RolloutMark(dialog.rollout)
        return [
            TextLine.Span("\(mark.text) \(mark.words)", mark.style), .label("  now, "),
            .label(RolloutProgress(dialog.digest).words),
        ]
    }

    private var consequences: [[TextLine.Span]] {
        guard let verb = dialog.verb else { return [] }
        let lines = RolloutConsequence(rollout: dialog.rollout, digest: dialog.digest, verb: verb).lines
        return lines.map { [TextLine.Span("- \($0)")] }
            + [[.label("server-side: closing this terminal changes nothing")]]
    }

    private func box(
        _ head: [[TextLine.Span]], _ rows: [[TextLine.Span]], _ chosen: Int?, _ buffer: inout CellBuffer,
        _ rect: Rect
    ) {
        Picker(title: title, head: head, rows: rows, chosen: chosen).draw(on: &buffer, in: rect)
    }

    /// The row below: the words that are typed, and what is wrong with them.
    func drawStatus(on buffer: inout CellBuffer, in rect: Rect) {
        switch dialog.stage {
        case .saying(let field):
            return PromptLine(label: "why ", text: SafeText(field.text), cursor: field.caretColumn)
                .draw(on: &buffer, in: rect)
        case .confirming(let confirmation):
            if let prompt = confirmation.prompt { return prompt.draw(on: &buffer, in: rect) }
        case .choosing, .asking, .refused: break
        }
        TextLine([TextLine.Span("enter takes the row  esc closes", Style(.hint))]).draw(on: &buffer, in: rect)
    }
}
