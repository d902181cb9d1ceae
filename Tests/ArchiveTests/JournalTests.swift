import Archive
import Foundation
import Telemetry
import TestSupport
import Testing

@Suite struct `A journal` {
    private let folder: TemporaryFolder
    private var path: String { folder.url.appending(path: "journal.db").path }

    init() throws {
        folder = try TemporaryFolder()
    }

    private func time(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }

    @Test func `keeps documents and entries over a restart`() async throws {
        do {
            let journal = try Journal(path: path, reserveBytes: 0)
            try await journal.write([
                .put(kind: "alert", id: "a1", body: "one"), .put(kind: "alert", id: "b2", body: "two"),
                .append(kind: "note", subject: "web1", time: time(1000), body: "first"),
            ])
            try await journal.write([
                .put(kind: "alert", id: "a1", body: "changed"), .remove(kind: "alert", id: "b2"),
                .append(kind: "note", subject: "db1", time: time(2000), body: "second"),
            ])
        }
        let journal = try Journal(path: path, reserveBytes: 0)
        #expect(try await journal.documents("alert") == [JournalDocument(id: "a1", body: "changed")])
        let all = try await journal.entries(["note"], from: time(0), to: time(9000))
        #expect(all.map(\.body) == ["first", "second"])
        #expect(
            try await journal.entries(["note"], subject: "db1", from: time(0), to: time(9000)).map(\.body)
                == ["second"])
        #expect(
            try await journal.entries(["note"], from: time(0), to: time(9000), limit: 1).map(\.body)
                == ["second"])
    }

    @Test func `never gives a sequence twice, not even after all were forgotten`() async throws {
        let journal = try Journal(path: path, reserveBytes: 0)
        try await journal.write([.append(kind: "note", subject: "", time: time(1), body: "old")])
        let first = try await journal.entries(["note"], from: time(0), to: time(9))[0].sequence
        try await journal.expire(before: time(5))
        #expect(try await journal.entries(["note"], from: time(0), to: time(9)).isEmpty)
        try await journal.write([.append(kind: "note", subject: "", time: time(6), body: "new")])
        #expect(try await journal.entries(["note"], from: time(0), to: time(9))[0].sequence > first)
    }

    @Test func `writes although its caller was cancelled`() async throws {
        let journal = try Journal(path: path, reserveBytes: 0)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await journal.write([.put(kind: "run", id: "1", body: "started")])
        }
        try await task.value
        #expect(try await journal.documents("run").count == 1)
    }

    @Test func `refuses what a newer build has written, and what is no journal`() async throws {
        do { _ = try Journal(path: path, reserveBytes: 0) }
        let sqlite = try #require(Program.find("sqlite3"), "sqlite3 is missing: make test-deps")
        #expect(try Program.run(sqlite, [path, "PRAGMA user_version = 99"]).status == 0)
        #expect(throws: JournalError.schemaTooNew(path: path, found: 99, known: 1)) {
            _ = try Journal(path: path, reserveBytes: 0)
        }
        let other = folder.url.appending(path: "other.db").path
        try Data(repeating: 0x41, count: 8192).write(to: URL(filePath: other))
        #expect {
            _ = try Journal(path: other, reserveBytes: 0)
        } throws: { error in
            if case JournalError.damaged(other, _)? = error as? JournalError { true } else { false }
        }
    }

    @Test func `gives its reserve up when it is full, and says so`() async throws {
        let reserve = "\(path).reserve"
        let journal = try Journal(path: path, bytesMax: 64 << 10, reserveBytes: 1 << 16)
        #expect(FileManager.default.fileExists(atPath: reserve))
        let body = String(repeating: "x", count: 4096)
        var failure: JournalError?
        for number in 0..<100 where failure == nil {
            do throws(JournalError) {
                try await journal.write([.put(kind: "run", id: "\(number)", body: body)])
            } catch {
                failure = error
            }
        }
        #expect(failure == .full(path: path))
        #expect(!FileManager.default.fileExists(atPath: reserve))
        let kept = try await journal.documents("run").count
        #expect(kept > 5 && kept < 20)
    }
}
