/// What following logs may cost at most. What happens at a limit is counted by `TailCounter`.
package enum TailLimits {
    /// Bytes of one line; of a longer one the first so many are handed on and the rest is passed over.
    package static let lineBytes = 1 << 18
    /// Bytes at a file's beginning by which its content is known again.
    package static let headBytes = 1024
    /// Bytes before the offset that must be as they were, looked at with every read.
    package static let tailBytes = 256
    /// Bytes of one file before another has its turn.
    package static let turnBytes = 1 << 20
    /// How far a file is read back at its first sight.
    package static let readBackBytes: UInt64 = 64 << 20
    /// Open files to which nothing is written.
    package static let idleDescriptors = 64
    /// Open files to which something is written; above, a file is closed when it is read to its end.
    package static let descriptors = 512
    /// Closed files of a folder that cannot be watched that are looked at each second; more are every 10 seconds.
    package static let polledFiles = 1000
    /// Files of all sources.
    package static let files = 1 << 17
    /// Names of one folder.
    package static let folderNames = 1 << 18
    /// Folders that the patterns of one source may stand for.
    package static let folders = 4096
    /// How long an empty predecessor may still become a copy of what was read.
    static let emptyCopySeconds: UInt64 = 60
    /// Seconds without a write after which a file is closed; it is opened again by its identity.
    package static let idleSeconds: UInt64 = 60
    /// Seconds without a write after which a rotated file counts as complete.
    package static let finishSeconds: UInt64 = 60
    /// Seconds that a deleted file is kept open for a writer that has gone quiet.
    package static let deletedSeconds: UInt64 = 600
    /// Seconds in which a file that has no name any more may turn up compressed or copied.
    package static let missingSeconds: UInt64 = 120
}

/// What the tails count, since the ledger began; a raw value is the counter's place in an epoch.
package enum TailCounter: Int, CaseIterable, Sendable {
    case lines, bytes
    /// Lines longer than `TailLimits.lineBytes`, handed on cut.
    case longLines
    /// NUL bytes at a line's beginning: holes that truncation left.
    case nulBytes
    /// Last lines of rotated files that had no newline.
    case unterminatedLines
    case truncations, rotations
    /// Files that were gone before they were read to the end, and the bytes of them that are known to be lost.
    case lostFiles, lostBytes
    case readErrors
    /// Compressed files that are damaged, or in a format that is not read.
    case damagedArchives
    /// Event queues of the kernel that ran over; everything is looked at then.
    case overflows
    /// Folders that could not be watched (a limit, a filesystem of another machine) and are polled.
    case polledFolders
    /// Names that are not followed: folders, pipes, devices.
    case notRegular
    /// Bytes passed over at the first sight of files.
    case passedBytes
    /// Files and folders not followed because there are too many.
    case refusedFiles
    /// Consumer states too long to be kept.
    case refusedStates
    /// How often a backlog told too much for its windows, which became wider.
    case widerWindows
}

/// The counters' values; one thread's.
package final class TailCounters {
    package private(set) var values = [UInt64](repeating: 0, count: TailCounter.allCases.count)

    package init() {}

    package subscript(_ counter: TailCounter) -> UInt64 {
        get { values[counter.rawValue] }
        set { values[counter.rawValue] = newValue }
    }

    package func add(_ count: Int, to counter: TailCounter) {
        values[counter.rawValue] &+= UInt64(max(0, count))
    }

    /// Goes on from an epoch's counters; those of a later release are dropped, missing ones are zero.
    package func restore(_ saved: [UInt64]) {
        for place in values.indices { values[place] = place < saved.count ? saved[place] : 0 }
    }
}
