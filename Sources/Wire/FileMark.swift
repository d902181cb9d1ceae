/// What names a file on this host: two names with one identity are one file, and an inode that was used again has another birth.
package struct FileIdentity: Hashable, Sendable {
    package var device: UInt64
    package var inode: UInt64
    /// Nanoseconds since the Unix epoch; 0 where the filesystem does not keep it.
    package var birth: Int64

    package init(device: UInt64, inode: UInt64, birth: Int64) {
        self.device = device
        self.inode = inode
        self.birth = birth
    }

    /// Of content whose file is not known (any more).
    package static let none = FileIdentity(device: 0, inode: 0, birth: 0)
}

/// A hash of a few bytes of a file, by which its content is known again when its identity says nothing.
package struct ContentProof: Hashable, Sendable {
    /// Bytes that it covers.
    package var length: Int
    package var hash: ContentHash

    package init(length: Int = 0, hash: ContentHash = ContentHash()) {
        self.length = length
        self.hash = hash
    }
}

/// FNV-1a in 64 bits (Fowler, Noll, Vo): extended byte by byte, as a file grows.
package struct ContentHash: Hashable, Sendable {
    package private(set) var value: UInt64

    package init(value: UInt64 = 0xCBF2_9CE4_8422_2325) {
        self.value = value
    }

    package mutating func add(_ bytes: Span<UInt8>) {
        var hash = value
        for place in bytes.indices { hash = (hash ^ UInt64(bytes[place])) &* 0x0100_0000_01B3 }
        value = hash
    }

    package init(of bytes: Span<UInt8>) {
        self.init()
        add(bytes)
    }
}

/// Where the reading of one file stands: a checkpoint, as it is in an epoch record.
package struct FileMark: Equatable, Sendable {
    /// How the reading of the file stands.
    package struct Flags: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The offset is inside an over-long line whose head was counted.
        package static let insideLongLine = Flags(rawValue: 1)
        /// Rotated away and read to its end.
        package static let finished = Flags(rawValue: 2)
        /// No longer under the name that is written to.
        package static let rotated = Flags(rawValue: 4)
        /// Perhaps a copy of what was read, perhaps not: it is not read before that is known.
        package static let undecided = Flags(rawValue: 8)
    }

    /// Names the reading for as long as it lasts; never used again.
    package var number: UInt64
    /// The configuration's section.
    package var source: String
    /// Where the content was last seen, and the name that its writer uses.
    package var path: String
    package var base: String
    package var flags: Flags
    package var identity: FileIdentity
    /// Bytes (of the uncompressed content) whose lines are counted.
    package var offset: UInt64
    /// The first min(1024, offset) bytes.
    package var head: ContentProof
    /// The min(256, offset) bytes before the offset.
    package var tail: ContentProof
    /// A journal's cursor; empty for files.
    package var cursor: String
    /// What the consumer of lines keeps open for this file: a multi-line record, requests that have not ended.
    package var state: [UInt8]

    package init(
        number: UInt64, source: String, path: String, base: String, flags: Flags = [],
        identity: FileIdentity = .none, offset: UInt64 = 0, head: ContentProof = .init(),
        tail: ContentProof = .init(), cursor: String = "", state: [UInt8] = []
    ) {
        self.number = number
        self.source = source
        self.path = path
        self.base = base
        self.flags = flags
        self.identity = identity
        self.offset = offset
        self.head = head
        self.tail = tail
        self.cursor = cursor
        self.state = state
    }
}
