package import Telemetry

/// What a hook's run came to, for people.
package struct HookReport: Hashable, Sendable, Codable {
    package var hook: String
    /// The run's number; a run that is tried again has several reports.
    package var run: Int64
    /// `firing`, `resolved`, `test`.
    package var status: String
    package var attempt: Int
    /// Ids of the alerts that it told of.
    package var alerts: [String]
    /// The worst alert's name.
    package var name: String
    package var at: Timestamp
    package var isDone: Bool
    /// `ok`, or what went wrong.
    package var outcome: String
    /// When it is tried again; nil where it is not.
    package var againAt: Timestamp?
    /// The end of what it said.
    package var output: String

    package init(
        hook: String, run: Int64, status: String, attempt: Int, alerts: [String], name: String, at: Timestamp,
        isDone: Bool, outcome: String, againAt: Timestamp? = nil, output: String = ""
    ) {
        self.hook = hook
        self.run = run
        self.status = status
        self.attempt = attempt
        self.alerts = alerts
        self.name = name
        self.at = at
        self.isDone = isDone
        self.outcome = outcome
        self.againAt = againAt
        self.output = output
    }
}

/// One thing that happened to alerts, or that somebody did or noted: what handover lists.
package struct AlertEvent: Hashable, Sendable, Codable {
    /// What happened, to an alert or around it.
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        case firing, resolved, acknowledged, silenced, expired, note, hook
        /// A rule's condition held in what a host told late: it would have fired, and nobody was told.
        case late
    }

    package var kind: Kind
    package var at: Timestamp
    /// The alert's or silence's id; empty for a note.
    package var id: String
    /// The alert's name, the silence's selector, where a note belongs, or the hook's name.
    package var subject: String
    /// Where it happened: the alert's host or service.
    package var place: String
    package var severity: Severity?
    package var by: String
    /// The user whose process asked, as the kernel proves it: `by` is what that process says.
    package var uid: UInt32?
    package var text: String
    /// When what is late would have been over, or what was told late ends; nil for all else.
    package var until: Timestamp?

    package init(
        kind: Kind, at: Timestamp, until: Timestamp? = nil, id: String = "", subject: String = "",
        place: String = "", severity: Severity? = nil, by: String = "", uid: UInt32? = nil,
        text: String = ""
    ) {
        self.kind = kind
        self.at = at
        self.until = until
        self.id = id
        self.subject = subject
        self.place = place
        self.severity = severity
        self.by = by
        self.uid = uid
        self.text = text
    }
}

extension AlertEvent {
    /// What was told within so long of the moment was not late. The windows of a look back are not those of the second.
    package static let lateMilliseconds: Int64 = 60_000

    /// What it says; of what is late also when it was. `clock` writes hours and minutes.
    package func words(_ clock: (Timestamp) -> String) -> String {
        guard kind == .late else { return text }
        return "would have fired \(clock(at))-\(until.map(clock) ?? "")" + (text.isEmpty ? "" : ": \(text)")
    }
}

/// All that screens and commands show of alerts at one moment.
package struct AlertBoard: Hashable, Sendable, Codable {
    package var time: Timestamp
    /// Pending and firing, with who took them on and what silences them.
    package var alerts: [Alert]
    package var silences: [Silence]
    /// Of the last day, the newest last.
    package var events: [AlertEvent]
    /// Of more than these the oldest are left out.
    package static let eventsMax = 500
    /// Since when the events of the last day are all there; nil where none was left out.
    package var knownFrom: Timestamp? { events.count < Self.eventsMax ? nil : events.first?.at }
    /// The newest last.
    package var reports: [HookReport]
    /// Whether this hub runs hooks; screens always say so.
    package var runsHooks: Bool
    /// Whether rules.yaml of this hub names hooks; nil from a hub that is older than this field.
    package var hasHooks: Bool?
    /// How many milliseconds after its last screen this hub ends, and with it the hooks that it runs; nil where it stays, or runs
    /// none.
    package var hooksEndAfter: Int64?
    /// What keeps the journal from being written; nil while all is well.
    package var journalTrouble: String?
    /// How many alerts hold and are not open because too many are; nil where all are.
    package var unopened: Int?
    /// How many notices were refused because too many wait for their hooks; nil once half of them have been told.
    package var refusedNotices: UInt64?

    package init(
        time: Timestamp, alerts: [Alert] = [], silences: [Silence] = [], events: [AlertEvent] = [],
        reports: [HookReport] = [], runsHooks: Bool = false, hasHooks: Bool? = nil,
        hooksEndAfter: Int64? = nil, journalTrouble: String? = nil, unopened: Int? = nil,
        refusedNotices: UInt64? = nil
    ) {
        self.time = time
        self.alerts = alerts
        self.silences = silences
        self.events = events
        self.reports = reports
        self.runsHooks = runsHooks
        self.hasHooks = hasHooks
        self.hooksEndAfter = hooksEndAfter
        self.journalTrouble = journalTrouble
        self.unopened = unopened
        self.refusedNotices = refusedNotices
    }
}

extension AlertBoard {
    /// What people must know of the hub itself: that it keeps nothing, opens not all, or tells not all.
    package var troubles: [String] {
        var found: [String] = []
        if let journalTrouble { found.append(journalTrouble) }
        if let unopened {
            found.append("\(unopened) more alerts hold than the hub opens at a time")
        }
        if let refusedNotices {
            found.append("too many notices wait for their hooks: \(refusedNotices) were refused")
        }
        return found
    }
}

extension Alert {
    /// Fires, and nobody silenced it: what a list is looked at for.
    package var isLoud: Bool { state == .firing && silencedBy.isEmpty && mutedBy.isEmpty }

    /// Its identity in a few characters: the host and whatever else, or the service.
    package var place: String {
        let first = host ?? service ?? ""
        let rest = key.labels.pairs.filter { $0.value != first }.map(\.value)
        return ([first] + rest).filter { !$0.isEmpty }.joined(separator: " ")
    }
}
