/// A rule as rules.yaml has it, in words, and what the evaluation finds of it now.
package struct RuleStanding: Hashable, Sendable, Codable {
    package var name: String
    package var condition: String
    package var severity: Severity
    package var isShipped: Bool
    package var selector: String
    /// `disk.used < 95% for 5m`; without a line of its own only how long the condition must be false, `for 1m`. This and what
    /// follows is nil from a hub that says nothing of it.
    package var clear: String?
    /// The labels that tell its alerts apart, where they are not the signals' own.
    package var by: [String]?
    /// As written; nil for the usual one.
    package var summary: String?
    package var runbook: String?
    /// The hooks that it names; nil: those of its severity.
    package var notify: [String]?
    package var labels: [String: String]?
    package var noData: String?
    /// Hosts' or services' things that it looks at; none where no host can have it.
    package var series = 0
    package var pending = 0
    package var firing = 0
    package var place: String

    package init(_ rule: Rule) {
        name = rule.name
        condition = rule.condition.printed
        severity = rule.severity
        isShipped = rule.isShipped
        selector = rule.selector?.text ?? ""
        let hold = "for \(ConditionComparison.printed(rule.clear.hold))"
        clear = rule.clear.comparison.map { "\($0.printed) \(hold)" } ?? hold
        by = rule.by
        summary = rule.summary?.text
        runbook = rule.runbook
        notify = rule.hooks
        labels = rule.labels
        noData = rule.noData.rawValue
        place = rule.place.description
    }

    /// Whether it has all that a rule says.
    var isWhole: Bool { noData != nil }

    /// The same wherever it stands, and whatever is found of it; with as much as a hub says that is not whole, where that is
    /// what it is compared with.
    func words(asWhole isWhole: Bool) -> RuleStanding {
        var words = self
        words.place = ""
        (words.series, words.pending, words.firing) = (0, 0, 0)
        guard !isWhole else { return words }
        (words.clear, words.by, words.summary, words.runbook) = (nil, nil, nil, nil)
        (words.notify, words.labels, words.noData) = (nil, nil, nil)
        return words
    }
}
