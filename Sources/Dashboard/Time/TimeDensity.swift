import Fleet
import Telemetry
import Text

/// How busy the window was, one value a step; what the time bar draws: the processors of the busiest tenth of all hosts, or
/// of one; where requests or lines are shown, the errors among them, of the largest.
struct TimeDensity: Sendable {
    /// The steps up to the moment that is looked at; NaN where nobody had data.
    private(set) var values: [Double] = []
    private(set) var lastStep: Int64 = 0
    private(set) var subject: SafeText = "cpu"
    private var basis: WindowBasis?

    /// The step that holds a moment.
    func step(of time: Timestamp) -> Int64 { basis?.step(of: time) ?? 0 }

    private static let signal = "cpu"

    /// Works the line out anew when a step is over; a thousand hosts are not read for every frame.
    mutating func refresh(_ context: ScreenContext) {
        let next = WindowBasis(context)
        guard next != basis else { return }
        basis = next
        lastStep = next.lastStep
        let count = next.stepCount
        let steps = (0..<count).map { next.lastStep &- Int64(count - 1 - $0) }
        if let traffic = context.state.traffic {
            subject = "5xx"
            values = Self.shares(steps.map { Self.errors(traffic, step: $0) })
        } else if let logs = context.state.logs {
            subject = "err"
            values = Self.shares(steps.map { Double(logs.counts(ofStep: $0).errors) })
        } else {
            subject = "cpu"
            values = Self.processors(context, count: count)
        }
    }

    /// Of the largest; so one error is seen where there was no other.
    private static func shares(_ values: [Double]) -> [Double] {
        let high = values.filter { !$0.isNaN }.max() ?? 0
        return high > 0 ? values.map { $0 / high } : values
    }

    /// Requests a second answered 5xx; NaN where no service said anything.
    private static func errors(_ traffic: TrafficState, step: Int64) -> Double {
        var errors = Double.nan
        for series in traffic.series where traffic.isKnown(series, step: step) {
            if errors.isNaN { errors = 0 }
            for (place, code) in series.codes.enumerated() where code.hasPrefix("5") {
                errors += traffic.rate(series, code: place, step: step) ?? 0
            }
        }
        return errors
    }

    private static func processors(_ context: ScreenContext, count: Int) -> [Double] {
        var counts = [UInt16](repeating: 0, count: count * levels)
        for host in context.hostsOfTimeBar {
            guard let history = host.history(signal) else { continue }
            for (place, value) in history.values(endingAt: context.time, count: count).enumerated()
            where !value.isNaN {
                counts[place * levels + level(value)] &+= 1
            }
        }
        return (0..<count).map { worstTenth(counts[$0 * levels..<($0 + 1) * levels]) }
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
}
