/// What the `[record]` section says, and what follows from it.
package struct RecorderOptions: Sendable {
    /// When what was written is made to last.
    package enum Durability: Sendable {
        case everyFrame
        case everySecond
        /// When the kernel likes; a power cut costs what it had not written yet, offsets and counts alike.
        case operatingSystem
    }

    package var folder: String
    /// The oldest to keep, and the most.
    package var ageSeconds: Int64 = 3 * 86_400
    package var sizeBytes: UInt64 = 64 << 20
    /// Nothing is recorded while the filesystem has less than this share free.
    package var keepFreePercent = 5.0
    package var durability = Durability.everySecond

    package init(folder: String) {
        self.folder = folder
    }

    /// A segment ends here, so that the ring gives up a 64th of what it holds at a time.
    var segmentBytes: UInt64 { min(max(sizeBytes / 64, 1 << 16), 4 << 20) }
}

/// What holds whatever the configuration says.
package enum RecorderLimits {
    /// Bytes of samples that wait while the disk takes none; beyond it the oldest are dropped and counted.
    package static let pendingBytes = 1 << 20
    /// Bytes of a segment that are read; ours are shorter.
    static let readBytes = 64 << 20
    package static let checkpointSeconds: UInt64 = 30
    /// A checkpoint that costs more than the epochs since the last one waits, at most so long.
    package static let checkpointSecondsMax: UInt64 = 600
    static let spaceSeconds: UInt64 = 10
    /// Segments that age takes away a minute: a clock that jumps years ahead does not empty the ring at once.
    static let agedSegments = 4
}

/// Why nothing can be recorded in a folder.
package enum RecorderError: Error, Equatable, CustomStringConvertible {
    /// Another agent of this user writes here.
    case locked(path: String)
    case unusable(path: String, errno: Int32)

    package var description: String {
        switch self {
        case .locked(let path):
            "\(path): another martlet-agent of this user is recording; one host and user has one writer"
        case .unusable(let path, let errno):
            "\(path): cannot be used for recording (errno \(errno)); check its owner, mode and filesystem, or set "
                + "[record] path"
        }
    }
}

/// What the recorder counts since it was opened.
package struct RecorderCounters: Equatable, Sendable {
    package var writtenBytes: UInt64 = 0
    package var epochs: UInt64 = 0
    /// Writes, syncs and renames that failed.
    package var failures: UInt64 = 0
    /// Bytes of samples dropped because the disk took none for too long.
    package var droppedBytes: UInt64 = 0
    /// Bytes cut off torn segments or passed over in them at the start.
    package var repairedBytes: UInt64 = 0
    package var removedSegments: UInt64 = 0
}

/// Whether the disk takes what is recorded.
package enum RecorderState: Equatable, Sendable {
    case recording
    /// The filesystem has less free than is to be kept; goes on by itself.
    case full
    /// The last call failed with this errno; tried again every second.
    case failing(errno: Int32)
}
