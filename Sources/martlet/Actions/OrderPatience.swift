import Fleet
import Text

/// How long orders are waited for whose hosts are away: until an action's time is over, and what ends it and tells of it has had
/// a minute more. Silence is no outcome to the hub; this only ends the waiting of a person or a script.
struct OrderPatience: Sendable {
    /// What one look finds.
    struct Finding: Equatable {
        /// Lines for people: who went away, and who is back.
        var words: [String] = []
        /// Orders that are waited for no longer, as `unknown`.
        var givenUp: [OrderRun] = []
    }

    /// From an action's timeout to the end of the waiting: the grace between TERM and KILL, which hosts do not tell, and the way
    /// back.
    static let marginMilliseconds: Int64 = 60_000
    private static let dayMilliseconds: Int64 = 86_400_000

    /// Of the action, by host, in milliseconds.
    private let timeouts: [String: Int64]
    private let clock: @Sendable (Int64) -> String
    private var away: Set<String> = []
    private var givenUp: Set<String> = []

    /// `clock` writes milliseconds since 1970 as a time of day.
    init(action: String, _ listings: [ActionListing], clock: @escaping @Sendable (Int64) -> String) {
        let pairs = listings.compactMap { listing in
            listing.actions.first { $0.name == action }
                .map { (listing.host, Int64(clamping: $0.timeoutMilliseconds)) }
        }
        timeouts = Dictionary(pairs) { first, _ in first }
        self.clock = clock
    }

    /// When the order is waited for no longer, should its host stay away; milliseconds since 1970, by the hub's clock.
    private func deadline(of run: OrderRun) -> Int64 {
        // The hub gives up hosts that were to come back; what it says of them comes first.
        let within = run.returnsWithin ?? timeouts[run.host] ?? 0
        let margin = run.returnsWithin == nil ? Self.marginMilliseconds : 2 * Self.marginMilliseconds
        return run.orderedAt &+ min(max(0, within), Self.dayMilliseconds) &+ margin
    }

    /// Looks at the orders that go on, and at all hosts, now. A host that takes orders tells of each end itself, however late.
    mutating func look(_ runs: [OrderRun], _ hosts: [HostSummary], at now: Int64) -> Finding {
        let summaries = Dictionary(hosts.map { ($0.host, $0) }) { first, _ in first }
        var finding = Finding()
        for run in runs where !run.state.isOver && !givenUp.contains(run.id) {
            let summary = summaries[run.host]
            guard summary?.state != .live else {
                if away.remove(run.host) != nil { finding.words.append("\(run.host) is back") }
                continue
            }
            let deadline = deadline(of: run)
            guard now >= deadline else {
                if away.insert(run.host).inserted {
                    let reason = summary.flatMap(Self.reason).map { ": \($0)" } ?? ""
                    finding.words.append(
                        "\(run.host) is away\(reason); waits for it until \(clock(deadline))")
                }
                continue
            }
            givenUp.insert(run.id)
            finding.givenUp.append(unknown(run, summary))
        }
        return finding
    }

    private static func reason(_ summary: HostSummary) -> String? {
        if case .failed(let reason, _) = summary.state { reason } else { nil }
    }

    private func unknown(_ run: OrderRun, _ summary: HostSummary?) -> OrderRun {
        var run = run
        let heard = summary?.lastFrame.map { " at \(clock($0))" } ?? ""
        run.text = "\(run.host) has not come back; its last word\(heard): \(run.state.words)"
        run.cause = "away"
        run.state = .unknown
        return run
    }
}
