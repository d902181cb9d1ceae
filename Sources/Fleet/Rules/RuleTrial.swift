package import Telemetry

/// When a condition would have made an alert: what `martlet rules try` asks of the hub.
package struct RuleTrial: Hashable, Sendable, Codable {
    /// From when the condition held long enough until it no longer did.
    package struct Span: Hashable, Sendable, Codable {
        package var labels: Labels
        /// When it began to hold, and when an alert would have fired.
        package var since: Timestamp
        package var firedAt: Timestamp
        /// nil where it would fire still.
        package var until: Timestamp?
        /// The value that it fired with, with its unit.
        package var valueText: String

        package init(
            labels: Labels, since: Timestamp, firedAt: Timestamp, until: Timestamp? = nil, valueText: String
        ) {
            self.labels = labels
            self.since = since
            self.firedAt = firedAt
            self.until = until
            self.valueText = valueText
        }
    }

    /// The condition, printed.
    package var condition: String
    package var from: Timestamp
    package var to: Timestamp
    /// Milliseconds between the moments that were looked at: history of more than an hour is by the minute.
    package var stepMilliseconds: Int64
    /// How many things were looked at; none where no host has the signal.
    package var series: Int
    /// Hosts that had data in that time, and from when to when any had; nil where nothing is known of it.
    package var hosts: Int?
    package var dataFrom: Timestamp?
    package var dataTo: Timestamp?
    /// Milliseconds between the two in which no host had data.
    package var gapMilliseconds: Int64?
    /// By their time.
    package var spans: [Span]

    package init(
        condition: String, from: Timestamp, to: Timestamp, stepMilliseconds: Int64, series: Int,
        spans: [Span] = []
    ) {
        self.condition = condition
        self.from = from
        self.to = to
        self.stepMilliseconds = stepMilliseconds
        self.series = series
        self.spans = spans
    }
}
