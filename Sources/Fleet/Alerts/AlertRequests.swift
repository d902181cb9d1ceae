/// Bodies of calls about alerts, as docs/api.md has them.
package struct AcknowledgeRequest: Codable, Sendable {
    package var id: String
    package var note: String
    package var by: String

    package init(id: String, note: String = "", by: String) {
        self.id = id
        self.note = note
        self.by = by
    }
}

/// To hide the alerts that `selector` takes for so many milliseconds from now on.
package struct SilenceRequest: Codable, Sendable {
    package var selector: String
    package var milliseconds: Int64
    package var note: String
    package var by: String
    /// Only says what would be hidden.
    package var isPreview: Bool

    package init(
        selector: String, milliseconds: Int64, note: String = "", by: String, isPreview: Bool = false
    ) {
        self.selector = selector
        self.milliseconds = milliseconds
        self.note = note
        self.by = by
        self.isPreview = isPreview
    }
}

/// The answer to a ``SilenceRequest``.
package struct SilenceAnswer: Codable, Sendable {
    /// nil for a preview.
    package var silence: Silence?
    /// What it hides now.
    package var hides: [Alert]

    package init(silence: Silence?, hides: [Alert]) {
        self.silence = silence
        self.hides = hides
    }
}

/// To end a silence before its time; `id` as the list has it.
package struct ExpireRequest: Codable, Sendable {
    package var id: String
    package var by: String

    package init(id: String, by: String) {
        self.id = id
        self.by = by
    }
}

/// A line on everybody's time bar.
package struct NoteRequest: Codable, Sendable {
    package var text: String
    /// A selector's text, or nothing for a note about everything.
    package var place: String
    package var by: String

    package init(text: String, place: String = "", by: String) {
        self.text = text
        self.place = place
        self.by = by
    }
}

/// To run hooks now: `name` is a hook's, a severity or a rule's.
package struct HookTestRequest: Codable, Sendable {
    package var name: String

    package init(name: String) {
        self.name = name
    }
}
