import CLinux
import Glibc

/// The calls by which the recorder reaches its folder. Tests put a disk in its place that fails, dies between two calls,
/// or forgets what was not synced.
///
/// Results are bytes, 0 or a descriptor, and -errno for a failure. Paths are the recorder's own.
package protocol RecorderDisk: AnyObject {
    func makeFolder(_ path: String) -> Int32
    /// The names in a folder; nil where it cannot be read.
    func names(in folder: String) -> [String]?
    func lock(_ path: String) -> Int32
    /// Opens for appending, and creates.
    func openAppending(_ path: String) -> Int32
    func write(_ descriptor: Int32, _ bytes: Span<UInt8>) -> Int
    func sync(_ descriptor: Int32) -> Int32
    func truncate(_ descriptor: Int32, to size: UInt64) -> Int32
    func close(_ descriptor: Int32)
    /// A whole file, at most `limit` bytes of it; nil where it cannot be read.
    func read(_ path: String, limit: Int) -> [UInt8]?
    func size(_ path: String) -> UInt64?
    func rename(_ from: String, _ to: String) -> Int32
    func remove(_ path: String) -> Int32
    /// Makes names that came and went last.
    func syncFolder(_ path: String) -> Int32
    /// Bytes free for us, and all of them; nil where that is not known.
    func space(_ path: String) -> (free: UInt64, all: UInt64)?
}

/// The disk there is.
package final class LinuxDisk: RecorderDisk {
    private var listing: [UInt8] = []

    package init() {}

    package func makeFolder(_ path: String) -> Int32 {
        unsafe mkdir(path, 0o700) == 0 || errno == EEXIST ? 0 : -errno
    }

    package func names(in folder: String) -> [String]? {
        FolderListing.read(folder, into: &listing)?.map(\.name)
    }

    package func lock(_ path: String) -> Int32 {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return -errno }
        let status = clinux_lock(descriptor)
        guard status == 0 else {
            Glibc.close(descriptor)
            return status
        }
        return descriptor
    }

    package func openAppending(_ path: String) -> Int32 {
        let descriptor = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        return descriptor < 0 ? -errno : descriptor
    }

    package func write(_ descriptor: Int32, _ bytes: Span<UInt8>) -> Int {
        unsafe bytes.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let count = unsafe Glibc.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
                if count < 0 {
                    if errno == EINTR { continue }
                    return done > 0 ? done : -Int(errno)
                }
                done += count
            }
            return done
        }
    }

    package func sync(_ descriptor: Int32) -> Int32 { fdatasync(descriptor) == 0 ? 0 : -errno }

    package func truncate(_ descriptor: Int32, to size: UInt64) -> Int32 {
        ftruncate(descriptor, off_t(clamping: size)) == 0 ? 0 : -errno
    }

    package func close(_ descriptor: Int32) { Glibc.close(descriptor) }

    package func read(_ path: String, limit: Int) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        defer { Glibc.close(descriptor) }
        var facts = clinux_facts()
        guard unsafe clinux_facts(descriptor, &facts) == 0, facts.isRegular else { return nil }
        var bytes = [UInt8](repeating: 0, count: min(Int(clamping: facts.size), limit))
        var done = 0
        while done < bytes.count {
            let count = bytes.count
            let got = unsafe bytes.withUnsafeMutableBytes {
                unsafe pread(descriptor, $0.baseAddress! + done, count - done, off_t(done))
            }
            if got < 0, errno == EINTR { continue }
            if got < 0 { return nil }
            if got == 0 { break }
            done += got
        }
        bytes.removeLast(bytes.count - done)
        return bytes
    }

    package func size(_ path: String) -> UInt64? {
        var facts = clinux_facts()
        return unsafe clinux_facts_at(AT_FDCWD, path, 0, &facts) == 0 ? facts.size : nil
    }

    package func rename(_ from: String, _ to: String) -> Int32 {
        unsafe Glibc.rename(from, to) == 0 ? 0 : -errno
    }

    package func remove(_ path: String) -> Int32 { unsafe unlink(path) == 0 ? 0 : -errno }

    package func syncFolder(_ path: String) -> Int32 {
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return -errno }
        defer { Glibc.close(descriptor) }
        return fsync(descriptor) == 0 ? 0 : -errno
    }

    package func space(_ path: String) -> (free: UInt64, all: UInt64)? {
        var free: UInt64 = 0
        var all: UInt64 = 0
        return unsafe clinux_space(path, &free, &all) == 0 ? (free, all) : nil
    }
}
