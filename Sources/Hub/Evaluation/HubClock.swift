package import Telemetry

/// The times that evaluations go by; tests move their own.
package struct HubClock: Sendable {
    /// The wall clock.
    package let now: @Sendable () -> Timestamp
    /// Milliseconds of a clock that nobody sets.
    package let steadyMilliseconds: @Sendable () -> Int64

    package init(
        now: @escaping @Sendable () -> Timestamp, steadyMilliseconds: @escaping @Sendable () -> Int64
    ) {
        self.now = now
        self.steadyMilliseconds = steadyMilliseconds
    }

    package static let system = HubClock(now: Clock.now, steadyMilliseconds: Clock.steadyMilliseconds)
}
