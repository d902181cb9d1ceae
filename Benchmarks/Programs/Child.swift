import CLinux
import Foundation
import Glibc
import Synchronization

/// A program under measurement: started on pipes or on a pseudo terminal, in a control group of its own where that is
/// allowed, read without blocking, ended by its id.
final class Child {
    struct Chunk {
        let nanoseconds: UInt64
        let bytes: [UInt8]
    }

    let pid: Int32
    let startedNanoseconds: UInt64
    private let descriptor: Int32
    private let group: ControlGroup?
    private var isEnded = false
    /// What must be there for as long as the program is.
    private let surroundings: AnyObject?

    /// Those that run, to be ended when this program is.
    private static let running = Mutex<Set<Int32>>([])

    /// Starts `arguments` with its output on a pipe, or with a terminal of `columns` x `rows` as its whole world.
    init(
        _ arguments: [String], terminal: (columns: UInt16, rows: UInt16)? = nil,
        environment: [String: String] = [:], in surroundings: AnyObject? = nil
    ) throws {
        self.surroundings = surroundings
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // POSIX_SPAWN_SETSID, which the Glibc module does not show.
        posix_spawnattr_setflags(&attributes, 0x80 | Int16(POSIX_SPAWN_SETSIGMASK))
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)

        var writeEnd: Int32 = -1
        if let terminal {
            let name: String
            (descriptor, name) = try Self.openTerminal(columns: terminal.columns, rows: terminal.rows)
            // A session leader that opens a terminal gets it as its own.
            posix_spawn_file_actions_addopen(&actions, 0, name, O_RDWR, 0)
            posix_spawn_file_actions_adddup2(&actions, 0, 1)
            posix_spawn_file_actions_adddup2(&actions, 0, 2)
        } else {
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0 else { throw BenchError("no pipe (errno \(errno))") }
            descriptor = ends[0]
            writeEnd = ends[1]
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
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
        group = ControlGroup()
        startedNanoseconds = Child.now()
        let failure = posix_spawnp(&started, arguments[0], &actions, &attributes, &argv, &envp)
        if writeEnd >= 0 { close(writeEnd) }
        guard failure == 0 else {
            close(descriptor)
            throw BenchError("\(arguments[0]) cannot be started (errno \(failure))")
        }
        pid = started
        group?.add(pid)
        _ = Child.running.withLock { $0.insert(started) }
    }

    deinit {
        end()
        close(descriptor)
    }

    /// From here on ctrl-c and SIGTERM end the measured programs too; called before any other thread is there.
    static func endAllWithThisProgram() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        Thread.detachNewThread {
            var signals = sigset_t()
            sigemptyset(&signals)
            sigaddset(&signals, SIGINT)
            sigaddset(&signals, SIGTERM)
            var number: Int32 = 0
            sigwait(&signals, &number)
            for pid in Child.running.withLock({ $0 }) { kill(pid, SIGTERM) }
            exit(128 + number)
        }
    }

    /// CLOCK_MONOTONIC in nanoseconds.
    static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// Nanoseconds on a CPU of the program and of everything that it started, ended helpers included where there are
    /// control groups.
    var cpuNanoseconds: UInt64 {
        group?.cpuNanoseconds ?? ProcessTree.cpuNanoseconds(of: ProcessTree.members(of: pid))
    }

    /// Reads for `seconds`, keeping what came when. `isEnough` may end it sooner.
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

    /// Reads to the end of its output, which is its own end, and waits for it: without a look now and then, so that the
    /// moment is exact.
    func finish(seconds: Double = 60) -> (status: Int32, output: String) {
        let output = read(seconds: seconds).flatMap(\.bytes)
        guard !isEnded else { return (-1, "") }
        isEnded = true
        _ = Child.running.withLock { $0.remove(pid) }
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        return (status, String(decoding: output, as: UTF8.self))
    }

    func write(_ text: String) {
        var bytes = Array(text.utf8)
        _ = Glibc.write(descriptor, &bytes, bytes.count)
    }

    func end() {
        guard !isEnded else { return }
        isEnded = true
        _ = Child.running.withLock { $0.remove(pid) }
        kill(pid, SIGTERM)
        for _ in 0..<100 {
            if waitpid(pid, nil, WNOHANG) == pid { return }
            if read(seconds: 0.02).isEmpty { usleep(20_000) }
        }
        kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
    }

    /// A new pseudo terminal's own end and the name of the other; ioctl_tty(2) has the numbers of TIOCSPTLCK and
    /// TIOCGPTN, which Swift's Glibc does not show.
    static func openTerminal(columns: UInt16, rows: UInt16) throws -> (descriptor: Int32, name: String) {
        let descriptor = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var lock: Int32 = 0
        var number: Int32 = 0
        guard descriptor >= 0, ioctl(descriptor, UInt(0x4004_5431), &lock) == 0,
            ioctl(descriptor, UInt(0x8004_5430), &number) == 0
        else { throw BenchError("no pseudo terminal (errno \(errno))") }
        _ = clinux_terminal_set_size(descriptor, Int32(columns), Int32(rows))
        return (descriptor, "/dev/pts/\(number)")
    }
}

struct BenchError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
