import Alerts
package import Fleet
package import Telemetry
import Wire

/// Rules over the hub's hosts.
extension HubCore {
    /// Begins to evaluate where the hub before this one ended; changes go to `sink`, and what would have fired in what came
    /// late to `lateSink`, in order, from within the core.
    package func beginEvaluation(
        _ book: RuleBook, saved: SavedAlerts, lateSink: (@Sendable ([AlertEvent]) -> Void)? = nil,
        sink: @escaping @Sendable (AlertChanges) -> Void
    ) {
        evaluation = Evaluation(book, saved: saved)
        changesSink = sink
        self.lateSink = lateSink
        askForProcesses()
    }

    /// Takes other rules. What is open goes on where its rule is still there.
    package func set(_ book: RuleBook) {
        evaluation?.set(book)
        askForProcesses()
    }

    /// Ends what is open of hosts that nobody wants to watch any more. Those that are known stay.
    package func letGo(of ids: some Sequence<HostID>) {
        evaluation?.letGo(of: Set(ids.map(\.name)).subtracting(hosts.keys.map(\.name)))
    }

    /// The same of every host but these, once all that are to be watched have been named.
    package func letGo(ofAllBut ids: [HostID]) {
        let open = Set(evaluation?.machine.keys.compactMap { $0.labels["host"] } ?? [])
        letGo(of: open.subtracting(ids.map(\.name)).map { HostID($0) })
    }

    /// Once a second: all rules over all hosts. Whether that went through: not before ``beginEvaluation(_:saved:lateSink:sink:)``.
    @discardableResult
    package func evaluate() -> Bool {
        guard let evaluation else { return false }
        if let changes = evaluation.evaluate(order, at: clock.now(), clock.steadyMilliseconds()) {
            changesSink?(changes)
        }
        return true
    }

    /// At once for a host whose frame has come.
    func evaluate(_ host: HubHost) {
        guard let evaluation else { return }
        if let changes = evaluation.evaluate(host, at: clock.now(), clock.steadyMilliseconds()) {
            changesSink?(changes)
        }
    }

    /// What is open, with its present values, by key; acknowledgements and silences are others'.
    package func alerts() -> [Alert] {
        evaluation?.machine.alerts ?? []
    }

    var openAlertCount: Int { evaluation?.machine.openCount ?? 0 }

    /// How many alerts hold and are not open because too many are.
    package func unopenedAlerts() -> Int {
        evaluation?.machine.unopened ?? 0
    }

    /// The evaluation in figures; nil before it began.
    package func rules() -> [RuleStanding] {
        evaluation?.standings ?? []
    }

    /// An action, or a step of a rollout, begins or ends on a host: what it disturbs is marked until a minute after its end,
    /// and runs no hook. One of which no end is heard is marked for as long as it can run, a day where that is not known.
    /// While it runs, lists of hosts have its name.
    package func set(
        action id: String, named name: String, isRunning: Bool, on host: HostID,
        atMostMilliseconds longest: Int64? = nil
    ) {
        let now = clock.steadyMilliseconds()
        evaluation?.actions.set(
            id, named: name, isRunning: isRunning, on: host.name, at: now, atMost: longest)
        if let host = hosts[host], refreshWork(of: host, at: now) { hasNewWork = true }
    }

    /// Once a second: what has run for longer than it can is shown no more. A rollout over many hosts changes many of them in
    /// a moment, and each telling is of all hosts.
    func refreshWork() {
        let now = clock.steadyMilliseconds()
        for host in order where host.summary.work != nil && refreshWork(of: host, at: now) {
            hasNewWork = true
        }
        guard hasNewWork else { return }
        hasNewWork = false
        tellStates()
    }

    /// Whether that is another than before.
    private func refreshWork(of host: HubHost, at now: Int64) -> Bool {
        let work = evaluation?.actions.running(on: host.id.name, at: now)
        guard work != host.summary.work else { return false }
        host.summary.work = work
        return true
    }

    /// Rules that count processes need whole tables of them.
    func countsProcesses(_ host: HubHost) -> Bool {
        evaluation?.countsProcesses ?? false
    }

    private func askForProcesses() {
        for host in order where host.send != nil { subscribe(host) }
    }

    // MARK: What comes from hosts

    func watch(_ host: HubHost) -> HostWatch? {
        evaluation?.watch(host, at: clock.steadyMilliseconds())
    }
}
