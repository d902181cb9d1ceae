package import Fleet
package import Telemetry

/// What hooks are to be told, in which order and when: decides; never does.
///
/// A hook's first notice goes at once; what follows within its `gather` time goes in one second run. A notice waits for
/// the unfinished runs of its own alert and hook, and for nobody else. It reckons in the hub's steady milliseconds, so that
/// no step of the clock moves anything; the wall clock's time is kept only for the hub after a restart.
package struct Outbox: Sendable {
    package var hooks: [String: HookDefinition]
    /// Whether this hub runs hooks. One that does not keeps what waits for one that does: notices of what fires are there while it
    /// fires, and ends of what was told.
    package var isRunning = true
    /// Whether it may tell what such a hub kept: once the rules have looked whether it fires still.
    package var tellsKept = true
    /// In the order of their numbers.
    package private(set) var queue: [HookNotice] = []
    package private(set) var runs: [Int64: HookRun] = [:]
    package private(set) var told: [HookSubject: HookTold] = [:]
    package private(set) var lastRun: Int64 = 0
    /// Notices that were refused because too much waits already.
    package private(set) var refused: UInt64 = 0
    /// Of these, those since half of the room was free last: people see it until then.
    package private(set) var refusedOfLate: UInt64 = 0

    /// When a run that waits is tried again; runs without one are running.
    private var due: [Int64: Int64] = [:]
    private var attemptBegan: [Int64: Int64] = [:]
    /// Since when a hook gathers, or did.
    private var gatherBegan: [String: Int64] = [:]
    private var toldAt: [HookSubject: Int64] = [:]

    /// Notices that wait; far beyond what anybody reads. The end of what a hook knows to fire waits beside them: an alert
    /// that stays open for ever in whatever the hook feeds is worse than one that nobody heard of. There is one at most for
    /// each alert that was told.
    package static let queueMax = 50_000
    package static let noticesPerRunMax = 1000
    package static let runsPerHookMax = 4
    package static let runsMax = 32
    private static let firstWaitMilliseconds: Int64 = 5000
    private static let waitMillisecondsMax: Int64 = 300_000

    package init(hooks: [String: HookDefinition] = [:]) {
        self.hooks = hooks
    }

    // MARK: What comes in

    /// The notices that a transition asks for, which wait from now on. `isSilenced` is so at this moment.
    package mutating func add(_ transition: AlertTransition, isSilenced: Bool) -> [OutboxChange] {
        let alert = transition.alert
        switch transition.kind {
        case .pending: return []
        case .firing, .unmuted:
            guard transition.isNotice else { return [] }
            return alert.hooks.flatMap { name -> [OutboxChange] in
                guard hooks[name]?.send.contains(.firing) == true else { return [] }
                return enqueue(
                    HookNotice(
                        number: transition.number, hook: name, moment: .firing, alert: alert,
                        isKept: isRunning ? nil : true))
            }
        case .resolved:
            guard transition.isNotice else { return [] }
            return endings(of: alert).flatMap { end($0, transition, isSilenced) }
        // It never fired: nobody was told, and what waits is of an earlier time.
        case .dropped: return []
        }
    }

    private mutating func end(_ name: String, _ transition: AlertTransition, _ isSilenced: Bool)
        -> [OutboxChange]
    {
        let subject = HookSubject(hook: name, alert: transition.alert.key)
        // What a hub does not know that runs none, another one may.
        let sends = hooks[name]?.send ?? (isRunning ? [] : [.firing, .resolved])
        var changes: [OutboxChange] = []
        if let place = queue.lastIndex(where: { $0.subject == subject }), queue[place].moment == .firing,
            isSilenced || !isRunning || queue[place].isKept == true
        {
            changes.append(.removeNotice(queue.remove(at: place)))
            // Hidden from its beginning to its end: nobody hears of it. The end of what was told is told.
            guard lastWord(subject) == .firing else { return changes }
        }
        guard sends.contains(.resolved) else {
            // What waits is told all the same; `repeats` forgets it then.
            return isUnderway(subject) ? changes : changes + forget(subject)
        }
        let notice = HookNotice(
            number: transition.number, hook: name, moment: .resolved, alert: transition.alert)
        // Who is never told that something fires hears of the end alone, unless it is silenced.
        guard sends.contains(.firing) || told[subject] != nil else {
            return isRunning && !isSilenced || isUnderway(subject) ? changes + enqueue(notice) : changes
        }
        // That it fired again was refused, and the hook knows already that it is over.
        guard lastWord(subject) == .firing else { return changes }
        queue.append(notice)
        return changes + [.putNotice(notice)]
    }

    /// What a hook was told last of an alert, or will have been when all that waits is told; nil where it knows nothing.
    private func lastWord(_ subject: HookSubject) -> HookNotice.Moment? {
        if let waiting = queue.last(where: { $0.subject == subject }) { return waiting.moment }
        for run in runs.values where run.hook == subject.hook {
            if let notice = run.notices.first(where: { $0.alert.key == subject.alert }) {
                return notice.moment
            }
        }
        return told[subject] == nil ? nil : .firing
    }

    /// The alert's hooks, and those that were told before the rules were changed.
    private func endings(of alert: Alert) -> [String] {
        alert.hooks
            + told.keys.filter { $0.alert == alert.key && !alert.hooks.contains($0.hook) }.map(\.hook)
            .sorted()
    }

    private mutating func enqueue(_ notice: HookNotice) -> [OutboxChange] {
        guard queue.count < Self.queueMax else {
            refused += 1
            refusedOfLate += 1
            return []
        }
        queue.append(notice)
        return [.putNotice(notice)]
    }

    private func isUnderway(_ subject: HookSubject) -> Bool {
        queue.contains { $0.subject == subject }
            || runs.values.contains { run in
                run.hook == subject.hook && run.notices.contains { $0.alert.key == subject.alert }
            }
    }

    /// Nothing more is to be told of it.
    private mutating func forget(_ subject: HookSubject) -> [OutboxChange] {
        toldAt[subject] = nil
        return told.removeValue(forKey: subject).map { [.removeTold($0)] } ?? []
    }

    /// Repeats that are due: of alerts that fire, that nobody took on, and that nothing mutes.
    package mutating func repeats(
        at now: Int64, current: (AlertKey) -> Alert?, isSilenced: (Alert) -> Bool
    ) -> [OutboxChange] {
        var changes: [OutboxChange] = []
        // What waits for a silence's end may be there for long.
        if queue.count < Self.queueMax / 2 { refusedOfLate = 0 }
        guard isRunning else { return [] }
        for (subject, known) in told.sorted(by: { $0.key.id < $1.key.id }) {
            // An end that its hook does not want to hear of.
            if hooks[subject.hook]?.send.contains(.resolved) == false,
                current(subject.alert)?.state != .firing, !isUnderway(subject)
            {
                changes += forget(subject)
                continue
            }
            // A repeat that has no room comes later.
            guard let every = hooks[subject.hook]?.repeat, queue.count < Self.queueMax else { continue }
            guard now - (toldAt[subject] ?? now) >= every.milliseconds, !isUnderway(subject),
                let alert = current(subject.alert), alert.state == .firing, alert.acknowledged == nil,
                alert.mutedBy.isEmpty, !isSilenced(alert)
            else { continue }
            changes += enqueue(
                HookNotice(
                    number: known.number, hook: subject.hook, moment: .firing, alert: alert,
                    repeats: known.repeats + 1))
        }
        return changes
    }

    // MARK: What goes out

    /// The next run that may begin now, and what the journal must have before it does; nil where none may.
    package mutating func next(
        at now: Int64, wall: Timestamp, isSilenced: (Alert) -> Bool
    ) -> (run: HookRun?, changes: [OutboxChange])? {
        guard isRunning else { return nil }
        let running = runs.values.filter { due[$0.number] == nil }
        guard running.count < Self.runsMax else { return nil }
        var busy: [String: Int] = [:]
        for run in running { busy[run.hook, default: 0] += 1 }
        func mayRun(_ hook: String) -> Bool { busy[hook, default: 0] < Self.runsPerHookMax }

        let waiting = due.filter { $0.value <= now && mayRun(runs[$0.key]?.hook ?? "") }
        if let number = waiting.min(by: { ($0.value, $0.key) < ($1.value, $1.key) })?.key,
            var run = runs[number]
        {
            run.attempt += 1
            return begin(run, at: now, [])
        }
        var dropped: [OutboxChange] = []
        for name in queue.map(\.hook).uniqued() {
            guard let hook = hooks[name] else {
                dropped += queue.filter { $0.hook == name }.map { .removeNotice($0) }
                queue.removeAll { $0.hook == name }
                continue
            }
            let gathers = gatherBegan[name].map { now - $0 < hook.gather.milliseconds } ?? false
            guard mayRun(name), !gathers else { continue }
            let (notices, gone) = gather(name, isSilenced)
            dropped += gone
            guard !notices.isEmpty else { continue }
            gatherBegan[name] = now
            lastRun += 1
            let run = HookRun(
                number: lastRun, hook: name, notices: notices, attempt: 1, triedMilliseconds: 0,
                isJournaled: true)
            let gather = OutboxChange.putGather(HookGather(hook: name, at: wall))
            return begin(run, at: now, dropped + notices.map { .removeNotice($0) } + [gather])
        }
        return dropped.isEmpty ? nil : (nil, dropped)
    }

    private mutating func begin(
        _ run: HookRun, at now: Int64, _ changes: [OutboxChange]
    ) -> (run: HookRun?, changes: [OutboxChange]) {
        runs[run.number] = run
        due[run.number] = nil
        attemptBegan[run.number] = now
        return (run, changes + [.putRun(run, lastRun: lastRun)])
    }

    /// Takes out of the queue what one run of the hook tells, one notice an alert; and what is not to be told any more.
    private mutating func gather(
        _ hook: String, _ isSilenced: (Alert) -> Bool
    ) -> (notices: [HookNotice], gone: [OutboxChange]) {
        var passed = Set(
            runs.values.filter { $0.hook == hook }.flatMap { $0.notices.map(\.alert.key) })
        let endsQueued = Set(
            queue.filter { $0.hook == hook && $0.moment == .resolved }.map(\.alert.key))
        var notices: [HookNotice] = []
        var gone: [HookNotice] = []
        var hidden: Set<AlertKey> = []
        for notice in queue where notice.hook == hook && notices.count < Self.noticesPerRunMax {
            let key = notice.alert.key
            if notice.moment == .resolved, hidden.contains(key) {
                gone.append(notice)
                hidden.remove(key)
                continue
            }
            guard !passed.contains(key) else { continue }
            if notice.isKept == true, !tellsKept {
                passed.insert(key)
                continue
            }
            if notice.moment == .firing, isSilenced(notice.alert) {
                // Hidden from its beginning to its end: nobody hears of it. Else it waits for the silence's end.
                let wasTold = told[notice.subject] != nil
                if notice.repeats > 0 || (endsQueued.contains(key) && !wasTold) {
                    gone.append(notice)
                    if !wasTold { hidden.insert(key) }
                } else {
                    passed.insert(key)
                }
                continue
            }
            passed.insert(key)
            notices.append(notice)
        }
        let taken = Set(notices.map(\.id) + gone.map(\.id))
        queue.removeAll { taken.contains($0.id) }
        return (notices, gone.map { .removeNotice($0) })
    }

    // MARK: How it ended

    /// An attempt ended; whether the run did, or is tried again.
    package mutating func finish(
        _ number: Int64, _ outcome: HookOutcome, at now: Int64, wall: Timestamp
    ) -> (ending: OutboxEnding, changes: [OutboxChange]) {
        guard var run = runs[number], due[number] == nil else { return (.unknown, []) }
        run.triedMilliseconds += max(0, now - (attemptBegan.removeValue(forKey: number) ?? now))
        if outcome.isRetried, let hook = hooks[run.hook] {
            let wait = Self.wait(after: run.attempt)
            if run.triedMilliseconds + wait <= hook.retryFor.milliseconds {
                run.triedMilliseconds += wait
                runs[number] = run
                due[number] = now + wait
                return (.again(inMilliseconds: wait), [.putRun(run, lastRun: lastRun)])
            }
        }
        runs[number] = nil
        var changes: [OutboxChange] = [.removeRun(run)]
        for notice in run.notices {
            switch notice.moment {
            case .firing:
                let known = HookTold(
                    hook: run.hook, key: notice.alert.key, number: notice.number, repeats: notice.repeats,
                    at: wall)
                told[notice.subject] = known
                toldAt[notice.subject] = now
                changes.append(.putTold(known))
            case .resolved:
                toldAt[notice.subject] = nil
                if let known = told.removeValue(forKey: notice.subject) { changes.append(.removeTold(known)) }
            }
        }
        return (.ended, changes)
    }

    /// A crash took an attempt, and nobody knows whether it did its work: it is made again at once. So each crash repeats a
    /// run once at most.
    package mutating func repeatAfterCrash(_ number: Int64, at now: Int64) {
        guard runs[number] != nil, due[number] == nil else { return }
        attemptBegan[number] = nil
        due[number] = now
    }

    /// 5 s, 10 s, 20 s … 5 min.
    package static func wait(after attempt: Int) -> Int64 {
        min(firstWaitMilliseconds << Int64(min(max(attempt - 1, 0), 10)), waitMillisecondsMax)
    }

    /// The journal could not be written before this run: it goes all the same.
    package mutating func isUnjournaled(_ number: Int64) {
        runs[number]?.isJournaled = false
    }

    // MARK: After a restart

    /// Goes on where a hub before this one ended; what the journal must have for the hub after this one. Its runs that were
    /// under way are running still, or were lost: that is told by `finish`.
    package mutating func restore(
        queue: [HookNotice], runs: [HookRun], told: [HookTold], gathers: [HookGather], lastRun: Int64,
        at now: Int64, wall: Timestamp
    ) -> [OutboxChange] {
        self.queue = queue.sorted { ($0.number, $0.repeats) < ($1.number, $1.repeats) }
        self.lastRun = max(lastRun, runs.map(\.number).max() ?? 0)
        for run in runs {
            self.runs[run.number] = run
            attemptBegan[run.number] = now
        }
        // A clock that was set back keeps nobody waiting.
        for gather in gathers where gather.at <= wall {
            gatherBegan[gather.hook] = now - Self.age(gather.at, wall)
        }
        var changes: [OutboxChange] = []
        for var known in told {
            // Told at a moment that nobody knows, or that lies ahead because the clock was set back: told now, and that is
            // kept, so that restarts cannot put its repeat off for ever.
            if known.at.map({ $0 > wall }) ?? true {
                known.at = wall
                changes.append(.putTold(known))
            }
            self.told[known.subject] = known
            toldAt[known.subject] = now - Self.age(known.at ?? wall, wall)
        }
        return changes
    }

    /// How long ago a moment was, within what can be reckoned with.
    private static func age(_ moment: Timestamp, _ wall: Timestamp) -> Int64 {
        min(max(0, wall.milliseconds(since: moment)), ageMillisecondsMax)
    }

    private static let ageMillisecondsMax: Int64 = 366 * 86_400_000

    /// Whether nothing waits and nothing runs, so that the hub may end: one that runs no hooks leaves what waits to one that does.
    package var isIdle: Bool {
        isRunning ? queue.isEmpty && runs.isEmpty : runs.keys.allSatisfy { due[$0] != nil }
    }
}

extension Duration {
    package var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}

extension Sequence where Element: Hashable {
    /// Each once, in the order of their first places.
    fileprivate func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
