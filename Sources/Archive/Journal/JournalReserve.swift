import Glibc
import Synchronization

/// Room that is kept beside the journal for when the disk is full: a file that holds nothing, given up then.
package final class JournalReserve: Sendable {
    package static let bytes: Int64 = 8 << 20
    /// More than the reserve must be free before it is taken again, or each write would give and take it.
    private static let freeFactor: UInt64 = 4

    private let path: String
    private let bytes: Int64
    private let isHeld = Mutex(false)

    init(path: String, bytes: Int64) {
        self.path = path
        self.bytes = bytes
    }

    /// Takes the room again where there is plenty; where not, the next write tries again.
    func fill() {
        guard bytes > 0 else { return }
        isHeld.withLock { isHeld in
            guard !isHeld, Self.freeBytes(path) > UInt64(bytes) * Self.freeFactor else { return }
            let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { return }
            isHeld = posix_fallocate(descriptor, 0, Int(bytes)) == 0
            close(descriptor)
            if !isHeld { unlink(path) }
        }
    }

    /// Gives the room up; false where it was given up before.
    func give() -> Bool {
        isHeld.withLock { isHeld in
            guard isHeld else { return false }
            isHeld = false
            return unlink(path) == 0
        }
    }

    /// Whether not even a page is left where the journal lies.
    static func isFull(beside path: String) -> Bool {
        freeBytes(path) < 1 << 16
    }

    private static func freeBytes(_ path: String) -> UInt64 {
        var space = statvfs()
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        guard statvfs(folder, &space) == 0 else { return 0 }
        return UInt64(space.f_bavail) * UInt64(space.f_frsize)
    }
}
