package import Fleet

/// What the machine needs of a rule, worked out once.
package final class AlertPolicy: Sendable {
    package let rule: Rule
    package let hooks: [String]
    package let holdMilliseconds: Int64
    let clearMilliseconds: Int64
    let noDataMilliseconds: Int64
    let isHostSilent: Bool
    let isHubCutOff: Bool
    let isDisturbedByActions: Bool
    package let conditionText: String
    let thresholdText: String

    /// `isWhole`: no rule of its name takes hosts before it does.
    package init(_ rule: Rule, hooks: [String] = [], isWhole: Bool = true) {
        self.rule = rule
        self.hooks = hooks
        holdMilliseconds = Self.milliseconds(rule.condition.threshold?.hold ?? .zero)
        clearMilliseconds = Self.milliseconds(rule.clear.hold)
        noDataMilliseconds = Self.milliseconds(Rule.noDataHold)
        isHostSilent = rule.isHostSilent
        isHubCutOff = rule.isHubCutOff && isWhole
        isDisturbedByActions = rule.isDisturbedByActions
        conditionText = rule.condition.printed
        thresholdText = rule.condition.threshold?.first.boundText ?? "-"
    }

    private static func milliseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        let (product, isOver) = seconds.multipliedReportingOverflow(by: 1000)
        return isOver ? .max : product + attoseconds / 1_000_000_000_000_000
    }
}
