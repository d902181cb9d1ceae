import Alerts
import Archive
package import Fleet
package import Telemetry

/// A condition over the past: what the evaluation would have found, out of the head.
extension HubCore {
    /// Spans that one answer has at most.
    private static let spansMax = 5000
    /// Values that one trial reads at most; of more hosts the steps are longer.
    private static let valuesMax = 8_000_000

    /// One at a time: nil while another is tried.
    package func tryCondition(
        _ condition: Condition, where selector: Selector?, from: Timestamp, to: Timestamp
    ) async -> RuleTrial? {
        guard !isTrying else { return nil }
        isTrying = true
        defer { isTrying = false }
        let rule = Rule(
            name: "Trial", place: Place(file: "trial"), condition: condition, clear: Rule.Clear(hold: .zero),
            selector: selector)
        let compiled = CompiledRule(rule, hooks: [], elders: [])
        let span = max(1000, to.milliseconds(since: from))
        // An hour is kept as sampled.
        var trial = Trial(compiled, to: to, span: span, step: span <= 3_600_000 ? 1000 : 60_000)
        var pace = Pace()
        for host in order {
            trial.add(host, head)
            await pace.rest()
        }
        trial.coarsen { $0.values > Self.valuesMax || span / $0.step > Int64(Head.stepsMax) }
        var coverage = TrialCoverage(steps: 0)
        let found = await trial.fired(in: self, max: Self.spansMax, &pace) { coverage = $0 }
        return trial.answer(found, coverage)
    }

    /// What an open alert's condition looked at; nil where the alert is not open, or its rule is no more.
    package func chart(of id: String, span: Int64, to: Timestamp) -> AlertChart? {
        guard let alert = evaluation?.machine.alerts.first(where: { $0.id == id }),
            let rule = evaluation?.rules.first(where: {
                $0.rule.name == alert.name && $0.rule.condition.printed == alert.condition
            })
        else { return nil }
        let step: Int64 = span <= 3_600_000 ? 1000 : 60_000
        var trial = Trial(rule, to: to, span: span, step: step)
        for host in order where alert.host.map({ $0 == host.id.name }) ?? true { trial.add(host, head) }
        guard trial.values <= Self.valuesMax else {
            return AlertChart(id: id, stepMilliseconds: step, to: to)
        }
        return AlertChart(
            id: id, stepMilliseconds: step, to: trial.last, values: trial.values(of: alert.key, head))
    }
}
