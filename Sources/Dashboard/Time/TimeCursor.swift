package import Telemetry

/// Where in time the screens look, and how far a step goes.
package struct TimeCursor: Hashable, Sendable {
    /// The steps that zooming goes through, in milliseconds: 1 s, 5 s, 15 s, 1 m, 5 m, 15 m, 1 h.
    package static let steps: [Int64] = [1000, 5000, 15_000, 60_000, 300_000, 900_000, 3_600_000]
    /// How far back the hub remembers, in milliseconds.
    package static let reachMilliseconds: Int64 = 72 * 3_600_000

    /// The moment looked at; nil while live.
    package private(set) var past: Timestamp?
    private var zoom = 0

    package init(past: Timestamp? = nil) {
        self.past = past
    }

    package var isLive: Bool { past == nil }

    /// The step, which is never shorter than the screen can show.
    package func stepMilliseconds(atLeast shortest: Int64) -> Int64 {
        max(Self.steps[zoom], shortest)
    }

    /// Stands still at `time`, or goes live again.
    package mutating func toggle(at time: Timestamp) {
        past = past == nil ? time : nil
    }

    package mutating func goLive() {
        past = nil
    }

    /// Moves by whole steps from where it is, or from `time` while live; lands on multiples of the step, stays
    /// within what the hub remembers, and never passes `now`.
    package mutating func move(by count: Int64, step: Int64, from time: Timestamp, now: Timestamp) {
        let oldest = now.advanced(byMilliseconds: -Self.reachMilliseconds)
        let start = min(max(past ?? time, oldest), now).milliseconds
        let step = max(1, step)
        let floor = start - (start % step + step) % step
        let first = count < 0 && floor < start ? floor + step : floor
        let (distance, overflow) = count.multipliedReportingOverflow(by: step)
        let target = Timestamp(milliseconds: first).advanced(byMilliseconds: overflow ? 0 : distance)
        go(to: target, now: now)
    }

    /// Goes to a moment, as near as the hub remembers.
    package mutating func go(to moment: Timestamp, now: Timestamp) {
        let oldest = now.advanced(byMilliseconds: -Self.reachMilliseconds)
        past = min(max(moment, oldest), now)
    }

    /// Zooms by one: out for 1, in for -1. `shortest` is the step that the screen shows at least, from which
    /// zooming out begins.
    package mutating func zoom(by direction: Int, atLeast shortest: Int64) {
        let least = Self.steps.firstIndex { $0 >= shortest } ?? 0
        zoom = max(least, min(max(zoom, least) + direction, Self.steps.count - 1))
    }
}
