package import Fleet
package import Telemetry

/// What the hub has told of the view that is shown: hosts and the histories of their signals.
package struct FleetState: Sendable {
    /// Where the values of an index go.
    private enum Route: Sendable {
        case signal(host: Int, history: Int)
        case requests(TrafficState.Slot)
        /// What a source's values are of.
        case covered(source: Int)
    }

    package private(set) var view: LiveView
    /// By first mention; the hub's own order once its list came.
    package private(set) var hosts: [HostState] = []
    /// Whether the history has come whole.
    package private(set) var isComplete = false
    /// Why the hub is not there; nil while it is.
    package private(set) var hubLoss: String?
    /// Changes whenever hosts come, go or change their places, and no other state has the same: what was worked out
    /// from the list is then done anew.
    package var listVersion: ListVersion { ListVersion(generation: generation, count: listChanges) }
    private var listChanges = 0
    private var generation = 0

    /// Equal where the hosts and their places are the same.
    package struct ListVersion: Hashable, Sendable {
        private let generation: Int
        private let count: Int

        init(generation: Int, count: Int) {
            self.generation = generation
            self.count = count
        }
    }

    /// The latest time of any values.
    package private(set) var newestTime: Timestamp?
    /// Requests, where the view is of them.
    package private(set) var traffic: TrafficState?
    /// Lines of logs, where the view is of them.
    package private(set) var logs: LogState?
    /// What people, rollouts and actions left on the charts, in the order of time.
    package private(set) var marks: [Mark] = []
    /// Counts the lists of marks: what was worked out from one is done anew with the next.
    package private(set) var marksVersion = 0
    private var places: [HostID: Int] = [:]
    private var routes: [Route?] = []
    /// Whether the hub was lost since the last definition.
    private var isRetold = false

    package init(_ view: LiveView) {
        self.view = view
        switch view.subject {
        case .fleet, .host: break
        case .traffic: traffic = TrafficState(stepMilliseconds: view.stepMilliseconds, capacity: capacity)
        case .logs: logs = LogState(stepMilliseconds: view.stepMilliseconds, capacity: capacity)
        }
    }

    /// A view that is only asked for, with a generation of its own and the list and the facts that are known from another.
    package init(_ view: LiveView, listOf other: FleetState, generation: Int) {
        self.init(view)
        self.generation = generation
        keepMarks(of: other)
        for known in other.hosts {
            var host = HostState(known.id)
            host.summary = known.summary
            host.facts = known.facts
            places[host.id] = hosts.count
            hosts.append(host)
        }
    }

    /// Steps that a history keeps: the window, and a few more so that its oldest end never flickers.
    package var capacity: Int { Int(clamping: view.windowMilliseconds / max(1, view.stepMilliseconds)) + 8 }

    package subscript(id: HostID) -> HostState? {
        places[id].map { hosts[$0] }
    }

    package mutating func take(_ updates: [LiveUpdate]) {
        for update in updates { take(update) }
    }

    package mutating func take(_ update: LiveUpdate) {
        switch update {
        case .define(let index, let host, let signal): define(index, host, signal)
        case .retire(let index):
            if routes.indices.contains(Int(index)) { routes[Int(index)] = nil }
        case .values(let time, let indices, let values):
            hubLoss = nil
            if newestTime.map({ $0 < time }) ?? true { newestTime = time }
            for (index, value) in zip(indices, values) {
                if case .covered(let source) = route(of: index) {
                    traffic?.cover(value, of: source, at: time)
                }
            }
            var isHeard = false
            for (index, value) in zip(indices, values) {
                switch route(of: index) {
                case .signal(let host, let history):
                    hosts[host].append(history, time, value)
                    // The values of one update are all of one host.
                    if !isHeard { traffic?.heard(hosts[host].id, at: time) }
                    isHeard = true
                case .requests(let slot): traffic?.add(value, to: slot, at: time)
                case .covered, nil: continue
                }
            }
        case .histograms(let time, let indices, let histograms):
            hubLoss = nil
            if newestTime.map({ $0 < time }) ?? true { newestTime = time }
            for (index, histogram) in zip(indices, histograms) {
                if case .requests(let slot) = route(of: index) { traffic?.add(histogram, to: slot, at: time) }
            }
        case .event(let host, let time, let kind, let labels, let text):
            beginAnew()
            if kind == .unreadLine {
                traffic?.add(UnreadLine(host: host, time: time, labels: labels, text: text))
                return
            }
            if kind == .errorSample {
                traffic?.add(ErrorSample(host: host, time: time, labels: labels, text: text))
            }
            logs?.add(LogLine(host: host, time: time, kind: kind, labels: labels, text: text))
        case .processes(let host, let table): hosts[place(of: host)].table = table
        case .facts(let host, let facts): hosts[place(of: host)].facts = facts
        case .liveBegins:
            isComplete = true
            hubLoss = nil
        case .hosts(let summaries): take(summaries)
        case .marks(let marks):
            self.marks = marks
            marksVersion += 1
        case .hubLost(let reason):
            // The connection that comes next defines its own indices, and tells everything again.
            hubLoss = reason
            routes = []
            isRetold = true
        }
    }

    /// What is shown is of an earlier moment and nothing more is added to it: whatever is asked for is another view.
    mutating func forgetView() {
        view.end = newestTime ?? view.end
        routes = []
    }

    /// Takes over what is so whatever is looked at.
    mutating func keepMarks(of other: FleetState) {
        (marks, marksVersion) = (other.marks, other.marksVersion)
    }

    /// Keeps a whole process table of just now where history has but the busiest processes: standing still takes
    /// nothing away.
    package mutating func keepWholeTables(of other: FleetState) {
        for known in other.hosts {
            guard let whole = known.table, whole.isComplete, let place = places[known.id],
                let end = view.end,
                (0...Self.tableAgeMilliseconds).contains(end.milliseconds(since: whole.time)),
                hosts[place].table.map({ !$0.isComplete }) ?? true
            else { continue }
            hosts[place].table = whole
        }
    }

    private static let tableAgeMilliseconds: Int64 = 2500

    private func route(of index: Int32) -> Route? {
        routes.indices.contains(Int(index)) ? routes[Int(index)] : nil
    }

    /// What is summed up begins anew where the hub tells it a second time, or it would count twice.
    private mutating func beginAnew() {
        guard isRetold else { return }
        isRetold = false
        let empty = FleetState(view)
        traffic = empty.traffic
        logs = empty.logs
        listChanges += 1
    }

    private mutating func define(_ index: Int32, _ host: HostID, _ signal: SignalKey) {
        beginAnew()
        guard index >= 0, index < Self.indexMax else { return }
        while routes.count <= Int(index) { routes.append(nil) }
        if let source = traffic?.source(of: signal, host: host) {
            routes[Int(index)] = .covered(source: source)
            return
        }
        if let slot = traffic?.slot(of: signal, host: host) {
            _ = place(of: host)
            routes[Int(index)] = .requests(slot)
            return
        }
        let host = place(of: host)
        let history = hosts[host].place(
            of: signal, stepMilliseconds: view.stepMilliseconds, capacity: capacity)
        routes[Int(index)] = .signal(host: host, history: history)
    }

    /// The list is whole: hosts that it does not name are gone.
    private mutating func take(_ summaries: [HostSummary]) {
        let named = summaries.map { summary in
            var host = self[HostID(summary.host)] ?? HostState(HostID(summary.host))
            host.summary = summary
            return host
        }
        guard named.map(\.id) != hosts.map(\.id) else {
            hosts = named
            return
        }
        let before = hosts.map(\.id)
        listChanges += 1
        hosts = named
        places = Dictionary(named.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        routes = routes.map { route in
            guard case .signal(let host, let history) = route else { return route }
            return places[before[host]].map { .signal(host: $0, history: history) }
        }
    }

    private mutating func place(of id: HostID) -> Int {
        if let place = places[id] { return place }
        listChanges += 1
        hosts.append(HostState(id))
        places[id] = hosts.count - 1
        return hosts.count - 1
    }

    /// More series than a hub's head holds for a view.
    private static let indexMax: Int32 = 4_000_000
}
