package import Archive
package import Fleet
import Foundation
package import Telemetry

/// Why a mark was not made.
package enum MarkError: Error, Equatable, CustomStringConvertible {
    case noTitle
    case tooLong(field: String, bytesMax: Int)
    case tooManyHosts(Int)
    /// Later than now, or earlier than the journal goes.
    case time
    case selector(String, String)
    case unknownHost(String)
    case journal(String)

    package var description: String {
        switch self {
        case .noTitle: "a mark has a title; write what happened: web 4.12.1"
        case .tooLong(let field, let max): "\(field) has \(max) bytes at most"
        case .tooManyHosts(let max): "more than \(max) hosts; name none to mean all of them"
        case .time: "a mark is not in the future, and no older than 90 days"
        case .selector(let text, let reason): "\(text): \(reason)"
        case .unknownHost(let host): "no host \"\(host)\" is known to this hub; see martlet hosts"
        case .journal(let reason): reason
        }
    }
}

/// The marks that people, rollouts and actions leave on the charts: in the journal first, then on every screen.
package actor MarkBook {
    private let journal: Journal
    /// In the order of their time.
    private var marks: [Mark] = []
    private var feeds: [Int: LatestFeed<[Mark]>] = [:]
    private var nextFeed = 0

    /// Marks that screens are told; the journal keeps all of its days.
    package static let marksMax = 500
    package static let titleBytesMax = 200
    package static let fieldBytesMax = 500
    package static let hostsMax = 1000
    /// As long as the journal keeps its entries.
    private static let reachMilliseconds: Int64 = 90 * 86_400_000
    /// A clock that is a little ahead of ours.
    private static let aheadMilliseconds: Int64 = 5000
    private static let kind = "mark"

    package init(journal: Journal) {
        self.journal = journal
    }

    /// Takes what the journal has over.
    package func restore(at now: Timestamp) async throws(JournalError) {
        let entries = try await journal.entries(
            [Self.kind], from: now.advanced(byMilliseconds: -Self.reachMilliseconds),
            to: Timestamp(milliseconds: .max), limit: Self.marksMax)
        marks = entries.compactMap { AlertStore.value($0.body) }
        marks.sort { $0.at < $1.at }
    }

    /// Keeps a mark, which gets its id here; it is on the disk when this returns.
    @discardableResult
    package func add(_ mark: Mark, now: Timestamp? = nil) async throws(MarkError) -> Mark {
        try Self.check(mark, now ?? Clock.now())
        var mark = mark
        mark.id = newID()
        do throws(JournalError) {
            try await journal.write([
                .append(kind: Self.kind, subject: mark.id, time: mark.at, body: AlertStore.json(mark))
            ])
        } catch {
            throw .journal("\(error)")
        }
        marks.insert(mark, at: marks.lastIndex { $0.at <= mark.at }.map { $0 + 1 } ?? 0)
        if marks.count > Self.marksMax { marks.removeFirst(marks.count - Self.marksMax) }
        for feed in feeds.values { feed.send(marks) }
        return mark
    }

    /// Those of a time, from `from` (inclusive) to `to` (exclusive), oldest first.
    package func marks(from: Timestamp, to: Timestamp) async throws(JournalError) -> [Mark] {
        let entries = try await journal.entries([Self.kind], from: from, to: to)
        let found: [Mark] = entries.compactMap { AlertStore.value($0.body) }
        return found.sorted { $0.at < $1.at }
    }

    /// The newest marks, now and at each change.
    package func feed() -> LatestFeed<[Mark]> {
        let feed = LatestFeed<[Mark]>()
        let number = nextFeed
        nextFeed += 1
        feeds[number] = feed
        feed.onTermination { Task { await self.forget(number) } }
        feed.send(marks)
        return feed
    }

    private func forget(_ number: Int) { feeds[number] = nil }

    private static func check(_ mark: Mark, _ now: Timestamp) throws(MarkError) {
        guard !mark.title.isEmpty else { throw .noTitle }
        guard mark.title.utf8.count <= titleBytesMax else {
            throw .tooLong(field: "a title", bytesMax: titleBytesMax)
        }
        for (field, text) in [
            ("a service", mark.service), ("a selector", mark.group), ("a name", mark.actor),
            ("a link", mark.link),
        ] where text.utf8.count > fieldBytesMax {
            throw .tooLong(field: field, bytesMax: fieldBytesMax)
        }
        guard mark.hosts.count <= hostsMax else { throw .tooManyHosts(hostsMax) }
        let age = now.milliseconds(since: mark.at)
        guard (-aheadMilliseconds...reachMilliseconds).contains(age) else { throw .time }
    }

    private func newID() -> String {
        let known = Set(marks.map(\.id))
        return RandomHex.digits(8) { known.contains($0) }
    }
}
