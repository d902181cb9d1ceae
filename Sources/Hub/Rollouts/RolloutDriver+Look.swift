package import Fleet
import Rollouts
import Telemetry
import Wire

/// What a rollout is told: how its orders ended, what its hosts' probes say, and its gate.
extension RolloutDriver {
    func look(_ id: String) async {
        await wake(id)
        guard tracks[id]?.goesSince != nil else { return }
        await lookAtOrders(id)
        await lookAtHealth(id)
        await lookAtGate(id)
        take(.time, id)
        guard pending.isEmpty, var track = tracks[id] else { return }
        let time = track.time(at: clock.steadyMilliseconds())
        guard track.record.mayKeep(time) else { return }
        track.record.pass(to: time)
        keep(track.record)
    }

    /// Alerts of hosts at which a rollout works are marked, from its turn's begin to its end: what that disturbs is no surprise.
    func disturb(_ id: String) async {
        guard let track = tracks[id] else { return }
        let rollout = track.record.rollout
        let active = rollout.state.isFinal ? [] : Set(rollout.hosts.filter(\.value.isActive).keys)
        guard active != track.disturbed else { return }
        tracks[id]?.disturbed = active
        for host in active.symmetricDifference(track.disturbed) {
            await core.set(
                action: "rollout \(id)", named: "rollout \(rollout.plan.title)",
                isRunning: active.contains(host), on: HostID(host))
        }
    }

    private func wake(_ id: String) async {
        guard let track = tracks[id], track.goesSince == nil else { return }
        var areThere = true
        for host in track.record.rollout.plan.hosts where areThere {
            areThere = await dispatch.isReady(HostID(host))
        }
        tracks[id]?.wake(areHostsThere: areThere, steady: clock.steadyMilliseconds())
    }

    // MARK: Orders

    private func lookAtOrders(_ id: String) async {
        guard let track = tracks[id] else { return }
        let open = track.record.rollout.openOrders
        let runs = await dispatch.runs(open.map { RolloutTrack.orderID($0.id) })
        for (order, run) in zip(open, runs) {
            guard let run else { continue }
            if let outcome = Self.outcome(run) {
                take(.order(id: order.id, outcome), id)
            } else if await isLost(order, run, id) {
                take(.order(id: order.id, .unknown(reason: "nothing comes from \(order.host)")), id)
            }
        }
    }

    /// Whether its host has been away for longer than the action could take: nobody can tell any more what became of it. One that
    /// comes back from a reboot is waited for by the dispatcher.
    private func isLost(_ order: RolloutOrder, _ run: OrderRun, _ id: String) async -> Bool {
        let steady = clock.steadyMilliseconds()
        guard run.returnsWithin == nil, await !dispatch.isReady(HostID(order.host)) else {
            tracks[id]?.awaySince[order.host] = nil
            return false
        }
        let since = tracks[id]?.awaySince[order.host] ?? steady
        tracks[id]?.awaySince[order.host] = since
        let timeout = await dispatch.timeoutMilliseconds(of: order.action, on: HostID(order.host))
        return steady - since > (timeout ?? Self.timeoutMilliseconds) + RolloutTrack.patienceMilliseconds
    }

    /// Of an action of a host that has said nothing of it to this hub.
    private static let timeoutMilliseconds: Int64 = 600_000

    /// nil while it has not come to its end.
    private static func outcome(_ run: OrderRun) -> OrderOutcome? {
        switch run.state {
        case .queued, .offered, .accepted, .running: nil
        case .succeeded: .succeeded
        case .failed, .timedOut: .failed(reason: run.words)
        case .notStarted where run.cause == Report.Cause.busy.word:
            .busy(reason: run.words, freeIn: run.freeIn)
        // Another order of this hub, with a higher number, overtook it: it is given again with a number of its own.
        case .notStarted where run.cause == Report.Cause.replayed.word: .busy(reason: run.words, freeIn: nil)
        case .notStarted: .notStarted(reason: run.words)
        case .unknown: .unknown(reason: run.words)
        }
    }

    // MARK: Health

    /// Hosts tell of their probes once a second at most.
    private static let healthMilliseconds: Int64 = 1000

    private func lookAtHealth(_ id: String) async {
        let steady = clock.steadyMilliseconds()
        guard let track = tracks[id], steady - (track.healthAt ?? .min / 2) >= Self.healthMilliseconds else {
            return
        }
        tracks[id]?.healthAt = steady
        let orders = track.lastOrders
        for wish in track.record.rollout.healthWishes {
            var ended: Int64?
            if let order = orders[wish.host], let time = await dispatch.run(order)?.endedAt {
                ended = await endOnPresentClock(time, of: order, on: wish.host, id)
            }
            guard let found = await reading(wish, since: ended, heard: track.heard[wish.host]) else {
                continue
            }
            if let askedAt = found.askedAt { tracks[id]?.heard[wish.host] = askedAt }
            take(.health(host: wish.host, found.reading), id)
        }
    }

    /// A clock that was set back since the order ended, as after a boot with a wrong one, shows that time again much later: the end
    /// is where the clock stood when that was seen.
    private func endOnPresentClock(
        _ time: Int64, of order: String, on host: String, _ id: String
    ) async -> Int64 {
        if let known = tracks[id]?.setBack[order] { return known }
        let end = Timestamp(milliseconds: time)
        guard let now = await core.hostTime(HostID(host)),
            end.milliseconds(since: now) > Self.setBackMilliseconds
        else { return time }
        tracks[id]?.setBack[order] = now.milliseconds
        return now.milliseconds
    }

    /// A tick's time is of its begin.
    private static let askedAheadMilliseconds: Int64 = 2000
    /// An end comes before the tick of its second, which a host with a long interval tells late.
    private static let setBackMilliseconds: Int64 = 90_000

    /// nil where the probe has not been asked since the host's order ended, as the old process may have answered, or since the
    /// host came back to a hub that has just begun.
    /// Nor is an answer told twice: `heard` is when the last one was asked for.
    private func reading(
        _ wish: HealthWish, since ended: Int64?, heard: Int64?
    ) async -> (reading: HealthReading, askedAt: Int64?)? {
        let host = HostID(wish.host)
        guard await core.isLive(host) else { return (.bad(reason: "nothing comes from \(wish.host)"), nil) }
        guard let probe = await core.probe(wish.probe, of: host) else {
            if await core.mayYetProbe(host) { return nil }
            return (.bad(reason: "has no [probe \(wish.probe)]"), nil)
        }
        guard probe.askedAt > ended ?? .min, probe.askedAt != heard else { return nil }
        // Asked by a clock that was set back since: perhaps before the order ended.
        let now = await core.hostTime(host)?.milliseconds ?? .max
        guard probe.askedAt <= now || probe.askedAt - now <= Self.askedAheadMilliseconds else { return nil }
        guard probe.isGood else { return (.bad(reason: "probe \(wish.probe) fails"), probe.askedAt) }
        if let taken = wish.taken, probe.version == taken {
            return (.bad(reason: "still answers as version \(taken)"), probe.askedAt)
        }
        guard let version = wish.version, probe.version != version else { return (.good, probe.askedAt) }
        let reason =
            probe.version.isEmpty
            ? "probe \(wish.probe) names no version, and \(version) is wanted"
            : "answers as version \(probe.version), not \(version)"
        return (.bad(reason: reason), probe.askedAt)
    }

    // MARK: The gate

    private func lookAtGate(_ id: String) async {
        guard let track = tracks[id], let wish = track.record.rollout.gateWish else { return }
        let steady = clock.steadyMilliseconds()
        let time = track.time(at: steady)
        let isDue = track.judgedAt.map { steady - $0 >= GateWish.everyMilliseconds } ?? false
        // One look comes with the end; where that decides nothing, the next ones come as before.
        var isLast = false
        if case .baking(_, let until) = track.record.rollout.state {
            isLast = time >= until && (track.judgedAt ?? 0) < steady - (time - until)
        }
        // The first look comes after the first ten seconds, the last one with the end.
        if track.judgedAt == nil || (track.judgedAt ?? 0) < steady - (time - wish.since) {
            tracks[id]?.judgedAt = max(track.since, steady - (time - wish.since))
            if !isLast { return }
        }
        guard isDue || isLast else { return }
        let answer = await judge(wish, track.record.rollout.plan, milliseconds: time - wish.since)
        tracks[id]?.judgedAt = steady
        tracks[id]?.judged = answer
        if answer.verdict == .none, !track.mayLackVerdict(steady: steady) { return }
        take(.gate(GateVerdict(answer)), id)
    }

    private func judge(_ wish: GateWish, _ plan: RolloutPlan, milliseconds: Int64) async -> GateAnswer {
        let now = clock.now()
        let bake = max(plan.definition.bake, 1000)
        let begin = Timestamp(milliseconds: plan.createdAt)
        // Where no host is left as it was, what the changed ones did before is what there is to compare with.
        let isBefore = plan.definition.baseline == .before || wish.rest.isEmpty
        var conditions: [GateCondition] = []
        // Read when the rollout began, and perhaps by a hub that knew more than this one.
        var unknown: [GateAnswer.Line] = []
        for text in wish.conditions {
            do throws(QueryError) {
                conditions.append(try GateCondition(text, tags: nil))
            } catch {
                unknown.append(.init(condition: text, verdict: .none, text: "is not understood: \(error)"))
            }
        }
        let judged = await core.judge(
            GateQuestion(
                conditions: conditions, changed: wish.changed.map { HostID($0) },
                from: now.advanced(byMilliseconds: -milliseconds), to: now,
                baseline: (isBefore ? wish.changed : wish.rest).map { HostID($0) },
                baselineFrom: isBefore
                    ? begin.advanced(byMilliseconds: -bake) : now.advanced(byMilliseconds: -milliseconds),
                baselineTo: isBefore ? begin : now, minRequests: plan.definition.minRequests,
                baselineName: isBefore ? "before" : "the rest"))
        return GateAnswer(judged + unknown, changed: wish.changed, failsAfter: plan.definition.gateFailsAfter)
    }

    /// A rollout's gate over hosts that another tool changed, beside the rest of the rollout's hosts.
    package func gate(_ request: GateRequest) async throws(RolloutError) -> GateAnswer {
        guard let definition = definitions.first(where: { $0.name == request.name }) else {
            throw .unknownName(request.name, known: definitions.map(\.name))
        }
        guard (0...clock.now().milliseconds).contains(request.since) else {
            throw .parameter("since is in milliseconds since 1970, and not in the future")
        }
        guard !definition.gate.isEmpty else { throw .state("\(request.name) has no gate in rollouts.yaml") }
        let all = await core.attributes()
        let (changed, hosts): ([String], [String])
        do throws(QueryError) {
            let selector = try Selector(request.changed)
            if let unknown = selector.firstUnknown(among: all) { throw unknown }
            changed = all.filter { selector.matches($0) }.map(\.name)
            let group = try Selector(definition.hosts)
            hosts = all.filter { group.matches($0) }.map(\.name)
        } catch {
            throw .hosts("\(request.changed): \(error)")
        }
        guard !changed.isEmpty else { throw .hosts("\(request.changed) takes no host of this hub") }
        let now = clock.now()
        let reach = max(1000, now.milliseconds - request.since)
        let plan = RolloutPlan(
            id: "", definition, parameters: [:], batches: [changed], actor: "", createdAt: request.since)
        let wish = GateWish(
            conditions: definition.gate, changed: changed, rest: hosts.filter { !changed.contains($0) },
            since: request.since)
        return await judge(wish, plan, milliseconds: reach)
    }
}

extension GateVerdict {
    init(_ answer: GateAnswer) {
        switch answer.verdict {
        case .passed: self = .passed(evidence: answer.evidence)
        case .failed: self = .failed(evidence: answer.evidence)
        case .none: self = .none(reason: answer.evidence)
        }
    }
}
