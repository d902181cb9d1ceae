import Fleet
import Telemetry

/// How busy the window was, one value a step: the processors of the busiest tenth of all hosts, or of one; what the
/// time bar draws.
struct TimeDensity: Sendable {
    /// The steps up to the moment that is looked at; NaN where nobody had data.
    private(set) var values: [Double] = []
    private(set) var lastStep: Int64 = 0
    private var basis: Basis?

    private struct Basis: Hashable {
        var view: LiveView
        var lastStep: Int64
        var listVersion: FleetState.ListVersion
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
        var counts = [UInt16](repeating: 0, count: count * Self.levels)
        for host in context.state.hosts where context.host == nil || host.id == context.host {
            if let scope = context.scope, context.host == nil, !scope.contains(host.id) { continue }
            guard let history = host.history(Self.signal) else { continue }
            for (place, value) in history.values(endingAt: context.time, count: count).enumerated()
            where !value.isNaN {
                counts[place * Self.levels + Self.level(value)] &+= 1
            }
        }
        values = (0..<count).map { Self.worstTenth(counts[$0 * Self.levels..<($0 + 1) * Self.levels]) }
    }

    /// The average of the busiest tenth, and of one host at least: of a thousand hosts one is always busy.
    private static func worstTenth(_ counts: ArraySlice<UInt16>) -> Double {
        let total = counts.reduce(0) { $0 + Int($1) }
        guard total > 0 else { return .nan }
        let wanted = (total + 9) / 10
        var left = wanted
        var sum = 0
        for (level, count) in counts.enumerated().reversed() where left > 0 {
            let taken = min(left, Int(count))
            sum += taken * level
            left -= taken
        }
        return Double(sum) / Double(wanted * (levels - 1))
    }

    private static func level(_ value: Double) -> Int {
        Int((max(0, min(value, 1)) * Double(levels - 1)).rounded())
    }

    /// Steps of a share that are told apart.
    private static let levels = 101
    private static let stepsMax = 1000
}
