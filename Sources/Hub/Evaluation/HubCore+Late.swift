import Alerts
import Fleet
import Telemetry

/// What came late: it is drawn, and listed where a rule would have fired; nobody is told of what is past.
extension HubCore {
    /// Once so many values were read the next host waits for the next second: frames wait while one is looked back on.
    private static let valuesASecond = 60_000
    /// Values that one rule reads at most; of more hosts the steps are longer.
    private static let valuesMax = 400_000
    /// What is this short is looked at second by second, as it was recorded; of more every tenth.
    private static let fineMilliseconds: Int64 = recentMilliseconds
    private static let coarseStep: Int64 = 10_000
    /// Alerts that one look back lists at most.
    private static let listedMax = 200

    /// A host told of a time by its own clock that is past.
    func noteLate(_ host: HubHost, from: Timestamp, to: Timestamp) {
        guard evaluation != nil else { return }
        let behind = -host.aheadMilliseconds
        late.note(
            host.id, from: from.advanced(byMilliseconds: behind), to: to.advanced(byMilliseconds: behind),
            at: clock.steadyMilliseconds())
    }

    /// Once a second: a few of the hosts that told late, and the services when none is left.
    func lookBack() {
        guard let evaluation else { return }
        let now = clock.steadyMilliseconds()
        var values = 0
        while values < Self.valuesASecond,
            let (id, span) = late.nextHost(at: now, isAnswering: { hosts[$0]?.past.asked != nil })
        {
            guard let host = hosts[id] else { continue }
            values += lookBack(span, evaluation.hostRules, [host])
        }
        guard values == 0, let span = late.nextTogether() else { return }
        _ = lookBack(span, evaluation.serviceRules, order)
    }

    /// Lists what would have fired, and says how many values were read.
    private func lookBack(_ span: LateSpans.Span, _ rules: [CompiledRule], _ hosts: [HubHost]) -> Int {
        var values = 0
        var found: [AlertEvent] = []
        for rule in rules where found.count < Self.listedMax {
            let known = span.to.milliseconds(since: span.from)
            var step = known <= Self.fineMilliseconds ? 1000 : Self.coarseStep
            // It may have held for a while when what is late began.
            let hold = min(rule.policy.holdMilliseconds, Self.hourMilliseconds)
            func trial() -> Trial {
                var trial = Trial(rule.keepingNoData, to: span.to, span: known + hold, step: step)
                for host in hosts { trial.add(host, head) }
                return trial
            }
            var run = trial()
            while run.values > Self.valuesMax, step < 60_000 {
                step *= 2
                run = trial()
            }
            guard run.values > 0 else { continue }
            values += run.values
            found += run.fired(head, max: Self.listedMax)
                .filter { ($0.alert.firedAt ?? span.to) >= span.from && !wasTold($0) }
                .map { AlertEvent(late: $0.alert, until: $0.until ?? span.to) }
        }
        if !found.isEmpty { lateSink?(Array(found.prefix(Self.listedMax))) }
        return values
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
