package import Telemetry

/// Muting by a person: alerts that the selector takes run no hook until it ends.
package struct Silence: Hashable, Sendable, Codable, Identifiable {
    /// Two hexadecimal digits or more: what `martlet silence expire` takes.
    package var id: String
    /// A selector, printed; over name, severity, identity, the rule's labels and the host's tags.
    package var selector: String
    package var from: Timestamp
    package var until: Timestamp
    package var by: String
    package var note: String

    package init(
        id: String, selector: String, from: Timestamp, until: Timestamp, by: String, note: String = ""
    ) {
        self.id = id
        self.selector = selector
        self.from = from
        self.until = until
        self.by = by
        self.note = note
    }
}
