/// A rule of rules.yaml, or a shipped one: a condition, what it looks at, and who is told.
package struct Rule: Hashable, Sendable {
    /// What becomes of an alert without data.
    package enum NoData: String, Hashable, Sendable, CaseIterable {
        /// It stays as it is, and its clocks stand.
        case keep
        /// It becomes an alert after a minute.
        case alert
        case resolve
    }

    /// When an alert that fires is over.
    package struct Clear: Hashable, Sendable {
        /// nil: when the condition is false.
        package let comparison: ConditionComparison?
        /// For how long.
        package let hold: Duration

        package init(comparison: ConditionComparison? = nil, hold: Duration) {
            self.comparison = comparison
            self.hold = hold
        }
    }

    package var name: String
    package var place: Place
    package var condition: Condition
    package var clear: Clear
    /// Which series it looks at; nil for all.
    package var selector: Selector?
    /// What tells its alerts apart; nil for the signals' own.
    package var by: [String]?
    package var severity: Severity
    package var summary: SummaryTemplate?
    /// A link or a path; empty where there is none.
    package var runbook: String
    /// nil: those of its severity.
    package var hooks: [String]?
    package var labels: [String: String]
    package var noData: NoData
    package var isShipped: Bool

    package static let noDataHold = Duration.seconds(60)
    package static let clearHold = Duration.seconds(60)
    /// How long `for`, `clear … for` and `clear_for` may be.
    package static let holds = Duration.zero ... .seconds(31 * 86_400)

    package init(
        name: String, place: Place, condition: Condition, clear: Clear = Clear(hold: Rule.clearHold),
        selector: Selector? = nil, by: [String]? = nil, severity: Severity = .warning,
        summary: SummaryTemplate? = nil, runbook: String = "", hooks: [String]? = nil,
        labels: [String: String] = [:], noData: NoData = .keep, isShipped: Bool = false
    ) {
        self.name = name
        self.place = place
        self.condition = condition
        self.clear = clear
        self.selector = selector
        self.by = by
        self.severity = severity
        self.summary = summary
        self.runbook = runbook
        self.hooks = hooks
        self.labels = labels
        self.noData = noData
        self.isShipped = isShipped
    }

    /// The labels of its alerts; nil where each series is one.
    package var identity: [String]? {
        condition.threshold.flatMap { $0.first.operand.identity(by: by) }
    }

    /// Signals whose rules run no hook while an action runs on the host.
    package static let actionSignals: Set<String> = [
        "host.silent", "unit.failed", "probe.up", "process.count",
    ]

    /// Whether an action on a host makes it speak: a restart is no surprise to whoever ordered it.
    package var isDisturbedByActions: Bool {
        condition.threshold?.comparisons.contains { Self.actionSignals.contains($0.operand.name) } ?? false
    }

    /// Whether it tells of a host that is silent.
    package var isHostSilent: Bool {
        condition.threshold?.first.operand.name == "host.silent"
    }

    /// Whether it tells that the whole fleet is cut off: of a part of it, silent hosts of other parts are none.
    package var isHubCutOff: Bool {
        guard selector == nil, let operand = condition.threshold?.first.operand else { return false }
        return operand.name == "fleet.silent_ratio" && operand.labels.isEmpty
    }
}
