import Fleet
import Telemetry

/// How busy the window was, one value a step: the busiest processor of all hosts, or that of one. What the time bar draws.
struct TimeDensity: Sendable {
    /// The steps up to the moment that is looked at; NaN where nobody had data.
    private(set) var values: [Double] = []
    private(set) var lastStep: Int64 = 0
    private var basis: Basis?

    private struct Basis: Hashable {
        var view: LiveView
        var lastStep: Int64
        var listVersion: Int
        var isComplete: Bool
    }

    private static let signal = "cpu"

    /// Works the line out anew when a step is over; a thousand hosts are not read for every frame.
    mutating func refresh(_ context: ScreenContext) {
        let stepMilliseconds = max(1, context.state.view.stepMilliseconds)
        let step = SignalHistory(stepMilliseconds: stepMilliseconds, capacity: 1).step(of: context.time)
        let next = Basis(
            view: context.state.view, lastStep: step, listVersion: context.state.listVersion,
            isComplete: context.state.isComplete)
        guard next != basis else { return }
        basis = next
        lastStep = step
        let count = min(
            Int(clamping: context.state.view.windowMilliseconds / stepMilliseconds), Self.stepsMax)
        values = Array(repeating: .nan, count: count)
        for host in context.state.hosts where context.host == nil || host.id == context.host {
            if let scope = context.scope, context.host == nil, !scope.contains(host.id) { continue }
            guard let history = host.history(Self.signal) else { continue }
            for (place, value) in history.values(endingAt: context.time, count: count).enumerated()
            where !value.isNaN {
                values[place] = values[place].isNaN ? value : max(values[place], value)
            }
        }
    }

    private static let stepsMax = 1000
}
