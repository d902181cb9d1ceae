package import Fleet
import Telemetry

/// What hooks are to be told, in which order and when: decides; never does.
///
/// A hook's first notice goes at once; what follows within its `gather` time goes in one second run. A notice waits for
/// the unfinished runs of its own alert and hook, and for nobody else. All times are the hub's steady milliseconds, so that
/// no step of the clock moves anything.
package struct Outbox: Sendable {
    package var hooks: [String: HookDefinition]
    /// In the order of their numbers.
    package private(set) var queue: [HookNotice] = []
    package private(set) var runs: [Int64: HookRun] = [:]
    package private(set) var told: [HookSubject: HookTold] = [:]
    package private(set) var lastRun: Int64 = 0
    /// What was refused because too much waits already.
    package private(set) var refused: UInt64 = 0

    /// When a run that waits is tried again; runs without one are running.
    private var due: [Int64: Int64] = [:]
    private var attemptBegan: [Int64: Int64] = [:]
    /// Until when a hook gathers.
    private var gatherEnds: [String: Int64] = [:]
    private var toldAt: [HookSubject: Int64] = [:]

    /// Notices that wait; far beyond what anybody reads.
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
                    HookNotice(number: transition.number, hook: name, moment: .firing, alert: alert))
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
        let sends = hooks[name]?.send ?? []
        // Hidden from its beginning to its end: nobody hears of it.
        if isSilenced, let place = queue.lastIndex(where: { $0.subject == subject }),
            queue[place].moment == .firing
        {
            return [.removeNotice(queue.remove(at: place))]
        }
        let isUnderway = isUnderway(subject)
        guard sends.contains(.resolved) else {
            // What waits is told all the same; `repeats` forgets it then.
            return isUnderway ? [] : forget(subject)
        }
        // Who is never told that something fires hears of the end alone, unless it is silenced.
        let isWanted = told[subject] != nil || isUnderway || (!sends.contains(.firing) && !isSilenced)
        guard isWanted else { return [] }
        return enqueue(
            HookNotice(
                number: transition.number, hook: name, moment: .resolved, alert: transition.alert))
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
        for (subject, known) in told.sorted(by: { $0.key.id < $1.key.id }) {
            // An end that its hook does not want to hear of.
            if hooks[subject.hook]?.send.contains(.resolved) == false,
                current(subject.alert)?.state != .firing, !isUnderway(subject)
            {
                changes += forget(subject)
                continue
            }
            guard let every = hooks[subject.hook]?.repeat else { continue }
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
        at now: Int64, isSilenced: (Alert) -> Bool
    ) -> (run: HookRun?, changes: [OutboxChange])? {
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
            guard mayRun(name), now >= gatherEnds[name] ?? now else { continue }
            let (notices, gone) = gather(name, isSilenced)
            dropped += gone
            guard !notices.isEmpty else { continue }
            gatherEnds[name] = now + hook.gather.milliseconds
            lastRun += 1
            let run = HookRun(
                number: lastRun, hook: name, notices: notices, attempt: 1, triedMilliseconds: 0,
                isJournaled: true)
            return begin(run, at: now, dropped + notices.map { .removeNotice($0) })
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
        _ number: Int64, _ outcome: HookOutcome, at now: Int64
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
                    hook: run.hook, key: notice.alert.key, number: notice.number, repeats: notice.repeats)
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

    /// Goes on where a hub before this one ended. Its runs that were under way are running still, or were lost: that is
    /// told by `finish`.
    package mutating func restore(
        queue: [HookNotice], runs: [HookRun], told: [HookTold], lastRun: Int64, at now: Int64
    ) {
        self.queue = queue.sorted { ($0.number, $0.repeats) < ($1.number, $1.repeats) }
        self.lastRun = max(lastRun, runs.map(\.number).max() ?? 0)
        for run in runs {
            self.runs[run.number] = run
            attemptBegan[run.number] = now
        }
        for known in told {
            self.told[known.subject] = known
            toldAt[known.subject] = now
        }
    }

    /// Whether nothing waits and nothing runs.
    package var isIdle: Bool { queue.isEmpty && runs.isEmpty }
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
