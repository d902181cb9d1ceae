package import Hub
import Synchronization
package import Telemetry

/// The hub's clocks, which a test moves.
package final class MovableClock: Sendable {
    private let wall: Mutex<Int64>
    private let steady: Mutex<Int64>
    private let asleep = Mutex<Int64>(0)

    package init(wallMilliseconds: Int64 = 1_900_000_000_000, steadyMilliseconds: Int64 = 5_000_000) {
        wall = Mutex(wallMilliseconds)
        steady = Mutex(steadyMilliseconds)
    }

    package var clock: HubClock {
        HubClock(
            now: { self.now }, steadyMilliseconds: { self.steady.withLock { $0 } },
            bootMilliseconds: { self.bootMilliseconds })
    }

    package var bootMilliseconds: Int64 { steady.withLock { $0 } + asleep.withLock { $0 } }

    package var now: Timestamp { Timestamp(milliseconds: wall.withLock { $0 }) }

    /// Both go on; the wall clock by more where it is set.
    package func pass(_ milliseconds: Int64, set: Int64 = 0) {
        steady.withLock { $0 += milliseconds }
        wall.withLock { $0 += milliseconds + set }
    }

    /// The hub's machine sleeps.
    package func suspend(_ milliseconds: Int64) {
        asleep.withLock { $0 += milliseconds }
        wall.withLock { $0 += milliseconds }
    }
}
