import Fleet
import Telemetry

/// The steps of the window put together as a plan says: for every service, for the chosen one, and for every row of the
/// table. Only steps of which something came are worked out anew.
struct TrafficBoard: Sendable {
    /// The newest step, and how many lead to it.
    private(set) var lastStep: Int64 = 0
    private(set) var count = 0
    /// By the places of ``TrafficState/services``.
    private(set) var services: [TrafficTrack] = []
    /// Of all services but databases, whose slow statements are no requests.
    private(set) var all = TrafficTrack(count: 0)
    /// By the places of ``TrafficPlan/rows``.
    private(set) var rows: [TrafficTrack] = []
    /// Place of the chosen service; nil for all.
    private var chosen: Int?
    private var plan = TrafficPlan()
    private var view: Identity?
    private var version = 0

    /// Tells the states of two views apart.
    struct Identity: Hashable {
        let view: LiveView
        let listVersion: FleetState.ListVersion
    }

    /// Of what is chosen.
    var total: TrafficTrack { chosen.map { services[$0] } ?? all }

    /// The first step of the window.
    var firstStep: Int64 { lastStep &- Int64(count) &+ 1 }

    /// The places of some steps in the tracks.
    func places(of steps: ClosedRange<Int64>) -> Range<Int> {
        let low = max(0, min(Int64(count), steps.lowerBound &- firstStep))
        let high = max(low, min(Int64(count), steps.upperBound &- firstStep &+ 1))
        return Int(low)..<Int(high)
    }

    mutating func update(
        _ state: TrafficState, _ plan: TrafficPlan, service: String?, view: Identity, lastStep: Int64,
        count: Int
    ) {
        let (passed, overflow) = lastStep.subtractingReportingOverflow(self.lastStep)
        let isAnew =
            overflow || plan != self.plan || view != self.view || count != self.count
            || state.services.count != services.count || passed < 0 || passed >= Int64(count)
        if isAnew {
            let empty = TrafficTrack(count: count)
            services = Array(repeating: empty, count: state.services.count)
            rows = Array(repeating: empty, count: plan.rows.count)
            all = empty
        } else if passed > 0 {
            for place in services.indices { services[place].shift(by: Int(passed)) }
            for place in rows.indices { rows[place].shift(by: Int(passed)) }
            all.shift(by: Int(passed))
        }
        self.plan = plan
        self.view = view
        chosen = service.flatMap { name in state.services.firstIndex { $0.name == name } }
        self.lastStep = lastStep
        self.count = count
        for place in 0..<count {
            let step = firstStep &+ Int64(place)
            if isAnew || place >= count - Int(clamping: passed) || state.hasChanged(step, since: version) {
                work(state, step, at: place)
            }
        }
        version = state.version
    }

    private mutating func work(_ state: TrafficState, _ step: Int64, at place: Int) {
        for track in services.indices { services[track].cells[place] = nil }
        for track in rows.indices { rows[track].cells[place] = nil }
        all.cells[place] = nil
        for entry in plan.entries {
            guard let cell = state.cell(entry.series, codes: entry.codes, hasLatency: true, step: step) else {
                continue
            }
            services[state.series[entry.series].service].add(cell, at: place)
            if let row = entry.row { rows[row].add(cell, at: place) }
            for (code, row) in zip(entry.codes, entry.codeRows) {
                // Durations are not told apart by status, so such rows have none.
                if let cell = state.cell(entry.series, codes: [code], hasLatency: false, step: step) {
                    rows[row].add(cell, at: place)
                }
            }
        }
        for (track, service) in zip(services, state.services) where !service.isDatabase {
            if let cell = track.cells[place] { all.add(cell, at: place) }
        }
    }
}
