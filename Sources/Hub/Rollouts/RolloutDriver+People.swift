package import Fleet
import Foundation
import Rollouts
import Telemetry

/// What people ask of rollouts: what one would do, that it begins, and what becomes of it.
extension RolloutDriver {

    /// What it would do; nothing is started.
    package func forecast(
        _ request: RolloutRequest, actor: [String: String]
    ) async throws(RolloutError) -> RolloutForecast {
        let (plan, obstacles) = try await plan(request, id: "", actor: Self.name(of: actor))
        let record = RolloutRecord(plan)
        var view = record.view(at: plan.createdAt, wall: plan.createdAt)
        for place in view.hosts.indices {
            (view.hosts[place].step, view.hosts[place].isTouched) = ("waiting", false)
        }
        view.log = []
        let standing = obstacles.filter { obstacle in
            if case .closed = obstacle { request.override == nil } else { true }
        }
        return RolloutForecast(rollout: view, obstacles: standing.map(\.text))
    }

    /// Journals it and begins; nothing stands in its way, or nothing happens. `uid` is who asks, as the socket's peer proves it.
    package func start(
        _ request: RolloutRequest, actor: [String: String]
    ) async throws(RolloutError) -> RolloutView {
        let by = Self.name(of: actor)
        let (plan, obstacles) = try await plan(request, id: RandomHex.digits(16), actor: by)
        for obstacle in obstacles {
            switch obstacle {
            case .locked(let text): throw .locked(text)
            case .closed(let text): if request.override == nil { throw .closed(text) }
            case .away(let text): throw .away(text)
            }
        }
        let why = [request.reason, request.override.map { "outside its window: \($0)" } ?? ""]
        return try await begin(plan, actor, why: why.filter { !$0.isEmpty }.joined(separator: "; "))
    }

    /// Says it to a rollout that goes on; to one that has ended, `rollback` starts the one that takes it back.
    package func order(
        _ request: RolloutOrderRequest, actor: [String: String]
    ) async throws(RolloutError) -> RolloutView {
        let track = try find(request.id)
        let (id, by) = (track.record.id, Self.name(of: actor))
        if track.record.isOver {
            guard request.verb == .rollback else {
                throw .state(
                    "\(track.record.rollout.view.title) has ended: \(view(track).standing)")
            }
            return try await takeBack(track.record, request, actor)
        }
        let event: RolloutEvent
        switch request.verb {
        case .pause:
            guard track.record.rollout.pause == nil else { throw .state("\(id) is paused already") }
            event = .pause(actor: by, reason: request.reason)
        case .resume:
            let rollout = track.record.rollout
            guard rollout.pause != nil || rollout.isHeld else {
                let words = rollout.view.text
                throw .state("\(id) is neither paused nor held\(words.isEmpty ? "" : ": it is \(words)")")
            }
            event = .resume(actor: by, reason: request.reason)
        case .abort: event = .abort(actor: by, reason: request.reason)
        case .rollback:
            guard track.record.rollout.plan.definition.rollback != nil else {
                throw .state("\(id) has no way back: rollouts.yaml names no rollback action; abort ends it")
            }
            event = .rollBack(actor: by, reason: request.reason)
        }
        do throws(DispatchError) {
            try await dispatch.note(
                "rollout", Self.audit(request.verb.rawValue, track.record.rollout.plan, actor, request.reason)
            )
        } catch {
            throw .journal(error.description)
        }
        if let now = tracks[id]?.record, now.isOver {
            // It has ended while the audit was written.
            guard request.verb == .rollback else {
                throw .state("\(now.rollout.view.title) has ended: \(now.rollout.view.state.words)")
            }
            return try await takeBack(now, request, actor)
        }
        take(event, id)
        try await settle()
        return view(tracks[id] ?? track)
    }

    // MARK: Beginning

    private func plan(
        _ request: RolloutRequest, id: String, actor: String
    ) async throws(RolloutError) -> (RolloutPlan, [RolloutObstacle]) {
        guard let definition = definitions.first(where: { $0.name == request.name }) else {
            throw .unknownName(request.name, known: definitions.map(\.name))
        }
        let now = clock.now().milliseconds
        var planner = RolloutPlanner(definition, await facts(definition, at: now))
        let plan = try planner.plan(request, id: id, actor: actor, createdAt: now)
        return (plan, (holder(of: plan).map { [.locked($0)] } ?? []) + planner.obstacles)
    }

    /// The rollout that has the lock, or gives the same orders to one of the same hosts: what one drains the other would put back.
    private func holder(of plan: RolloutPlan) -> String? {
        let (lock, hosts, actions) = (plan.definition.lock, Set(plan.hosts), Set(plan.definition.actions))
        var others = tracks.values.map(\.record.rollout).filter { !$0.state.isFinal }
        others += starting.values.map { Rollout($0, at: $0.createdAt) }
        for other in others {
            let standing = "\(other.view.title) (\(other.plan.id))"
            if other.plan.definition.lock == lock {
                return "\(standing) holds the lock \(lock): \(other.view.state.words)"
            }
            let shared = other.plan.definition.actions.first(where: actions.contains)
            if let shared, let host = other.plan.hosts.first(where: hosts.contains) {
                return "\(standing) uses \(shared) on \(host) too: \(other.view.state.words)"
            }
        }
        return nil
    }

    private func facts(_ definition: RolloutDefinition, at now: Int64) async -> RolloutFacts {
        let attributes = await core.attributes()
        var probes: [String: ProbeReading] = [:]
        if let probe = definition.health?.probe {
            await waitForProbes(probe, attributes, definition)
            for host in attributes { probes[host.name] = await core.probe(probe, of: HostID(host.name)) }
        }
        let (weekday, minute) = RolloutFacts.localTime(now)
        return RolloutFacts(
            attributes: attributes, listings: await dispatch.listings([]), probes: probes, weekday: weekday,
            minute: minute)
    }

    /// Hosts that have connected just now have said nothing of their probes yet, and would be refused for that. Well below the
    /// ten seconds that a client waits for an answer.
    private func waitForProbes(
        _ probe: String, _ hosts: [HostAttributes], _ definition: RolloutDefinition
    ) async {
        guard let selector = try? Selector(definition.hosts) else { return }
        let names = hosts.filter { selector.matches($0) }.map { HostID($0.name) }
        let deadline = ContinuousClock.now + .seconds(7)
        while ContinuousClock.now < deadline, !Task.isCancelled {
            var isAwaited = false
            for host in names where !isAwaited {
                guard await core.mayYetProbe(host) else { continue }
                isAwaited = await core.probe(probe, of: host) == nil
            }
            guard isAwaited else { return }
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    private func begin(
        _ plan: RolloutPlan, _ actor: [String: String], why: String
    ) async throws(RolloutError) -> RolloutView {
        // Another may have begun since it was planned; from here on it has the lock, so that the audit tells of no start that
        // was refused.
        if let locked = holder(of: plan) { throw .locked(locked) }
        starting[plan.id] = plan
        defer { starting[plan.id] = nil }
        do throws(DispatchError) {
            try await dispatch.note("rollout", Self.audit("start", plan, actor, why))
        } catch {
            throw .journal(error.description)
        }
        lastFence = max(lastFence + 1, UInt64(clamping: plan.createdAt))
        let record = RolloutRecord(plan, fence: lastFence)
        let track = RolloutTrack(record, isNew: true, steady: clock.steadyMilliseconds())
        tracks[plan.id] = track
        ids.append(plan.id)
        pending.append(RolloutBook.document(record))
        forgetTheOldest()
        do throws(RolloutError) {
            try await settle()
        } catch {
            tracks[plan.id] = nil
            ids.removeAll { $0 == plan.id }
            pending.removeAll { $0 == RolloutBook.document(record) }
            // It may have been written by another's turn.
            pending.append(RolloutBook.removal(plan.id))
            throw error
        }
        return view(tracks[plan.id] ?? track)
    }

    private func takeBack(
        _ record: RolloutRecord, _ request: RolloutOrderRequest, _ actor: [String: String]
    ) async throws(RolloutError) -> RolloutView {
        let old = record.rollout.plan
        guard old.undoes == nil else {
            throw .state("\(old.id) took another back; start the version that you want")
        }
        if let locked = holder(of: old) { throw .locked(locked) }
        let newer = ids.last { id in
            guard let other = tracks[id]?.record.rollout.plan else { return false }
            return other.definition.lock == old.definition.lock
        }
        guard newer == old.id else {
            throw .state(
                "\(old.id) is not the last one of \(old.definition.lock): \(newer ?? "") came after it")
        }
        let plan = try RolloutPlanner.undo(
            old, changed: record.rollout.changedHosts, id: RandomHex.digits(16), actor: Self.name(of: actor),
            reason: request.reason, createdAt: clock.now().milliseconds)
        return try await begin(plan, actor, why: request.reason)
    }

    private func forgetTheOldest() {
        let ended = ids.filter { tracks[$0]?.record.isOver == true }
        for id in ended.dropLast(RolloutBook.endedMax) {
            tracks[id] = nil
            ids.removeAll { $0 == id }
            pending.append(RolloutBook.removal(id))
        }
    }

    private func find(_ id: String) throws(RolloutError) -> RolloutTrack {
        if let track = tracks[id] { return track }
        let named = ids.last { tracks[$0]?.record.rollout.plan.definition.name == id }
        if let named, let track = tracks[named] { return track }
        let close = ids.filter { $0.hasPrefix(id) }
        guard let first = close.first, !id.isEmpty, let track = tracks[first] else {
            throw .unknownRollout(id)
        }
        guard close.count == 1 else { throw .ambiguous(id, close) }
        return track
    }

    // MARK: Words

    private static func name(of actor: [String: String]) -> String {
        actor["as"] ?? actor["user"] ?? actor["uid"] ?? ""
    }

    private static func audit(
        _ verb: String, _ plan: RolloutPlan, _ actor: [String: String], _ why: String
    ) -> String {
        let parameters = plan.parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let words = [verb, plan.id, plan.definition.name] + parameters
        let who = actor.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return (words + who).joined(separator: " ") + (why.isEmpty ? "" : ": \(why)")
    }

}
