import Archive
package import Fleet
import Logging
import Telemetry

/// What the journal keeps of alerts: before each effect, and later where it could not be written.
extension Notifier {
    package func savedAlerts() async throws -> SavedAlerts {
        try await AlertStore.savedAlerts(journal)
    }

    package func record(_ changes: AlertChanges) async throws {
        for key in changes.closed {
            open[key] = nil
            acknowledgements[key] = nil
        }
        for saved in changes.changed { await take(saved.alert) }
        for transition in changes.transitions { await learn(transition.alert) }
        var kept = AlertStore.changes(for: changes)
        // From here to the journal's own queue nobody comes between: no run begins before its notice is kept.
        let new = changes.transitions.filter { $0.number > lastQueued }
        for transition in new { kept += queue(transition).flatMap(AlertStore.change) }
        note(new)
        try await write(kept)
    }

    /// The notices of a transition wait from now on.
    func queue(_ transition: AlertTransition) -> [OutboxChange] {
        lastQueued = max(lastQueued, transition.number)
        return outbox.add(transition, isSilenced: isSilenced(transition.alert))
    }

    private func note(_ transitions: [AlertTransition]) {
        for transition in transitions {
            let alert = transition.alert
            let kind: AlertEvent.Kind
            switch transition.kind {
            case .firing: kind = .firing
            case .resolved: kind = .resolved
            case .pending, .unmuted, .dropped: continue
            }
            remember(
                AlertEvent(
                    kind: kind, at: transition.at, id: alert.id, subject: alert.name, place: alert.place,
                    severity: alert.severity, text: alert.summary))
        }
    }

    /// What came late is listed, and nobody is told. What was found when it was is not found again: a hub that begins anew
    /// asks hosts for their last hour.
    package func list(late found: [AlertEvent]) async {
        guard let first = found.map(\.at).min(), let last = found.compactMap(\.until).max() else { return }
        let from = first.advanced(byMilliseconds: -Self.dayMilliseconds)
        let to = last.advanced(byMilliseconds: AlertEvent.lateMilliseconds)
        let known = KnownFirings((try? await events(from: from, to: to)) ?? events)
        let new = found.filter { !known.tell(of: $0) }
        guard !new.isEmpty else { return }
        try? await write(new.map(AlertStore.event))
        for event in new { remember(event) }
        changed()
    }

    /// When alerts fired, as the events of a time tell.
    private struct KnownFirings {
        private var spans: [String: [(from: Timestamp, to: Timestamp)]] = [:]

        init(_ events: [AlertEvent]) {
            var open: [String: Timestamp] = [:]
            for event in events {
                let name = Self.name(event)
                switch event.kind {
                case .firing: open[name] = event.at
                case .resolved:
                    // What began before the first event that is known.
                    let from = open.removeValue(forKey: name) ?? Timestamp(milliseconds: 0)
                    spans[name, default: []].append((from, event.at))
                case .late: spans[name, default: []].append((event.at, event.until ?? event.at))
                case .acknowledged, .silenced, .expired, .note, .hook: continue
                }
            }
            for (name, from) in open {
                spans[name, default: []].append((from, Timestamp(milliseconds: .max)))
            }
        }

        /// Whether the alert was known to fire at that moment.
        func tell(of event: AlertEvent) -> Bool {
            let slack = AlertEvent.lateMilliseconds
            let (first, last) = (
                event.at.advanced(byMilliseconds: -slack), event.at.advanced(byMilliseconds: slack)
            )
            return (spans[Self.name(event)] ?? []).contains { $0.from <= last && $0.to >= first }
        }

        private static func name(_ event: AlertEvent) -> String { "\(event.subject)\n\(event.place)" }
    }

    func take(_ alert: Alert) async {
        await learn(alert)
        open[alert.key] = alert
    }

    func learn(_ alert: Alert) async {
        guard let host = alert.host else { return }
        knownHosts[host] = await attributes(host)
    }

    /// What the hosts of all that is open, or waits to be told, are called and tagged now; whether that is news.
    @discardableResult
    func learnHosts() async -> Bool {
        let alerts = open.values.lazy.compactMap(\.host)
        var isNews = false
        for host in Set(alerts).union(outbox.queue.lazy.compactMap(\.alert.host)) {
            let found = await attributes(host)
            guard knownHosts[host] != found else { continue }
            knownHosts[host] = found
            isNews = true
        }
        return isNews
    }

    /// Waits until those who came before have written: what one of them could not write, a later one may have overtaken, and
    /// a retry would then put the older word back.
    private func beginWriting() async {
        guard isWriting else { return isWriting = true }
        await withCheckedContinuation { waitingToWrite.append($0) }
    }

    private func endWriting() {
        guard waitingToWrite.isEmpty else { return waitingToWrite.removeFirst().resume() }
        isWriting = false
    }

    /// Writes, and says once when it cannot and once when it can again. What fails `isOwed`, unless a person asked for it and
    /// is told so.
    func write(_ changes: [JournalChange], isOwed: Bool = true) async throws(JournalError) {
        await beginWriting()
        defer { endWriting() }
        do {
            try await journal.write(owed.all + changes)
            owed = OwedChanges()
            if journalTrouble != nil { logger.notice("the journal can be written again") }
            journalTrouble = nil
        } catch {
            if journalTrouble == nil {
                logger.error("the journal cannot be written", metadata: ["journal.reason": "\(error)"])
            }
            journalTrouble = "\(error); meanwhile hooks run without being noted"
            if isOwed { owed.add(changes) }
            throw error
        }
    }
}
