import CLinux
import Glibc
import RequestLogs

/// The end of a log as it lies on disk, by which its format is told before its next line comes.
enum LogSample {
    /// The last whole lines of the regular file at `path`, at most `linesMax` and `Detector.sampleMax` bytes; empty where
    /// there are none.
    static func lastLines(of path: String, linesMax: Int = .max) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var facts = clinux_facts()
        guard unsafe clinux_facts(descriptor, &facts) == 0, facts.mode & S_IFMT == S_IFREG else { return [] }
        let wanted = min(facts.size, UInt64(Detector.sampleMax))
        guard wanted > 0 else { return [] }
        let offset = off_t(clamping: facts.size - wanted)
        var bytes = [UInt8](repeating: 0, count: Int(wanted))
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe pread(descriptor, $0.baseAddress, $0.count, offset)
        }
        bytes.removeLast(bytes.count - max(0, count))
        guard let end = bytes.lastIndex(of: 0x0A) else { return [] }
        // The first line is whole only where the file begins with it.
        var first = offset == 0 ? 0 : (bytes.firstIndex(of: 0x0A) ?? 0) + 1
        var lines = 0
        if linesMax < .max,
            let place = bytes[..<end].lastIndex(where: { byte in
                lines += byte == 0x0A ? 1 : 0
                return lines == linesMax
            })
        {
            first = max(first, place + 1)
        }
        return first <= end ? Array(bytes[first...end]) : []
    }
}
