import Alerts
import Fleet
import Telemetry

/// Turns conditions into readings per label set, out of what hosts send, and the readings into transitions. Confined to the
/// core's actor.
final class Evaluation {
    private(set) var rules: [CompiledRule] = []
    private(set) var hostRules: [CompiledRule] = []
    private(set) var serviceRules: [CompiledRule] = []
    /// By name: those of one name have one alert.
    private(set) var fleetRules: [[CompiledRule]] = []
    private var hostRuleSet: Set<ObjectIdentifier> = []
    /// By name, in their order; without those that are never.
    private var families: [String: [CompiledRule]] = [:]
    private(set) var feedsBySignal: [String: [Feed]] = [:]
    private(set) var feedsByMetric: [String: [Feed]] = [:]
    /// Of what the hub itself knows of each host.
    private(set) var hubFeeds: [Feed] = []
    private var rawFeeds: Set<Feed> = []
    var machine: AlertMachine
    private var watches: [HostID: HostWatch] = [:]
    private var services: [Int: [Labels: ServiceBinding]] = [:]
    var actions = ActionMarks()
    /// Hosts that come and go, and are gone.
    private var asleep: Set<String> = []
    /// What is open, by the number of the evaluation that looked at it last.
    private var looked: [AlertKey: Int] = [:]
    private var number = 0
    private var begin: Int64?
    /// What was open before the hub, or these rules, began: it is not over because windows begin anew.
    private var inherited: Set<AlertKey> = []

    /// What is older is no value of now, as in PromQL.
    static let lookback: Int64 = 300_000
    /// A service is looked at again after so long when many hosts tell of it.
    private static let serviceMilliseconds: Int64 = 50
    /// After a start hosts are given so long to come before what is missing counts as missing.
    private static let startMilliseconds: Int64 = 60_000
    /// A service of which nothing came for so long is forgotten.
    private static let serviceForgottenMilliseconds: Int64 = 3_600_000

    init(_ book: RuleBook, saved: SavedAlerts) {
        machine = AlertMachine(saved)
        set(book)
    }

    /// Takes other rules; what is open goes on where its rule is still there.
    func set(_ book: RuleBook) {
        let before = rules
        rules = CompiledRule.compile(book)
        families = Dictionary(grouping: rules.filter { !$0.comparisons.isEmpty }, by: \.rule.name)
        hostRules = []
        serviceRules = []
        fleetRules = []
        for rule in rules where !rule.comparisons.isEmpty {
            if rule.isOfFleet {
                if let place = fleetRules.firstIndex(where: { $0[0].rule.name == rule.rule.name }) {
                    fleetRules[place].append(rule)
                } else {
                    fleetRules.append([rule])
                }
            } else if rule.comparisons.allSatisfy(\.feed.isOfServices) {
                serviceRules.append(rule)
            } else if !rule.comparisons.contains(where: \.feed.isOfServices) {
                hostRules.append(rule)
            }
        }
        hostRuleSet = Set(hostRules.map { ObjectIdentifier($0) })
        indexFeeds()
        carryServices(from: before)
        seen = []
        inherited = Set(machine.keys)
        for watch in watches.values { watch.isDirty = true }
    }

    /// What rules have seen of services goes on with those that count the same.
    private func carryServices(from before: [CompiledRule]) {
        var known = services
        services = [:]
        for (place, rule) in rules.enumerated() {
            guard let old = before.indices.first(where: { known[$0] != nil && before[$0].counts(as: rule) })
            else { continue }
            services[place] = known.removeValue(forKey: old)
            for binding in services[place, default: [:]].values { binding.rule = rule }
        }
    }

    private func indexFeeds() {
        var seen: Set<Feed> = []
        (feedsBySignal, feedsByMetric, hubFeeds, rawFeeds) = ([:], [:], [], [])
        for comparison in rules.flatMap(\.comparisons) where seen.insert(comparison.feed).inserted {
            let feed = comparison.feed
            if comparison.operand.signal == nil { rawFeeds.insert(feed) }
            if let signal = feed.signal { feedsBySignal[signal, default: []].append(feed) }
            for metric in feed.metrics { feedsByMetric[metric, default: []].append(feed) }
            switch feed.source {
            case .silent, .processes: hubFeeds.append(feed)
            case .signal, .series, .counters, .fullIn, .silentRatio, .until, .service: break
            }
        }
    }

    /// Whether a feed's labels are a raw series' own.
    func isRaw(_ feed: Feed) -> Bool { rawFeeds.contains(feed) }

    func watch(_ host: HubHost, at now: Int64) -> HostWatch {
        if let known = watches[host.id] { return known }
        let watch = HostWatch(at: now)
        watches[host.id] = watch
        return watch
    }

    /// What a rule has of a service, by the labels that tell its alerts apart.
    func service(_ rule: CompiledRule, _ labels: Labels, host: String) -> ServiceBinding {
        let names = rule.rule.identity ?? ["service"]
        let identity = Labels(
            names.compactMap { name in (name == "host" ? host : labels[name]).map { Label(name, $0) } })
        let place = rules.firstIndex { $0 === rule } ?? 0
        if let known = services[place]?[identity] { return known }
        let key = AlertKey(rule.rule.name, identity)
        let binding = ServiceBinding(rule, key, isOpen: machine.isOpen(key))
        services[place, default: [:]][identity] = binding
        return binding
    }

    var countsProcesses: Bool {
        hubFeeds.contains { if case .processes = $0.source { true } else { false } }
    }

    /// By the book's order.
    var standings: [RuleStanding] {
        var series: [ObjectIdentifier: Int] = [:]
        for binding in watches.values.flatMap(\.bindings) {
            series[ObjectIdentifier(binding.rule), default: 0] += 1
        }
        for binding in services.values.flatMap(\.values) {
            series[ObjectIdentifier(binding.rule), default: 0] += 1
        }
        let alerts = Dictionary(grouping: machine.alerts, by: { "\($0.name) \($0.condition)" })
        return rules.map { rule in
            let open = alerts["\(rule.rule.name) \(rule.rule.condition.printed)"] ?? []
            var standing = RuleStanding(rule.rule)
            standing.series = series[ObjectIdentifier(rule)] ?? 0
            standing.pending = open.count { $0.state == .pending }
            standing.firing = open.count { $0.state == .firing }
            return standing
        }
    }

    // MARK: Evaluating

    /// One host whose frame has just come, and the services that it told of.
    func evaluate(_ host: HubHost, at time: Timestamp, _ now: Int64) -> AlertChanges? {
        machine.begin(at: time, steadyMilliseconds: now)
        let watch = watch(host, at: now)
        look(at: host, watch, now)
        for service in watch.services where now - Self.serviceMilliseconds >= service.evaluated {
            look(at: service, now)
        }
        return finish(isWhole: false, now)
    }

    /// All rules over all hosts, once a second; hosts whose frames came since the last time have been looked at.
    func evaluate(_ hosts: [HubHost], at time: Timestamp, _ now: Int64) -> AlertChanges? {
        if begin == nil { begin = now }
        machine.begin(at: time, steadyMilliseconds: now)
        for host in hosts {
            let watch = watch(host, at: now)
            // Other rules have not looked at what came before them.
            if watch.lookedAt != number || watch.isDirty { look(at: host, watch, now) }
        }
        for bindings in services.values {
            for service in bindings.values where service.evaluated < now { look(at: service, now) }
        }
        for family in fleetRules { look(at: family, hosts, now) }
        lookAtTheRest(hosts, now)
        number += 1
        if number % 60 == 0 { forgetServices(now) }
        return finish(isWhole: true, now)
    }

    private func finish(isWhole: Bool, _ now: Int64) -> AlertChanges? {
        machine.finish(hostsUnderAction: actions.hosts(at: now), hostsAsleep: asleep, isWhole: isWhole)
    }

    private func look(at host: HubHost, _ watch: HostWatch, _ now: Int64) {
        if watch.isDirty { watch.bind(host, self) }
        watch.lookedAt = number
        watch.hasNews = false
        watch.tell(at: now)
        let isLive = watch.isLive(at: now, host.target)
        // What a silent host said last is no value of now.
        let lookback = isLive ? Self.lookback : -1
        let (isSettled, isWhole) = (watch.isSettled, watch.isWhole(at: now))
        // A host that nobody wants to be dialled is not silent; the silence of one that comes and goes is shown, and no alert.
        let isOff = host.summary.state == .off
        let comesAndGoes = host.target.expectation == .sometimes
        if comesAndGoes, !watch.isHeard(at: now, host.target) {
            asleep.insert(host.id.name)
        } else if !asleep.isEmpty {
            asleep.remove(host.id.name)
        }
        for binding in watch.bindings {
            if isOff || comesAndGoes && binding.isSilence {
                guard binding.isOpen else { continue }
                observe(binding.key, binding.rule, .notApplicable, now)
                binding.isOpen = false
                continue
            }
            let isSilence = binding.isSilence
            let limit = isSilence && binding.rule.rule.isShipped ? host.silentAfterSeconds : nil
            let span = isSilence ? Self.lookback : lookback
            if binding.isQuiet(at: now, span, limit: limit) { continue }
            let isTold = isWhole && !watch.mayYetTell(binding.key)
            var reading = binding.reading(
                at: now, span, isLive: isLive, isSettled: isSettled, isWhole: isTold, limit: limit)
            if comesAndGoes, !isLive, reading == .missing { reading = .failed }
            // Of one that has not come since the hub began nobody knows since when it has been silent.
            let isUnknown = isSilence && !watch.wasHeard
            reading = believed(reading, binding.key, binding.rule) { isHolding in
                (isHolding || !isUnknown) && binding.isFilled(forHolding: isHolding, at: now)
            }
            observe(
                binding.key, binding.rule, reading, tags: host.attributes.tags,
                thresholdText: limit.map { ConditionComparison.printed(.milliseconds(Int64($0 * 1000))) }, now
            )
            binding.isOpen = machine.isOpen(binding.key)
        }
    }

    private func look(at service: ServiceBinding, _ now: Int64) {
        service.evaluated = now
        var reading = service.reading(at: now, Self.serviceLookback)
        reading = believed(reading, service.key, service.rule) {
            service.isFilled(forHolding: $0, at: now)
        }
        if !service.isOpen, service.rule.rule.noData != .alert {
            guard case .holds = reading else { return }
        }
        observe(
            service.key, service.rule, reading, worstHost: service.slots.first?.worstHost ?? "", now)
        service.isOpen = machine.isOpen(service.key)
    }

    /// What windows that are not filled enough say is not believed: what was open before stays as it is, and nothing fires.
    /// A hold that lasts until they are filled may begin with them.
    private func believed(
        _ reading: AlertReading, _ key: AlertKey, _ rule: CompiledRule, isFilled: (_ forHolding: Bool) -> Bool
    ) -> AlertReading {
        switch reading {
        case .holds:
            guard !isFilled(true), !rule.outlastsFilling || isInherited(key) else {
                return reading
            }
            return .failed
        case .clears(let value), .holdsNot(let value):
            // Of what began anew after an absence there is no number: that ends nothing.
            guard !isFilled(false) else { return reading }
            return isInherited(key) || value.isNaN && machine.isOpen(key) ? .failed : reading
        case .missing, .notApplicable, .failed: return reading
        }
    }

    private func isInherited(_ key: AlertKey) -> Bool { inherited.contains(key) && machine.isOpen(key) }

    /// Of a service nothing was told for so long by any host.
    private static let serviceLookback: Int64 = 60_000

    func observe(
        _ key: AlertKey, _ rule: CompiledRule, _ reading: AlertReading, worstHost: String = "",
        tags: Labels? = Labels(), thresholdText: String? = nil, _ now: Int64
    ) {
        var reading = reading
        // What was not looked at since the hub began is not missing yet.
        if reading == .missing, looked[key] == nil, isStarting(now), machine.isOpen(key) { reading = .failed }
        if reading != .failed, reading != .missing || !isStarting(now) || looked[key] != nil {
            looked[key] = number
        }
        machine.observe(
            key, rule.policy, reading, worstHost: worstHost, tags: tags, thresholdText: thresholdText)
        if !inherited.isEmpty, !machine.isOpen(key) { inherited.remove(key) }
        seen.insert(key)
    }

    private var seen: Set<AlertKey> = []

    private func isStarting(_ now: Int64) -> Bool {
        now - (begin ?? now) < Self.startMilliseconds
    }

    /// What is open and was not looked at: its host has not come, or its rule is gone; or what it is of went from the host while
    /// no hub ran, which is over.
    private func lookAtTheRest(_ hosts: [HubHost], _ now: Int64) {
        let rest = machine.keys.filter { !seen.contains($0) }
        let known = rest.isEmpty ? [:] : Dictionary(hosts.map { ($0.id.name, $0) }) { first, _ in first }
        for key in rest {
            guard let rule = rule(of: key) else {
                machine.forget(key)
                continue
            }
            let isOfHost = hostRuleSet.contains(ObjectIdentifier(rule))
            let host = isOfHost ? key.labels["host"].flatMap { known[$0] } : nil
            observe(key, rule, untold(key, of: host, now), tags: nil, now)
        }
        seen.removeAll(keepingCapacity: true)
        if looked.count > 2 * AlertMachine.openMax { looked = looked.filter { machine.isOpen($0.key) } }
    }

    private func untold(_ key: AlertKey, of host: HubHost?, _ now: Int64) -> AlertReading {
        guard let host else { return .missing }
        // Of one that nobody wants to be dialled nothing is alerted.
        if host.summary.state == .off { return .notApplicable }
        guard let watch = watches[host.id] else { return .missing }
        if watch.isWhole(at: now), !watch.mayYetTell(key) { return .notApplicable }
        // One that has come and not told everything yet is there, and so is what it will tell of.
        return watch.isHeard(at: now, host.target) ? .failed : .missing
    }

    /// Hosts that nobody wants to watch any more: what is open of them is over, and what they did is forgotten.
    func letGo(of names: Set<String>) {
        for name in names { watches[HostID(name)] = nil }
        asleep.subtract(names)
        for place in Array(services.keys) {
            services[place] = services[place]?.filter {
                !($0.value.key.labels["host"].map(names.contains) ?? false)
            }
        }
        for key in machine.keys where key.labels["host"].map(names.contains) == true {
            machine.forget(key)
            inherited.remove(key)
            looked[key] = nil
        }
    }

    /// The rule that it was opened by, or where that is no more, the first of its family.
    private func rule(of key: AlertKey) -> CompiledRule? {
        let family = families[key.name] ?? []
        let condition = machine.condition(of: key)
        return family.first { $0.policy.conditionText == condition } ?? family.first
    }

    private func forgetServices(_ now: Int64) {
        var isForgotten = false
        for place in Array(services.keys) {
            let before = services[place]?.count
            services[place] = services[place]?.filter { _, service in
                service.isOpen || now - (service.time ?? now) < Self.serviceForgottenMilliseconds
            }
            if services[place]?.count != before { isForgotten = true }
        }
        // Hosts that still tell of it would go on telling what nobody looks at.
        if isForgotten { for watch in watches.values { watch.isDirty = true } }
    }
}
