import CLinux
import Glibc
import Telemetry

/// When ticks are due: at multiples of the interval, and a second one soon after the first.
struct TickTimer {
    /// The second reading comes this soon after the first, so that whoever opens a screen sees rates at once.
    private static let secondNanoseconds: UInt64 = 100_000_000

    /// The timer's, readable when it has expired; -1 before the start.
    private(set) var descriptor: Int32 = -1
    private(set) var milliseconds: UInt32 = 0
    /// When the second tick is due, monotonic; nil once it was, or where the timer's first comes about as soon.
    private var secondAt: UInt64?

    /// False where the kernel gives none.
    mutating func start(milliseconds: UInt32) -> Bool {
        if descriptor >= 0 { close(descriptor) }
        self.milliseconds = milliseconds
        descriptor = clinux_timer(UInt64(milliseconds) * 1_000_000)
        return descriptor >= 0
    }

    mutating func planSecond(after now: Timestamp) {
        let interval = UInt64(milliseconds) * 1_000_000
        let sinceBoundary = UInt64(clamping: now.milliseconds) * 1_000_000 % interval
        guard interval - sinceBoundary > 2 * Self.secondNanoseconds else { return }
        secondAt = AgentLoop.monotonicNanoseconds() + Self.secondNanoseconds
    }

    /// How long to wait for the second tick, rounded up; -1 for as long as it takes, where none is due.
    var millisecondsToSecond: Int32 {
        guard let due = secondAt else { return -1 }
        let now = AgentLoop.monotonicNanoseconds()
        return due <= now ? 0 : Int32(clamping: (due - now + 999_999) / 1_000_000)
    }

    /// Whether the second tick is due now; it is so once.
    mutating func takeSecond() -> Bool {
        guard millisecondsToSecond == 0 else { return false }
        secondAt = nil
        return true
    }

    /// How often it has expired since it was read; nil where it has not.
    func takeExpirations() -> UInt64? {
        var expirations: UInt64 = 0
        let count = unsafe withUnsafeMutableBytes(of: &expirations) {
            unsafe read(descriptor, $0.baseAddress, 8)
        }
        return count == 8 && expirations > 0 ? expirations : nil
    }
}
