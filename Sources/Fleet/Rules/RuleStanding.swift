/// A rule, and what the evaluation finds of it now.
package struct RuleStanding: Hashable, Sendable, Codable {
    package var name: String
    package var condition: String
    package var severity: Severity
    package var isShipped: Bool
    package var selector: String
    /// Hosts' or services' things that it looks at; none where no host can have it.
    package var series: Int
    package var pending: Int
    package var firing: Int
    package var place: String

    package init(
        name: String, condition: String, severity: Severity, isShipped: Bool, selector: String, series: Int,
        pending: Int, firing: Int, place: String
    ) {
        self.name = name
        self.condition = condition
        self.severity = severity
        self.isShipped = isShipped
        self.selector = selector
        self.series = series
        self.pending = pending
        self.firing = firing
        self.place = place
    }
}
