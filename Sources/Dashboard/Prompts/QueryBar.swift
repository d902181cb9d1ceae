import Canvas
import Fleet

/// The filter: what is typed, and the last of it that could be read.
struct QueryBar: Sendable {
    private(set) var field = TextField()
    private(set) var query: RowQuery
    private(set) var error: QueryError?
    private var attributes: [String: [String]] = [:]
    private var signals: [Signal] = []

    /// Text that is no query filters nothing, and says why.
    init(_ text: String = "") {
        field = TextField(text)
        query = Self.all
        read()
    }

    var text: String { field.text }
    var isEmpty: Bool { field.isEmpty }

    mutating func edit(_ press: KeyPress) {
        if field.edit(press) { read() }
    }

    mutating func paste(_ text: String) {
        field.paste(text)
        read()
    }

    mutating func clear() {
        field.clear()
        read()
    }

    /// Learns what there is to complete; called when the bar opens, since a thousand hosts are not read for a letter.
    mutating func learn(_ attributes: [String: [String]], _ signals: [Signal]) {
        self.attributes = attributes
        self.signals = signals
    }

    /// What tab would make of the token at the caret; nil where nothing completes it.
    private var completion: String? {
        QueryCompletion.candidates(
            for: field.text, cursor: field.caret, attributes: attributes, signals: signals
        ).first
    }

    /// What of the completion is not typed yet, to be drawn behind the caret; empty inside the text.
    var ghost: String {
        guard field.caret == field.characters.count, !field.isEmpty, let completion else { return "" }
        let typed = String(field.characters[QueryCompletion.replaced(in: field.text, cursor: field.caret)])
        guard !typed.isEmpty, completion.hasPrefix(typed) else { return "" }
        return String(completion.dropFirst(typed.count))
    }

    mutating func complete() {
        guard let completion else { return }
        field.replace(QueryCompletion.replaced(in: field.text, cursor: field.caret), with: completion)
        read()
    }

    private mutating func read() {
        do throws(QueryError) {
            query = try RowQuery(field.text)
            error = nil
        } catch {
            self.error = error
        }
    }

    private static let all: RowQuery = {
        do throws(QueryError) {
            return try RowQuery("")
        } catch {
            preconditionFailure("an empty text is a query: \(error)")
        }
    }()
}
