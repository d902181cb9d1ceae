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
    func end() async -> Int32 {
        kill(-pid, SIGTERM)
        for wait in 0..<100 {
            var status: Int32 = 0
            if waitpid(pid, &status, WNOHANG) == pid { return status }
            if wait == 80 { kill(-pid, SIGKILL) }
            // A cancelled task still has to reap its child, so the sleep's own cancellation is passed over.
            try? await Task.sleep(for: .milliseconds(25))
            if Task.isCancelled { kill(-pid, SIGKILL) }
        }
        return -1
    }
}
