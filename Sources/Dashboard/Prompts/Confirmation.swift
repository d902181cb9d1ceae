import Canvas
import Text

/// The last question before something happens: a second choice whose first answer is no, or words that have to be typed.
///
/// Enter alone never says yes, and pasted text is no answer.
enum Confirmation: Hashable, Sendable {
    case choice(isYes: Bool)
    case typing(TextField, phrase: String, error: String?)

    /// What a key answered.
    enum Outcome: Hashable, Sendable {
        case stays
        case yes
        case no
    }

    static func typing(_ phrase: String) -> Confirmation { .typing(TextField(), phrase: phrase, error: nil) }

    mutating func take(_ press: KeyPress) -> Outcome {
        switch self {
        case .choice(let isYes):
            switch press.key {
            case .character("q"): return .no
            case .up, .character("k"): self = .choice(isYes: false)
            case .down, .character("j"): self = .choice(isYes: true)
            case .enter: return isYes ? .yes : .no
            default: break
            }
        case .typing(var field, let phrase, _):
            guard press.key == .enter else {
                if field.edit(press) { self = .typing(field, phrase: phrase, error: nil) }
                return .stays
            }
            if field.text == phrase { return .yes }
            self = .typing(field, phrase: phrase, error: "type \(phrase), or esc")
        }
        return .stays
    }

    // MARK: Drawing

    /// The rows of the question, and which of them is chosen.
    /// - Parameters:
    ///   - what: what happens, as an answer: `restart-web on web1`.
    ///   - end: what the typed words do: `start it`.
    func rows(_ what: SafeText, end: SafeText, notes: [[TextLine.Span]] = []) -> (
        rows: [[TextLine.Span]], chosen: Int?
    ) {
        switch self {
        case .choice(let isYes):
            let answers = [
                [TextLine.Span("no, go back")], [TextLine.Span("yes, \(what)", Style(.warning))],
            ]
            return (notes + answers, notes.count + (isYes ? 1 : 0))
        case .typing(_, let phrase, _):
            return (
                [[TextLine.Span(what, Style(.warning))]] + notes
                    + [[TextLine.Span("type \(SafeText(phrase)) to \(end)")]], nil
            )
        }
    }

    /// The row below, where words are typed; nil where a row is chosen.
    var prompt: PromptLine? {
        guard case .typing(let field, _, let error) = self else { return nil }
        return PromptLine(
            label: "confirm ", text: SafeText(field.text), cursor: field.caretColumn,
            note: error.map { TextLine.Span(SafeText($0), Style(.critical)) })
    }
}
