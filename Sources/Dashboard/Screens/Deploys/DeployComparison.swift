import Fleet
import Telemetry

/// Hosts that a deploy changed beside the others, in the minutes before it and after.
struct DeployComparison: Sendable {
    /// Figures of some hosts over some minutes; NaN where nothing was said.
    struct Figures: Hashable, Sendable {
        /// The average of the hosts' shares.
        var cpu = Double.nan
        /// Of all of them, a second.
        var requests = Double.nan
        /// Of their requests, answered 5xx.
        var errors = Double.nan
        /// Of the slowest service on the slowest host, in seconds.
        var p99 = Double.nan
    }

    /// Hosts that changed, or the rest of the rollout's, before and after it began.
    struct Side: Hashable, Sendable {
        var hosts: [HostID]
        var before = Figures()
        var after = Figures()
    }

    private(set) var changed: Side
    private(set) var rest: Side
    /// Minutes after the deploy that have passed, in milliseconds, at most ``spanMilliseconds``.
    let passedMilliseconds: Int64
    /// Whether its minutes lie in the window that is shown.
    let isShown: Bool

    /// As much of the time before and after is compared.
    static let spanMilliseconds: Int64 = 300_000

    /// A mark without hosts is about all of them.
    init(_ mark: Mark, _ context: ScreenContext) {
        let names = Set(mark.hosts)
        self.init(since: mark.at, context) { host in names.isEmpty || names.contains(host) ? .changed : .rest
        }
    }

    /// Of hosts that are in neither set nothing is said.
    init(since: Timestamp, changed: Set<String>, rest: Set<String>, _ context: ScreenContext) {
        self.init(since: since, context) { host in
            changed.contains(host) ? .changed : rest.contains(host) ? .rest : nil
        }
    }

    private enum Part {
        case changed, rest
    }

    private init(since: Timestamp, _ context: ScreenContext, _ part: (String) -> Part?) {
        let parts = Dictionary(grouping: context.hostsOfTimeBar) { part($0.id.name) }
        let (changedHosts, otherHosts) = (parts[.changed] ?? [], parts[.rest] ?? [])
        changed = Side(hosts: changedHosts.map(\.id))
        rest = Side(hosts: otherHosts.map(\.id))
        let passed = context.time.milliseconds(since: since)
        passedMilliseconds = max(0, min(passed, Self.spanMilliseconds))
        isShown = passed > 0 && passed < context.state.view.windowMilliseconds
        guard isShown else { return }
        let end = since.advanced(byMilliseconds: passedMilliseconds)
        for (side, hosts) in [(\DeployComparison.changed, changedHosts), (\.rest, otherHosts)] {
            self[keyPath: side].before = Self.figures(hosts, Self.spanMilliseconds, to: since)
            self[keyPath: side].after = Self.figures(hosts, passedMilliseconds, to: end)
        }
    }

    private static func figures(_ hosts: [HostState], _ milliseconds: Int64, to end: Timestamp) -> Figures {
        func average(_ host: HostState, _ signal: String) -> Double {
            guard let history = host.history(signal) else { return .nan }
            let count = max(1, Int(clamping: milliseconds / history.stepMilliseconds))
            let values = history.values(endingAt: end, count: count).filter { !$0.isNaN }
            return values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count)
        }
        var figures = Figures()
        let cpus = hosts.map { average($0, "cpu") }.filter { !$0.isNaN }
        if !cpus.isEmpty { figures.cpu = cpus.reduce(0, +) / Double(cpus.count) }
        let rates = hosts.map { (rate: average($0, "http.rate.all"), host: $0) }.filter { !$0.rate.isNaN }
        guard !rates.isEmpty else { return figures }
        figures.requests = rates.reduce(0) { $0 + $1.rate }
        let failed = rates.map { (rate: $0.rate, share: average($0.host, "http.error_ratio.all")) }
            .filter { !$0.share.isNaN && $0.rate > 0 }
        if !failed.isEmpty {
            figures.errors =
                failed.reduce(0) { $0 + $1.rate * $1.share } / failed.reduce(0) { $0 + $1.rate }
        }
        figures.p99 = hosts.map { average($0, "http.p99.slowest") }.filter { !$0.isNaN }.max() ?? .nan
        return figures
    }
}
