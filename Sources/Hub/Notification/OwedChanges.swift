import Archive

/// What the journal could not be told while it could not be written: it goes with the next write that succeeds.
struct OwedChanges {
    private struct Key: Hashable {
        let kind: String
        let id: String
    }

    /// Of each document the last word.
    private var documents: [Key: JournalChange] = [:]
    private var entries: [JournalChange] = []

    /// Of what happened meanwhile the newest are kept.
    private static let entriesMax = 1000

    var isEmpty: Bool { documents.isEmpty && entries.isEmpty }

    var all: [JournalChange] { Array(documents.values) + entries }

    mutating func add(_ changes: [JournalChange]) {
        for change in changes {
            switch change {
            case .put(let kind, let id, _), .remove(let kind, let id):
                documents[Key(kind: kind, id: id)] = change
            case .append: entries.append(change)
            }
        }
        entries.removeFirst(max(0, entries.count - Self.entriesMax))
    }
}
