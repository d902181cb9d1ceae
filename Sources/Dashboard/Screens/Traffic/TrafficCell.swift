import Fleet
import Telemetry

/// What was answered in one step: rates over all hosts that are meant, and durations.
struct TrafficCell: Sendable {
    /// Requests a second.
    var rate = 0.0
    /// Requests, and those answered 4xx and 5xx.
    private(set) var requests = 0.0
    private(set) var clientErrors = 0.0
    private(set) var serverErrors = 0.0
    var latency = ExponentialHistogram()

    /// Adds requests that were answered with a code.
    mutating func add(_ requests: Double, code: String) {
        self.requests += requests
        switch code.utf8.first {
        case UInt8(ascii: "4"): clientErrors += requests
        case UInt8(ascii: "5"): serverErrors += requests
        default: break
        }
    }

    mutating func add(_ other: TrafficCell) {
        rate += other.rate
        requests += other.requests
        clientErrors += other.clientErrors
        serverErrors += other.serverErrors
        latency.merge(other.latency)
    }
}

/// The steps of a window, oldest first; nil is a gap.
struct TrafficTrack: Sendable {
    var cells: [TrafficCell?]

    init(count: Int) {
        cells = Array(repeating: nil, count: max(0, count))
    }

    /// Moves the window on by so many steps.
    mutating func shift(by steps: Int) {
        let steps = min(steps, cells.count)
        cells.removeFirst(steps)
        cells.append(contentsOf: repeatElement(nil, count: steps))
    }

    mutating func add(_ cell: TrafficCell, at place: Int) {
        if cells[place] == nil { cells[place] = cell } else { cells[place]?.add(cell) }
    }

    var rates: [Double] { cells.map { $0?.rate ?? .nan } }

    /// Shares answered 5xx; 0 where nothing was asked.
    var errorRatios: [Double] {
        cells.map { cell in cell.map { $0.requests > 0 ? $0.serverErrors / $0.requests : 0 } ?? .nan }
    }

    /// Seconds; a gap where nothing was observed.
    func quantiles(_ share: Double) -> [Double] {
        cells.map { $0?.latency.quantile(share) ?? .nan }
    }

    func figures(of places: Range<Int>) -> TrafficFigures {
        TrafficFigures(cells[places.clamped(to: 0..<cells.count)])
    }
}

/// The figures of a service or a route over some steps; NaN where there is none.
struct TrafficFigures: Sendable {
    /// Requests a second, on the average of the steps that are known.
    let rate: Double
    let clientErrorRatio: Double
    let serverErrorRatio: Double
    let latency: ExponentialHistogram

    static let none = TrafficFigures([])

    init(_ cells: ArraySlice<TrafficCell?>) {
        var sum = TrafficCell()
        var known = 0.0
        for case let cell? in cells {
            sum.add(cell)
            known += 1
        }
        rate = known > 0 ? sum.rate / known : .nan
        clientErrorRatio = known == 0 ? .nan : sum.requests > 0 ? sum.clientErrors / sum.requests : 0
        serverErrorRatio = known == 0 ? .nan : sum.requests > 0 ? sum.serverErrors / sum.requests : 0
        latency = sum.latency
    }

    /// Requests a second that were answered 5xx.
    var serverErrors: Double { rate * serverErrorRatio }

    func quantile(_ share: Double) -> Double { latency.quantile(share) ?? .nan }
    var slowest: Double { latency.count > 0 && latency.max.isFinite ? latency.max : .nan }

    /// How bad it is by the shipped rules HttpErrors and HttpSlow, and a step before the first of them.
    var trouble: TrafficTrouble {
        if serverErrorRatio > 0.05, serverErrors > 0.2 { return .critical }
        if serverErrorRatio > 0.01, serverErrors > 0.02 { return .warning }
        return rate > 1 && quantile(0.99) > 5 ? .warning : .none
    }
}

/// How bad a figure is; by this its colour.
enum TrafficTrouble: Int, Hashable, Sendable {
    case none, warning, critical
}
