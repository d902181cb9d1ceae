import CLinux
import Glibc
package import Wire

/// One followed file: its mark, and the descriptor while it is open.
package final class TailFile {
    package let number: UInt64
    package internal(set) var source: Int
    /// The name that its writer uses, whether it still has that name or was rotated away.
    package internal(set) unowned var base: TailBase
    package internal(set) var path: String
    package internal(set) var identity: FileIdentity
    package internal(set) var offset: UInt64
    package internal(set) var head: ContentProof
    package internal(set) var tail: ContentProof
    package internal(set) var flags: FileMark.Flags

    package internal(set) var descriptor: Int32 = -1
    /// Reads compressed content; nil while the file is plain or not being read.
    var archive: ArchiveReader?
    /// What the file was when it was last looked at.
    package internal(set) var size: UInt64 = 0
    var modified: Int64 = 0
    var links: UInt32 = 1
    /// Boot clock, nanoseconds: the last time it was seen to change, and since when it has no name.
    var changedAt: UInt64 = 0
    var missingSince: UInt64 = 0
    /// The mark is from another run: the content is compared before the first read.
    var needsProof = false
    /// Found under a name in the last scan of its folder.
    var isPresent = false
    /// Waits for its turn to be read.
    var isDue = false
    /// In the set's list of open files.
    var isTracked = false
    /// Its mark differs from the last epoch's.
    var isChanged = false
    /// The last read failed with this errno; 0 while all is well.
    package internal(set) var failure: Int32 = 0

    init(
        number: UInt64, source: Int, base: TailBase, path: String, identity: FileIdentity, offset: UInt64 = 0,
        head: ContentProof = .init(), tail: ContentProof = .init(), flags: FileMark.Flags = []
    ) {
        self.number = number
        self.source = source
        self.base = base
        self.path = path
        self.identity = identity
        self.offset = offset
        self.head = head
        self.tail = tail
        self.flags = flags
    }

    deinit { close() }

    package var isOpen: Bool { descriptor >= 0 || archive != nil }
    package var isRotated: Bool { flags.contains(.rotated) }
    package var isFinished: Bool { flags.contains(.finished) }
    var isUndecided: Bool { flags.contains(.undecided) }
    var compression: RotatedName.Compression { RotatedName.compression(of: path) }

    func close() {
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
        descriptor = -1
        archive = nil
    }

    /// Opens the file where its path leads to it still; 0, -errno, or -ESTALE where another file is there.
    func open() -> Int32 {
        guard descriptor < 0 else { return 0 }
        let opened = unsafe clinux_open(path)
        guard opened >= 0 else { return opened }
        var facts = clinux_facts()
        let status = unsafe clinux_facts(opened, &facts)
        guard status == 0, FileIdentity(facts) == identity, facts.isRegular else {
            _ = Glibc.close(opened)
            return status == 0 ? -ESTALE : status
        }
        descriptor = opened
        note(facts)
        return 0
    }

    /// Takes over what a look at the file showed; whether it has changed since the look before.
    @discardableResult
    func note(_ facts: clinux_facts) -> Bool {
        let isNew = facts.size != size || facts.modified != modified
        size = facts.size
        modified = facts.modified
        links = facts.links
        return isNew
    }

    /// Moves behind `consumed` bytes, which stand in `bytes` from `start` on and follow what was consumed before.
    /// `bytes` also holds the `tail.length` bytes before them.
    func advance(_ consumed: Int, in bytes: Span<UInt8>, from start: Int) {
        guard consumed > 0 else { return }
        let missing = min(TailLimits.headBytes - head.length, consumed)
        if missing > 0 {
            head.hash.add(bytes.extracting(start..<start + missing))
            head.length += missing
        }
        let end = start + consumed
        let length = min(TailLimits.tailBytes, tail.length + consumed)
        tail = ContentProof(length: length, hash: ContentHash(of: bytes.extracting(end - length..<end)))
        offset += UInt64(consumed)
    }

    package var mark: FileMark {
        FileMark(
            number: number, source: base.sourceName, path: path, base: base.path, flags: flags,
            identity: identity, offset: offset, head: head, tail: tail)
    }
}

/// A name that a writer uses, and the files that have been behind it.
package final class TailBase {
    package let folder: String
    package let name: String
    package internal(set) var source: Int
    let sourceName: String
    var files: [TailFile] = []
    /// When its files were last compared with what is on disk; wall clock in nanoseconds, 0 for never.
    var seenAt: Int64 = 0
    /// Names that the last scan found.
    var memberCount = -1
    /// To be compared with the next scan even if the names are as before.
    var needsLook = false

    init(folder: String, name: String, source: Int, sourceName: String) {
        self.folder = folder
        self.name = name
        self.source = source
        self.sourceName = sourceName
    }

    package var path: String { folder == "/" ? "/\(name)" : "\(folder)/\(name)" }
}

extension FileIdentity {
    init(_ facts: clinux_facts) {
        self.init(device: facts.device, inode: facts.inode, birth: facts.birth)
    }
}

extension clinux_facts {
    var isRegular: Bool { mode & UInt32(S_IFMT) == UInt32(S_IFREG) }
    var isFolder: Bool { mode & UInt32(S_IFMT) == UInt32(S_IFDIR) }
}

/// How many files there are, and how many of them could not be opened or read last.
package struct TailCensus: Sendable, Equatable {
    package var files: UInt64 = 0
    package var failing: UInt64 = 0
}
