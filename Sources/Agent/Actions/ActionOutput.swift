import Glibc

/// What an action writes, on the host's disk: the first 256 KiB, and a ring of the last bytes. One process writes, others
/// read as they like: a slow reader, or none, never holds the script up.
///
///     offset  bytes   what
///     0       8       bytes that were written in all, little-endian; set after the bytes themselves
///     8       8       bytes of the ring that count
///     16      8       when the script was started, milliseconds since 1970; 0 before
///     24      40      nothing
///     64      256 Ki  the head
///     …       ring    byte n of what follows lies at n modulo the ring's size; 64 KiB larger than what counts, so that
///                     what is being written is none of what may be read
package enum ActionOutput {
    package static let headBytes: UInt64 = 1 << 18
    static let headerBytes: UInt64 = 64
    /// At most so many bytes are written at a time.
    static let partBytes: UInt64 = 1 << 16

    /// The oldest byte behind the head that may be read.
    static func oldest(total: UInt64, kept: UInt64) -> UInt64 {
        max(headBytes, total > kept ? total - kept : 0)
    }

    /// Bytes that are kept no longer.
    package static func dropped(total: UInt64, kept: UInt64) -> UInt64 {
        total > headBytes ? oldest(total: total, kept: kept) - headBytes : 0
    }

    static func place(of offset: UInt64, kept: UInt64) -> UInt64 {
        offset < headBytes
            ? headerBytes + offset : headerBytes + headBytes + (offset - headBytes) % (kept + partBytes)
    }

    /// Bytes from `offset` on that lie side by side.
    static func run(from offset: UInt64, kept: UInt64) -> UInt64 {
        guard offset >= headBytes else { return headBytes - offset }
        let size = kept + partBytes
        return size - (offset - headBytes) % size
    }
}

/// The one who writes.
struct ActionOutputWriter: ~Copyable {
    private let descriptor: Int32
    private let kept: UInt64
    private(set) var total: UInt64 = 0
    /// Bytes that could not be written: the disk is full.
    private(set) var lost: UInt64 = 0

    /// nil where the file cannot be made.
    init?(_ path: String, kept: UInt64) {
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return nil }
        self.kept = kept
        put(kept, at: 8)
    }

    deinit { close(descriptor) }

    func start(at milliseconds: Int64) { put(UInt64(bitPattern: milliseconds), at: 16) }

    mutating func append(_ bytes: [UInt8], _ count: Int) {
        var done = 0
        while done < count {
            let part = min(
                UInt64(count - done), ActionOutput.run(from: total, kept: kept), ActionOutput.partBytes)
            let place = ActionOutput.place(of: total, kept: kept)
            let written = unsafe bytes.withUnsafeBytes {
                unsafe pwrite(descriptor, $0.baseAddress! + done, Int(part), off_t(clamping: place))
            }
            if written < 0, errno == EINTR { continue }
            // A full disk: the script goes on, and what it says is counted.
            if written <= 0 {
                lost += UInt64(count - done)
                return
            }
            done += written
            total += UInt64(written)
            put(total, at: 0)
        }
    }

    private func put(_ value: UInt64, at offset: off_t) {
        var value = value.littleEndian
        _ = unsafe pwrite(descriptor, &value, 8, offset)
    }
}

/// One who reads while it is written, or afterwards.
struct ActionOutputReader: ~Copyable {
    private let descriptor: Int32
    private let kept: UInt64
    /// How far was read.
    private(set) var offset: UInt64 = 0

    /// nil where there is no such file.
    init?(_ path: String) {
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        kept = Self.number(descriptor, at: 8)
    }

    deinit { close(descriptor) }

    var total: UInt64 { Self.number(descriptor, at: 0) }

    /// Milliseconds since 1970; nil before the script ran.
    var startedAt: Int64? {
        let time = Int64(bitPattern: Self.number(descriptor, at: 16))
        return time == 0 ? nil : time
    }

    /// The next bytes and where they stand; nil while there are none.
    mutating func next() -> (offset: UInt64, bytes: [UInt8])? {
        while true {
            let written = total
            if offset >= ActionOutput.headBytes {
                offset = max(offset, ActionOutput.oldest(total: written, kept: kept))
            }
            guard written > offset else { return nil }
            let count = min(
                written - offset, ActionOutput.run(from: offset, kept: kept), ActionOutput.partBytes)
            var bytes = [UInt8](repeating: 0, count: Int(count))
            let place = off_t(clamping: ActionOutput.place(of: offset, kept: kept))
            let got = unsafe bytes.withUnsafeMutableBytes {
                unsafe pread(descriptor, $0.baseAddress, $0.count, place)
            }
            guard got > 0 else { return nil }
            bytes.removeLast(bytes.count - got)
            // Written over meanwhile: what was read may be of later.
            if offset >= ActionOutput.headBytes, offset < ActionOutput.oldest(total: total, kept: kept) {
                continue
            }
            defer { offset += UInt64(got) }
            return (offset, bytes)
        }
    }

    private static func number(_ descriptor: Int32, at offset: off_t) -> UInt64 {
        var value: UInt64 = 0
        guard unsafe pread(descriptor, &value, 8, offset) == 8 else { return 0 }
        return UInt64(littleEndian: value)
    }
}
