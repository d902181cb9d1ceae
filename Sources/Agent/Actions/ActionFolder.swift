import CLinux
import Glibc
import Wire

/// The folder of the host's orders, one per host and user:
///
///     ledger          every order that was taken, ActionLedger
///     lock            held while the ledger is read and written
///     ID/alive        held for as long as the runner of this order lives
///     ID/output       what it wrote, ActionOutput
///     ID/result       how it ended: one frame, a report
///     ID/cancel       a pipe that the runner reads: who writes into it ends the order
package struct ActionFolder: Sendable {
    package let path: String

    package init(state: String) {
        path = "\(state)/actions"
    }

    package var ledger: String { "\(path)/ledger" }
    package func folder(_ id: String) -> String { "\(path)/\(id)" }
    package func alive(_ id: String) -> String { "\(path)/\(id)/alive" }
    package func output(_ id: String) -> String { "\(path)/\(id)/output" }
    package func result(_ id: String) -> String { "\(path)/\(id)/result" }
    package func cancel(_ id: String) -> String { "\(path)/\(id)/cancel" }

    /// 32 hexadecimal digits: a name that is joined to a path, and comes from the wire.
    package static func isID(_ text: String) -> Bool {
        text.utf8.count == 32
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    /// Makes it and the folders above it; 0 or -errno.
    package func make() -> Int32 {
        var place = path.utf8.startIndex
        while let slash = path.utf8[path.utf8.index(after: place)...].firstIndex(of: UInt8(ascii: "/")) {
            place = slash
            if unsafe mkdir(String(path[..<place]), 0o755) != 0, errno != EEXIST { return -errno }
        }
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else { return -errno }
        return 0
    }

    /// Holds a file's lock, waiting for it no longer than `milliseconds`; the descriptor, or -errno.
    package func lock(_ path: String, milliseconds: Int) -> Int32 {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return -errno }
        var waited = 0
        while true {
            let status = clinux_lock(descriptor)
            if status == 0 { return descriptor }
            guard status == -EWOULDBLOCK, waited < milliseconds else {
                close(descriptor)
                return status
            }
            clinux_pause(2)
            waited += 2
        }
    }

    /// Writes how an order ended, so that it is there whole or not at all.
    func write(_ report: Report) {
        let disk = LinuxDisk()
        let path = result(report.id)
        _ = disk.remove("\(path).new")
        let file = disk.openAppending("\(path).new")
        guard file >= 0 else { return }
        let frame = FrameEncoder.frame(.report(report))
        let isWritten = disk.write(file, frame.span) == frame.count && disk.sync(file) == 0
        disk.close(file)
        guard isWritten, disk.rename("\(path).new", path) == 0 else { return }
        _ = disk.syncFolder(folder(report.id))
    }

    /// Whether the runner of an order lives.
    package func isAlive(_ id: String) -> Bool {
        let descriptor = unsafe open(alive(id), O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return clinux_lock(descriptor) == -EWOULDBLOCK
    }
}
