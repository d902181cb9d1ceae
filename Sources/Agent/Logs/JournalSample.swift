import CLinux
import Glibc
import RequestLogs

/// The end of a unit's journal, as journalctl tells it.
enum JournalSample {
    /// Why there is no journal to look at.
    enum Failure {
        case noProgram
        /// It said nothing, and ended with this status; or it did not end.
        case status(Int32)
        case late
    }

    private static let entriesMax = 1000
    private static let millisecondsMax: Int32 = 5000

    /// The unit's last messages, a line each, at most `Detector.sampleMax` bytes.
    static func lastLines(of unit: String) -> (lines: [UInt8], failure: Failure?) {
        let arguments = [
            "journalctl", "--output=export", "--quiet", "--no-pager", "--unit=\(unit)",
            "--lines=\(entriesMax)",
        ]
        guard let (pid, output) = OutputChild.start(arguments) else { return ([], .noProgram) }
        defer { close(output) }
        var parser = JournalParser()
        var lines: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let start = AgentLoop.monotonicNanoseconds()
        while true {
            let spent = Int32(clamping: (AgentLoop.monotonicNanoseconds() - start) / 1_000_000)
            guard spent < millisecondsMax, lines.count < Detector.sampleMax else { break }
            var waiting = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&waiting, 1, millisecondsMax - spent) > 0 else { continue }
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe read(output, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else {
                // It has closed its output, so that it ends now.
                var status: Int32 = 0
                guard unsafe waitpid(pid, &status, 0) == pid else { return (lines, nil) }
                return (lines, lines.isEmpty && status != 0 ? .status(status >> 8 & 0xFF) : nil)
            }
            let copy = buffer
            parser.take(copy.span.extracting(0..<count)) { entry in
                lines += entry.message
                lines.append(0x0A)
            }
        }
        kill(pid, SIGKILL)
        _ = waitpid(pid, nil, 0)
        return (lines, lines.isEmpty ? .late : nil)
    }
}
