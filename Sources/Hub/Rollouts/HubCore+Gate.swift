import Archive
package import Fleet
package import Telemetry

/// Over what a gate is judged.
package struct GateQuestion: Sendable {
    package var conditions: [GateCondition]
    package var changed: [HostID]
    package var from: Timestamp
    package var to: Timestamp
    /// Whom `baseline` is of, and when.
    package var baseline: [HostID]
    package var baselineFrom: Timestamp
    package var baselineTo: Timestamp
    /// Fewer requests on the changed hosts are no verdict.
    package var minRequests: Int
    /// What the baseline is called in the evidence: `rest`, `before`.
    package var baselineName: String

    package init(
        conditions: [GateCondition], changed: [HostID], from: Timestamp, to: Timestamp, baseline: [HostID],
        baselineFrom: Timestamp, baselineTo: Timestamp, minRequests: Int, baselineName: String
    ) {
        self.conditions = conditions
        self.changed = changed
        self.from = from
        self.to = to
        self.baseline = baseline
        self.baselineFrom = baselineFrom
        self.baselineTo = baselineTo
        self.minRequests = minRequests
        self.baselineName = baselineName
    }
}

/// A gate: conditions over the hosts that were changed, beside those that were not (docs/rollouts-yaml.md).
extension HubCore {
    /// Values that one look reads at most; of more the steps are longer.
    private static let gateValuesMax = 2_000_000
    /// An hour is kept as sampled.
    private static let fineMilliseconds: Int64 = 3_600_000

    /// What it says; a host that is silent, data that are missing and requests that are too few are no verdict.
    package func judge(_ question: GateQuestion) -> [GateAnswer.Line] {
        let silent = question.changed.filter { hosts[$0]?.summary.state != .live }.map(\.name)
        return question.conditions.map { condition in
            let found = condition.comparisons.map { judge($0, question) }
            let verdict: GateAnswer.Verdict =
                found.contains { $0.verdict == .failed }
                ? .failed : found.contains { $0.verdict == .none } ? .none : .passed
            // What is seen to fail fails; what is not seen is never taken for passed.
            guard verdict == .failed || silent.isEmpty else {
                return GateAnswer.Line(
                    condition: condition.printed, verdict: .none,
                    text: "nothing comes from \(silent.joined(separator: ", "))")
            }
            return GateAnswer.Line(
                condition: condition.printed, verdict: verdict,
                text: found.filter { $0.verdict == verdict }.map(\.text).joined(separator: ", "))
        }
    }

    private typealias Finding = (verdict: GateAnswer.Verdict, text: String)

    private func judge(_ comparison: ConditionComparison, _ question: GateQuestion) -> Finding {
        var found = values(comparison, question.changed, from: question.from, to: question.to)
        let unit = comparison.operand.unit
        var baseline: [GateValue] = []
        if !comparison.bound.isNumber { baseline = self.baseline(comparison, question) }
        if comparison.operand.name.hasPrefix("log.") {
            // A line of a kind that never came has no series of its own.
            if tellsLines(question.changed) { found = Self.filled(found, like: baseline) }
            if tellsLines(question.baseline) { baseline = Self.filled(baseline, like: found) }
        }
        guard !found.isEmpty else { return (.none, "no data of \(comparison.operand.printed)") }
        if comparison.operand.name.hasPrefix("http.") {
            let counted = found.reduce(0) { $0 + ($1.counted ?? 0) }
            guard counted >= Double(question.minRequests) else {
                return (.none, "\(Self.whole(counted)) requests, and \(question.minRequests) are needed")
            }
        }
        guard case .number(let limit, _) = comparison.bound else {
            return judge(comparison, found, against: baseline, question)
        }
        // The one that fails most, or comes nearest to it, speaks for all.
        let worst = found.filter { !$0.value.isNaN }.max { left, right in
            comparison.sign.isDownward ? left.value < right.value : left.value > right.value
        }
        let failing = found.first { !$0.value.isNaN && !comparison.sign.holds($0.value, limit) }
        guard let worst, failing != nil || !found.contains(where: \.value.isNaN) else {
            return (.none, "\(comparison.operand.name) has no value")
        }
        let speaker =
            failing.map { comparison.sign.isDownward || comparison.sign.isUpward ? worst : $0 } ?? worst
        return (
            failing == nil ? .passed : .failed,
            Self.text(speaker, unit, isNamed: found.count > 1)
        )
    }

    /// Against what the same is elsewhere or was before: a mean of the hosts for what is of a host.
    private func judge(
        _ comparison: ConditionComparison, _ found: [GateValue], against baseline: [GateValue],
        _ question: GateQuestion
    ) -> Finding {
        let unit = comparison.operand.unit
        let others = Self.byPlace(baseline)
        var passed: [String] = []
        var missing: [String] = []
        for (place, value) in Self.byPlace(found).sorted(by: { $0.key < $1.key }) {
            guard !value.value.isNaN else {
                missing.append(
                    "\(comparison.operand.name) has no value\(place.isEmpty ? "" : " of \(place)")")
                continue
            }
            guard let other = others[place], !other.value.isNaN,
                let limit = comparison.limit(baseline: other.value)
            else {
                missing.append("no baseline (\(question.baselineName)) of \(comparison.operand.printed)")
                continue
            }
            let text =
                Self.text(value, unit, isNamed: !place.isEmpty)
                + " beside \(unit.text(other.value)) (\(question.baselineName))"
            guard comparison.sign.holds(value.value, limit) else { return (.failed, text) }
            passed.append(text)
        }
        return missing.isEmpty ? (.passed, passed.joined(separator: ", ")) : (.none, missing[0])
    }

    private func baseline(_ comparison: ConditionComparison, _ question: GateQuestion) -> [GateValue] {
        values(
            comparison, question.baseline, from: question.baselineFrom, to: question.baselineTo)
    }

    // MARK: Values

    private func tellsLines(_ names: [HostID]) -> Bool {
        names.contains { !head.keys(of: $0, where: { $0 == "martlet_log_lines_total" }).isEmpty }
    }

    /// With a zero for each place that the others have, and at least one.
    private static func filled(_ values: [GateValue], like others: [GateValue]) -> [GateValue] {
        let known = Set(byPlace(values).keys)
        let missing = byPlace(others).filter { !known.contains($0.key) }.values
            .map { GateValue(labels: $0.labels, value: 0) }
        let all = values + missing
        return all.isEmpty ? [GateValue(labels: Labels(), value: 0)] : all
    }

    /// A count that a hostile host may have made of anything.
    private static func whole(_ count: Double) -> String {
        count.isFinite && abs(count) < 1e15 ? "\(Int(count))" : "\(count)"
    }

    private struct GateValue {
        var labels: Labels
        var value: Double
        var counted: Double?
    }

    private func values(
        _ comparison: ConditionComparison, _ names: [HostID], from: Timestamp, to: Timestamp
    ) -> [GateValue] {
        let span = to.milliseconds(since: from)
        guard span >= 1000 else { return [] }
        // A window that is written is meant, as far as it does not reach behind the change.
        let window = min(span, comparison.operand.windowSeconds.map { $0 * 1000 } ?? span)
        let rule = CompiledRule(comparison, overMilliseconds: window)
        var step: Int64 = window <= Self.fineMilliseconds ? 1000 : 60_000
        while true {
            var trial = Trial(rule, to: to, span: 0, step: step)
            for name in names { if let host = hosts[name] { trial.add(host, head) } }
            if trial.values <= Self.gateValuesMax || step >= window {
                return trial.ends(head).map {
                    GateValue(labels: $0.labels, value: $0.value, counted: $0.counted)
                }
            }
            step = min(step * 2, window)
        }
    }

    /// By its labels without the host, a mean of the hosts each.
    private static func byPlace(_ values: [GateValue]) -> [String: GateValue] {
        var groups: [String: [GateValue]] = [:]
        for value in values {
            let place = value.labels.pairs.filter { $0.name != "host" }
                .map { "\($0.name)=\($0.value)" }.joined(separator: " ")
            groups[place, default: []].append(value)
        }
        return groups.mapValues { group in
            var mean = group[0]
            mean.labels = Labels(mean.labels.pairs.filter { $0.name != "host" })
            mean.value = group.reduce(0) { $0 + $1.value } / Double(group.count)
            mean.counted =
                group.contains { $0.counted != nil } ? group.reduce(0) { $0 + ($1.counted ?? 0) } : nil
            return mean
        }
    }

    /// `20% of 312 requests`, with whose it is where there are several.
    private static func text(_ value: GateValue, _ unit: SignalUnit, isNamed: Bool) -> String {
        var text = unit.text(value.value)
        if let counted = value.counted { text += " of \(whole(counted))" }
        guard isNamed, !value.labels.pairs.isEmpty else { return text }
        return "\(value.labels.pairs.map(\.value).joined(separator: " ")) \(text)"
    }
}
