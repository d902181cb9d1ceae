import CLinux
import Glibc

/// A source's process, in a session of its own, on three pipes.
struct ChildProcess: Sendable {
    let pid: Int32
    /// Our ends: what we write to its input, and read from its output and errors.
    let input: Int32
    let output: Int32
    let errors: Int32

    static func start(_ arguments: [String]) throws(HubError) -> ChildProcess {
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { argv.forEach { free($0) } }
        var ends: [Int32] = [-1, -1, -1]
        let pid = clinux_spawn(&argv, &ends)
        guard pid > 0 else { throw .spawn(program: arguments.first ?? "", errno: -pid) }
        return ChildProcess(pid: pid, input: ends[0], output: ends[1], errors: ends[2])
    }

    /// Ends the whole session of the child: TERM now, KILL where it is still there after two seconds. Reaps it.
    /// `patienceMilliseconds` lets it end by itself first, for a status of its own.
    ///
    /// In a task of its own, because a hub that ends has cancelled ours, and waiting would not wait then.
    func end(patienceMilliseconds: Int = 0) async -> Int32 {
        await Task.detached { await terminate(patienceMilliseconds) }.value
    }

    private func terminate(_ patienceMilliseconds: Int) async -> Int32 {
        for _ in 0..<(patienceMilliseconds / Self.waitMilliseconds) {
            var status: Int32 = 0
            if waitpid(pid, &status, WNOHANG) == pid { return status }
            try? await Task.sleep(for: .milliseconds(Self.waitMilliseconds))
        }
        kill(-pid, SIGTERM)
        for wait in 0..<Self.waitsMax {
            var status: Int32 = 0
            if waitpid(pid, &status, WNOHANG) == pid { return status }
            if wait == Self.waitsBeforeKill { kill(-pid, SIGKILL) }
            try? await Task.sleep(for: .milliseconds(Self.waitMilliseconds))
        }
        return -1
    }

    private static let waitMilliseconds = 25
    private static let waitsBeforeKill = 80
    /// A killed child that is not gone half a second later hangs in the kernel; it is init's to reap.
    private static let waitsMax = 100
}
