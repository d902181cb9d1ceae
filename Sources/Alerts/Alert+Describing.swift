import Fleet
import Telemetry

extension Alert {
    /// Fills in what the rule says, and the texts for people.
    mutating func describe(_ policy: AlertPolicy, tags: Labels, thresholdText ownThreshold: String?) {
        let rule = policy.rule
        labels = Labels(rule.labels.map { Label($0.key, $0.value) })
        severity = rule.severity
        runbook = rule.runbook
        hooks = policy.hooks
        condition = policy.conditionText
        thresholdText = ownThreshold ?? policy.thresholdText
        let unit = rule.condition.threshold?.first.operand.unit ?? .number
        valueText = value.map(unit.text) ?? "-"
        summary = (rule.summary ?? SummaryTemplate.usual(of: key.labels.pairs.map(\.name))).filled {
            placeholder(of: $0, rule, tags)
        }
    }

    private func placeholder(of name: String, _ rule: Rule, _ tags: Labels) -> String? {
        switch name {
        case "alert": key.name
        case "severity": severity.rawValue
        case "short_host": host.map { String($0.prefix { $0 != "." }) }
        case "value": valueText
        case "threshold": thresholdText
        case "since": SignalUnit.moment(since)
        case "for": rule.condition.threshold.map { ConditionComparison.printed($0.hold) }
        case "worst_host": worstHost
        default: key.labels[name] ?? labels[name] ?? tags[name]
        }
    }
}
