import Fleet
import Telemetry
import Text

/// Who is in a cell of the heatmap, or in the whole window: hosts, routes and methods by the number of their requests in the
/// band, and statuses of the steps, since durations are not told apart by status.
struct TrafficInspection: Sendable {
    struct Share: Sendable {
        let name: SafeText
        let share: Double
    }

    /// The steps, and the band; nil where all durations are meant.
    let steps: ClosedRange<Int64>
    let band: Range<Int32>?
    /// Requests of the band, and of the steps in all.
    private(set) var requests = 0.0
    private(set) var all = 0.0
    /// All that have a part, the largest first.
    private(set) var hosts: [Share] = []
    private(set) var routes: [Share] = []
    private(set) var methods: [Share] = []
    private(set) var codes: [Share] = []
    /// The route with the largest part; where somebody asks for lines, it is of these.
    private(set) var firstRoute: TrafficRowID?

    init(
        _ state: TrafficState, _ plan: TrafficPlan, service: String?, steps: ClosedRange<Int64>,
        band: Range<Int32>?, names: ShortHosts
    ) {
        self.steps = steps
        self.band = band
        var byHost: [HostID: Double] = [:]
        var byRoute: [TrafficRowID: Double] = [:]
        var byMethod: [String: Double] = [:]
        var byCode: [String: Double] = [:]
        for entry in plan.entries where entry.row != nil || !entry.codeRows.isEmpty {
            let series = state.series[entry.series]
            if service == nil, state.services[series.service].isDatabase { continue }
            var count = 0.0
            for step in steps {
                let latency = series.latency[step]
                let total = Double(latency?.count ?? 0)
                all += total
                if let latency, let band {
                    count += Double(latency.count(in: band))
                    if band.lowerBound == .min { count += Double(latency.zeroCount) }
                } else {
                    count += total
                }
                for code in entry.codes {
                    let requests = state.requests(series, code: code, step: step)
                    byCode[series.codes[code], default: 0] += requests
                    if latency == nil, band == nil { count += requests }
                }
            }
            requests += count
            guard count > 0 else { continue }
            let name = state.services[series.service].name
            byHost[series.host, default: 0] += count
            byRoute[TrafficRowID(service: name, name: state.route(of: series)), default: 0] += count
            if !series.method.isEmpty { byMethod[series.method, default: 0] += count }
        }
        hosts = Self.shares(byHost) { names.name($0) }
        routes = Self.shares(byRoute) { id in
            service == nil ? "\(SafeText(id.service ?? "")) \(SafeText(id.name))" : SafeText(id.name)
        }
        methods = Self.shares(byMethod) { SafeText($0) }
        byCode[""] = nil
        codes = Self.shares(byCode) { SafeText($0) }
        firstRoute = byRoute.max { ($0.value, $1.key.name) < ($1.value, $0.key.name) }?.key
    }

    /// What each has of the sum, the largest first, of equal ones by name.
    private static func shares<Key>(_ counts: [Key: Double], _ name: (Key) -> SafeText) -> [Share] {
        let sum = counts.values.reduce(0, +)
        guard sum > 0 else { return [] }
        return counts.filter { $0.value > 0 }.map { Share(name: name($0.key), share: $0.value / sum) }
            .sorted { $0.share != $1.share ? $0.share > $1.share : $0.name < $1.name }
    }
}
