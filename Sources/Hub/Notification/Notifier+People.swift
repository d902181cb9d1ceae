import Archive
package import Fleet
package import Telemetry

/// What people do to alerts, and see of them.
extension Notifier {
    /// Silences at one time; more would hide what is wrong with the rules.
    package static let silencesMax = 1000
    package static let noteBytesMax = 1000
    private static let silenceMillisecondsMax: Int64 = 366 * 86_400_000

    // MARK: Looking

    /// An open alert with who took it on and what silences it.
    func alert(_ key: AlertKey) -> Alert? {
        guard var alert = open[key] else { return nil }
        alert.acknowledged = acknowledgements[key]
        alert.silencedBy = silencesHiding(alert)
        return alert
    }

    package func board() -> AlertBoard {
        let alerts = open.keys.compactMap { alert($0) }.sorted(by: Self.order)
        let runsHooks = setup.runsHooks && !setup.settings.hooks.isEmpty
        let tells = runsHooks || setup.runsHooks && setup.settings.heartbeat != nil
        return AlertBoard(
            time: clock.now(), alerts: alerts, silences: silences.values.sorted { $0.until < $1.until },
            events: events, reports: reports, runsHooks: runsHooks,
            hasHooks: !setup.settings.hooks.isEmpty,
            hooksEndAfter: tells ? setup.lingerMilliseconds : nil, journalTrouble: journalTrouble,
            unopened: unopened > 0 ? unopened : nil,
            refusedNotices: outbox.refusedOfLate > 0 ? outbox.refusedOfLate : nil)
    }

    /// What fires first, the worst first, and of these the oldest.
    private static func order(_ left: Alert, _ right: Alert) -> Bool {
        if left.state != right.state { return left.state == .firing }
        if left.severity != right.severity { return left.severity > right.severity }
        return (left.since, left.key) < (right.since, right.key)
    }

    /// Those that the journal has, and those that it cannot be told.
    package func events(from: Timestamp, to: Timestamp) async throws -> [AlertEvent] {
        let kept: [AlertEvent] = try await journal.entries(["event"], from: from, to: to)
            .compactMap { AlertStore.value($0.body) }
        guard !owed.isEmpty else { return kept }
        let known = Set(kept)
        return (kept + events.filter { $0.at >= from && $0.at < to && !known.contains($0) })
            .sorted { $0.at < $1.at }
    }

    package func feed() -> LatestFeed<AlertBoard> {
        let feed = LatestFeed<AlertBoard>()
        let number = nextWatcher
        nextWatcher += 1
        watchers[number] = feed
        feed.onTermination { Task { await self.forget(number) } }
        feed.send(board())
        return feed
    }

    private func forget(_ number: Int) {
        watchers[number] = nil
    }

    func changed() {
        guard !watchers.isEmpty else { return }
        let board = board()
        for watcher in watchers.values { watcher.send(board) }
    }

    func remember(_ event: AlertEvent) {
        // What came late stands where it was.
        let place = events.lastIndex { $0.at <= event.at }.map { $0 + 1 } ?? 0
        events.insert(event, at: place)
        if events.count > AlertBoard.eventsMax { events.removeFirst(events.count - AlertBoard.eventsMax) }
    }

    func remember(_ report: HookReport) {
        reports.append(report)
        if reports.count > Self.reportsMax { reports.removeFirst(reports.count - Self.reportsMax) }
    }

    // MARK: Acknowledging

    /// The open alert that `id` begins, or the one that has this name alone.
    private func find(_ id: String) throws(PeopleError) -> Alert {
        let named = open.values.filter { $0.id == id }
        if let alert = named.first { return alert }
        let close = open.values.filter { $0.id.hasPrefix(id) || $0.name == id }
        guard let alert = close.first else { throw .unknownAlert(id) }
        guard close.count == 1 else { throw .ambiguous(id, close.map(\.id).sorted()) }
        return alert
    }

    package func acknowledge(
        _ id: String, by: String, uid: UInt32? = nil, note: String
    ) async throws -> Alert {
        try Self.check(note)
        let alert = try find(id)
        let mark = Acknowledgement(by: by, at: clock.now(), note: note)
        let event = AlertEvent(
            kind: .acknowledged, at: mark.at, id: alert.id, subject: alert.name, place: alert.place,
            severity: alert.severity, by: by, uid: uid, text: note)
        try await write(
            [
                .put(kind: "ack", id: alert.key.fingerprint, body: AlertStore.json(mark)),
                AlertStore.event(event),
            ], isOwed: false)
        // It may have ended while the journal was written.
        if open[alert.key] != nil { acknowledgements[alert.key] = mark }
        remember(event)
        changed()
        return self.alert(alert.key) ?? alert
    }

    // MARK: Silencing

    /// What a silence would hide now, and what it is refused for.
    package func preview(_ text: String, hosts: [HostAttributes] = []) throws(PeopleError) -> [Alert] {
        let selector = try read(text, hosts)
        return open.keys.compactMap { alert($0) }.filter { matches($0, selector) }.sorted(by: Self.order)
    }

    /// A word that nothing has is refused where hosts are given: a typing mistake must not select nothing, or everything.
    private func read(_ text: String, _ hosts: [HostAttributes] = []) throws(PeopleError) -> Selector {
        let selector: Selector
        do throws(QueryError) {
            selector = try Selector(text)
        } catch {
            throw .selector(text, "\(error)")
        }
        let known = [
            "alert": Set(setup.hooksOfRules.keys).union(open.keys.map(\.name)).sorted(),
            "severity": Severity.allCases.map(\.rawValue),
        ]
        if !hosts.isEmpty, let unknown = selector.firstUnknown(among: hosts, values: known) {
            throw .selector(text, "\(unknown)")
        }
        return selector
    }

    package func silence(
        _ text: String, milliseconds: Int64, by: String, uid: UInt32? = nil, note: String,
        hosts: [HostAttributes] = []
    ) async throws -> (silence: Silence, hides: [Alert]) {
        try Self.check(note)
        let selector = try read(text, hosts)
        guard silences.count < Self.silencesMax else { throw PeopleError.tooMany(Self.silencesMax) }
        guard (1000...Self.silenceMillisecondsMax).contains(milliseconds) else { throw PeopleError.length }
        let now = clock.now()
        let silence = Silence(
            id: newSilenceID(), selector: selector.text, from: now,
            until: now.advanced(byMilliseconds: milliseconds), by: by, note: note)
        let event = AlertEvent(
            kind: .silenced, at: now, id: silence.id, subject: silence.selector, by: by, uid: uid,
            text: note)
        try await write(
            [
                .put(kind: "silence", id: silence.id, body: AlertStore.json(silence)),
                AlertStore.event(event),
            ], isOwed: false)
        keep(silence)
        remember(event)
        changed()
        return (silence, try preview(selector.text))
    }

    private func newSilenceID() -> String {
        // Two digits are enough for the silences that people keep in mind.
        for _ in 0..<64 {
            let id = RandomHex.digits(2)
            if silences[id] == nil { return id }
        }
        return RandomHex.digits(8) { silences[$0] != nil }
    }

    package func expire(_ id: String, by: String, uid: UInt32? = nil) async throws -> Silence {
        guard let silence = silences[id] else { throw PeopleError.unknownSilence(id) }
        let event = AlertEvent(
            kind: .expired, at: clock.now(), id: id, subject: silence.selector, by: by, uid: uid)
        try await write([.remove(kind: "silence", id: id), AlertStore.event(event)], isOwed: false)
        drop(id)
        remember(event)
        await tick()
        changed()
        return silence
    }

    func expireSilences() async {
        let now = clock.steadyMilliseconds()
        for silence in silences.values where now >= silenceEnds[silence.id] ?? .max {
            let event = AlertEvent(
                kind: .expired, at: clock.now(), id: silence.id, subject: silence.selector,
                text: "its time was over")
            try? await write([.remove(kind: "silence", id: silence.id), AlertStore.event(event)])
            drop(silence.id)
            remember(event)
            changed()
        }
    }

    func keep(_ silence: Silence) {
        guard let selector = try? Selector(silence.selector) else { return }
        silences[silence.id] = silence
        selectors[silence.id] = selector
        let left = max(0, silence.until.milliseconds(since: clock.now()))
        silenceEnds[silence.id] = clock.steadyMilliseconds() + left
    }

    private func drop(_ id: String) {
        silences[id] = nil
        selectors[id] = nil
        silenceEnds[id] = nil
    }

    func isSilenced(_ alert: Alert) -> Bool {
        !silencesHiding(alert).isEmpty
    }

    private func silencesHiding(_ alert: Alert) -> [String] {
        guard !silences.isEmpty else { return [] }
        let now = clock.steadyMilliseconds()
        return silences.keys.filter { id in
            now < silenceEnds[id] ?? 0 && selectors[id].map { matches(alert, $0) } == true
        }.sorted()
    }

    /// Over name, severity, identity, the rule's labels and the host's tags.
    private func matches(_ alert: Alert, _ selector: Selector) -> Bool {
        let name = alert.host ?? ""
        let host = knownHosts[name] ?? HostAttributes(name: name)
        let labels = Labels(
            alert.labels.pairs + alert.key.labels.pairs + [
                Label("alert", alert.name), Label("severity", alert.severity.rawValue),
            ])
        return selector.matches(host, labels: labels)
    }

    // MARK: Notes

    /// A line on everybody's time bar. `place` is empty or a selector, each word of which one of `hosts` must have where
    /// there are any.
    package func addNote(
        _ text: String, at place: String, by: String, uid: UInt32? = nil, hosts: [HostAttributes] = []
    ) async throws -> AlertEvent {
        guard !text.isEmpty else { throw PeopleError.emptyNote }
        try Self.check(text)
        if !place.isEmpty { _ = try read(place, hosts) }
        let event = AlertEvent(
            kind: .note, at: clock.now(), subject: place, by: by, uid: uid, text: text)
        try await write([AlertStore.event(event)], isOwed: false)
        remember(event)
        changed()
        return event
    }

    private static func check(_ note: String) throws(PeopleError) {
        guard note.utf8.count <= noteBytesMax else { throw .longNote }
    }

    // MARK: Testing

    /// Runs the hooks of a name: one hook, those of a severity, or those that an alert's rule tells.
    package func test(_ name: String) async throws -> [HookReport] {
        let settings = setup.settings
        let open = open.values.first { $0.name == name }
        let names: [String]
        if settings.hooks[name] != nil {
            names = [name]
        } else if let severity = Severity(rawValue: name) {
            names = settings.notify[severity] ?? []
        } else {
            names = setup.hooksOfRules[name] ?? open?.hooks ?? []
        }
        guard !names.isEmpty else {
            let isKnown = open != nil || setup.hooksOfRules[name] != nil || Severity(rawValue: name) != nil
            throw isKnown && !settings.hooks.isEmpty
                ? PeopleError.untoldTest(name) : .unknownTest(name, settings.hooks.keys.sorted())
        }
        let alert =
            open
            ?? Alert(
                id: "test", key: AlertKey(setup.hooksOfRules[name] == nil ? "Test" : name), severity: .info,
                state: .firing, since: clock.now(), firedAt: clock.now(),
                summary: "a test of martlet's hooks; nothing is wrong")
        var found: [HookReport] = []
        for hook in names.compactMap({ settings.hooks[$0] }) { found.append(await test(hook, alert)) }
        for report in found { remember(report) }
        changed()
        return found
    }
}

/// What a person asked for that cannot be.
package enum PeopleError: Error, Equatable, CustomStringConvertible {
    case unknownAlert(String)
    case ambiguous(String, [String])
    case selector(String, String)
    case unknownSilence(String)
    case tooMany(Int)
    case length
    case longNote
    case emptyNote
    case unknownTest(String, [String])
    case untoldTest(String)

    package var description: String {
        switch self {
        case .unknownAlert(let id): "no alert \"\(id)\" is open; martlet alerts lists them"
        case .ambiguous(let id, let ids): "\"\(id)\" may be \(ids.joined(separator: ", ")); write one of them"
        case .selector(let text, let reason): "selector `\(text)`, \(reason)"
        case .unknownSilence(let id): "there is no silence \"\(id)\"; martlet silence list lists them"
        case .tooMany(let max): "there are \(max) silences, which is as many as there may be; expire some"
        case .length: "a silence lasts from 1s to 366d"
        case .longNote: "a note has \(Notifier.noteBytesMax) bytes at most"
        case .emptyNote: "a note needs some words"
        case .unknownTest(let name, let known):
            known.isEmpty
                ? "no hook is defined: write one under hooks: in rules.yaml"
                : "\"\(name)\" is neither a hook nor a severity nor a rule; hooks: \(known.joined(separator: ", "))"
        case .untoldTest(let name):
            "\"\(name)\" runs no hook: it is on the screen only; notify: in rules.yaml says who is told of what"
        }
    }
}
