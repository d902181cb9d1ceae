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
    /// Of each code, the requests of a step: each rate that came times the seconds that it stands for.
    var requests: [StepRing<Float>] = []
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
    /// Seconds of a step that values stand for.
    private(set) var seconds: StepRing<Float>
    /// What each value of the last moment stands for: the time since its host's moment before.
    private(set) var weight: Float = 0
    private var lastTime: Timestamp?
    /// What the hub says that the values of a moment are of, in seconds.
    private var told: (time: Timestamp, seconds: Double)?
    private let stepMilliseconds: Int64

    init(capacity: Int, stepMilliseconds: Int64) {
        seconds = StepRing(capacity: capacity, empty: 0)
        self.stepMilliseconds = stepMilliseconds
    }

    /// The values of a moment are of so many seconds; to be said before they are.
    mutating func cover(_ seconds: Double, at time: Timestamp) {
        guard seconds > 0, seconds.isFinite else { return }
        // Services that share a name told of it each for itself.
        told = (time, max(seconds, told.flatMap { $0.time == time ? $0.seconds : nil } ?? 0))
    }

    /// Counts a moment once. False for one that is older than the last in a step that was told of already: what comes late
    /// and twice would count twice.
    mutating func tick(_ time: Timestamp, step: Int64, passedMilliseconds: Int64?) -> Bool {
        if time == lastTime { return true }
        if let lastTime, time < lastTime, seconds[step] > 0 { return false }
        // After a gap a value is no more than its own step's; of the first nothing else is known.
        let passed = passedMilliseconds ?? 1000
        // Behind a later moment begins what was learned late, which is told in windows of ten seconds.
        let usual: Int64 = passed < 0 ? 10_000 : 1000
        let milliseconds = passed > 0 ? min(passed, stepMilliseconds) : min(usual, stepMilliseconds)
        weight = Float(milliseconds) / 1000
        if let told, told.time == time { weight = Float(min(told.seconds, Double(stepMilliseconds) / 1000)) }
        lastTime = time
        let added = weight
        seconds.update(step) { $0 += added }
        return seconds.reaches(step)
    }
}
