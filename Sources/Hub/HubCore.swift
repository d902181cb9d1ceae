package import Archive
package import Fleet
import Synchronization
package import Telemetry
package import Wire

/// What the hub knows: its hosts and how it stands with them, the head, and the screens that look.
package actor HubCore {
    /// More hosts than one hub is made for; what is beyond is refused by name.
    package static let hostsMax = 10_000

    var hosts: [HostID: HubHost] = [:]
    var order: [HubHost] = []
    var head: Head
    var views: [Int: LiveFeed] = [:]
    var nextWatcher = 0
    /// Takes orders to hosts; nil in a hub that takes none.
    package private(set) var dispatch: Dispatch?
    /// Of the next host; no number means two hosts.
    private var nextNumber = 0
    let signalsMax: Int
    let clock: HubClock
    /// Whether what runs on hosts is another than was told last.
    var hasNewWork = false
    /// nil until it begins.
    var evaluation: Evaluation?
    var changesSink: (@Sendable (AlertChanges) -> Void)?
    var lateSink: (@Sendable ([AlertEvent]) -> Void)?
    var late = LateSpans()
    /// A condition is tried over the past.
    var isTrying = false
    private var stateWatchers: [Int: LatestFeed<[HostSummary]>] = [:]

    /// `signalsMax` bounds the signals of one host.
    package init(
        head: Head = Head(), signalsMax: Int = SignalDeriver.signalsMax, clock: HubClock = .system
    ) {
        self.clock = clock
        self.head = head
        self.signalsMax = signalsMax
    }

    // MARK: Sources

    /// Adds a host; false where it is here already, or where there are `hostsMax`.
    package func add(_ command: SourceCommand) -> Bool {
        guard hosts[command.host] == nil, order.count < Self.hostsMax else { return false }
        let host = HubHost(command, number: nextNumber, signalsMax: signalsMax)
        nextNumber += 1
        hosts[command.host] = host
        order.append(host)
        tellStates()
        return true
    }

    package func knows(_ id: HostID) -> Bool {
        hosts[id] != nil
    }

    /// Why the host cannot be reached, and what mends that; nil where its link did not fail.
    package func failure(of id: HostID) -> String? {
        guard case .failed(let reason, _) = hosts[id]?.summary.state else { return nil }
        return reason
    }

    package func summaries() -> [HostSummary] {
        order.map(\.summary)
    }

    /// By what hosts are selected.
    package func attributes() -> [HostAttributes] {
        order.map(\.attributes)
    }

    package func isStarting(_ id: HostID) {
        guard let host = hosts[id] else { return }
        set(host, .connecting)
    }

    /// Whether its source has yet to say hello.
    package func isConnecting(_ id: HostID) -> Bool {
        hosts[id]?.summary.state == .connecting
    }

    package func hasGreeted(_ id: HostID, agent: Hello?) {
        guard let host = hosts[id] else { return }
        host.beginSession()
        watch(host)?.beginSession()
        host.wasDialled = true
        host.greetedAt = clock.steadyMilliseconds()
        host.summary.agentVersion = agent?.programVersion ?? ""
        host.lastFrame = Clock.now()
        host.summary.lastFrame = host.lastFrame?.milliseconds
        set(host, .live)
    }

    /// It is listed and not dialled.
    package func isOff(_ id: HostID) {
        guard let host = hosts[id] else { return }
        set(host, .off)
    }

    /// A source ended; `name` is the reason's, for counting; `isOfFrames` where its frames were not as they must be.
    package func hasFailed(_ id: HostID, reason: String, name: String, isOfFrames: Bool = false) {
        guard let host = hosts[id] else { return }
        host.endings[name, default: 0] += 1
        if isOfFrames { host.summary.malformedFrames += 1 }
        host.summary.restarts += 1
        host.wasDialled = true
        host.summary.failure = name
        set(host, .failed(reason: reason, retryAt: 0))
    }

    package func willRetry(_ id: HostID, in milliseconds: Int64) {
        guard let host = hosts[id], case .failed(let reason, _) = host.summary.state else { return }
        let time = Clock.now().advanced(byMilliseconds: milliseconds)
        set(host, .failed(reason: reason, retryAt: time.milliseconds))
    }

    /// Its pipe is not read for so long, because it flooded.
    package func hasPaused(_ id: HostID, for milliseconds: Int64) {
        hosts[id]?.pausedMilliseconds += milliseconds
    }

    /// How to send the host's agent bytes, from when the hub's hello was sent, which an agent must see first, until it
    /// is gone.
    package func attach(_ id: HostID, send: @escaping @Sendable ([UInt8]) async -> Void) {
        guard let host = hosts[id] else { return }
        host.send = send
        // The subscription that every session begins with asks for the busiest processes only.
        if host.watchers > 0 || host.lineWatchers > 0 || countsProcesses(host) { subscribe(host) }
    }

    package func detach(_ id: HostID) {
        guard let host = hosts[id] else { return }
        host.send = nil
        host.noteSession()
        forgetPast(host)
    }

    // MARK: Orders

    package func use(_ dispatch: Dispatch) {
        self.dispatch = dispatch
    }

    /// Whether the host's agent takes messages now.
    func canSend(_ id: HostID) -> Bool { hosts[id]?.send != nil }

    /// Whether hosts.yaml says that actions there ask for one danger more.
    func isProtected(_ id: HostID) -> Bool { hosts[id]?.target.isProtected == true }

    func send(_ bytes: [UInt8], to id: HostID) async {
        await hosts[id]?.send?(bytes)
    }

    /// Keeps how an order ended among the host's events, so that it stands beside the lines of that moment.
    func note(_ run: OrderRun, of id: HostID) {
        guard hosts[id] != nil else { return }
        let event = HostEvent(
            time: Clock.now(), kind: "action",
            labels: ["action": run.action, "id": run.id, "state": run.state.rawValue], text: run.words)
        head.append(event, of: id)
    }

    package func take(_ messages: [WireMessage], from id: HostID) {
        guard let host = hosts[id] else { return }
        host.lastFrame = Clock.now()
        host.summary.lastFrame = host.lastFrame?.milliseconds
        let watch = watch(host)
        watch?.hear(at: clock.steadyMilliseconds())
        for message in messages where message.isInReach {
            // The histograms of a tick come right behind it, and screens are told of both at once.
            if case .histogram(let index, let state) = message {
                host.take(state, index, into: &head)
            } else {
                tellStep(of: host)
                take(message, host, watch)
            }
        }
        tellStep(of: host)
        if watch?.hasNews == true { evaluate(host) }
        if host.summary.state == .stale { set(host, .live) }
    }

    private func take(_ message: WireMessage, _ host: HubHost, _ watch: HostWatch?) {
        switch message {
        case .define(let series):
            host.define(series, in: &head)
            watch?.isDirty = true
        case .retire(let index):
            host.retire(index)
            watch?.isDirty = true
        case .tick(let tick):
            host.take(tick, by: clock, into: &head)
            if let watch, let evaluation {
                watch.take(tick, of: host, evaluation, at: clock.steadyMilliseconds())
            }
        case .processes(_, let table):
            head.append(table, of: host.id)
            if !host.isHeldUp { watch?.take(table, at: clock.steadyMilliseconds()) }
            for feed in views.values { feed.send(table, of: host.id) }
        case .facts(_, let facts):
            host.facts = facts
            for feed in views.values { feed.send(facts, of: host.id) }
        case .event(let event):
            let kept = HostEvent(time: event.time, kind: event.kind, labels: event.labels, text: event.text)
            head.append(kept, of: host.id)
            for feed in views.values { feed.send(kept, of: host.id) }
        case .have(let from, let to): hasPast(host, from: from, to: to)
        case .past(let portion): take(portion, of: host)
        case .histogram, .report, .actions, .output: break
        case .hello, .liveBegins, .goodbye, .subscribe, .resume, .replay, .credit, .acknowledge, .order,
            .cancel, .configuration:
            break
        }
    }

    private func tellStep(of host: HubHost) {
        guard let step = host.takeStep(into: &head) else { return }
        if let evaluation, let watch = watch(host) {
            watch.take(step, of: host, evaluation, at: clock.steadyMilliseconds())
            if step.isHeldUp || step.isLate && !step.readings.isEmpty {
                noteLate(host, from: step.time, to: step.time)
            }
        }
        for feed in views.values {
            if !step.recycled.isEmpty { feed.forget(step.recycled, of: host) }
            // What logs tell late is drawn where requests are; the other views show what is.
            guard !step.isLate || step.isHeldUp || feed.view.showsThePast else { continue }
            feed.send(step, of: host)
        }
    }

    // MARK: Time passes

    /// A host is stale after three intervals without a frame, and half a second for the way.
    package static func staleMilliseconds(intervalMilliseconds: UInt32) -> Int64 {
        3 * Int64(intervalMilliseconds) + 500
    }

    /// Once a second: who has gone silent.
    package func markStale(at now: Timestamp) {
        refreshWork()
        for host in order where host.summary.state == .live {
            let silence = Self.staleMilliseconds(intervalMilliseconds: host.target.intervalMilliseconds)
            guard let last = host.lastFrame, now.milliseconds(since: last) > silence else { continue }
            set(host, .stale)
        }
        for host in order { storeUp(host, at: now) }
    }

    /// What the hub itself says of a host: 1 while its link delivers, 0 when it is lost, nothing before it was ever there.
    private func storeUp(_ host: HubHost, at now: Timestamp) {
        let isUp: Bool
        switch host.summary.state {
        case .live: isUp = true
        case .stale, .failed: isUp = false
        case .connecting:
            guard host.wasDialled else { return }
            isUp = false
        case .off: return
        }
        if let known = host.up, head.append(known, now, isUp ? 1 : 0) { return }
        host.up = head.id(host.id, Self.upKey, isCounter: false)
        if let found = host.up { head.append(found, now, isUp ? 1 : 0) }
    }

    /// `up` as Prometheus has it; the head's host is its label `instance`.
    package static let upKey = SeriesKey("up")

    /// Of a raw series of a host, a value a step, as `Head.range`.
    package func range(
        _ host: HostID, _ key: SeriesKey, from: Timestamp, to: Timestamp, stepMilliseconds: Int64,
        _ aggregate: Aggregate
    ) -> [Double] {
        head.range(host, key, from: from, to: to, stepMilliseconds: stepMilliseconds, aggregate)
    }

    /// Once a minute: what is too old.
    package func expire(at now: Timestamp) {
        head.expire(at: now)
    }

    package func figures() -> HubFigures {
        var endings: [String: UInt64] = [:]
        for host in order { endings.merge(host.endings, uniquingKeysWith: +) }
        return HubFigures(
            hosts: order.count, live: order.count { $0.summary.state == .live }, views: views.count,
            series: head.seriesCount, samples: head.samples, repeatedSamples: head.repeatedSamples,
            storedBytes: head.storedBytes, droppedChunks: head.droppedChunks + head.droppedTables,
            refusedSeries: head.refusedSeries + order.reduce(0) { $0 + $1.deriver.refusedSignals },
            refusedHistograms: order.reduce(0) { $0 &+ $1.deriver.refusedHistograms },
            droppedEvents: head.droppedEvents, openAlerts: openAlertCount,
            unopenedAlerts: unopenedAlerts(),
            pausedMilliseconds: order.reduce(0) { $0 + $1.pausedMilliseconds }, endings: endings)
    }

    private func set(_ host: HubHost, _ state: LinkState) {
        guard host.summary.state != state else { return }
        host.summary.state = state
        if case .failed = state {} else { host.summary.failure = nil }
        tellStates()
    }

    // MARK: Who follows the states

    /// The states of all hosts, now and at each change.
    package func states() -> LatestFeed<[HostSummary]> {
        let feed = LatestFeed<[HostSummary]>()
        let number = nextWatcher
        nextWatcher += 1
        stateWatchers[number] = feed
        feed.onTermination { Task { await self.forgetStates(number) } }
        feed.send(summaries())
        return feed
    }

    private func forgetStates(_ number: Int) {
        stateWatchers[number] = nil
    }

    func tellStates() {
        guard !stateWatchers.isEmpty else { return }
        let summaries = summaries()
        for watcher in stateWatchers.values { watcher.send(summaries) }
    }
}
