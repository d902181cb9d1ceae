package import Fleet
package import Telemetry

/// Readings and a time in, transitions out; pure.
///
///     machine.begin(at: now, steadyMilliseconds: …)
///     machine.observe(key, policy, .holds(0.98))     for all that holds, and for all that is open
///     let changes = machine.finish()
///
/// Holds are measured in the evaluations' own time, which passes between evaluations that follow one another and at no
/// other: a hub that stood still, a clock that was set and an evaluation that was missed neither fire nor resolve anything.
package struct AlertMachine: Sendable {
    /// What passes at most between evaluations that follow one another; a longer pause does not count.
    package static let pauseMillisecondsMax: Int64 = 5000
    /// More open alerts than anybody reads; what is beyond is counted in `unopened` until there is room.
    package static let openMax = 20_000

    /// An alert that is pending, firing, or has just ended, and what only this run of the hub knows of it.
    struct Open: Sendable {
        var saved: SavedAlert
        /// nil after a restart, until it is observed.
        var policy: AlertPolicy?
        /// nil where nobody has told them since a restart.
        var tags: Labels?
        /// What it is compared with where that is the host's own word and not the rule's.
        var thresholdText: String?
    }

    private enum Event: Sendable {
        case pending, fired, resolved, dropped
    }

    package private(set) var evaluatedMilliseconds: Int64
    /// How many hold and are not open because too many are, as the last whole evaluation found; counted up to `openMax`.
    package private(set) var unopened = 0
    private(set) var open: [AlertKey: Open] = [:]
    /// What of it mutes others while it fires; few, and looked at each time.
    private var muting: Set<AlertKey> = []
    private var lastNumber: Int64
    private var now = Timestamp(milliseconds: 0)
    private var lastSteady: Int64?
    private let pauseMax: Int64
    private var savedMilliseconds: Int64
    private var ids: Set<String> = []
    // Of the evaluation that runs.
    private var events: [(key: AlertKey, event: Event)] = []
    private var gone: [AlertKey: Open] = [:]
    private var changed: Set<AlertKey> = []
    /// What had no room since the last whole evaluation.
    private var refused: Set<AlertKey> = []

    package init(
        _ saved: SavedAlerts = SavedAlerts(), pauseMillisecondsMax: Int64 = Self.pauseMillisecondsMax
    ) {
        pauseMax = pauseMillisecondsMax
        evaluatedMilliseconds = saved.evaluatedMilliseconds
        savedMilliseconds = saved.evaluatedMilliseconds
        lastNumber = saved.lastNumber
        for alert in saved.open where alert.alert.state != .resolved {
            open[alert.alert.key] = Open(saved: alert, policy: nil)
            ids.insert(alert.alert.id)
        }
    }

    package func isOpen(_ key: AlertKey) -> Bool { open[key] != nil }

    /// The condition by which it is open, printed.
    package func condition(of key: AlertKey) -> String? { open[key]?.saved.alert.condition }

    /// Since when it fires; nil where it does not.
    package func firedAt(_ key: AlertKey) -> Timestamp? {
        guard let alert = open[key]?.saved.alert, alert.state == .firing else { return nil }
        return alert.firedAt
    }

    package var openCount: Int { open.count }

    /// The keys of what is open, in no certain order.
    package var keys: [AlertKey] { Array(open.keys) }

    // MARK: An evaluation

    /// `steadyMilliseconds` is a clock that nobody sets.
    package mutating func begin(at now: Timestamp, steadyMilliseconds: Int64) {
        self.now = now
        if let last = lastSteady {
            let (passed, isOver) = steadyMilliseconds.subtractingReportingOverflow(last)
            if !isOver, passed > 0, passed <= pauseMax { evaluatedMilliseconds += passed }
        }
        lastSteady = steadyMilliseconds
    }

    /// Takes a reading. What is neither open nor holds, nor is missed by a rule that tells of that, may be left out.
    /// `thresholdText` is what it was compared with where that is not what the rule says; `tags` are the host's, nil where
    /// nothing is known of it now and what was known stays.
    package mutating func observe(
        _ key: AlertKey, _ policy: AlertPolicy, _ reading: AlertReading, worstHost: String = "",
        tags: Labels? = Labels(), thresholdText: String? = nil
    ) {
        guard var alert = open[key] else {
            return begin(key, policy, reading, worstHost, tags, thresholdText)
        }
        alert.thresholdText = thresholdText
        let before = alert.saved
        alert.policy = policy
        alert.tags = tags ?? alert.tags
        let end = take(reading, policy, &alert.saved)
        if !worstHost.isEmpty { alert.saved.alert.worstHost = worstHost }
        if let end {
            close(key, alert, end)
        } else {
            if Self.isChanged(before, alert.saved) { changed.insert(key) }
            keep(key, alert, policy)
        }
    }

    private mutating func keep(_ key: AlertKey, _ alert: Open, _ policy: AlertPolicy) {
        open[key] = alert
        if policy.isHostSilent || policy.isHubCutOff { muting.insert(key) } else { muting.remove(key) }
    }

    /// The rule is gone, or the host: it is over, and nobody waited for it.
    package mutating func forget(_ key: AlertKey) {
        guard let alert = open[key] else { return }
        close(key, alert, alert.saved.alert.state == .firing ? .resolved : .dropped)
    }

    private mutating func close(_ key: AlertKey, _ alert: Open, _ event: Event) {
        open[key] = nil
        muting.remove(key)
        ids.remove(alert.saved.alert.id)
        changed.remove(key)
        gone[key] = alert
        events.append((key, event))
    }

    private mutating func begin(
        _ key: AlertKey, _ policy: AlertPolicy, _ reading: AlertReading, _ worstHost: String, _ tags: Labels?,
        _ thresholdText: String?
    ) {
        let value: Double?
        switch reading {
        case .holds(let found): value = found
        case .missing where policy.rule.noData == .alert: value = nil
        case .missing, .holdsNot, .clears, .notApplicable, .failed: return
        }
        guard open.count < Self.openMax else {
            if refused.count < Self.openMax { refused.insert(key) }
            return
        }
        let id = id(for: key)
        var alert = Alert(id: id, key: key, since: now, worstHost: worstHost)
        alert.value = value.flatMap { $0.isFinite ? $0 : nil }
        var saved = SavedAlert(alert: alert, held: .running(since: evaluatedMilliseconds))
        if value == nil {
            saved.held = .stopped(milliseconds: 0)
            saved.missing = .running(since: evaluatedMilliseconds)
            saved.alert.noDataSince = now
        }
        events.append((key, .pending))
        if value != nil, policy.holdMilliseconds == 0 { fire(&saved) }
        keep(
            key, Open(saved: saved, policy: policy, tags: tags ?? Labels(), thresholdText: thresholdText),
            policy)
        ids.insert(id)
        changed.insert(key)
    }

    /// Goes on with an open alert; how it ended, where it did.
    private mutating func take(
        _ reading: AlertReading, _ policy: AlertPolicy, _ saved: inout SavedAlert
    ) -> Event? {
        let time = evaluatedMilliseconds
        let isFiring = saved.alert.state == .firing
        switch reading {
        case .holds(let value), .holdsNot(let value), .clears(let value):
            saved.alert.noDataSince = nil
            saved.missing = nil
            if case .holds = reading { saved.alert.value = value.isFinite ? value : nil }
        case .missing, .notApplicable, .failed: break
        }
        switch reading {
        case .holds:
            saved.clear = nil
            guard !isFiring else { return nil }
            saved.held = saved.held.running(at: time)
            if saved.held.milliseconds(at: time) >= policy.holdMilliseconds { fire(&saved) }
            return nil
        case .holdsNot:
            saved.clear = nil
            return isFiring ? nil : .dropped
        case .clears(let value):
            guard isFiring else { return .dropped }
            let clear = (saved.clear ?? .running(since: time)).running(at: time)
            saved.clear = clear
            guard clear.milliseconds(at: time) >= policy.clearMilliseconds else { return nil }
            // Whoever hears of the end wants to know how it is now.
            saved.alert.value = value.isFinite ? value : nil
            return .resolved
        case .notApplicable: return isFiring ? .resolved : .dropped
        case .failed:
            stop(&saved)
            saved.missing = saved.missing?.stopped(at: time)
            return nil
        case .missing:
            if policy.rule.noData == .resolve { return isFiring ? .resolved : .dropped }
            stop(&saved)
            if saved.alert.noDataSince == nil { saved.alert.noDataSince = now }
            guard policy.rule.noData == .alert, !isFiring else { return nil }
            let missing = (saved.missing ?? .running(since: time)).running(at: time)
            saved.missing = missing
            if missing.milliseconds(at: time) >= policy.noDataMilliseconds { fire(&saved) }
            return nil
        }
    }

    private func stop(_ saved: inout SavedAlert) {
        saved.held = saved.held.stopped(at: evaluatedMilliseconds)
        saved.clear = saved.clear?.stopped(at: evaluatedMilliseconds)
    }

    private mutating func fire(_ saved: inout SavedAlert) {
        saved.held = saved.held.stopped(at: evaluatedMilliseconds)
        saved.clear = nil
        saved.missing = nil
        saved.alert.state = .firing
        saved.alert.firedAt = now
        events.append((saved.alert.key, .fired))
    }

    private func id(for key: AlertKey) -> String {
        let digits = key.fingerprint
        for length in 4...digits.utf8.count {
            let id = String(digits.prefix(length))
            if !ids.contains(id) { return id }
        }
        return "\(digits)-\(lastNumber)"
    }

    /// What a restart must find: clocks and state, and not each value.
    private static func isChanged(_ before: SavedAlert, _ after: SavedAlert) -> Bool {
        before.held != after.held || before.clear != after.clear || before.missing != after.missing
            || before.alert.state != after.alert.state || before.alert.noDataSince != after.alert.noDataSince
    }

    // MARK: Its end

    /// What the evaluation changed; nil where there is nothing to keep. `hostsUnderAction` are those on which an action
    /// runs, or ran until a minute ago. One that is not `isWhole` was of some hosts only: what is muted by others is looked at
    /// in the next whole one.
    package mutating func finish(
        hostsUnderAction: Set<String> = [], hostsAsleep: Set<String> = [], isWhole: Bool = true
    ) -> AlertChanges? {
        if isWhole {
            unopened = refused.count
            refused.removeAll()
        }
        guard isWhole || !events.isEmpty || !changed.isEmpty else { return nil }
        defer {
            events.removeAll(keepingCapacity: true)
            gone.removeAll(keepingCapacity: true)
            changed.removeAll(keepingCapacity: true)
        }
        var transitions: [AlertTransition] = []
        var closed: [AlertKey] = []
        let mutes = Mutes(muting.compactMap { open[$0] }, hostsUnderAction, asleep: hostsAsleep)
        for (key, event) in events {
            switch event {
            case .pending:
                // What fires at once was never pending.
                guard let alert = open[key], alert.saved.alert.state == .pending else { continue }
                transitions.append(transition(.pending, alert, isNotice: false))
            case .fired: tellFired(key, mutes, &transitions)
            case .resolved, .dropped:
                guard var alert = gone[key] else { continue }
                let isResolved = event == .resolved
                alert.saved.alert.state = .resolved
                alert.saved.alert.resolvedAt = now
                closed.append(key)
                transitions.append(
                    transition(
                        isResolved ? .resolved : .dropped, alert,
                        isNotice: isResolved && alert.saved.alert.wasNotified))
            }
        }
        if isWhole { tellMutes(mutes, &transitions) }
        let isLate = isWhole && evaluatedMilliseconds - savedMilliseconds >= 1000 && hasRunningClock
        guard !transitions.isEmpty || !changed.isEmpty || !closed.isEmpty || isLate else { return nil }
        savedMilliseconds = evaluatedMilliseconds
        for key in changed { open[key] = open[key].map(Self.printed) }
        return AlertChanges(
            evaluatedMilliseconds: evaluatedMilliseconds, lastNumber: lastNumber, transitions: transitions,
            changed: changed.compactMap { open[$0]?.saved }.sorted { $0.alert.key < $1.alert.key },
            closed: closed.filter { open[$0] == nil })
    }

    private var hasRunningClock: Bool {
        open.values.contains { alert in
            [alert.saved.held, alert.saved.clear, alert.saved.missing].contains {
                if case .running = $0 { true } else { false }
            }
        }
    }

    private mutating func tellFired(_ key: AlertKey, _ mutes: Mutes, _ transitions: inout [AlertTransition]) {
        guard var alert = open[key], alert.saved.alert.state == .firing else { return }
        let found = mutes.of(alert)
        alert.saved.alert.mutedBy = found
        alert.saved.alert.wasNotified = found.isEmpty
        let told = transition(.firing, alert, isNotice: found.isEmpty)
        open[key] = alert
        transitions.append(told)
    }

    /// Of those that fire: what is muted now, and what no longer is.
    private mutating func tellMutes(_ mutes: Mutes, _ transitions: inout [AlertTransition]) {
        var differing: [AlertKey] = []
        for (key, alert) in open where alert.saved.alert.state == .firing {
            if mutes.of(alert) != alert.saved.alert.mutedBy { differing.append(key) }
        }
        for key in differing.sorted() {
            guard var alert = open[key] else { continue }
            alert.saved.alert.mutedBy = mutes.of(alert)
            changed.insert(key)
            if alert.saved.alert.mutedBy.isEmpty, !alert.saved.alert.wasNotified {
                alert.saved.alert.wasNotified = true
                transitions.append(transition(.unmuted, alert, isNotice: true))
            }
            open[key] = alert
        }
    }

    private mutating func transition(
        _ kind: AlertTransition.Kind, _ alert: Open, isNotice: Bool
    ) -> AlertTransition {
        lastNumber += 1
        return AlertTransition(
            number: lastNumber, kind: kind, at: now, alert: Self.printed(alert).saved.alert,
            isNotice: isNotice)
    }

    // MARK: For people

    /// What is open, with its present values, by key.
    package var alerts: [Alert] {
        open.values.map { Self.printed($0).saved.alert }.sorted { $0.key < $1.key }
    }

    /// With the texts that its rule and values give.
    private static func printed(_ alert: Open) -> Open {
        guard let policy = alert.policy, let tags = alert.tags else { return alert }
        var alert = alert
        alert.saved.alert.describe(policy, tags: tags, thresholdText: alert.thresholdText)
        return alert
    }
}
