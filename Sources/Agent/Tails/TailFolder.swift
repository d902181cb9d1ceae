import CLinux
import Glibc
import Wire

/// A folder in which logs are, with the names that concern us as the last scan saw them.
final class TailFolder {
    /// One source's pattern for names here.
    struct Use: Equatable {
        let source: Int
        let pattern: NamePattern
    }

    /// An entry of the folder that a name of the configuration may mean.
    struct Name {
        let inode: UInt64
        let isLink: Bool
        /// nil for what is known and not followed: an older predecessor, a folder.
        let file: TailFile?
    }

    let path: String
    var uses: [Use] = []
    var watch: Int32 = -1
    var isPolled = true
    var identity = FileIdentity.none
    /// A watch was asked for in vain.
    var wasRefused = false
    /// Changes on other machines may go unseen.
    var isRemote = false
    var needsScan = true
    /// The folder's own time of change at the last scan, nanoseconds.
    var modified: Int64 = .min
    var names: [String: Name] = [:]
    var bases: [String: TailBase] = [:]
    /// Whether a scan must look at links' targets too.
    var hasLinks = false
    /// Whether a name of the last scan is to be looked at again in a second.
    var hasUndecided = false
    /// Boot clock: when to look again for content whose name is gone.
    var missingUntil: UInt64 = 0

    init(_ path: String) {
        self.path = path
    }

    func path(of name: String) -> String { path == "/" ? "/\(name)" : "\(path)/\(name)" }
}

/// An entry of a folder.
struct FolderEntry {
    let name: String
    let inode: UInt64
    let isLink: Bool
}

/// Reads folders by getdents64(2).
enum FolderListing {
    /// The entries of the folder at `path`; nil where it cannot be read. Names beyond `TailLimits.folderNames` are left out.
    static func read(_ path: String, into buffer: inout [UInt8]) -> [FolderEntry]? {
        let descriptor = unsafe clinux_open(path)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        if buffer.isEmpty { buffer = [UInt8](repeating: 0, count: 1 << 15) }
        var entries: [FolderEntry] = []
        while entries.count < TailLimits.folderNames {
            let got = unsafe buffer.withUnsafeMutableBytes {
                unsafe clinux_getdents(descriptor, $0.baseAddress, $0.count)
            }
            if got < 0 { return nil }
            if got == 0 { break }
            append(buffer, got, to: &entries)
        }
        return entries
    }

    /// linux_dirent64 of getdents64(2): inode u64, offset i64, length u16, type u8, name with NUL.
    private static func append(_ bytes: [UInt8], _ count: Int, to entries: inout [FolderEntry]) {
        var start = 0
        while start + 19 < count {
            let length = Int(bytes[start + 16]) | Int(bytes[start + 17]) << 8
            guard length > 19, start + length <= count else { return }
            var inode: UInt64 = 0
            for byte in 0..<8 { inode |= UInt64(bytes[start + byte]) << UInt64(8 * byte) }
            let type = bytes[start + 18]
            var end = start + 19
            while end < start + length, bytes[end] != 0 { end += 1 }
            // DT_UNKNOWN 0, DT_FIFO 1, DT_CHR 2, DT_DIR 4, DT_BLK 6, DT_REG 8, DT_LNK 10, DT_SOCK 12. Folders are needed
            // where a pattern has them; what a name is in the end is asked of the file itself.
            let isDots =
                end - start == 20 && bytes[start + 19] == UInt8(ascii: ".")
                || end - start == 21 && bytes[start + 19] == UInt8(ascii: ".")
                    && bytes[start + 20] == UInt8(ascii: ".")
            if !isDots {
                entries.append(
                    FolderEntry(
                        name: String(decoding: bytes[start + 19..<end], as: UTF8.self), inode: inode,
                        isLink: type == 10))
            }
            start += length
        }
    }

    /// The folders that a pattern's folder part stands for, without links resolved.
    static func expand(_ folder: String, into buffer: inout [UInt8]) -> [String] {
        var found = [""]
        for component in folder.split(separator: "/") {
            let pattern = NamePattern(component)
            guard pattern.isPattern else {
                for place in found.indices { found[place] += "/\(component)" }
                continue
            }
            var next: [String] = []
            for parent in found {
                let entries = read(parent.isEmpty ? "/" : parent, into: &buffer) ?? []
                for entry in entries where pattern.matches(entry.name) && next.count < TailLimits.folders {
                    var facts = clinux_facts()
                    let path = "\(parent)/\(entry.name)"
                    if unsafe clinux_facts_at(AT_FDCWD, path, 1, &facts) == 0, facts.isFolder {
                        next.append(path)
                    }
                }
            }
            found = next.sorted { $0 < $1 }
        }
        return found.map { $0.isEmpty ? "/" : $0 }
    }
}
