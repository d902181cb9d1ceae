import Foundation
import Glibc

/// A program under measurement: started on pipes or on a pseudo terminal, read without blocking, ended by its id.
final class Child {
    struct Chunk {
        let nanoseconds: UInt64
        let bytes: [UInt8]
    }

    let pid: Int32
    let startedNanoseconds: UInt64
    private let descriptor: Int32
    private var isEnded = false

    /// Starts `arguments` with its output on a pipe, or with a terminal of `columns` x `rows` as its whole world.
    init(
        _ arguments: [String], terminal: (columns: UInt16, rows: UInt16)? = nil,
        environment: [String: String] = [:]
    )
        throws
    {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSID))

        var writeEnd: Int32 = -1
        if let terminal {
            descriptor = posix_openpt(O_RDWR | O_NOCTTY)
            guard descriptor >= 0, grantpt(descriptor) == 0, unlockpt(descriptor) == 0,
                let name = ptsname(descriptor)
            else { throw BenchError("no pseudo terminal (errno \(errno))") }
            var size = winsize(ws_row: terminal.rows, ws_col: terminal.columns, ws_xpixel: 0, ws_ypixel: 0)
            _ = ioctl(descriptor, UInt(TIOCSWINSZ), &size)
            // A session leader that opens a terminal gets it as its own.
            posix_spawn_file_actions_addopen(&actions, 0, name, O_RDWR, 0)
            posix_spawn_file_actions_adddup2(&actions, 0, 1)
            posix_spawn_file_actions_adddup2(&actions, 0, 2)
        } else {
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0 else { throw BenchError("no pipe (errno \(errno))") }
            descriptor = ends[0]
            writeEnd = ends[1]
            posix_spawn_file_actions_adddup2(&actions, writeEnd, 1)
            posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)

        let merged = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = merged.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var started: pid_t = 0
        startedNanoseconds = Child.now()
        let failure = posix_spawnp(&started, arguments[0], &actions, &attributes, &argv, &envp)
        if writeEnd >= 0 { close(writeEnd) }
        guard failure == 0 else { throw BenchError("\(arguments[0]) cannot be started (errno \(failure))") }
        pid = started
    }

    deinit {
        end()
        close(descriptor)
    }

    static func now() -> UInt64 {
        monotonicNanoseconds()
    }

    /// Reads for `seconds`, keeping what came when. `until` may end it sooner.
    func read(seconds: Double, until isEnough: (([UInt8]) -> Bool)? = nil) -> [Chunk] {
        let deadline = Child.now() + UInt64(seconds * 1e9)
        var chunks: [Chunk] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let now = Child.now()
            guard now < deadline else { return chunks }
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, Int32(clamping: (deadline - now) / 1_000_000 + 1)) > 0 else { continue }
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count > 0 else {
                if count == 0 || errno != EAGAIN { return chunks }
                continue
            }
            let bytes = Array(buffer[..<count])
            chunks.append(Chunk(nanoseconds: Child.now(), bytes: bytes))
            if isEnough?(bytes) == true { return chunks }
        }
    }

    func write(_ text: String) {
        var bytes = Array(text.utf8)
        _ = Glibc.write(descriptor, &bytes, bytes.count)
    }

    func end() {
        guard !isEnded else { return }
        isEnded = true
        kill(pid, SIGTERM)
        for _ in 0..<100 {
            if waitpid(pid, nil, WNOHANG) == pid { return }
            _ = read(seconds: 0.02)
        }
        kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
    }
}

/// CLOCK_MONOTONIC in nanoseconds.
private func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

struct BenchError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
