/// What must hold for an alert, or for a rollout to go on (docs/rules-yaml.md); reads as it prints.
///
///     disk.used > 97% and disk.free < 10GiB for 5m
///     rate node_vmstat_pgmajfault(5m) > 500/s for 5m
///     never
package enum Condition: Hashable, Sendable {
    /// Switches a rule of a family off for what its `where` takes.
    case never
    case threshold(Threshold)

    /// Comparisons joined by `and`, and their hold: `cpu > 90% and load.1 > 8 for 10m`.
    package struct Threshold: Hashable, Sendable {
        /// All must hold; at least one, and the first one's value is the alert's.
        package let comparisons: [ConditionComparison]
        /// For how long all of them must hold; zero where it holds at once.
        package let hold: Duration

        package var first: ConditionComparison { comparisons[0] }

        /// At least one comparison.
        package init(comparisons: [ConditionComparison], hold: Duration) {
            self.comparisons = comparisons
            self.hold = hold
        }
    }

    /// What is pasted beyond this is no condition.
    package static let bytesMax = 1024
    package static let comparisonsMax = 8

    /// `by` are the labels that tell its alerts apart, where they are not the signals' own: all comparisons must have them.
    /// `tags` are the names of hosts' tags, which labels may be too; nil where nobody knows them.
    package init(_ text: String, by: [String]? = nil, tags: [String]? = []) throws(QueryError) {
        var parser = try ConditionParser(text, isGate: false)
        parser.by = by
        parser.tags = tags
        self = try parser.condition()
    }

    package var printed: String {
        guard case .threshold(let threshold) = self else { return "never" }
        let all = threshold.comparisons.map(\.printed).joined(separator: " and ")
        return threshold.hold == .zero ? all : "\(all) for \(ConditionComparison.printed(threshold.hold))"
    }

    package var threshold: Threshold? {
        guard case .threshold(let threshold) = self else { return nil }
        return threshold
    }
}

/// A condition of a rollout: it may compare with what was before, and has no `for`.
package struct GateCondition: Hashable, Sendable {
    /// All must hold; at least one.
    package let comparisons: [ConditionComparison]

    /// `tags` are the names of hosts' tags, which labels may be too; nil where nobody knows them.
    package init(_ text: String, tags: [String]? = []) throws(QueryError) {
        var parser = try ConditionParser(text, isGate: true)
        parser.tags = tags
        comparisons = try parser.gate()
        for comparison in comparisons {
            let name = comparison.operand.name
            guard comparison.operand.signal == nil || !Self.unfit.contains(name) else {
                throw QueryError(
                    column: 1,
                    reason:
                        "\(name) says nothing of a few minutes; a gate looks at requests, logs, CPU, memory …"
                )
            }
        }
    }

    /// What cannot be judged over the time of a bake.
    private static let unfit: Set<String> = [
        "disk.full_in", "host.silent", "fleet.silent_ratio", "process.count",
    ]

    package var printed: String {
        comparisons.map(\.printed).joined(separator: " and ")
    }
}
