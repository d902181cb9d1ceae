import Fleet

extension Rollout {
    /// Does what follows from the state and the time, until nothing does.
    mutating func advance(at time: Int64) {
        var before: Rollout
        repeat {
            before = self
            watchHealth(at: time)
            advanceOnce(at: time)
            orderAgain(at: time)
        } while self != before
    }

    private mutating func advanceOnce(at time: Int64) {
        if let ending, isSettled(for: ending) {
            self.ending = nil
            finish(ending, at: time)
        }
        switch state {
        case .running(let batch): run(batch, at: time)
        case .baking(let batch, let until): bake(batch, until: until, at: time)
        case .held(_, _, let since):
            // Hosts that are on their way arrive first.
            if pause == nil, ending == nil, time - since >= plan.definition.holdFor {
                ending = .halt(reason: "nobody answered the hold")
            }
        case .rollingBack(let reason): rollBack(reason, at: time)
        case .succeeded, .rolledBack, .mixed, .halted, .aborted: break
        }
    }

    /// Whether the end may come: no order is open; where hosts are left as they are, each that is on its way has arrived, so
    /// that none is left drained that is about to be healthy.
    private func isSettled(for ending: Ending) -> Bool {
        switch ending {
        case .rollBack: !hosts.values.contains(where: \.isOrdered)
        // Who is put off before a change waits for the hold's end; who is to get its traffic back does not.
        case .hold: !hosts.values.contains { $0.isOrdered && !$0.isPutOffBeforeChange }
        case .halt, .abort: !hosts.values.contains(where: \.isActive)
        }
    }

    private mutating func finish(_ ending: Ending, at time: Int64) {
        switch ending {
        case .rollBack(let reason): state = .rollingBack(reason: reason)
        case .halt(let reason): state = .halted(reason: reason)
        case .abort(let actor, let reason): state = .aborted(actor: actor, reason: reason)
        case .hold(let reason):
            guard let batch = presentBatch else { return }
            state = .held(reason, batch: batch, since: time)
        }
    }

    /// Counted from 0; nil on the way back and after the end.
    package var presentBatch: Int? {
        switch state {
        case .running(let batch), .baking(let batch, _), .held(_, let batch, _): batch
        default: nil
        }
    }

    // MARK: Health

    /// Who has been well for long enough, and who was not in time.
    private mutating func watchHealth(at time: Int64) {
        for name in plan.hosts {
            guard var host = hosts[name] else { continue }
            switch host.step {
            case .health, .undoHealth: watch(&host, at: time)
            case .done:
                // During the bake a host that stays bad for as long as it had to be good has failed after all.
                guard case .baking = state, host.badSince != nil, host.isSteady else { continue }
                host.fail("was healthy, then not: \(host.reason)", at: time)
            default: continue
            }
            hosts[name] = host
        }
    }

    private func watch(_ host: inout HostProgress, at time: Int64) {
        guard let health = plan.definition.health else {
            host.isWell(plan.definition, at: time)
            return
        }
        if host.goodSince != nil, host.isSteady {
            host.isWell(plan.definition, at: time)
        } else if time - host.since >= health.within, host.goodSince == nil {
            host.fail(
                "not healthy within \(health.within / 1000) s\(host.reason.isEmpty ? "" : ": \(host.reason)")",
                at: time)
        }
    }

    // MARK: A batch

    private mutating func run(_ batch: Int, at time: Int64) {
        let names = plan.batches[batch]
        if ending == nil { judgeHosts() }
        guard ending == nil else { return }
        if pause == nil { start(names, at: time) }
        guard names.allSatisfy({ hosts[$0].map { !$0.isActive && $0.step != .waiting } ?? true }) else {
            return
        }
        if plan.definition.bake > 0 {
            bakeBegan = time
            // What a probe said before this bake is not held against its host.
            for name in plan.hosts { hosts[name]?.forgetBad() }
            state = .baking(batch: batch, until: time + plan.definition.bake)
        } else {
            isDone(batch, at: time)
        }
    }

    /// Too many failed, or one is unknown: no more are started.
    private mutating func judgeHosts() {
        let failed = failedHosts
        if failed.count > allowedFailures {
            let first = failed.first.map { "\($0): \(hosts[$0]?.reason ?? "")" } ?? ""
            fail(
                allowedFailures == 0 && failed.count == 1
                    ? first
                    : "\(failed.count) \(failed.count == 1 ? "host" : "hosts") failed, \(allowedFailures) may; \(first)"
            )
        } else if !unknownHosts.isEmpty {
            ending = .hold(.unknownHosts(unknownHosts))
        }
    }

    private mutating func fail(_ reason: String) {
        let goesBack = plan.definition.onFailure == .rollback && plan.definition.rollback != nil
        ending = goesBack ? .rollBack(reason: reason) : .halt(reason: reason)
    }

    private mutating func start(_ names: [String], at time: Int64) {
        let most = plan.definition.atOnce ?? names.count
        var active = names.count { hosts[$0]?.isActive == true }
        for name in names where active < most {
            guard var host = hosts[name], host.step == .waiting else { continue }
            host.start(plan.definition, at: time)
            touch(&host)
            hosts[name] = host
            active += 1
        }
    }

    /// The batch is healthy and its gate has passed.
    private mutating func isDone(_ batch: Int, at time: Int64) {
        if plan.definition.approveAfter == batch + 1, batch + 1 < plan.batches.count {
            state = .held(.approval, batch: batch, since: time)
        } else {
            begin(batch + 1, at: time)
        }
    }

    private mutating func bake(_ batch: Int, until: Int64, at time: Int64) {
        if ending == nil { judgeHosts() }
        guard ending == nil else { return }
        if failedVerdicts >= plan.definition.gateFailsAfter, case .failed(let evidence) = verdict {
            fail("the gate failed: \(evidence)")
            return
        }
        guard time >= until, pause == nil else { return }
        guard !plan.definition.gate.isEmpty else {
            isDone(batch, at: time)
            return
        }
        // The last word is of the whole bake.
        guard let verdict, verdictAt >= until else { return }
        switch verdict {
        case .passed: isDone(batch, at: time)
        case .failed: break
        case .none(let reason):
            switch plan.definition.noVerdict {
            case .hold: state = .held(.noVerdict(reason: reason), batch: batch, since: time)
            case .proceed: isDone(batch, at: time)
            case .rollback:
                let why = "the gate has no verdict: \(reason)"
                ending = plan.definition.rollback == nil ? .halt(reason: why) : .rollBack(reason: why)
            }
        }
    }

    // MARK: The way back

    private mutating func rollBack(_ reason: String, at time: Int64) {
        let touched = plan.hosts.filter { hosts[$0]?.isTouched == true }
            .sorted { (hosts[$0]?.turn ?? 0) > (hosts[$1]?.turn ?? 0) }
        let most = plan.definition.rollback?.atOnce ?? plan.definition.atOnce ?? touched.count
        var active = touched.count { isGoingBack($0) }
        for name in touched where pause == nil && ending == nil && active < most {
            guard hosts[name].map(\.step.isBeforeTheWayBack) == true else { continue }
            hosts[name]?.goBack(plan.definition, at: time)
            active += 1
        }
        guard touched.allSatisfy({ hosts[$0]?.step == .undone || hosts[$0]?.step == .stuck }) else { return }
        // One that was only drained, and did not get its traffic back, needs a person too, as one of which nobody can tell.
        let stuck = plan.hosts.filter { name in
            guard let host = hosts[name] else { return false }
            let isLeftDrained = host.isDrained && !host.isTouched && plan.definition.after != nil
            return host.step == .stuck || host.step == .unknown || isLeftDrained
        }
        state =
            stuck.isEmpty
            ? .rolledBack(reason: reason)
            : .mixed(reason: "\(reason); the way back failed on \(stuck.joined(separator: ", "))")
    }

    private func isGoingBack(_ name: String) -> Bool {
        switch hosts[name]?.step {
        case .undoBefore, .undo, .undoHealth, .undoAfter: true
        default: false
        }
    }
}

extension HostProgress.Step {
    fileprivate var isBeforeTheWayBack: Bool {
        switch self {
        case .action, .health, .after, .done, .failed, .unknown: true
        case .waiting, .before, .undoBefore, .undo, .undoHealth, .undoAfter, .undone, .stuck: false
        }
    }
}
