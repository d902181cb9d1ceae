import GRDB

/// The journal's tables, and how an older file becomes today's. `PRAGMA user_version` says which a file is.
///
///     documents  kind, id → body        what is so now: alerts, silences, runs of hooks
///     entries    sequence → kind, subject, time (milliseconds since 1970), body    what happened, oldest first
enum JournalSchema {
    /// Of these, one a version: the first makes version 1 of an empty file.
    private static let steps = [
        """
        CREATE TABLE documents (kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id))
        WITHOUT ROWID;
        CREATE TABLE entries (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, subject TEXT NOT NULL,
            time INTEGER NOT NULL, body TEXT NOT NULL);
        CREATE INDEX entries_by_time ON entries (time);
        CREATE INDEX entries_by_subject ON entries (subject, time);
        """
    ]

    static func bringUpToDate(_ database: Database, _ path: String) throws {
        let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        guard found <= steps.count else {
            throw JournalError.schemaTooNew(path: path, found: found, known: steps.count)
        }
        for version in found..<steps.count {
            try database.inTransaction(.immediate) {
                try database.execute(sql: steps[version])
                try database.execute(sql: "PRAGMA user_version = \(version + 1)")
                return .commit
            }
        }
    }
}
