package import Telemetry

/// The requests of one method to one route of a service on one host, step by step.
package struct TrafficSeries: Sendable {
    package let host: HostID
    /// Places in ``TrafficState/services`` and in that service's routes.
    package let service: Int
    package let route: Int
    package let method: String
    /// Place in ``TrafficState/sources``.
    let source: Int
    /// The statuses that were answered, in the order in which they were first seen.
    package internal(set) var codes: [String] = []
    /// Of each code, the sum of the rates that came in a step, in requests a second; as many came as its source ticked.
    var rates: [StepRing<Float>] = []
    /// Durations in seconds; empty where nothing was observed.
    var latency: StepRing<ExponentialHistogram?>

    init(
        host: HostID, service: Int, route: Int, method: String, source: Int, capacity: Int
    ) {
        self.host = host
        self.service = service
        self.route = route
        self.method = method
        self.source = source
        latency = StepRing(capacity: capacity, empty: nil)
    }
}

/// A service on a host, which says something of its series with every tick: what it does not name then is zero, and a step
/// in which it says nothing is a gap.
struct TrafficSource: Sendable {
    /// Moments of which values came, by step.
    private(set) var ticks: StepRing<UInt16>
    private var lastTime = Timestamp(milliseconds: .min)

    init(capacity: Int) {
        ticks = StepRing(capacity: capacity, empty: 0)
    }

    /// Counts a moment once. False for one that is older than the last in a step that was told of already: what comes late
    /// and twice would count twice.
    mutating func tick(_ time: Timestamp, step: Int64) -> Bool {
        if time == lastTime { return true }
        if time < lastTime, ticks[step] > 0 { return false }
        lastTime = time
        ticks.update(step) { $0 = $0 == .max ? $0 : $0 + 1 }
        return ticks.reaches(step)
    }
}
