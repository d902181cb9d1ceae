package import Archive
package import Fleet
import Synchronization
package import Telemetry
package import Wire

/// What the hub knows: its hosts and how it stands with them, the head, and the screens that look.
package actor HubCore {
    private struct Host {
        var summary: HostSummary
        var deriver = SignalDeriver()
        /// The head's series by the session's index.
        var stored: [Head.SeriesID?] = []
        var signals: [SignalKey: Head.SeriesID] = [:]
        var facts: HostFacts?
        var lastFrame: Timestamp?
        var send: (@Sendable ([UInt8]) async -> Void)?
        /// Screens that show this host whole.
        var watchers = 0
    }

    private var hosts: [HostID: Host] = [:]
    private var order: [HostID] = []
    private var head: Head
    private var views: [Int: LiveFeed] = [:]
    private var nextView = 0
    private var stateWatchers: [Int: StateFeed] = [:]
    private var isTold = true

    package init(head: Head = Head()) {
        self.head = head
    }

    // MARK: Sources

    /// Adds a host; false where it is here already.
    package func add(_ command: SourceCommand) -> Bool {
        guard hosts[command.host] == nil else { return false }
        hosts[command.host] = Host(
            summary: HostSummary(host: command.host.name, source: command.summary, state: .connecting))
        order.append(command.host)
        tellStates()
        return true
    }

    package func summaries() -> [HostSummary] {
        order.compactMap { hosts[$0]?.summary }
    }

    package func isStarting(_ host: HostID) {
        guard hosts[host]?.summary.state != .connecting else { return }
        set(host, .connecting)
    }

    package func hasGreeted(_ host: HostID, agent: Hello?) {
        hosts[host]?.deriver = SignalDeriver()
        hosts[host]?.stored = []
        hosts[host]?.summary.agentVersion = agent?.programVersion ?? ""
        set(host, .live)
    }

    package func hasFailed(_ host: HostID, reason: String, name: String) {
        if ["ended", "goodbye", "spawn"].contains(name) == false {
            hosts[host]?.summary.malformedFrames += 1
        }
        hosts[host]?.summary.restarts += 1
        set(host, .failed(reason: reason, retryAt: 0))
    }

    package func willRetry(_ host: HostID, in milliseconds: Int64) {
        guard case .failed(let reason, _) = hosts[host]?.summary.state else { return }
        let time = Clock.now().advanced(byMilliseconds: milliseconds)
        set(host, .failed(reason: reason, retryAt: time.milliseconds))
    }

    /// How to send the host's agent bytes, while it is connected.
    package func attach(_ host: HostID, send: @escaping @Sendable ([UInt8]) async -> Void) {
        hosts[host]?.send = send
    }

    package func detach(_ host: HostID) {
        hosts[host]?.send = nil
    }

    package func take(_ messages: [WireMessage], from id: HostID) {
        guard var host = hosts.removeValue(forKey: id) else { return }
        host.lastFrame = Clock.now()
        host.summary.lastFrame = host.lastFrame?.milliseconds
        for message in messages { take(message, id, &host) }
        hosts[id] = host
        if host.summary.state == .stale { set(id, .live) }
    }

    private func take(_ message: WireMessage, _ id: HostID, _ host: inout Host) {
        switch message {
        case .define(let series):
            let index = Int(series.index)
            while host.stored.count <= index { host.stored.append(nil) }
            host.stored[index] = head.id(
                id, series.definition.key, isCounter: series.definition.type == .counter)
            host.deriver.define(series.index, series.definition.key)
        case .retire(let index):
            if host.stored.indices.contains(Int(index)) { host.stored[Int(index)] = nil }
            host.deriver.retire(index)
        case .tick(let tick): take(tick, id, &host)
        case .processes(_, let table):
            head.append(table, of: id)
            for feed in views.values { feed.send(table, of: id) }
        case .facts(_, let facts):
            host.facts = facts
            for feed in views.values { feed.send(facts, of: id) }
        case .histogram, .event, .have, .report: break
        case .hello, .liveBegins, .goodbye, .subscribe, .resume, .replay, .credit, .acknowledge, .order: break
        }
    }

    private func take(_ tick: Tick, _ id: HostID, _ host: inout Host) {
        for sample in tick.samples {
            guard let stored = host.stored[Int(sample.index)] else { continue }
            head.append(
                stored, tick.time.advanced(byMilliseconds: Int64(sample.ageMilliseconds)), sample.value)
        }
        let readings = host.deriver.readings(tick)
        for reading in readings {
            let stored: Head.SeriesID
            if let known = host.signals[reading.signal] {
                stored = known
            } else {
                stored = head.id(id, Self.seriesKey(reading.signal), isCounter: false)
                host.signals[reading.signal] = stored
            }
            head.append(stored, tick.time, reading.value)
        }
        for feed in views.values { feed.send(readings, of: id, at: tick.time) }
    }

    /// Signals lie in the head beside raw series; a colon is no part of an exporter's names, as in recording rules.
    private static let signalPrefix = "signal:"

    private static func seriesKey(_ signal: SignalKey) -> SeriesKey {
        SeriesKey(signalPrefix + signal.name, signal.labels)
    }

    // MARK: Time passes

    /// Once a second: who has gone silent.
    package func markStale(at now: Timestamp) {
        for id in order {
            guard let host = hosts[id], host.summary.state == .live, let last = host.lastFrame else {
                continue
            }
            if now.milliseconds(since: last) > 3500 { set(id, .stale) }
        }
    }

    /// Once a minute: what is too old.
    package func expire(at now: Timestamp) {
        head.expire(at: now)
    }

    package func figures() -> HubFigures {
        HubFigures(
            hosts: hosts.count, live: hosts.values.count { $0.summary.state == .live }, views: views.count,
            series: head.seriesCount, samples: head.samples, storedBytes: head.storedBytes,
            droppedChunks: head.droppedChunks)
    }

    private func set(_ host: HostID, _ state: LinkState) {
        guard hosts[host] != nil, hosts[host]?.summary.state != state else { return }
        hosts[host]?.summary.state = state
        tellStates()
    }

    // MARK: Screens

    /// The states of all hosts, now and at each change.
    package func states() -> StateFeed {
        let feed = StateFeed()
        let number = nextView
        nextView += 1
        stateWatchers[number] = feed
        feed.onTermination { Task { await self.forgetStates(number) } }
        feed.send(summaries())
        return feed
    }

    private func forgetStates(_ number: Int) {
        stateWatchers[number] = nil
    }

    private func tellStates() {
        let summaries = summaries()
        for watcher in stateWatchers.values { watcher.send(summaries) }
    }

    /// Frames of a view: its history, then, where it has no end, what comes.
    package func open(_ view: LiveView) throws(HubError) -> LiveFeed {
        if case .host(let id) = view.subject, hosts[id] == nil { throw .unknownHost(id.name) }
        let feed = LiveFeed(view)
        sendHistory(to: feed)
        guard view.end == nil else {
            feed.finish()
            return feed
        }
        let number = nextView
        nextView += 1
        views[number] = feed
        feed.onTermination { Task { await self.close(number) } }
        if case .host(let id) = view.subject { watch(id, by: 1) }
        return feed
    }

    private func close(_ number: Int) {
        guard let feed = views.removeValue(forKey: number) else { return }
        if case .host(let id) = feed.view.subject { watch(id, by: -1) }
    }

    /// The whole process table is asked for while some screen shows the host.
    private func watch(_ id: HostID, by change: Int) {
        guard let before = hosts[id]?.watchers else { return }
        hosts[id]?.watchers = before + change
        guard (before > 0) != (before + change > 0), let send = hosts[id]?.send else { return }
        let subscription = Subscription(intervalMilliseconds: 1000, wantsAllProcesses: before + change > 0)
        let bytes = FrameEncoder.frame(.subscribe(subscription))
        Task { await send(bytes) }
    }

    private func sendHistory(to feed: LiveFeed) {
        let view = feed.view
        let step = max(1000, view.stepMilliseconds)
        let now = view.end ?? Clock.now()
        // Steps begin at whole multiples, so that a value never moves between two looks at the same history.
        let last = Timestamp(milliseconds: now.milliseconds / step * step)
        let steps = min(Int64(Head.stepsMax), max(1, view.windowMilliseconds / step))
        let first = last.advanced(byMilliseconds: -steps * step)
        for id in order where view.includes(id) {
            let keys = head.keys(of: id) { name in
                name.hasPrefix(Self.signalPrefix)
                    && view.includes(signal: String(name.dropFirst(Self.signalPrefix.count)))
            }
            let columns = keys.map { key in
                head.range(id, key, from: first, to: last, stepMilliseconds: step, .average)
            }
            let signals = keys.map {
                SignalKey(String($0.name.dropFirst(Self.signalPrefix.count)), $0.labels)
            }
            feed.send(history: columns, of: signals, host: id, first: first, stepMilliseconds: step)
            if let facts = hosts[id]?.facts { feed.send(facts, of: id) }
            if let table = head.processes(of: id, at: now) { feed.send(table, of: id) }
        }
        feed.beginLive()
    }
}

/// What `/metrics` says of the hub itself.
package struct HubFigures: Sendable {
    package let hosts: Int
    package let live: Int
    package let views: Int
    package let series: Int
    package let samples: UInt64
    package let storedBytes: Int
    package let droppedChunks: UInt64
}

extension LiveView {
    func includes(_ host: HostID) -> Bool {
        switch subject {
        case .fleet: true
        case .host(let id): id == host
        }
    }

    func includes(signal: String) -> Bool {
        switch subject {
        case .fleet: LiveFeed.fleetSignals.contains(signal)
        case .host: true
        }
    }
}
