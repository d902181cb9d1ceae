/// What keeps a journal from being opened, read or written.
package enum JournalError: Error, Equatable, CustomStringConvertible {
    /// Written by a newer build.
    case schemaTooNew(path: String, found: Int, known: Int)
    /// SQLite's own check found these faults.
    case damaged(path: String, reason: String)
    /// The disk, or the user's share of it, is full, and the reserve is used up.
    case full(path: String)
    case unusable(path: String, reason: String)

    package var description: String {
        switch self {
        case .schemaTooNew(let path, let found, let known):
            """
            \(path): schema version \(found), but this build knows up to \(known); \
            install a newer martlet or move the file away
            """
        case .damaged(let path, let reason):
            "\(path): damaged (\(reason)); move it away and start again: open alerts are then found anew"
        case .full(let path):
            "\(path): the disk is full and the reserve is used up; make room"
        case .unusable(let path, let reason): "\(path): \(reason)"
        }
    }
}
