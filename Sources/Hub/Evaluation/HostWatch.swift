import Alerts
import Fleet
import Telemetry
import Wire

/// What rules look at on one host: present values by signal number and by raw series, and the rules that are bound to them.
/// Confined to the core's actor.
final class HostWatch {
    private struct SlotKey: Hashable {
        let feed: Feed
        let labels: Labels
    }

    private enum RawRoute {
        case slot(Slot, isUnder: Bool)
        case service(ServiceRoute)
        /// Whether the probe of this name is well.
        case probe(String)
    }

    /// The rules, signals or tags changed since `bind`.
    var isDirty = true
    private(set) var bindings: [HostBinding] = []
    private(set) var services: [ServiceBinding] = []
    /// By a clock that nobody sets: when the host was first watched, and its last frame.
    private(set) var lastFrame: Int64
    private(set) var ticks = 0
    /// Since when this session has told of now.
    private var sessionSince: Int64?
    /// Whether anything came since the hub began.
    private(set) var wasHeard = false
    /// Whether something came that no evaluation has looked at.
    var hasNews = false
    /// The number of the evaluation that looked at it last.
    var lookedAt = -1
    private var interval: Int64 = 1000
    private var lastTick: Timestamp?
    /// Whether the last tick was held up under way: the host is heard, and says nothing of now.
    private var isHeldUp = false
    private var slots: [SlotKey: Slot] = [:]
    private var byNumber: [[Slot]] = []
    private var servicesByNumber: [[ServiceRoute]] = []
    private var rawRoutes: [[RawRoute]] = []
    private var rawKeys: [SeriesKey?] = []
    /// Of raw series that are looked at: the last value and its time, over sessions.
    private var lastRaw: [SeriesKey: (value: Double, time: Int64)] = [:]
    /// Those that failed last: what else such a probe has to tell it may not have come to.
    private var failingProbes: Set<String> = []
    private var silent: Slot?
    private var processes: [(name: String, slot: Slot)] = []

    init(at now: Int64) {
        lastFrame = now
    }

    var countsProcesses: Bool { !processes.isEmpty }

    /// Whether the host is there; one that speaks seldom is given time.
    func isHeard(at now: Int64, _ target: HostTarget) -> Bool {
        let stale = HubCore.staleMilliseconds(intervalMilliseconds: target.intervalMilliseconds)
        return ticks > 0 && now - lastFrame <= max(stale, 3 * interval)
    }

    /// Whether what it tells is of now.
    func isLive(at now: Int64, _ target: HostTarget) -> Bool { !isHeldUp && isHeard(at: now, target) }

    /// Whether the session is old enough for what is not there to be gone.
    var isSettled: Bool { ticks > 2 }

    /// Whether all that the host has must have been told in this session, however seldom it is looked at.
    func isWhole(at now: Int64) -> Bool {
        isSettled && sessionSince.map { now - $0 >= Self.wholeMilliseconds } ?? false
    }

    /// Longer than the longest timeout of a probe, which tells of nothing before its first answer.
    private static let wholeMilliseconds: Int64 = 330_000

    /// Whether it is of a probe that fails in this session, and so may not have come to all that it tells.
    func mayYetTell(_ key: AlertKey) -> Bool {
        !failingProbes.isEmpty && key.labels["probe"].map(failingProbes.contains) == true
    }

    func hear(at now: Int64) {
        lastFrame = now
        wasHeard = true
    }

    func beginSession() {
        ticks = 0
        sessionSince = nil
        isHeldUp = false
        isDirty = true
        failingProbes = []
        for slot in slots.values { slot.wasThere = false }
    }

    // MARK: Values

    /// A tick's raw samples.
    func take(_ tick: Tick, of host: HubHost, _ evaluation: Evaluation, at now: Int64) {
        guard !tick.isLate else { return }
        // What is new takes its first values with this tick.
        if isDirty { bind(host, evaluation) }
        for sample in tick.samples {
            let index = Int(sample.index)
            guard rawRoutes.indices.contains(index), !rawRoutes[index].isEmpty, let key = rawKeys[index]
            else {
                continue
            }
            let time = tick.time.milliseconds &+ Int64(sample.ageMilliseconds)
            // A first match of a text is one: what its log never had before began at zero when the log was heard last.
            let isNew = host.deriver.newCounters.contains(sample.index)
            let last = lastRaw[key] ?? (isNew ? (0, lastTick?.milliseconds ?? time) : nil)
            lastRaw[key] = (sample.value, time)
            // Where counters stand is kept: what they did meanwhile is not done now.
            guard !host.isHeldUp else { continue }
            for route in rawRoutes[index] { take(sample.value, time, last, route, at: now) }
        }
        for index in tick.gaps where rawRoutes.indices.contains(Int(index)) {
            for route in rawRoutes[Int(index)] {
                switch route {
                case .slot(let slot, _): slot.lose()
                case .probe(let name): failingProbes.remove(name)
                case .service: break
                }
            }
        }
    }

    private func take(
        _ value: Double, _ time: Int64, _ last: (value: Double, time: Int64)?, _ route: RawRoute,
        at now: Int64
    ) {
        switch route {
        case .slot(let slot, _):
            switch slot.feed.source {
            case .series: return slot.take(value, seconds: 1, at: now)
            case .until: return slot.take(value - Double(time) / 1000, seconds: 1, at: now)
            case .counters, .signal, .fullIn, .silent, .silentRatio, .processes, .service: break
            }
        case .probe(let name):
            if value == 0 { failingProbes.insert(name) } else { failingProbes.remove(name) }
            return
        case .service: break
        }
        // The first sample says where the counter stands, and nothing of what it did.
        let rise = last.map { value >= $0.value ? value - $0.value : value } ?? 0
        let seconds = last.map { Double(time &- $0.time) / 1000 } ?? 0
        guard value.isFinite, rise.isFinite, seconds >= 0 else { return }
        switch route {
        case .slot(let slot, let isUnder):
            guard seconds > 0 || last == nil else { return }
            slot.count(rise, seconds: max(0.001, seconds), isUnder: isUnder, at: now)
        case .service(let service): service.count(rise, at: now)
        case .probe: break
        }
    }

    /// A tick's signals and what its histograms observed.
    func take(_ step: HubHost.Step, of host: HubHost, _ evaluation: Evaluation, at now: Int64) {
        isHeldUp = host.isHeldUp
        // A host tells once that a value is gone: under way it may have been held up, and what was before it is older.
        for number in step.lost where byNumber.indices.contains(Int(number)) {
            for slot in byNumber[Int(number)] { slot.lose() }
        }
        guard !step.isLate else {
            // The next value is of the time since this one.
            if step.isHeldUp { lastTick = step.time }
            return
        }
        // Signals of services come without a series of their own.
        if isDirty || !step.recycled.isEmpty || host.deriver.signals.count != byNumber.count {
            bind(host, evaluation)
        }
        ticks += 1
        if sessionSince == nil { sessionSince = now }
        hasNews = true
        var seconds = 1.0
        if let lastTick {
            let passed = step.time.milliseconds(since: lastTick)
            if passed > 0, passed <= 900_000 {
                seconds = Double(passed) / 1000
                interval = passed
            }
        }
        lastTick = step.time
        for reading in step.readings {
            let number = Int(reading.number)
            guard number < byNumber.count else { continue }
            for slot in byNumber[number] { slot.take(reading.value, seconds: seconds, at: now) }
            for route in servicesByNumber[number] { route.count(reading.value * seconds, at: now) }
        }
        for (number, observed) in step.histograms where Int(number) < servicesByNumber.count {
            for route in servicesByNumber[Int(number)] { route.observe(observed, at: now) }
        }
    }

    func take(_ table: ProcessTable, at now: Int64) {
        // Of the busiest alone nothing can be counted.
        guard table.isComplete else { return }
        for (name, slot) in processes {
            slot.set(Double(table.rows.count { $0.command == name }), at: now)
        }
    }

    /// What the hub itself knows at `now`.
    func tell(at now: Int64) {
        silent?.set(Double(now - lastFrame) / 1000, at: now)
    }

    // MARK: Binding

    /// Binds all rules anew; what windows hold goes on.
    func bind(_ host: HubHost, _ evaluation: Evaluation) {
        isDirty = false
        let attributes = host.attributes
        var builder = Builder(host: attributes, evaluation: evaluation)
        for slot in slots.values { slot.isGone = true }
        byNumber = []
        servicesByNumber = []
        for (number, key) in host.deriver.signals.enumerated() {
            byNumber.append([])
            servicesByNumber.append([])
            guard let key, let feeds = evaluation.feedsBySignal[key.name] else { continue }
            let isThere = host.deriver.isUsed(Int32(number))
            for feed in feeds {
                if feed.isOfServices {
                    servicesByNumber[number] += builder.serviceRoutes(feed, key.name, key.labels)
                } else {
                    let slot = slot(feed, key.labels)
                    if isThere { slot.isGone = false }
                    byNumber[number].append(slot)
                }
            }
        }
        bindRaw(host, evaluation, &builder)
        bindHub(evaluation)
        bindings = []
        let byFeed = Dictionary(grouping: slots, by: \.key.feed)
        for rule in evaluation.hostRules { bind(rule, attributes, byFeed, evaluation) }
        services = builder.services
        slots = slots.filter { !$0.value.isGone || isBound($0.value) }
    }

    private func isBound(_ slot: Slot) -> Bool {
        bindings.contains { $0.isOpen && $0.slots.contains { $0 === slot } }
    }

    private func slot(_ feed: Feed, _ labels: Labels) -> Slot {
        let key = SlotKey(feed: feed, labels: labels)
        if let known = slots[key] { return known }
        let slot = Slot(feed)
        slots[key] = slot
        return slot
    }

    private func bindRaw(_ host: HubHost, _ evaluation: Evaluation, _ builder: inout Builder) {
        rawRoutes = []
        rawKeys = []
        for stored in host.stored {
            rawRoutes.append([])
            rawKeys.append(stored?.key)
            if stored?.key.name == "martlet_probe_success", let probe = stored?.key.labels["probe"] {
                rawRoutes[rawRoutes.count - 1].append(.probe(probe))
            }
            guard let key = stored?.key, let feeds = evaluation.feedsByMetric[key.name] else { continue }
            let labels = key.labels.exportingHost
            for feed in feeds {
                switch feed.source {
                case .service:
                    rawRoutes[rawRoutes.count - 1] += builder.serviceRoutes(feed, key.name, labels).map {
                        .service($0)
                    }
                case .counters(_, let under, _):
                    let slot = slot(feed, evaluation.isRaw(feed) ? labels : Self.renamed(labels))
                    slot.isGone = false
                    rawRoutes[rawRoutes.count - 1]
                        .append(.slot(slot, isUnder: under.contains(key.name)))
                case .series, .until:
                    let slot = slot(feed, labels)
                    slot.isGone = false
                    rawRoutes[rawRoutes.count - 1].append(.slot(slot, isUnder: false))
                case .signal, .fullIn, .silent, .silentRatio, .processes: break
                }
            }
        }
        lastRaw = lastRaw.filter { evaluation.feedsByMetric[$0.key.name] != nil }
        // What comes and goes with ever new labels is let go of, where it is not there now.
        guard lastRaw.count > max(Self.lastRawMin, 2 * rawKeys.count) else { return }
        let present = Set(rawKeys.compactMap(\.self))
        lastRaw = lastRaw.filter { present.contains($0.key) }
    }

    /// So many are kept of each host whatever it is that they are of.
    private static let lastRawMin = 1024

    /// The labels of raw series by the names that rules use.
    static func renamed(_ labels: Labels) -> Labels {
        Labels(labels.pairs.map { $0.name == "name" ? Label("unit", $0.value) : $0 })
    }

    private func bindHub(_ evaluation: Evaluation) {
        silent = nil
        processes = []
        for feed in evaluation.hubFeeds {
            switch feed.source {
            case .silent:
                let slot = slot(feed, [:])
                slot.isGone = false
                silent = slot
            case .processes(let name):
                let slot = slot(feed, ["name": name])
                slot.isGone = false
                processes.append((name, slot))
            case .signal, .series, .counters, .fullIn, .silentRatio, .until, .service: break
            }
        }
    }

    private func bind(
        _ rule: CompiledRule, _ host: HostAttributes, _ byFeed: [Feed: [(key: SlotKey, value: Slot)]],
        _ evaluation: Evaluation
    ) {
        guard let first = rule.comparisons.first else { return }
        for (key, slot) in byFeed[first.feed] ?? [] {
            guard rule.compares(key.labels, of: host), rule.takes(host, key.labels) else { continue }
            let alert = AlertKey(rule.rule.name, Labels(key.labels.pairs + [Label("host", host.name)]))
            let isOpen = evaluation.machine.isOpen(alert)
            guard !slot.isGone || isOpen else { continue }
            let others = rule.comparisons.dropFirst().map { self.slot($0.feed, key.labels) }
            bindings.append(HostBinding(rule, alert, slot, others, isOpen: isOpen))
        }
    }

    /// Finds the bindings of services that this host's series belong to.
    private struct Builder {
        let host: HostAttributes
        let evaluation: Evaluation
        var services: [ServiceBinding] = []
        private var known: Set<AlertKey> = []

        init(host: HostAttributes, evaluation: Evaluation) {
            self.host = host
            self.evaluation = evaluation
        }

        mutating func serviceRoutes(_ feed: Feed, _ name: String, _ labels: Labels) -> [ServiceRoute] {
            var routes: [ServiceRoute] = []
            for rule in evaluation.serviceRules {
                for (place, comparison) in rule.comparisons.enumerated() where comparison.feed == feed {
                    guard comparison.operand.takes(labels, of: host), rule.takes(host, labels) else {
                        continue
                    }
                    let binding = evaluation.service(rule, labels, host: host.name)
                    routes.append(ServiceRoute(name, labels, of: host.name, to: binding.slots[place]))
                    if known.insert(binding.key).inserted { services.append(binding) }
                }
            }
            return routes
        }
    }
}
