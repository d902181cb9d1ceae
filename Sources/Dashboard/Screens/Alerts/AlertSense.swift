import Fleet

/// How an alert's condition is meant: its first comparison, read again from its printed form.
struct AlertSense {
    let comparison: ConditionComparison

    init?(_ alert: Alert) {
        do throws(QueryError) {
            guard let first = try Condition(alert.condition, tags: nil).threshold?.first else { return nil }
            // The threshold may be the host's own, as silent_after of hosts.yaml.
            let own = try? Condition(
                "\(first.operand.printed) \(first.sign.rawValue) \(alert.thresholdText)", tags: nil)
            comparison = own?.threshold?.first ?? first
        } catch {
            return nil
        }
    }

    /// As it stands between value and threshold.
    var sign: String { comparison.sign.rawValue }

    var limit: Double? { comparison.limit() }

    /// What values of it cannot exceed; nil where nothing says so.
    var most: Double? { comparison.operand.unit == .ratio ? 1 : nil }

    func text(_ value: Double) -> String {
        comparison.operand.unit.text(value)
    }
}
