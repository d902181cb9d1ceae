import Alerts
import Archive
import Fleet
import Telemetry

/// What came late: it is drawn, and listed where a rule would have fired; nobody is told of what is past.
extension HubCore {
    /// Values that one rule reads at most; of more hosts the steps are longer.
    private static let valuesMax = 400_000
    /// What is this short is looked at second by second, as it was recorded; of more every tenth.
    private static let fineMilliseconds: Int64 = recentMilliseconds
    private static let coarseStep: Int64 = 10_000
    /// As long as the history reaches.
    private static let keptMilliseconds: Int64 = 72 * 3_600_000
    /// Alerts that one look back lists at most.
    private static let listedMax = 200

    /// A host told of a time by its own clock that is past.
    func noteLate(_ host: HubHost, from: Timestamp, to: Timestamp) {
        guard evaluation != nil else { return }
        let (now, behind) = (clock.now(), -host.aheadMilliseconds)
        // A clock may say anything: what is looked back on is what the history can hold.
        let first = max(
            from.advanced(byMilliseconds: behind), now.advanced(byMilliseconds: -Self.keptMilliseconds))
        let last = min(to.advanced(byMilliseconds: behind), now)
        guard first <= last else { return }
        late.note(host.id, from: first, to: last, at: clock.steadyMilliseconds())
    }

    /// Looks back on the hosts whose late data is there, and on the services when no host is left. One at a time: whoever calls
    /// it waits for its end before the next.
    package func lookBack() async {
        guard let evaluation else { return }
        var pace = Pace()
        while let (id, span) = late.nextHost(
            at: clock.steadyMilliseconds(), isAnswering: { hosts[$0]?.past.asked != nil })
        {
            guard let host = hosts[id], !Task.isCancelled else { continue }
            await lookBack(span, evaluation.hostRules, [host], &pace)
        }
        guard let span = late.nextTogether() else { return }
        await lookBack(span, evaluation.serviceRules, order, &pace)
    }

    /// Lists what would have fired.
    private func lookBack(
        _ span: LateSpans.Span, _ rules: [CompiledRule], _ hosts: [HubHost], _ pace: inout Pace
    ) async {
        let known = span.to.milliseconds(since: span.from)
        let step = known <= Self.fineMilliseconds ? 1000 : Self.coarseStep
        var found: [(rule: Rule, event: AlertEvent)] = []
        for rule in rules where found.count < Self.listedMax && !Task.isCancelled {
            // It may have held for a while when what is late began.
            let hold = min(rule.policy.holdMilliseconds, Self.hourMilliseconds)
            var trial = Trial(rule.keepingNoData, to: span.to, span: known + hold, step: step)
            for host in hosts {
                trial.add(host, head)
                await pace.rest()
            }
            guard trial.values > 0 else { continue }
            trial.coarsen {
                $0.values > Self.valuesMax && $0.step < 60_000
                    || (known + hold) / $0.step > Int64(Head.stepsMax) / 2
            }
            found += await trial.fired(in: self, max: Self.listedMax, &pace)
                .filter { ($0.alert.firedAt ?? span.to) >= span.from && !wasTold($0) }
                .map { (rule.rule, AlertEvent(late: $0.alert, until: $0.until ?? span.to)) }
        }
        let listed = found.filter { isInForce($0.rule) }.map(\.event)
        if !listed.isEmpty { lateSink?(Array(listed.prefix(Self.listedMax))) }
    }

    /// Whether it still says the same: other rules may have been taken over during the look.
    private func isInForce(_ rule: Rule) -> Bool {
        evaluation?.rules.contains { $0.rule.name == rule.name && $0.rule.condition == rule.condition }
            ?? false
    }

    /// Whether the evaluation found it when it was, and it fires still.
    private func wasTold(_ found: Trial.Fired) -> Bool {
        guard let told = evaluation?.machine.firedAt(found.alert.key), let firedAt = found.alert.firedAt
        else { return false }
        return told.milliseconds(since: firedAt) <= AlertEvent.lateMilliseconds
    }
}

extension AlertEvent {
    /// What would have fired, had it been known.
    fileprivate init(late alert: Alert, until: Timestamp) {
        self.init(
            kind: .late, at: alert.firedAt ?? alert.since, until: until, id: alert.id, subject: alert.name,
            place: alert.place, severity: alert.severity, text: alert.summary)
    }
}
