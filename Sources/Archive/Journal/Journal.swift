import GRDB
import Glibc
package import Telemetry

/// What must outlive a hub: documents that are so now, and entries of what happened, in one SQLite file.
///
/// A write is one transaction, and on the disk when it returns: WAL with synchronous=FULL, so a kill -9 or a power cut
/// leaves all of it or nothing. When the disk is full the reserve beside the file is given up, and the write is tried
/// once more.
package final class Journal: Sendable {
    package let path: String
    private let queue: DatabaseQueue
    private let reserve: JournalReserve

    /// Opens the file, makes it where it is missing, brings an older one up to date, and checks it as a whole.
    ///
    /// It grows to `bytesMax` at most. `reserveBytes` are kept beside it for when the disk is full.
    package init(
        path: String, bytesMax: Int64 = bytesMax, reserveBytes: Int64 = JournalReserve.bytes
    ) throws(JournalError) {
        self.path = path
        reserve = JournalReserve(path: "\(path).reserve", bytes: reserveBytes)
        do {
            queue = try DatabaseQueue(path: path, configuration: Self.configuration(bytesMax))
            chmod(path, 0o600)
            try queue.writeWithoutTransaction { database in
                try Self.check(database, path)
                try JournalSchema.bringUpToDate(database, path)
            }
        } catch {
            throw Self.named(error, path)
        }
        reserve.fill()
    }

    /// Years of alerts; beyond it the journal counts as full.
    package static let bytesMax: Int64 = 1 << 30
    /// SQLite's own.
    private static let pageBytes: Int64 = 4096

    private static func configuration(_ bytesMax: Int64) -> Configuration {
        var configuration = Configuration()
        configuration.label = "journal"
        configuration.journalMode = .wal
        configuration.busyMode = .timeout(2)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA synchronous = FULL")
            try database.execute(sql: "PRAGMA max_page_count = \(bytesMax / pageBytes)")
        }
        return configuration
    }

    private static func check(_ database: Database, _ path: String) throws {
        let found = try String.fetchAll(database, sql: "PRAGMA quick_check(3)")
        guard found == ["ok"] else {
            throw JournalError.damaged(path: path, reason: found.joined(separator: "; "))
        }
    }

    // MARK: Writing

    /// Writes all of it or nothing; it is on the disk when this returns. A caller that is cancelled has written too.
    package func write(_ changes: [JournalChange]) async throws(JournalError) {
        guard !changes.isEmpty else { return }
        var failure = await attempt(changes)
        if case .full = failure, reserve.give() { failure = await attempt(changes) }
        if let failure { throw failure }
        reserve.fill()
    }

    /// Not GRDB's own async write, which a cancelled task would not carry out.
    private func attempt(_ changes: [JournalChange]) async -> JournalError? {
        await withCheckedContinuation { continuation in
            queue.asyncWriteWithoutTransaction { [path] database in
                do {
                    try database.inTransaction(.immediate) {
                        for change in changes { try Self.apply(change, to: database) }
                        return .commit
                    }
                    continuation.resume(returning: nil)
                } catch {
                    continuation.resume(returning: Self.named(error, path))
                }
            }
        }
    }

    private static func apply(_ change: JournalChange, to database: Database) throws {
        switch change {
        case .put(let kind, let id, let body):
            try database.cachedStatement(
                sql: "INSERT OR REPLACE INTO documents (kind, id, body) VALUES (?, ?, ?)"
            ).execute(arguments: [kind, id, body])
        case .remove(let kind, let id):
            try database.cachedStatement(sql: "DELETE FROM documents WHERE kind = ? AND id = ?")
                .execute(arguments: [kind, id])
        case .append(let kind, let subject, let time, let body):
            try database.cachedStatement(
                sql: "INSERT INTO entries (kind, subject, time, body) VALUES (?, ?, ?, ?)"
            ).execute(arguments: [kind, subject, time.milliseconds, body])
        }
    }

    /// Forgets entries older than `time`.
    package func expire(before time: Timestamp) async throws(JournalError) {
        let failure: JournalError? = await withCheckedContinuation { continuation in
            queue.asyncWriteWithoutTransaction { [path] database in
                do {
                    try database.execute(
                        sql: "DELETE FROM entries WHERE time < ?", arguments: [time.milliseconds])
                    continuation.resume(returning: nil)
                } catch {
                    continuation.resume(returning: Self.named(error, path))
                }
            }
        }
        if let failure { throw failure }
    }

    // MARK: Reading

    /// What is so of a kind, by id.
    package func documents(_ kind: String) async throws(JournalError) -> [JournalDocument] {
        try await read { database in
            try Row.fetchAll(
                database, sql: "SELECT id, body FROM documents WHERE kind = ? ORDER BY id", arguments: [kind]
            ).map { JournalDocument(id: $0["id"], body: $0["body"]) }
        }
    }

    /// More entries than one question may ask for.
    package static let entriesMax = 10_000

    /// The newest `limit` entries of the kinds from `from` (inclusive) to `to` (exclusive), oldest first; of one subject
    /// where one is named.
    package func entries(
        _ kinds: [String], subject: String? = nil, from: Timestamp, to: Timestamp, limit: Int = entriesMax
    ) async throws(JournalError) -> [JournalEntry] {
        let marks = kinds.map { _ in "?" }.joined(separator: ", ")
        var arguments = StatementArguments(kinds)
        arguments += [from.milliseconds, to.milliseconds]
        if let subject { arguments += [subject] }
        arguments += [min(max(limit, 0), Self.entriesMax)]
        let sql = """
            SELECT sequence, kind, subject, time, body FROM entries
            WHERE kind IN (\(marks)) AND time >= ? AND time < ? \(subject == nil ? "" : "AND subject = ?")
            ORDER BY sequence DESC LIMIT ?
            """
        return try await read { [arguments] database in
            try Row.fetchAll(database, sql: sql, arguments: arguments).reversed().map { row in
                JournalEntry(
                    sequence: row["sequence"], kind: row["kind"], subject: row["subject"],
                    time: Timestamp(milliseconds: row["time"]), body: row["body"])
            }
        }
    }

    private func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(JournalError) -> Value {
        let found: Result<Value, JournalError> = await withCheckedContinuation { continuation in
            queue.asyncRead { [path] database in
                do {
                    continuation.resume(returning: .success(try body(try database.get())))
                } catch {
                    continuation.resume(returning: .failure(Self.named(error, path)))
                }
            }
        }
        return try found.get()
    }

    private static func named(_ error: any Error, _ path: String) -> JournalError {
        switch error {
        case let error as JournalError: error
        case let error as DatabaseError where error.resultCode == .SQLITE_FULL: .full(path: path)
        // A write to the log or a growing of its index that found no room.
        case let error as DatabaseError
        where error.resultCode == .SQLITE_IOERR && JournalReserve.isFull(beside: path): .full(path: path)
        case let error as DatabaseError
        where error.resultCode == .SQLITE_CORRUPT || error.resultCode == .SQLITE_NOTADB:
            .damaged(path: path, reason: error.message ?? "not a database")
        case let error as DatabaseError: .unusable(path: path, reason: error.message ?? "\(error.resultCode)")
        default: .unusable(path: path, reason: "\(error)")
        }
    }
}
