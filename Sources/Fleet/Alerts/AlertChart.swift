package import Telemetry

/// What an alert's condition looked at, over a span of the past: the first comparison's values, one a step.
package struct AlertChart: Hashable, Sendable, Codable {
    /// The alert's id.
    package var id: String
    package var stepMilliseconds: Int64
    /// The moment of the last value.
    package var to: Timestamp
    /// Oldest first; nil where there was none. Empty where the hub keeps no history of it, as of a host's silence.
    package var values: [Double?]

    /// As far back as the hub's finest history goes, and as far as a screen draws.
    package static let spanRange: ClosedRange<Int64> = 60_000...86_400_000

    package init(id: String, stepMilliseconds: Int64, to: Timestamp, values: [Double?] = []) {
        self.id = id
        self.stepMilliseconds = stepMilliseconds
        self.to = to
        self.values = values
    }
}
