import Glibc
import Text

/// How far a long log has been read, on a terminal's standard error; nothing anywhere else.
final class LogsProgress {
    /// Logs that take less than this long show nothing.
    private static let quietNanoseconds: UInt64 = 300_000_000
    private static let stepNanoseconds: UInt64 = 100_000_000

    private let isTerminal = isatty(2) == 1
    private let begin = LogsProgress.now()
    private var last: UInt64 = 0
    private var isShown = false

    func show(_ source: LogSource) {
        guard isTerminal, source.size > 0 else { return }
        let now = Self.now()
        guard now - begin > Self.quietNanoseconds, now - last > Self.stepNanoseconds else { return }
        last = now
        isShown = true
        let share = min(1, Double(source.position) / Double(source.size))
        let filled = Int(share * 30)
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 30 - filled)
        let rate = Double(source.position) / (Double(now - begin) / 1e9)
        let text = "\r[\(bar)] \(Int(share * 100))% \(Format.byteRate(rate)) \(SafeText(source.path))\u{1B}[K"
        CommandOutput.write(text, to: 2)
    }

    func end() {
        guard isShown else { return }
        isShown = false
        CommandOutput.write("\r\u{1B}[K", to: 2)
    }

    private static func now() -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
