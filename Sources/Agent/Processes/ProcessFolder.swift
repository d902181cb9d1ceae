import CLinux
import Glibc

/// /proc itself, kept open: its numbered folders, listed in parts, and their files by descriptors relative to it.
struct ProcessFolder: ~Copyable {
    enum File { case stat, io }

    let path: String
    private var descriptor: Int32 = -1
    private var listing = [UInt8](repeating: 0, count: 16_384)
    private var listed = 0
    private var offset = 0
    /// A path of a process's file, with its NUL.
    private var name: [UInt8] = []

    init(_ path: String) {
        self.path = path
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Goes back to the first process; false where the folder cannot be opened.
    mutating func rewind() -> Bool {
        listed = 0
        offset = 0
        if descriptor < 0 { descriptor = unsafe clinux_open(path) }
        return descriptor >= 0 && clinux_rewind(descriptor) == 0
    }

    /// The next process's number; nil at the end. The kernel goes on where the last part ended, so that a listing may
    /// take many ticks: who comes and goes meanwhile may be left out, nobody comes twice.
    mutating func next() -> Int32? {
        while true {
            if offset + 19 > listed {
                guard descriptor >= 0 else { return nil }
                let descriptor = descriptor
                let count = unsafe listing.withUnsafeMutableBytes {
                    unsafe clinux_getdents(descriptor, $0.baseAddress, $0.count)
                }
                guard count > 0 else { return nil }
                listed = min(count, listing.count)
                offset = 0
            }
            // struct linux_dirent64, getdents(2): inode 8, offset 8, length 2, type 1, name with its NUL.
            let length = Int(listing[offset + 16]) | Int(listing[offset + 17]) << 8
            guard length >= 20, offset + length <= listed else {
                offset = listed
                continue
            }
            let start = offset + 19
            offset += length
            if let pid = Self.number(listing, from: start, to: offset) { return pid }
        }
    }

    private static func number(_ bytes: [UInt8], from start: Int, to end: Int) -> Int32? {
        var value: Int32 = 0
        var place = start
        while place < end, bytes[place] != 0 {
            let digit = bytes[place] &- 0x30
            guard digit <= 9, value < 100_000_000 else { return nil }
            value = value * 10 + Int32(digit)
            place += 1
        }
        return place > start && value > 0 ? value : nil
    }

    /// A descriptor of a process's file, or -errno.
    mutating func open(_ pid: Int32, _ file: File) -> Int32 {
        switch file {
        case .stat: write(pid, "/stat")
        case .io: write(pid, "/io")
        }
        let descriptor = descriptor
        return unsafe name.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return -EINVAL }
            return unsafe clinux_openat(descriptor, start.assumingMemoryBound(to: CChar.self))
        }
    }

    /// The user that a process acts as; nil when it is gone. The folder itself has that owner even where its files belong
    /// to root, because the process may not be traced.
    mutating func owner(_ pid: Int32) -> UInt32? {
        write(pid, "")
        let descriptor = descriptor
        var status = stat()
        let failure = unsafe name.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return Int32(-1) }
            return unsafe fstatat(descriptor, start.assumingMemoryBound(to: CChar.self), &status, 0)
        }
        return failure == 0 ? status.st_uid : nil
    }

    private mutating func write(_ pid: Int32, _ file: StaticString) {
        name.removeAll(keepingCapacity: true)
        var divisor: Int32 = 1
        while pid / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            name.append(0x30 + UInt8(truncatingIfNeeded: pid / divisor % 10))
            divisor /= 10
        }
        file.withUTF8Buffer { letters in
            for place in 0..<letters.count { unsafe name.append(letters[place]) }
        }
        name.append(0)
    }
}
