package import Fleet
package import Rollouts
import Telemetry

/// One rollout as the hub keeps it: the machine, what happened in words, and what others have been told of it.
///
/// Its times are its own: they stand still while no hub runs, so that nothing is late because nobody looked. They begin at the
/// wall clock's time of its start.
package struct RolloutRecord: Hashable, Sendable, Codable {
    package private(set) var rollout: Rollout
    /// Of its lock: hosts take no orders of one with a lower number any more.
    package let fence: UInt64
    /// Of the last event that changed it, counted from 1.
    package private(set) var number = 0
    /// The time of that event, or a later one that was kept for its own sake, by its own clock.
    package private(set) var time: Int64
    /// By the wall clock.
    package private(set) var log: [RolloutView.Line] = []
    package private(set) var endedAt: Int64?
    /// The last state of which hooks have been told, and since when the hold or pause is that they were told of: the next one is
    /// another.
    package var told: RolloutView.State?
    package var toldHold: Int64?
    /// How many batches stand on the charts, and whether the way back does.
    package var markedBatches = 0
    package var isWayBackMarked = false

    /// Lines of the log that are kept.
    package static let linesMax = 500

    package init(_ plan: RolloutPlan, fence: UInt64 = 0) {
        self.fence = fence
        rollout = Rollout(plan, at: plan.createdAt)
        time = plan.createdAt
        let count = plan.hosts.count
        let by = plan.actor.isEmpty ? "" : " by \(plan.actor)"
        write(Self.words("started\(by) over \(Self.hosts(count))", plan.reason), at: plan.createdAt)
    }

    package var id: String { rollout.plan.id }

    /// When the present pause or hold began, by its own clock; nil where there is none.
    package var heldSince: Int64? {
        if let pause = rollout.pause { return pause.since }
        if case .held(_, _, let since) = rollout.state { return since }
        return nil
    }

    package var isOver: Bool { rollout.state.isFinal }
    /// Whether nobody is yet to be told how it ended.
    package var isEndTold: Bool {
        rollout.plan.definition.notify.isEmpty || told?.isFinal == true
    }

    /// Takes in what happened at `time` of its own clock; whether that changed anything, and so belongs into the journal.
    package mutating func take(_ event: RolloutEvent, at time: Int64, wall: Int64) -> Bool {
        let before = rollout
        rollout.take(event, at: max(time, self.time))
        guard rollout != before else { return false }
        self.time = max(time, self.time)
        number += 1
        tell(event, from: before, at: wall)
        if rollout.state.isFinal { endedAt = wall }
        return true
    }

    /// Whether so much of a hold has passed that it is worth keeping: a hub that begins does not give people all of it anew.
    package func mayKeep(_ time: Int64) -> Bool {
        guard rollout.isHeld, rollout.pause == nil else { return false }
        return time - self.time >= Self.heldMilliseconds
    }

    private static let heldMilliseconds: Int64 = 10_000

    /// Its clock has come so far, and nothing else has changed.
    package mutating func pass(to time: Int64) { self.time = max(time, self.time) }

    /// As the API tells it, at `time` of its own clock and `wall` of everybody's.
    package func view(at time: Int64, wall: Int64) -> RolloutView {
        var view = rollout.view
        let shift = wall - time
        view.bakesUntil = view.bakesUntil.map { $0 + shift }
        view.heldUntil = view.heldUntil.map { $0 + shift }
        for place in view.hosts.indices { view.hosts[place].since += shift }
        view.log = log
        view.endedAt = endedAt
        return view
    }

    // MARK: In words

    private mutating func tell(_ event: RolloutEvent, from before: Rollout, at wall: Int64) {
        for name in rollout.plan.hosts {
            guard let host = rollout.hosts[name], let old = before.hosts[name] else { continue }
            if host.putOff?.times == 1, old.putOff == nil {
                write("\(name) is busy, and asked again \(Self.when(event)): \(host.reason)", at: wall)
            }
            guard host.step != old.step else { continue }
            switch host.step {
            case .unknown: write("\(name) is unknown: \(host.reason)", at: wall)
            case .stuck: write("\(name) is stuck: \(host.reason)", at: wall)
            case .undone: write("\(name) \(Self.back(name, rollout.plan))", at: wall)
            case .done: write("\(name) is done", at: wall)
            case .failed, .waiting, .before, .action, .health, .after, .undoBefore, .undo, .undoHealth,
                .undoAfter:
                // One that failed may be on its way back at once.
                if host.reason != old.reason, !host.reason.isEmpty {
                    write("\(name) failed: \(host.reason)", at: wall)
                }
            }
        }
        if case .gate(let verdict) = event { tell(verdict, before.verdict, at: wall) }
        if let pause = rollout.pause, before.pause == nil {
            write(Self.words("paused by \(pause.actor)", pause.reason), at: wall)
        }
        if case .resume(let actor, let reason) = event, before.pause != nil || before.isHeld {
            write(Self.words(Self.answer(before, by: actor), reason ?? ""), at: wall)
        }
        if case .abort(let actor, let reason) = event {
            write(Self.words("\(actor) aborts it", reason), at: wall)
        }
        if rollout.state != before.state, let words = Self.words(rollout) { write(words, at: wall) }
    }

    private mutating func tell(_ verdict: GateVerdict, _ last: GateVerdict?, at wall: Int64) {
        switch (verdict, last) {
        case (.passed, .passed?), (.none, .none?): break
        case (.passed(let evidence), _): write("gate passes: \(evidence)", at: wall)
        case (.failed(let evidence), _):
            let looks = "\(rollout.failedVerdicts) of \(rollout.plan.definition.gateFailsAfter)"
            write("gate fails, \(looks): \(evidence)", at: wall)
        case (.none(let reason), _): write("gate has no verdict: \(reason)", at: wall)
        }
    }

    /// What it means that somebody lets it go on.
    private static func answer(_ before: Rollout, by actor: String) -> String {
        guard before.pause == nil, case .held(let hold, _, _) = before.state else {
            return "\(actor) lets it go on"
        }
        switch hold {
        case .approval: return "approved by \(actor)"
        case .noVerdict: return "\(actor) lets it go on without a verdict"
        case .unknownHosts(let names): return "\(actor) counts \(names.joined(separator: ", ")) as failed"
        }
    }

    private static func words(_ what: String, _ reason: String) -> String {
        reason.isEmpty ? what : "\(what): \(reason)"
    }

    /// What a new state is called; nil where another line says it.
    private static func words(_ rollout: Rollout) -> String? {
        let batches = rollout.plan.batches
        switch rollout.state {
        case .running(let batch):
            return "batch \(batch + 1) of \(batches.count): \(hosts(batches[batch].count))"
        case .baking(let batch, _):
            let seconds = rollout.plan.definition.bake / 1000
            return "batch \(batch + 1) is healthy; it is looked at for \(seconds) s"
        case .held, .rollingBack, .succeeded, .rolledBack, .mixed, .halted, .aborted:
            let view = rollout.view
            return view.text.isEmpty ? view.state.words : "\(view.state.words): \(view.text)"
        }
    }

    private static func back(_ name: String, _ plan: RolloutPlan) -> String {
        guard let version = plan.definition.health?.version.map(plan.filled), plan.versionsBefore[name] == nil
        else { return "runs the old version again" }
        return "is back from \(version); which version it had before was not known"
    }

    private static func when(_ event: RolloutEvent) -> String {
        guard case .order(_, .busy(_, let freeIn?)) = event else {
            return "for \(Rollout.busyMilliseconds / 60_000) min"
        }
        return "in \((freeIn + 999) / 1000) s"
    }

    private static func hosts(_ count: Int) -> String { count == 1 ? "1 host" : "\(count) hosts" }

    private mutating func write(_ text: String, at wall: Int64) {
        log.append(RolloutView.Line(at: wall, text: text))
        if log.count > Self.linesMax { log.removeFirst(log.count - Self.linesMax) }
    }
}
