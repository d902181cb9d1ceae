package import Fleet

/// A rollout on its way over the fleet: its plan, and what came of it so far; pure.
///
/// The hub feeds it what happened (``RolloutEvent``), journals each event that changed it, and does what ``wants`` says.
/// What is wanted follows from the state alone, and an order's id from the host and the step, so a hub that was killed
/// anywhere replays its journal, offers the same orders again, and a host that started one does not start it twice.
package struct Rollout: Hashable, Sendable, Codable {
    package let plan: RolloutPlan
    package internal(set) var state: RolloutState
    package internal(set) var pause: Pause?
    package internal(set) var hosts: [String: HostProgress]
    /// Gate evaluations in a row that failed, and the last one with its time.
    package internal(set) var failedVerdicts = 0
    package internal(set) var verdict: GateVerdict?
    var verdictAt: Int64 = 0
    /// When the bake of the present batch began.
    package internal(set) var bakeBegan: Int64 = 0
    /// A person or a failure asked for the end: no host is started any more, and when no order is open this is done.
    var ending: Ending?
    var turns = 0

    /// What is done once no order is open.
    enum Ending: Hashable, Sendable, Codable {
        case rollBack(reason: String)
        case halt(reason: String)
        case abort(actor: String, reason: String)
        case hold(HoldReason)
    }

    package init(_ plan: RolloutPlan, at time: Int64) {
        self.plan = plan
        state = .running(batch: 0)
        hosts = Dictionary(
            plan.hosts.map { ($0, HostProgress(since: time)) }, uniquingKeysWith: { first, _ in first })
        advance(at: time)
    }

    /// Takes in what happened at `time` (milliseconds, never falling); an event that fits nothing changes nothing.
    package mutating func take(_ event: RolloutEvent, at time: Int64) {
        guard !state.isFinal else { return }
        switch event {
        case .time: break
        case .order(let id, let outcome): end(order: id, outcome, at: time)
        case .health(let host, let reading): see(host, reading, at: time)
        case .gate(let verdict): judge(verdict, at: time)
        case .pause(let actor, let reason): pause = pause ?? Pause(actor: actor, reason: reason, since: time)
        case .resume: resume(at: time)
        case .abort(let actor, let reason): ending = .abort(actor: actor, reason: reason)
        case .rollBack(let actor, let reason):
            let why = reason.isEmpty ? "asked for by \(actor)" : "asked for by \(actor): \(reason)"
            // Who wants it back does not want to wait for the pause's end.
            pause = nil
            if case .rollingBack = state { break }
            ending = plan.definition.rollback == nil ? .halt(reason: why) : .rollBack(reason: why)
        }
        advance(at: time)
    }

    /// Whether it waits for a person's answer; no more once it is to end.
    package var isHeld: Bool {
        if case .held = state { ending == nil } else { false }
    }

    /// Whether it takes the change to more hosts without a word from anybody.
    package var goesForward: Bool {
        guard pause == nil, ending == nil else { return false }
        return switch state {
        case .running, .baking: true
        case .held, .rollingBack, .succeeded, .rolledBack, .mixed, .halted, .aborted: false
        }
    }

    /// Hosts that failed or are out of reach on the way forward; one that is drained and could not be given its traffic
    /// back is among them.
    package var failedHosts: [String] {
        plan.hosts.filter { name in
            guard let host = hosts[name] else { return false }
            return host.step == .failed || (host.step == .stuck && !host.isTouched)
        }
    }

    package var unknownHosts: [String] {
        plan.hosts.filter { hosts[$0]?.step == .unknown }
    }

    /// Hosts on which the action was ordered and which were not taken back.
    package var changedHosts: [String] {
        plan.hosts.filter { hosts[$0]?.isTouched == true && hosts[$0]?.step != .undone }
    }

    /// Hosts that may fail before the whole does.
    package var allowedFailures: Int {
        plan.definition.allowFailed.count(of: plan.hosts.count)
    }

    // MARK: What happened

    private mutating func end(order id: String, _ outcome: OrderOutcome, at time: Int64) {
        guard let order = openOrders.first(where: { $0.id == id }), var host = hosts[order.host] else {
            return
        }
        switch outcome {
        case .succeeded:
            if host.step == .before, ending != nil {
                host.turnBack(plan.definition, at: time)
            } else {
                host.pass(plan.definition, at: time)
            }
        case .failed(let reason): host.fail("\(order.action): \(reason)", at: time)
        case .notStarted(let reason): isNotStarted(&host, "\(order.action): \(reason)", at: time)
        case .busy(let reason, let freeIn): isBusy(&host, "\(order.action): \(reason)", freeIn, at: time)
        case .unknown(let reason): host.lose("\(order.action): \(reason)", at: time)
        }
        touch(&host)
        host.lastOrder = id
        hosts[order.host] = host
    }

    /// A busy host is asked again after these times.
    private static let putOffMilliseconds: [Int64] = [5000, 10_000, 15_000, 30_000, 60_000]
    /// All of them.
    package static let busyMilliseconds = putOffMilliseconds.reduce(0, +)
    /// A host that says when it is free, as a cooldown ends, is waited for so long at most.
    package static let cooldownMilliseconds: Int64 = 900_000
    /// Its clock goes on beside ours: asked that much later, it is free.
    private static let latenessMilliseconds: Int64 = 1000

    private func isBusy(
        _ host: inout HostProgress, _ reason: String, _ freeIn: Int64?, at time: Int64
    ) {
        let times = host.putOff?.times ?? 0
        if let freeIn, freeIn > Self.cooldownMilliseconds {
            let minutes = Self.cooldownMilliseconds / 60_000
            isNotStarted(&host, "\(reason), and a rollout waits \(minutes) min at most", at: time)
        } else if times < Self.putOffMilliseconds.count {
            let wait = freeIn.map { $0 + Self.latenessMilliseconds } ?? Self.putOffMilliseconds[times]
            host.putOff(reason, until: time + wait)
        } else {
            isNotStarted(&host, reason, at: time)
        }
    }

    private func isNotStarted(_ host: inout HostProgress, _ reason: String, at time: Int64) {
        // The way back would take a host that was not changed to the version before its own.
        if host.step == .action { host.isTouched = false }
        let isDrained = host.step == .action && plan.definition.before != nil
        host.fail("\(reason)\(isDrained ? "; it stays drained" : "")", at: time)
    }

    /// Orders that were put off are wanted again when their time has come. Where no more hosts are to be changed, one that would
    /// begin something was not started; one that gives a host its traffic back is wanted all the same.
    mutating func orderAgain(at time: Int64) {
        switch ending {
        case .rollBack, .halt, .abort: changeNoMore(at: time)
        case .hold, nil: break
        }
        for name in plan.hosts {
            guard var host = hosts[name], let until = host.putOff?.until, time >= until, mayAskAgain(host)
            else {
                continue
            }
            host.putOff?.until = nil
            host.putOff?.askedAt = time
            hosts[name] = host
        }
    }

    /// A hold and a pause begin nothing.
    private func mayAskAgain(_ host: HostProgress) -> Bool {
        guard host.step.changesHosts else { return true }
        if ending != nil { return false }
        if case .held = state { return false }
        return pause == nil || host.isBegun(plan.definition)
    }

    /// Those that are put off and would change a host were not started.
    private mutating func changeNoMore(at time: Int64) {
        for name in plan.hosts {
            guard var host = hosts[name], host.isPutOffBeforeChange else { continue }
            isNotStarted(&host, host.reason, at: time)
            hosts[name] = host
        }
    }

    private mutating func see(_ name: String, _ reading: HealthReading, at time: Int64) {
        guard var host = hosts[name] else { return }
        let steady = plan.definition.health?.steady ?? 0
        switch reading {
        case .good: host.see(isGood: true, steady: steady, at: time)
        case .bad(let reason):
            host.see(isGood: false, steady: steady, at: time)
            if host.step == .health || host.step == .undoHealth || host.step == .done { host.reason = reason }
        }
        hosts[name] = host
    }

    private mutating func judge(_ verdict: GateVerdict, at time: Int64) {
        guard case .baking = state else { return }
        self.verdict = verdict
        verdictAt = time
        switch verdict {
        case .failed: failedVerdicts += 1
        case .passed: failedVerdicts = 0
        // A look that saw nothing takes nothing back.
        case .none: break
        }
    }

    /// A pause ends first; a hold is answered where there is no pause.
    private mutating func resume(at time: Int64) {
        if let pause {
            // The time for an answer stood still meanwhile.
            if case .held(let reason, let batch, let since) = state {
                state = .held(reason, batch: batch, since: since + time - max(since, pause.since))
            }
            self.pause = nil
            return
        }
        guard case .held(let reason, let batch, _) = state, ending == nil else { return }
        switch reason {
        case .approval, .noVerdict: begin(batch + 1, at: time)
        case .unknownHosts(let names):
            // They count as failed, and are never started again.
            for name in names where hosts[name]?.step == .unknown { hosts[name]?.move(to: .failed, at: time) }
            state = .running(batch: batch)
        }
    }

    mutating func touch(_ host: inout HostProgress) {
        guard host.step == .action, !host.isTouched else { return }
        host.isTouched = true
        turns += 1
        host.turn = turns
    }

    mutating func begin(_ batch: Int, at time: Int64) {
        failedVerdicts = 0
        verdict = nil
        state = batch < plan.batches.count ? .running(batch: batch) : .succeeded
    }
}
