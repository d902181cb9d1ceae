import Archive
import Fleet
import Foundation
import Hub
import Telemetry
import TestSupport
import Testing

@Suite struct `Marks on charts` {
    private let folder: TemporaryFolder
    private let now = Timestamp(milliseconds: 1_785_595_200_000)

    init() throws {
        folder = try TemporaryFolder()
    }

    private func journal() throws -> Journal {
        try Journal(path: "\(folder.url.path)/journal.db", reserveBytes: 0)
    }

    private func mark(_ title: String, minutesAgo: Int64 = 0) -> Mark {
        Mark(
            at: now.advanced(byMilliseconds: -minutesAgo * 60_000), kind: .deploy, title: title,
            service: "web", hosts: ["web1"], actor: "jo")
    }

    @Test func `outlive the hub, in the order of their time`() async throws {
        let first = MarkBook(journal: try journal())
        let later = try await first.add(mark("web 4.12.1"), now: now)
        _ = try await first.add(mark("web 4.12.0", minutesAgo: 90), now: now)
        let second = MarkBook(journal: try journal())
        try await second.restore(at: now)
        let feed = await second.feed()
        var lists = feed.values.makeAsyncIterator()
        let known = try #require(await lists.next())
        #expect(known.map(\.title) == ["web 4.12.0", "web 4.12.1"])
        #expect(known.last == later && later.id.count == 8)
    }

    @Test func `are told to each screen at once`() async throws {
        let book = MarkBook(journal: try journal())
        let feed = await book.feed()
        var lists = feed.values.makeAsyncIterator()
        #expect(await lists.next() == [])
        let made = try await book.add(mark("web 4.12.1"), now: now)
        #expect(await lists.next() == [made])
    }

    @Test func `are found by their time`() async throws {
        let book = MarkBook(journal: try journal())
        for minutes: Int64 in [1, 30, 90] {
            try await book.add(mark("\(minutes)", minutesAgo: minutes), now: now)
        }
        let found = try await book.marks(from: now.advanced(byMilliseconds: -3_600_000), to: now)
        #expect(found.map(\.title) == ["30", "1"])
    }

    @Test(arguments: [
        (Mark(at: Timestamp(milliseconds: 1_785_595_200_000), kind: .note, title: ""), MarkError.noTitle),
        (
            Mark(
                at: Timestamp(milliseconds: 1_785_595_200_000), kind: .note,
                title: String(repeating: "x", count: 201)), .tooLong(field: "a title", bytesMax: 200)
        ), (Mark(at: Timestamp(milliseconds: 1_785_595_206_000), kind: .note, title: "later"), .time),
        (Mark(at: Timestamp(milliseconds: 0), kind: .note, title: "long ago"), .time),
    ])
    func `are refused where a field cannot be`(_ row: (mark: Mark, error: MarkError)) async throws {
        let book = MarkBook(journal: try journal())
        await #expect(throws: row.error) { try await book.add(row.mark, now: now) }
    }
}
