import Canvas
import Fleet
import Telemetry
import Text

/// What somebody does about alerts: take one on, silence some, leave a note; or reads what the next shift must know.
struct AlertDialog: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// Takes on all of these; never empty.
        case acknowledge([Alert])
        case silence
        case note
        /// Lines to read, and the first that is shown.
        case handover([String], firstLine: Int)
    }

    /// What becomes of the dialog after a key.
    enum Outcome: Hashable, Sendable {
        case stays
        case closes
        /// Stays open, and asks for something.
        case asks(AlertRequest)
        /// Closes, and asks for something.
        case does(AlertRequest)
        case copies(String)
    }

    private(set) var kind: Kind
    let title: String
    let labels: [String]
    private(set) var fields: [TextField]
    private(set) var focus = 0
    private(set) var error: String?
    /// What the silence hides, and the selector that this is of.
    private(set) var hides: [Alert]?
    private var hidesOf = ""

    /// Of a rule's alerts those that nobody has taken on; all where each has somebody.
    init(acknowledge alerts: [Alert]) {
        let free = alerts.filter { $0.acknowledged == nil }
        let meant = free.isEmpty ? alerts : free
        kind = .acknowledge(meant)
        title = "Acknowledge \(Self.words(meant))"
        labels = ["note"]
        fields = [TextField()]
    }

    /// The selector of alerts of one rule: its name, and what tells them apart where they are not all that are open of it.
    init(silence alerts: [Alert], areAll: Bool) {
        kind = .silence
        title = alerts.count > 1 ? "Silence \(Self.words(alerts))" : "Silence"
        labels = ["which", "how long", "why"]
        var terms = alerts.first.map { ["alert=\($0.name)"] } ?? []
        if alerts.count == 1 || !areAll {
            for name in alerts.first?.key.labels.pairs.map(\.name) ?? [] {
                let values = Set(alerts.map { $0.key.labels[name] ?? "" }).sorted()
                terms.append(RowQuery.term(name, values))
            }
        }
        fields = [TextField(terms.joined(separator: " ")), TextField("1h"), TextField()]
        focus = alerts.isEmpty ? 0 : 1
    }

    private static func words(_ alerts: [Alert]) -> String {
        guard let first = alerts.first else { return "" }
        return alerts.count == 1
            ? "\(first.name) \(first.place)" : "\(alerts.count) alerts of \(first.name)"
    }

    init(noteAt place: String) {
        kind = .note
        title = place.isEmpty ? "Note" : "Note about \(place)"
        labels = ["note", "where"]
        fields = [TextField(), TextField(place)]
    }

    init(handover lines: [String]) {
        kind = .handover(lines, firstLine: 0)
        title = "Hand-over"
        labels = []
        fields = []
    }

    /// What is to be asked when it opens.
    var firstRequest: AlertRequest? {
        guard kind == .silence, !fields[0].isEmpty else { return nil }
        return .preview(selector: fields[0].text)
    }

    var focused: (label: String, field: TextField)? {
        fields.indices.contains(focus) ? (labels[focus], fields[focus]) : nil
    }

    // MARK: Keys

    mutating func take(_ press: KeyPress) -> Outcome {
        if case .handover(let lines, let first) = kind { return scroll(press, lines, first) }
        switch press.key {
        case .escape: return .closes
        case .tab, .down: focus = (focus + 1) % fields.count
        case .backTab, .up: focus = (focus + fields.count - 1) % fields.count
        case .enter: return submit()
        default:
            if fields[focus].edit(press) { return edited() }
        }
        return .stays
    }

    mutating func paste(_ text: String) -> Outcome {
        guard fields.indices.contains(focus) else { return .stays }
        fields[focus].paste(text)
        return edited()
    }

    private mutating func edited() -> Outcome {
        error = nil
        guard kind == .silence, focus == 0 else { return .stays }
        hides = nil
        return fields[0].isEmpty ? .stays : .asks(.preview(selector: fields[0].text))
    }

    private mutating func submit() -> Outcome {
        switch kind {
        case .acknowledge(let alerts):
            return .does(.acknowledge(ids: alerts.map(\.id), note: fields[0].text))
        case .note:
            guard !fields[0].isEmpty else { return fail("a note needs some words") }
            return .does(.note(text: fields[0].text, place: fields[1].text))
        case .silence:
            guard !fields[0].isEmpty else { return fail("which alerts? alert=DiskFull host=db1") }
            do throws(WrittenValue.Refusal) {
                let length = try WrittenValue.duration(fields[1].text).components.seconds
                // A silence hides what is wrong: it is made only when it was seen what it hides.
                guard hidesOf == fields[0].text, hides != nil else { return .stays }
                return .asks(
                    .silence(
                        selector: fields[0].text, milliseconds: length * 1000, note: fields[2].text))
            } catch {
                focus = 1
                return fail(error.reason)
            }
        case .handover: return .closes
        }
    }

    private mutating func fail(_ reason: String) -> Outcome {
        error = reason
        return .stays
    }

    private mutating func scroll(_ press: KeyPress, _ lines: [String], _ first: Int) -> Outcome {
        let last = max(0, lines.count - 1)
        switch press.key {
        case .up, .character("k"): kind = .handover(lines, firstLine: max(0, first - 1))
        case .down, .character("j"): kind = .handover(lines, firstLine: min(last, first + 1))
        case .pageUp: kind = .handover(lines, firstLine: max(0, first - 10))
        case .pageDown, .character(" "): kind = .handover(lines, firstLine: min(last, first + 10))
        case .character("y"), .character("c"): return .copies(lines.joined(separator: "\n") + "\n")
        case .escape, .enter, .character("q"): return .closes
        default: break
        }
        return .stays
    }

    // MARK: What the hub answers

    mutating func take(hides: [Alert], of selector: String) {
        guard kind == .silence, fields[0].text == selector else { return }
        self.hides = hides
        hidesOf = selector
        error = nil
    }

    mutating func take(refusal reason: String, of request: AlertRequest) {
        switch request {
        case .preview(let selector):
            guard kind == .silence, fields[0].text == selector else { return }
            error = reason
        case .silence, .acknowledge, .note: error = reason
        case .chart: break
        }
    }
}
