import CLinux
import Glibc
import Synchronization
import TestSupport

import class Foundation.Thread

/// A pseudo terminal whose far end keeps what it is sent, read by a thread of its own so that no writer waits.
final class PseudoTerminal {
    struct Failure: Error {
        let errno: Int32
    }

    private final class Inbox: Sendable {
        let bytes = Mutex<[UInt8]>([])
    }

    /// TIOCSPTLCK and TIOCGPTN of ioctl_tty(2), which Swift's Glibc does not show.
    private static let setLock: UInt = 0x4004_5431
    private static let getNumber: UInt = 0x8004_5430
    private static let fence = Array("\u{1B}_fence\u{1B}\\".utf8)

    /// The end that a program has.
    let descriptor: Int32
    private let far: Int32
    private let path: String
    private let inbox = Inbox()

    init(width: Int, height: Int) throws {
        far = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var lock: Int32 = 0
        var number: Int32 = 0
        guard far >= 0, ioctl(far, Self.setLock, &lock) == 0, ioctl(far, Self.getNumber, &number) == 0 else {
            throw Failure(errno: errno)
        }
        path = "/dev/pts/\(number)"
        descriptor = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(errno: errno) }
        resize(width: width, height: height)
        Self.collect(from: far, into: inbox)
    }

    deinit {
        // The reader sees the end of it and closes the far end.
        close(descriptor)
    }

    func resize(width: Int, height: Int) {
        _ = clinux_terminal_set_size(far, Int32(width), Int32(height))
    }

    /// What was written since the last call. A mark is sent behind it, so nothing of it can still be on its way.
    func received() -> [UInt8] {
        guard write(descriptor, Self.fence, Self.fence.count) == Self.fence.count else { return [] }
        let inbox = inbox
        _ = Eventually.holds { inbox.bytes.withLock { $0.suffix(Self.fence.count) == Self.fence[...] } }
        return inbox.bytes.withLock { bytes in
            defer { bytes = [] }
            return bytes.dropLast(Self.fence.count)
        }
    }

    /// The terminal's modes as the kernel has them, in stty's words.
    func modes() throws -> String {
        try Program.run("/bin/stty", ["-g", "-F", path]).output
    }

    private static func collect(from far: Int32, into inbox: Inbox) {
        Thread.detachNewThread {
            var chunk = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = read(far, &chunk, chunk.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                inbox.bytes.withLock { $0 += chunk[..<count] }
            }
            close(far)
        }
    }
}
