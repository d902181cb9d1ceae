import CLinux
import Glibc

/// A program that a probe's child runs: its output up to a bound, and how it ended. At the deadline it and its session are killed.
enum ProbeProgram {
    static let outputBytesMax = 65_536

    /// What the program printed, up to the limit, and how it ended.
    struct Result {
        var output: [UInt8] = []
        /// Exit status; nil where it was killed, or did not start.
        var status: Int32?
        var isLate = false
        var isMissing = false
    }

    static func run(_ arguments: [String], input: [UInt8], before deadline: UInt64) -> Result {
        var result = Result()
        guard let child = OutputChild.start(arguments, input: input) else {
            result.isMissing = true
            return result
        }
        defer { close(child.output) }
        var space = [UInt8](repeating: 0, count: 8192)
        while true {
            guard ProbeSocket.isReady(child.output, Int16(POLLIN), before: deadline) else {
                result.isLate = true
                break
            }
            let count = unsafe space.withUnsafeMutableBytes {
                unsafe read(child.output, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { break }
            result.output += space[..<min(count, outputBytesMax - result.output.count)]
        }
        result.status = end(child.pid, isLate: result.isLate, before: deadline)
        return result
    }

    /// The exit status; a program that closed its output and stays is waited for until the deadline.
    private static func end(_ pid: Int32, isLate: Bool, before deadline: UInt64) -> Int32? {
        var status: Int32 = 0
        var isKilled = isLate
        while true {
            if isKilled { kill(-pid, SIGKILL) }
            let found = unsafe waitpid(pid, &status, isKilled ? 0 : WNOHANG)
            if found == pid { break }
            if found < 0, errno != EINTR { return nil }
            if AgentLoop.monotonicNanoseconds() >= deadline { isKilled = true } else { usleep(2000) }
        }
        // What it left behind in its session goes with it.
        kill(-pid, SIGKILL)
        let hasExited = status & 0x7F == 0
        return hasExited && !isKilled ? (status >> 8) & 0xFF : nil
    }
}
