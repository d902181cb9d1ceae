package import Fleet
package import Telemetry
import Wire

/// Takes orders to hosts: what is to be done is in the journal before it is sent, the host's ledger says what became of it, and
/// after a restart of the hub every order that was not seen to its end is asked for again under the same id.
///
/// Silence of a host is never an outcome: an order whose host is away stays as it is until the host answers.
package actor Dispatch {
    package static let hostsMax = 1000
    /// Orders that are remembered, and of how many of them the output.
    private static let runsMax = 2000
    private static let outputsMax = 64
    /// With those of rollouts: these ask how each of theirs ended, and a batch may have as many hosts as a hub takes.
    private static let runsOfRolloutsMax = 40_000
    /// Of the oldest so many are looked at for one that may be forgotten.
    private static let looksMax = 256
    /// How long an order may take to reach its host; later it is not started.
    private static let validMilliseconds: Int64 = 60_000

    let core: HubCore
    let journal: OrderJournal
    private let clock: HubClock
    /// 16 hexadecimal digits, drawn once for this journal: hosts keep a mark of numbers for each.
    private var hub = ""
    private var lastSequence: UInt64 = 0
    private var runs: [String: OrderRun] = [:]
    private var ids: [String] = []
    private var outputs: [String: KeptOutput] = [:]
    private var declared: [HostID: HostActions] = [:]
    private var feeds: [Int: OrderFeed] = [:]
    private var nextFeed = 0
    /// Orders that somebody wants ended, and who: told again to a host that comes back.
    var cancels: [String: [String: String]] = [:]

    /// When this hub began, by the steady clock.
    private let beganAt: Int64

    /// Begins where the journal ends.
    package init(core: HubCore, journal: OrderJournal) {
        self.core = core
        self.journal = journal
        clock = core.clock
        beganAt = clock.steadyMilliseconds()
        let records = journal.takeRecords()
        let kept = Self.kept(records)
        hub = kept.hub
        lastSequence = kept.lastSequence
        runs = kept.runs
        ids = kept.ids
        for record in records where record.event == "cancelled" {
            guard let run = record.order, runs[run.id]?.state.isOver == false else { continue }
            cancels[run.id] = record.asker
        }
    }

    /// What the journal says: each order as it stood last.
    private static func kept(
        _ records: [AuditRecord]
    ) -> (hub: String, lastSequence: UInt64, runs: [String: OrderRun], ids: [String]) {
        var (hub, lastSequence): (String, UInt64) = ("", 0)
        var (runs, ids): ([String: OrderRun], [String]) = ([:], [])
        for record in records {
            if record.event == "hub" { hub = record.text }
            guard let run = record.order else { continue }
            lastSequence = max(lastSequence, run.sequence)
            if runs[run.id] == nil { ids.append(run.id) }
            runs[run.id] = run
        }
        for id in ids.dropLast(runsMax) where runs[id]?.state.isOver == true { runs[id] = nil }
        ids.removeAll { runs[$0] == nil }
        return (hub, lastSequence, runs, ids)
    }

    // MARK: What callers use

    /// Orders one action on some hosts. All of them are known, declare it and take the parameters, or nothing happens. A host
    /// that is not connected is told as not started, and the others go on.
    package func order(
        _ request: OrderRequest, actor: [String: String]
    ) async throws(DispatchError) -> [OrderRun] {
        guard request.hosts.count <= Self.hostsMax else { throw .tooMany(Self.hostsMax) }
        let given = request.parameters.map { Label($0.key, $0.value) }.sorted()
        var planned: [OrderRun] = []
        for name in request.hosts {
            let host = HostID(name)
            guard await core.knows(host) else { throw .unknownHost(name) }
            planned.append(try await plan(host, request.action, given, actor, fence: 0))
        }
        return try await send(planned)
    }

    /// Orders what is not ordered yet, for a rollout: each under its own id, with the number of the lock that the rollout
    /// holds. What a host does not know or take is an order too, one that was not started.
    package func order(
        _ wanted: [WantedOrder], actor: [String: String], fence: UInt64
    ) async throws(DispatchError) {
        var planned: [OrderRun] = []
        for order in wanted where runs[order.id] == nil {
            let host = HostID(order.host)
            let given = order.parameters.map { Label($0.key, $0.value) }.sorted()
            var run: OrderRun
            do throws(DispatchError) {
                guard await core.knows(host) else { throw .unknownHost(order.host) }
                run = try await plan(host, order.action, given, actor, fence: fence)
            } catch {
                run = OrderRun(
                    id: order.id, host: order.host, action: order.action, parameters: order.parameters,
                    actor: actor, state: .notStarted, sequence: lastSequence, fence: fence,
                    orderedAt: clock.now().milliseconds)
                run.cause = "undeclared"
                run.text = error.description
            }
            run.id = order.id
            planned.append(run)
        }
        guard !planned.isEmpty else { return }
        _ = try await send(planned)
    }

    package func run(_ id: String) -> OrderRun? { runs[id] }

    package func runs(_ ids: [String]) -> [OrderRun?] { ids.map { runs[$0] } }

    /// Whether orders reach the host, and it has said what it declares.
    package func isReady(_ host: HostID) async -> Bool {
        guard declared[host] != nil else { return false }
        return await core.canSend(host)
    }

    /// How long an action may take there; nil where the host has said nothing of it.
    package func timeoutMilliseconds(of action: String, on host: HostID) -> Int64? {
        declared[host]?.actions.first { $0.name == action }.map { Int64(clamping: $0.timeoutMilliseconds) }
    }

    /// Writes into the audit what is no order: who did what to a rollout.
    package func note(_ event: String, _ text: String) async throws(DispatchError) {
        do throws(HubError) {
            try await journal.append([(event, nil, text)])
        } catch {
            throw .journal(error.description)
        }
    }

    /// The newest orders, newest last.
    package func recent(_ count: Int) -> [OrderRun] { ids.suffix(count).compactMap { runs[$0] } }

    /// Whether an order of the last day has not come to its end: then a session's hub stays.
    package func hasOpenOrders(at now: Timestamp) -> Bool {
        runs.values.contains { !$0.state.isOver && now.milliseconds - $0.orderedAt < Self.dayMilliseconds }
    }

    /// An order of the last day on one of these hosts that has not come to its end.
    package func openOrder(on hosts: Set<String>, at now: Timestamp) -> OrderRun? {
        runs.values.first {
            hosts.contains($0.host) && !$0.state.isOver
                && now.milliseconds - $0.orderedAt < Self.dayMilliseconds
        }
    }

    private static let dayMilliseconds: Int64 = 86_400_000

    /// What hosts let others start; of all hosts for an empty list.
    package func listings(_ hosts: [HostID]) async -> [ActionListing] {
        var listings: [ActionListing] = []
        for summary in await core.summaries() {
            let host = HostID(summary.host)
            guard hosts.isEmpty || hosts.contains(host) else { continue }
            listings.append(
                ActionListing(
                    host: host.name, declared[host] ?? HostActions(),
                    isConnected: await core.canSend(host) && declared[host] != nil,
                    isProtected: await core.isProtected(host)))
        }
        return listings
    }

    /// What is kept of these orders and what follows; ends when all of them have ended.
    package func feed(_ wanted: [String]) -> OrderFeed {
        let feed = OrderFeed(Set(wanted))
        for id in wanted {
            guard let run = runs[id] else { continue }
            // The state comes last where it is the end.
            if !run.state.isOver { feed.send(.run(run)) }
            for part in outputs[id]?.parts ?? [] {
                feed.send(.output(id: id, offset: part.offset, bytes: part.bytes))
            }
            if run.state.isOver { feed.send(.run(run)) }
        }
        let number = nextFeed
        nextFeed += 1
        feeds[number] = feed
        feed.onTermination { Task { await self.forget(number) } }
        finishIfOver(feed)
        return feed
    }

    package func audit() async -> (records: [AuditRecord], fault: String?) { await journal.read() }

    private func forget(_ number: Int) { feeds[number] = nil }

    // MARK: Sending

    private func plan(
        _ host: HostID, _ name: String, _ given: [Label], _ actor: [String: String], fence: UInt64
    ) async throws(DispatchError) -> OrderRun {
        let now = clock.now().milliseconds
        lastSequence = max(lastSequence + 1, UInt64(clamping: now))
        var run = OrderRun(
            id: RandomHex.digits(32), host: host.name, action: name, actor: actor, sequence: lastSequence,
            fence: fence, orderedAt: now, notAfter: now + Self.validMilliseconds)
        run.parameters = Dictionary(given.map { ($0.name, $0.value) }) { first, _ in first }
        guard await core.canSend(host), let known = declared[host] else {
            run.state = .notStarted
            run.cause = "unreachable"
            // Why the link is not there says what can be done about it.
            run.text = await core.failure(of: host) ?? "\(host.name) is not connected"
            return run
        }
        guard known.refusal.isEmpty else { throw .undeclared(host: host.name, known.refusal) }
        guard let action = known.actions.first(where: { $0.name == name }) else {
            let names = known.actions.map(\.name).joined(separator: ", ")
            throw .undeclared(
                host: host.name,
                names.isEmpty
                    ? "declares no actions; put [action] sections into its agent.conf"
                    : "declares no action \(name); it declares \(names)")
        }
        do throws(ActionError) {
            let values = try action.filled(given)
            run.parameters = Dictionary(values.map { ($0.name, $0.value) }) { first, _ in first }
        } catch {
            throw .undeclared(host: host.name, error.description)
        }
        if action.expectsReboot {
            run.returnsWithin = Int64(clamping: action.timeoutMilliseconds &+ action.returnMilliseconds)
        }
        return run
    }

    private func send(_ planned: [OrderRun]) async throws(DispatchError) -> [OrderRun] {
        do throws(HubError) {
            try await drawName()
            try await journal.append(
                planned.map { ($0.state.isOver ? "ended" : "ordered", Optional($0), "") })
        } catch {
            throw .journal(error.description)
        }
        for run in planned { remember(run) }
        for run in planned where !run.state.isOver { await offer(run.id) }
        return planned.map { runs[$0.id] ?? $0 }
    }

    private func drawName() async throws(HubError) {
        guard hub.isEmpty else { return }
        let name = RandomHex.digits(16)
        hub = name
        try await journal.append([("hub", nil, name)])
    }

    private func offer(_ id: String) async {
        guard var run = runs[id], !run.state.isOver else { return }
        // Of one that is to be ended its host says what it knows of it, and does not start it now.
        let (sentAt, notAfter) = (clock.now(), Timestamp(milliseconds: run.notAfter))
        let order = Order(
            id: run.id, action: run.action,
            parameters: Labels(run.parameters.map { Label($0.key, $0.value) }), sequence: run.sequence,
            fence: run.fence, notAfter: cancels[id] == nil ? notAfter : sentAt,
            actor: Labels(run.actor.map { Label($0.key, $0.value) }), hub: hub, sentAt: sentAt)
        if run.state == .queued {
            run.state = .offered
            remember(run)
        }
        await core.send(FrameEncoder.frame(.order(order)), to: HostID(run.host))
    }

    private func remember(_ run: OrderRun) {
        if runs[run.id] == nil { ids.append(run.id) }
        runs[run.id] = run
        if run.state.isOver { cancels[run.id] = nil }
        for feed in feeds.values where feed.ids.contains(run.id) {
            feed.send(.run(run))
            finishIfOver(feed)
        }
        guard ids.count > Self.runsMax else { return }
        let isFull = ids.count > Self.runsOfRolloutsMax
        let place = ids.prefix(Self.looksMax).firstIndex { id in
            runs[id].map { $0.state.isOver && ($0.fence == 0 || isFull) } ?? true
        }
        guard let place else { return }
        let oldest = ids.remove(at: place)
        runs[oldest] = nil
        outputs[oldest] = nil
    }

    private func finishIfOver(_ feed: OrderFeed) {
        guard feed.ids.allSatisfy({ runs[$0]?.state.isOver ?? true }) else { return }
        feed.finish()
    }

    // MARK: What hosts say

    /// A session began: what the host declares comes anew.
    func greeted(_ host: HostID) { declared[host] = nil }

    /// Orders reach the host from now on: those that were not seen to their end are asked for again, oldest first.
    package func attached(_ host: HostID) async {
        let open = ids.compactMap { runs[$0] }.filter { $0.host == host.name && !$0.state.isOver }
        for run in open.sorted(by: { $0.sequence < $1.sequence }) {
            await offer(run.id)
            await tellCancel(run.id)
        }
    }

    func take(_ message: WireMessage, from host: HostID) async {
        switch message {
        case .actions(let actions): declared[host] = actions
        case .report(let report): await take(report, host)
        case .output(let part): take(part, host)
        default: break
        }
    }

    private func take(_ part: OutputPart, _ host: HostID) {
        guard let run = runs[part.id], run.host == host.name, !run.state.isOver else { return }
        guard let fresh = outputs[part.id, default: KeptOutput()].take(part.offset, part.bytes) else {
            return
        }
        for feed in feeds.values where feed.ids.contains(part.id) {
            feed.send(.output(id: part.id, offset: fresh.offset, bytes: fresh.bytes))
        }
        guard outputs.count > Self.outputsMax,
            let oldest = ids.first(where: { outputs[$0] != nil && runs[$0]?.state.isOver == true })
        else { return }
        outputs[oldest] = nil
    }

    private func take(_ report: Report, _ host: HostID) async {
        guard var run = runs[report.id], run.host == host.name, !run.state.isOver else { return }
        let before = run.state
        run.take(report)
        // A courier that begins again tells of states that are known.
        guard run.state != before || run.startedAt != runs[run.id]?.startedAt else { return }
        remember(run)
        await core.set(
            action: run.id, named: run.action, isRunning: run.state == .running, on: host,
            atMostMilliseconds: longest(run, host))
        let event = run.state.isOver ? "ended" : run.state == .running ? "started" : "accepted"
        do throws(HubError) {
            try await journal.append([(event, run, "")])
        } catch {
            // The host's ledger has it: after a restart it is asked for again.
        }
        if run.state.isOver { await core.note(run, of: host) }
    }

    /// How long it can run: until its time is over and the host has ended it, or is there again; nil where that is unknown.
    private func longest(_ run: OrderRun, _ host: HostID) -> Int64? {
        timeoutMilliseconds(of: run.action, on: host).map { timeout in
            min(max(timeout, run.returnsWithin ?? 0), Self.dayMilliseconds) + Self.endingMilliseconds
        }
    }

    /// From its timeout to its end: the grace between TERM and KILL, which hosts do not tell, is seldom longer.
    private static let endingMilliseconds: Int64 = 60_000

    // MARK: Time passes

    /// Once a second: hosts that were to come back and did not. Those that came back while no hub was there come to it first.
    package func expire(at now: Timestamp) async {
        guard clock.steadyMilliseconds() - beganAt > Self.validMilliseconds else { return }
        for id in ids {
            guard var run = runs[id], !run.state.isOver, let within = run.returnsWithin,
                now.milliseconds > run.orderedAt &+ within &+ Self.validMilliseconds,
                await !core.canSend(HostID(run.host)), runs[id]?.state.isOver == false
            else { continue }
            run.state = .unknown
            run.cause = "reboot"
            run.text = "\(run.host) has not come back"
            remember(run)
            do throws(HubError) {
                try await journal.append([("ended", run, "")])
            } catch {
                // It is found out again after a restart.
            }
        }
    }
}
