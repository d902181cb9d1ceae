import Fleet
import Telemetry

/// The figures of routes over the last steps, for a query's signals: worked out when a query asks for them, once each.
final class TrafficReading {
    private struct Key: Hashable {
        let service: Int
        let route: Int
    }

    private let state: TrafficState
    private let steps: ClosedRange<Int64>
    private var known: [Key: TrafficFigures] = [:]
    private lazy var places: [Key: [Int]] = Dictionary(grouping: state.series.indices) { place in
        Key(service: state.series[place].service, route: state.series[place].route)
    }

    init(_ state: TrafficState, steps: ClosedRange<Int64>) {
        self.state = state
        self.steps = steps
    }

    func figures(service: Int, route: Int) -> TrafficFigures {
        let key = Key(service: service, route: route)
        if let figures = known[key] { return figures }
        var track = TrafficTrack(count: Int(clamping: steps.count))
        for place in places[key] ?? [] {
            for (offset, step) in steps.enumerated() {
                if let cell = state.cell(place, codes: nil, hasLatency: true, step: step) {
                    track.add(cell, at: offset)
                }
            }
        }
        let figures = track.figures(of: 0..<track.cells.count)
        known[key] = figures
        return figures
    }
}

extension TrafficState {
    /// What a series says of a step, of all its codes or of some; nil is a gap.
    func cell(_ place: Int, codes: [Int]?, hasLatency: Bool, step: Int64) -> TrafficCell? {
        let series = series[place]
        guard isKnown(series, step: step) else { return nil }
        var cell = TrafficCell()
        for code in codes ?? Array(series.codes.indices) {
            cell.rate += rate(series, code: code, step: step) ?? 0
            cell.add(requests(series, code: code, step: step), code: series.codes[code])
        }
        if hasLatency, let latency = series.latency[step] { cell.latency = latency }
        return cell
    }
}
