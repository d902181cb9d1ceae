package import Telemetry

/// The times that evaluations go by; tests move their own.
package struct HubClock: Sendable {
    /// The wall clock.
    package let now: @Sendable () -> Timestamp
    /// Milliseconds of a clock that nobody sets.
    package let steadyMilliseconds: @Sendable () -> Int64
    /// Milliseconds of one that nobody sets and that goes on in sleep, as the boot clock in hosts' ticks does.
    package let bootMilliseconds: @Sendable () -> Int64

    /// Without a boot clock there is no sleep.
    package init(
        now: @escaping @Sendable () -> Timestamp, steadyMilliseconds: @escaping @Sendable () -> Int64,
        bootMilliseconds: (@Sendable () -> Int64)? = nil
    ) {
        self.now = now
        self.steadyMilliseconds = steadyMilliseconds
        self.bootMilliseconds = bootMilliseconds ?? steadyMilliseconds
    }

    package static let system = HubClock(
        now: Clock.now, steadyMilliseconds: Clock.steadyMilliseconds, bootMilliseconds: Clock.bootMilliseconds
    )
}
