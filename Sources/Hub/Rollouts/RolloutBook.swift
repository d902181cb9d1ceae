package import Archive
import Fleet
package import Rollouts
import Telemetry

/// Rollouts in the journal: of each a document with all of it now and then, and an entry for each event since.
///
///     document  rollout, id                  a RolloutRecord
///     entry     rollout, id, wall time       its number, its own time, and the event
///     document  rollout-seen, hub            when a hub last looked at those that go on, by the wall clock
package enum RolloutBook {
    package static let kind = "rollout"
    /// After so many events the whole is written again.
    package static let eventsMax = 200
    /// Rollouts that have ended and are kept.
    package static let endedMax = 100

    private struct Entry: Codable {
        let number: Int
        let time: Int64
        let event: RolloutEvent
    }

    private static let seenKind = "rollout-seen"
    private static let seenID = "hub"

    private struct Seen: Codable {
        let at: Int64
    }

    /// A hub looks at them, at `wall`.
    package static func seen(at wall: Int64) -> JournalChange {
        .put(kind: seenKind, id: seenID, body: AlertStore.json(Seen(at: wall)))
    }

    /// When a hub last looked at rollouts that went on; nil where none ever did, or the hub was too old to say so.
    package static func lastSeen(_ journal: Journal) async throws(JournalError) -> Int64? {
        let documents = try await journal.documents(seenKind)
        let seen: Seen? = documents.first.flatMap { AlertStore.value($0.body) }
        return seen?.at
    }

    package static func document(_ record: RolloutRecord) -> JournalChange {
        .put(kind: kind, id: record.id, body: AlertStore.json(record))
    }

    package static func removal(_ id: String) -> JournalChange { .remove(kind: kind, id: id) }

    /// Of the event that the record has just taken; the whole record where it is time for that, or the end.
    package static func changes(_ record: RolloutRecord, _ event: RolloutEvent, wall: Int64)
        -> [JournalChange]
    {
        let entry = Entry(number: record.number, time: record.time, event: event)
        var changes = [
            JournalChange.append(
                kind: kind, subject: record.id, time: Timestamp(milliseconds: wall),
                body: AlertStore.json(entry))
        ]
        if record.isOver || record.number % eventsMax == 0 { changes.append(document(record)) }
        return changes
    }

    /// All of them as they stood when the hub before this one ended, oldest first.
    ///
    /// `broken` are the ids of those that cannot be read.
    package static func restore(
        _ journal: Journal
    ) async throws(JournalError) -> (records: [RolloutRecord], broken: [String]) {
        var records: [RolloutRecord] = []
        var broken: [String] = []
        for document in try await journal.documents(kind) {
            guard var record: RolloutRecord = AlertStore.value(document.body) else {
                broken.append(document.id)
                continue
            }
            if !record.isOver { try await replay(&record, journal) }
            records.append(record)
        }
        // The clock may have been set back between two of them; the number of the lock never falls.
        return (records.sorted { ($0.fence, $0.id) < ($1.fence, $1.id) }, broken)
    }

    private static func replay(_ record: inout RolloutRecord, _ journal: Journal) async throws(JournalError) {
        let entries = try await journal.entries(
            [kind], subject: record.id, from: Timestamp(milliseconds: 0), to: Timestamp(milliseconds: .max))
        for entry in entries {
            guard let kept: Entry = AlertStore.value(entry.body), kept.number == record.number + 1 else {
                continue
            }
            _ = record.take(kept.event, at: kept.time, wall: entry.time.milliseconds)
        }
    }
}
