import Glibc

/// Reads what discovery looks at: small files, links and folders, each up to a bound and without waiting for a writer.
enum DiscoveryFiles {
    /// What fstat(2) says of a file.
    struct Facts {
        let device: UInt
        let inode: UInt
        let size: Int
        /// Nanoseconds since 1970.
        let modified: Int64
    }

    /// At most `limit` bytes from the start of a file; nil where it cannot be read.
    static func bytes(_ path: String, limit: Int) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: limit)
        var filled = 0
        while filled < limit {
            let start = filled
            let count = unsafe bytes.withUnsafeMutableBytes { all in
                let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: all[start...])
                return unsafe read(descriptor, rest.baseAddress, rest.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { break }
            filled += count
        }
        bytes.removeLast(limit - filled)
        return bytes
    }

    /// Where a link leads, as it stands; nil where it is none or may not be read.
    static func link(_ path: String) -> String? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = unsafe bytes.withUnsafeMutableBytes { buffer in
            guard let start = buffer.baseAddress else { return -1 }
            return unsafe readlink(path, start.assumingMemoryBound(to: CChar.self), buffer.count)
        }
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }

    /// Names in a folder in the order of their bytes, at most `max`, and how many there are more; nil where it cannot be
    /// listed.
    static func names(_ path: String, max: Int) -> (names: [String], more: Int)? {
        guard let folder = unsafe opendir(path) else { return nil }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        var more = 0
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { letters in
                unsafe letters.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            guard name != ".", name != ".." else { continue }
            if names.count < max { names.append(name) } else { more += 1 }
        }
        return (names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }, more)
    }

    /// A regular file's facts, links followed; nil for anything else.
    static func facts(_ path: String) -> Facts? {
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Facts(
            device: UInt(status.st_dev), inode: UInt(status.st_ino), size: Int(status.st_size),
            modified: Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec))
    }

    enum Access {
        case readable, refused, missing
    }

    /// Whether a regular file may be read; one in a folder that is closed may be there.
    static func access(_ path: String) -> Access {
        if unsafe Glibc.access(path, R_OK) == 0 { return facts(path) == nil ? .missing : .readable }
        return errno == EACCES ? .refused : .missing
    }
}
