package import Telemetry

/// A line of what happened: an alert's event, or a mark, which says what was deployed and started.
package struct Happening: Hashable, Sendable, Encodable {
    package let kind: String
    package let at: Timestamp
    package let until: Timestamp?
    package let id: String
    package let subject: String
    package let place: String
    package let severity: Severity?
    package let by: String
    /// The user whose process asked; nil of what no person did, and of marks.
    package let uid: UInt32?
    /// What it says; of what is late without its times.
    package let text: String
    private let event: AlertEvent?

    private enum CodingKeys: String, CodingKey {
        case kind, at, until, id, subject, place, severity, by, uid, text
    }

    package init(_ event: AlertEvent) {
        (kind, at, until, id) = (event.kind.rawValue, event.at, event.until, event.id)
        (subject, place, severity) = (event.subject, event.place, event.severity)
        (by, uid, text) = (event.by, event.uid, event.text)
        self.event = event
    }

    package init(_ mark: Mark) {
        (kind, at, until, id) = (mark.kind.rawValue, mark.at, nil, mark.id)
        (subject, place, severity) = (mark.title, mark.place, nil)
        (by, uid, text) = (mark.actor, nil, mark.link)
        event = nil
    }

    /// What it says, with the time of what is late; `clock` writes hours and minutes.
    package func words(_ clock: (Timestamp) -> String) -> String { event?.words(clock) ?? text }

    /// Events and marks by their time; a note is both, and listed once.
    package static func list(_ events: [AlertEvent], _ marks: [Mark]) -> [Happening] {
        let notes = Set(events.filter { $0.kind == .note }.map(\.text))
        let others = marks.filter { $0.kind != .note || !notes.contains($0.title) }
        return (events.map(Happening.init) + others.map(Happening.init)).sorted { $0.at < $1.at }
    }
}
