import Telemetry

/// How much a counter rose in the last ten minutes, which is the window of every signal that counts what happened.
///
/// Only moments at which it rose are kept, ten seconds apart: a counter that rests costs nothing.
struct SignalGrowth: Sendable {
    private static let windowMilliseconds: Int64 = 600_000
    private static let stepMilliseconds: Int64 = 10_000
    /// By rising time.
    private var rises: [(time: Timestamp, amount: Double)] = []

    /// The sum over the window that ends at `time`, after one more rise by `amount`.
    mutating func sum(adding amount: Double, at time: Timestamp) -> Double {
        // A clock that was set back: what seems to come is forgotten.
        rises.removeAll {
            $0.time > time || time.milliseconds(since: $0.time) >= Self.windowMilliseconds
        }
        if amount > 0 {
            if let last = rises.last, time.milliseconds(since: last.time) < Self.stepMilliseconds {
                rises[rises.count - 1].amount += amount
            } else {
                rises.append((time, amount))
            }
        }
        return rises.reduce(0) { $0 + $1.amount }
    }
}
