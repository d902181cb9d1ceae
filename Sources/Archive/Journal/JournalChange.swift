package import Telemetry

/// One thing that a journal is told: what is so from now on, or what happened.
package enum JournalChange: Sendable, Equatable {
    /// The document `id` of `kind` is now `body`, whatever it was.
    case put(kind: String, id: String, body: String)
    case remove(kind: String, id: String)
    /// Something happened to `subject` at `time`; kept until it is too old.
    case append(kind: String, subject: String, time: Timestamp, body: String)
}

/// What is so now.
package struct JournalDocument: Sendable, Equatable {
    package let id: String
    package let body: String

    package init(id: String, body: String) {
        self.id = id
        self.body = body
    }
}

/// What happened once.
package struct JournalEntry: Sendable, Equatable {
    /// Rises by one at least with each entry; never given twice.
    package let sequence: Int64
    package let kind: String
    package let subject: String
    package let time: Timestamp
    package let body: String

    package init(sequence: Int64, kind: String, subject: String, time: Timestamp, body: String) {
        self.sequence = sequence
        self.kind = kind
        self.subject = subject
        self.time = time
        self.body = body
    }
}
