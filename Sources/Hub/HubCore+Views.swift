import Archive
package import Fleet
import Telemetry
import Wire

/// Screens: what they are sent when they attach, and while they look.
extension HubCore {
    /// Frames of a view: its history, then, where it has no end, what comes.
    package func open(_ view: LiveView) async throws(HubError) -> LiveFeed {
        if case .host(let id) = view.subject, hosts[id] == nil { throw .unknownHost(id.name) }
        // What a host recorded comes before a moment of the past is shown, and to a live view when it is there.
        await fill(view)
        let feed = LiveFeed(view)
        sendHistory(to: feed)
        guard view.end == nil else {
            feed.finish()
            return feed
        }
        let number = nextWatcher
        nextWatcher += 1
        views[number] = feed
        feed.onTermination { Task { await self.close(number) } }
        watch(view, by: 1)
        return feed
    }

    private func close(_ number: Int) {
        guard let feed = views.removeValue(forKey: number) else { return }
        watch(feed.view, by: -1)
    }

    /// The whole process table is asked for while some screen shows the host, its logs' lines while one shows them.
    private func watch(_ view: LiveView, by change: Int) {
        switch view.subject {
        case .fleet, .traffic: return
        case .host(let id):
            guard let host = hosts[id] else { return }
            let before = host.watchers
            host.watchers += change
            if (before > 0) != (host.watchers > 0) { subscribe(host) }
        case .logs:
            for host in order where view.includes(host.id) {
                let before = host.lineWatchers
                // A host that was added meanwhile was not counted.
                host.lineWatchers = max(0, before + change)
                if (before > 0) != (host.lineWatchers > 0) { subscribe(host) }
            }
        }
    }

    func subscribe(_ host: HubHost) {
        Task { await self.sendSubscription(host.id) }
    }

    /// Says what is wanted by now, so that the last one said holds in whatever order these run.
    private func sendSubscription(_ id: HostID) async {
        guard let host = hosts[id], let send = host.send else { return }
        let subscription = Subscription(
            intervalMilliseconds: host.target.intervalMilliseconds,
            wantsAllProcesses: host.watchers > 0 || countsProcesses(host),
            wantsLines: host.lineWatchers > 0)
        await send(FrameEncoder.frame(.subscribe(subscription)))
    }

    private func sendHistory(to feed: LiveFeed) {
        let view = feed.view
        let step = max(1000, view.stepMilliseconds)
        let now = view.end ?? Clock.now()
        // Steps begin at whole multiples, so that a value never moves between two looks at the same history.
        let last = Timestamp(milliseconds: now.milliseconds / step * step)
        let steps = min(Int64(Head.stepsMax), max(1, view.windowMilliseconds / step))
        let first = last.advanced(byMilliseconds: -steps * step)
        for host in order where view.includes(host.id) {
            sendHistory(of: host, to: feed, first, last, step)
            if case .traffic = view.subject, view.end == nil { sendBeginning(of: host, to: feed, from: last) }
            if let facts = host.facts { feed.send(facts, of: host.id) }
            if let table = head.processes(of: host.id, at: now) { feed.send(table, of: host.id) }
        }
        sendEvents(to: feed, after: first)
        feed.beginLive()
    }

    func sendHistory(
        of host: HubHost, to feed: LiveFeed, _ first: Timestamp, _ last: Timestamp, _ step: Int64
    ) {
        let view = feed.view
        let keys = head.keys(of: host.id) { name in
            HubHost.signalName(name).map(view.includes(signal:)) ?? false
        }
        var signals = keys.map { SignalKey(HubHost.signalName($0.name) ?? $0.name, $0.labels) }
        var covered: [String: [Int64]] = [:]
        var columns: [[Double]] = []
        for (key, signal) in zip(keys, signals) {
            if [TrafficSignals.requests, TrafficSignals.slowStatements].contains(signal.name),
                let averages = head.averages(host.id, key, from: first, to: last, stepMilliseconds: step)
            {
                columns.append(averages.values)
                let service = signal.labels["service"] ?? ""
                covered[service] =
                    covered[service].map { zip($0, averages.coveredMilliseconds).map(max) }
                    ?? averages.coveredMilliseconds
            } else {
                columns.append(
                    head.range(host.id, key, from: first, to: last, stepMilliseconds: step, .average))
            }
        }
        // A mean says nothing of the time that it is of, and a screen counts requests.
        for (service, milliseconds) in covered.sorted(by: { $0.key < $1.key }) {
            signals.append(SignalKey(TrafficSignals.covered, ["service": service]))
            columns.append(milliseconds.map { $0 > 0 ? Double($0) / 1000 : .nan })
        }
        let histograms = histogramHistory(of: host, view, first, last, step)
        feed.send(history: columns, of: signals, histograms, host: host, first: first, stepMilliseconds: step)
    }

    /// What there is of the step that has begun: what comes live is told by the tick, and is of its rest.
    private func sendBeginning(of host: HubHost, to feed: LiveFeed, from begin: Timestamp) {
        guard let end = host.lastTick.map(TrafficDeriver.onTheSecond), end > begin else { return }
        sendHistory(of: host, to: feed, begin, end, end.milliseconds(since: begin))
    }

    private func histogramHistory(
        of host: HubHost, _ view: LiveView, _ first: Timestamp, _ last: Timestamp, _ step: Int64
    ) -> [LiveFeed.HistogramColumn] {
        guard case .traffic = view.subject else { return [] }
        return head.histogramKeys(of: host.id) { TrafficDeriver.signal(ofHistogram: $0) != nil }.map { key in
            LiveFeed.HistogramColumn(
                signal: SignalKey(TrafficDeriver.signal(ofHistogram: key.name) ?? key.name, key.labels),
                steps: head.histograms(host.id, key, from: first, to: last, stepMilliseconds: step))
        }
    }

    /// Events that a view begins with, over all its hosts: as many as a screen of lines keeps.
    package static let eventsMax = 5000

    /// The newest first, so that what there is no room for is the oldest.
    private func sendEvents(to feed: LiveFeed, after first: Timestamp) {
        var kinds = feed.view.eventKinds
        guard !kinds.isEmpty else { return }
        let unread = kinds.remove(LogEventKind.unreadLine.rawValue)
        let end = feed.view.end ?? Timestamp(milliseconds: .max)
        var found: [(host: HostID, event: HostEvent)] = []
        var lines: [(host: HostID, event: HostEvent)] = []
        for host in order where feed.view.includes(host.id) {
            found += head.events(of: host.id, from: first, to: end, kinds: kinds, count: Self.eventsMax)
                .map { (host.id, $0) }
            if let unread { lines += newestUnread(of: host.id, unread, to: end).map { (host.id, $0) } }
            guard found.count > 2 * Self.eventsMax else { continue }
            found.sort { $0.event.time > $1.event.time }
            found.removeLast(found.count - Self.eventsMax)
        }
        found.sort { $0.event.time > $1.event.time }
        for (host, event) in found.prefix(Self.eventsMax) { feed.append(event, of: host) }
        lines.sort { $0.event.time > $1.event.time }
        for (host, event) in lines.prefix(Self.unreadMax) { feed.append(event, of: host) }
    }

    /// As many as a screen keeps.
    private static let unreadMax = 256

    /// The last line of each log and reason that could not be read, however old it is: agents tell of a log again only when
    /// there is more of it, and until then it is why nothing comes.
    private func newestUnread(of host: HostID, _ kind: String, to end: Timestamp) -> [HostEvent] {
        let all = head.events(
            of: host, from: Timestamp(milliseconds: .min), to: end, kinds: [kind], count: Self.eventsMax)
        var seen: Set<[String]> = []
        return all.filter { seen.insert([$0.labels["service"] ?? "", $0.labels["reason"] ?? ""]).inserted }
    }
}

/// What `/metrics` says of the hub itself.
package struct HubFigures: Sendable {
    package let hosts: Int
    package let live: Int
    package let views: Int
    package let series: Int
    package let samples: UInt64
    package let repeatedSamples: UInt64
    package let storedBytes: Int
    package let droppedChunks: UInt64
    package let refusedSeries: UInt64
    /// States of histograms that were left out for what they held.
    package let refusedHistograms: UInt64
    package let droppedEvents: UInt64
    package let openAlerts: Int
    /// Alerts that hold and have no room among those.
    package let unopenedAlerts: Int
    package let pausedMilliseconds: Int64
    /// How often sources ended, by the reason's name.
    package let endings: [String: UInt64]
}

extension LiveView {
    func includes(_ host: HostID) -> Bool {
        switch subject {
        case .fleet: true
        case .host(let id): id == host
        case .traffic(let id): id == nil || id == host
        case .logs(let ids): ids.isEmpty || ids.contains(host)
        }
    }

    /// The kinds of events that it shows.
    var eventKinds: Set<String> {
        switch subject {
        case .fleet, .host: []
        case .traffic: [LogEventKind.errorSample.rawValue, LogEventKind.unreadLine.rawValue]
        case .logs: [LogEventKind.errorSample.rawValue, LogEventKind.line.rawValue]
        }
    }

    /// Whether it draws what is learned of the past.
    var showsThePast: Bool {
        if case .traffic = subject { true } else { false }
    }

    func includes(signal: String) -> Bool {
        switch subject {
        case .fleet: Signal.named(signal)?.isFleetColumn == true
        case .host: !TrafficSignals.all.contains(signal)
        case .traffic: TrafficSignals.all.contains(signal)
        case .logs: signal == TrafficSignals.lines
        }
    }
}
