package import Telemetry

/// Something that happened, with labels that say to what.
package struct WireEvent: Equatable, Sendable {
    package var time: Timestamp
    /// A word of the sender's: `error-sample`, `deploy`, `pressure`.
    package var kind: String
    package var labels: Labels
    package var text: String

    package init(time: Timestamp, kind: String, labels: Labels, text: String) {
        self.time = time
        self.kind = kind
        self.labels = labels
        self.text = text
    }
}
