import Alerts
import Archive
import Fleet
import Telemetry

/// One run over the past. Its windows are filled by what lies before its first moment.
struct Trial {
    enum Target {
        case slot(Slot)
        case counter(Slot, isUnder: Bool)
        case service(ServiceRoute)
        case lines(ServiceRoute)
        case quiet
    }

    struct Column {
        let host: HubHost
        let key: SeriesKey
        let target: Target
        /// When its series began, by the host's clock, where its log had been heard before that; nil elsewhere.
        let began: Timestamp?
    }

    private struct Durations {
        let host: HubHost
        let key: SeriesKey
        let route: ServiceRoute
    }

    private let rule: CompiledRule
    private let to: Timestamp
    private let span: Int64
    private var first = Timestamp(milliseconds: 0)
    private var start = Timestamp(milliseconds: 0)
    private var steps = 0
    private(set) var step: Int64
    private var columns: [Column] = []
    private var durations: [Durations] = []
    private var slots: [String: [Feed: [Labels: Slot]]] = [:]
    private var services: [AlertKey: ServiceBinding] = [:]
    private var bindings: [HostBinding] = []
    private var tags: [String: Labels] = [:]

    /// The moment of the last step.
    var last: Timestamp { first.advanced(byMilliseconds: Int64(steps) * step) }

    /// Steps that only fill the windows.
    private var stepsBefore: Int { Int(start.milliseconds(since: first) / step) }

    var values: Int { (columns.count + durations.count) * steps }

    init(_ rule: CompiledRule, to: Timestamp, span: Int64, step: Int64) {
        self.rule = rule
        (self.to, self.span, self.step) = (to, span, step)
        set(step: step)
    }

    /// Looks at the same in longer steps for as long as it is too much.
    mutating func coarsen(while isTooMuch: (Trial) -> Bool) {
        while isTooMuch(self) { set(step: 2 * step) }
    }

    private mutating func set(step: Int64) {
        self.step = step
        let longest = rule.comparisons.compactMap(\.feed.windowMilliseconds).max() ?? 0
        let last = Timestamp(milliseconds: to.milliseconds / step * step)
        start = last.advanced(byMilliseconds: -(span / step * step))
        // What the longest window holds at the start, a day at most.
        first = start.advanced(byMilliseconds: -(min(longest, 86_400_000) / step * step))
        steps = Int(last.milliseconds(since: first) / step)
    }

    // MARK: What is looked at

    mutating func add(_ host: HubHost, _ head: Head) {
        for (place, comparison) in rule.comparisons.enumerated() {
            let feed = comparison.feed
            if let signal = feed.signal {
                for key in head.keys(of: host.id, where: { HubHost.signalName($0) == signal }) {
                    add(key, host, began(key, of: host, head), place, isUnder: false)
                }
                if signal == TrafficSignals.duration || signal == TrafficSignals.statementDuration {
                    addDurations(signal, host, place, head)
                }
            }
            for metric in feed.metrics {
                for key in head.keys(of: host.id, where: { $0 == metric }) {
                    let isUnder: Bool
                    switch feed.source {
                    case .counters(_, let under, _): isUnder = under.contains(metric)
                    case .signal, .series, .fullIn, .silent, .silentRatio, .processes, .until, .service:
                        isUnder = false
                    }
                    add(key, host, began(key, of: host, head), place, isUnder: isUnder)
                }
            }
        }
        bind(host)
    }

    private mutating func add(
        _ key: SeriesKey, _ host: HubHost, _ began: Timestamp?, _ place: Int, isUnder: Bool
    ) {
        let comparison = rule.comparisons[place]
        let labels = key.labels.exportingHost
        guard comparison.operand.takes(labels, of: host.attributes), rule.takes(host.attributes, labels)
        else {
            return
        }
        let target: Target
        switch comparison.feed.source {
        case .service(let measure):
            let route = ServiceRoute(
                key.name, labels, of: host.id.name, to: service(labels, host).slots[place])
            switch measure {
            case .unparsedShare, .matches: target = .lines(route)
            case .requests, .requestShare, .duration, .statements, .statementDuration, .lines:
                target = .service(route)
            }
        case .counters: target = .counter(slot(comparison, labels, host), isUnder: isUnder)
        case .signal, .series, .fullIn, .until: target = .slot(slot(comparison, labels, host))
        case .silent, .silentRatio, .processes: target = .quiet
        }
        columns.append(Column(host: host, key: key, target: target, began: began))
    }

    private mutating func addDurations(_ signal: String, _ host: HubHost, _ place: Int, _ head: Head) {
        for key in head.histogramKeys(
            of: host.id, where: { TrafficDeriver.signal(ofHistogram: $0) == signal })
        {
            guard rule.comparisons[place].operand.takes(key.labels, of: host.attributes),
                rule.takes(host.attributes, key.labels)
            else { continue }
            let route = ServiceRoute(
                key.name, key.labels, of: host.id.name, to: service(key.labels, host).slots[place])
            durations.append(Durations(host: host, key: key, route: route))
        }
    }

    private mutating func service(_ labels: Labels, _ host: HubHost) -> ServiceBinding {
        let names = rule.rule.identity ?? ["service"]
        let identity = Labels(
            names.compactMap { name in (name == "host" ? host.id.name : labels[name]).map { Label(name, $0) }
            })
        let key = AlertKey(rule.rule.name, identity)
        if let known = services[key] { return known }
        let binding = ServiceBinding(rule, key, isOpen: false)
        services[key] = binding
        return binding
    }

    private mutating func slot(_ comparison: CompiledRule.Comparison, _ labels: Labels, _ host: HubHost)
        -> Slot
    {
        let labels = comparison.operand.signal == nil ? labels : HostWatch.renamed(labels)
        if let known = slots[host.id.name]?[comparison.feed]?[labels] { return known }
        let slot = Slot(comparison.feed)
        slots[host.id.name, default: [:]][comparison.feed, default: [:]][labels] = slot
        return slot
    }

    private mutating func bind(_ host: HubHost) {
        guard let first = rule.comparisons.first, let found = slots[host.id.name]?[first.feed] else { return }
        tags[host.id.name] = host.attributes.tags
        for (labels, slot) in found where rule.compares(labels, of: host.attributes) {
            let others = rule.comparisons.dropFirst().map { self.slot($0, labels, host) }
            let key = AlertKey(rule.rule.name, Labels(labels.pairs + [Label("host", host.id.name)]))
            bindings.append(HostBinding(rule, key, slot, others, isOpen: false))
        }
    }

    // MARK: The run

    /// An alert as it would have fired, and when it would have been over; nil where it would fire still.
    struct Fired {
        let alert: Alert
        var until: Timestamp?
    }

    /// What fired, a little at a time: the core does what else waits while `pace` rests.
    func fired(
        in core: isolated HubCore, max: Int, _ pace: inout Pace, seen: ((TrialCoverage) -> Void)? = nil
    ) async -> [Fired] {
        var machine = AlertMachine(pauseMillisecondsMax: .max)
        var found: [Fired] = []
        var replay = Replay(self)
        var coverage = seen == nil ? nil : TrialCoverage(steps: steps - stepsBefore)
        while replay.read(Self.columnsAtOnce, of: self, core.head, &coverage) {
            // The hub ends: nobody waits for this any more.
            if Task.isCancelled { return [] }
            await pace.rest()
        }
        if let coverage { seen?(coverage) }
        while !Task.isCancelled, let time = replay.next(self) {
            if time > start { evaluate(&machine, at: time, &found, max) }
            await pace.rest()
        }
        // Half a look would list what is not over as if it were.
        return Task.isCancelled ? [] : found
    }

    /// Series that are read between two rests.
    private static let columnsAtOnce = 64

    /// What was found, as the answer to who asked.
    func answer(_ found: [Fired], _ coverage: TrialCoverage) -> RuleTrial {
        var trial = RuleTrial(
            condition: rule.rule.condition.printed, from: start, to: last, stepMilliseconds: step,
            series: bindings.count + services.count)
        coverage.tell(&trial, patience: max(Evaluation.lookback, 3 * step))
        trial.spans = found.map { found in
            RuleTrial.Span(
                labels: found.alert.key.labels, since: found.alert.since,
                firedAt: found.alert.firedAt ?? found.alert.since, until: found.until,
                valueText: found.alert.valueText)
        }
        trial.spans.sort { ($0.firedAt, $0.labels) < ($1.firedAt, $1.labels) }
        return trial
    }

    /// The first comparison's values of one set of labels, a step each; nil where there was none.
    func values(of key: AlertKey, _ head: Head) -> [Double?] {
        let binding = bindings.first { $0.key == key }
        let service = services[key]
        guard binding != nil || service != nil else { return [] }
        var values: [Double?] = []
        let lookback = max(Evaluation.lookback, 3 * step)
        replay(head) { time in
            let now = time.milliseconds
            let reading =
                binding?.reading(
                    at: now, lookback, isLive: true, isSettled: false, isWhole: false, limit: nil)
                ?? service?.reading(at: now, lookback)
            switch reading {
            case .holds(let value), .holdsNot(let value), .clears(let value):
                values.append(value.isFinite ? value : nil)
            case .missing, .notApplicable, .failed, nil: values.append(nil)
            }
        }
        return values
    }

    /// What the first comparison has at the last moment, for each of its label sets; `counted` is of how many requests or
    /// lines, where it is of such.
    func ends(_ head: Head) -> [(labels: Labels, value: Double, counted: Double?)] {
        replay(head) { _ in }
        var ends: [(labels: Labels, value: Double, counted: Double?)] = []
        for binding in bindings where binding.slots[0].time != nil {
            ends.append((binding.key.labels, binding.slots[0].value, nil))
        }
        for service in services.values where service.time != nil {
            let value = service.slots[0].value(at: last.milliseconds)
            ends.append((service.key.labels, value, service.slots[0].counted))
        }
        return ends.sorted { $0.labels < $1.labels }
    }

    /// Feeds the windows step by step, and tells each moment from the start on.
    private func replay(_ head: Head, _ evaluate: (Timestamp) -> Void) {
        var replay = Replay(self)
        var coverage: TrialCoverage?
        while replay.read(.max, of: self, head, &coverage) {}
        while let time = replay.next(self) {
            if time > start { evaluate(time) }
        }
    }

    /// How far a run is: first everything is read, then the windows are fed step by step.
    private struct Replay {
        private var read: [[Double]] = []
        private var observed: [[(step: Int, observed: ExponentialHistogram)]] = []
        private var cursors: [Int]
        private var counters: [(value: Double, step: Int)?]
        private var number = 0

        init(_ trial: Trial) {
            cursors = [Int](repeating: 0, count: trial.durations.count)
            counters = [(value: Double, step: Int)?](repeating: nil, count: trial.columns.count)
        }

        /// Reads as many more series, notes what there was, and says whether any are left.
        mutating func read(_ count: Int, of trial: Trial, _ head: Head, _ coverage: inout TrialCoverage?)
            -> Bool
        {
            for column in trial.columns.dropFirst(read.count).prefix(count) {
                let values = head.range(
                    column.host.id, column.key, from: trial.time(trial.first, of: column.host),
                    to: trial.time(trial.last, of: column.host), stepMilliseconds: trial.step,
                    Trial.aggregate(column.target))
                coverage?.take(values.dropFirst(trial.stepsBefore), of: column.host.id)
                read.append(values)
            }
            guard read.count == trial.columns.count else { return true }
            for durations in trial.durations.dropFirst(observed.count).prefix(count) {
                let found = head.histograms(
                    durations.host.id, durations.key, from: trial.time(trial.first, of: durations.host),
                    to: trial.time(trial.last, of: durations.host), stepMilliseconds: trial.step)
                coverage?.take(steps: found.lazy.map { $0.step - trial.stepsBefore }, of: durations.host.id)
                observed.append(found)
            }
            return observed.count < trial.durations.count
        }

        /// Feeds one more step, and says its moment; nil where there is none.
        mutating func next(_ trial: Trial) -> Timestamp? {
            guard number < trial.steps else { return nil }
            defer { number += 1 }
            let time = trial.first.advanced(byMilliseconds: Int64(number + 1) * trial.step)
            for place in trial.columns.indices where number < read[place].count && !read[place][number].isNaN
            {
                trial.take(read[place][number], trial.columns[place], number, time, &counters[place])
            }
            for place in trial.durations.indices {
                while cursors[place] < observed[place].count, observed[place][cursors[place]].step <= number {
                    trial.durations[place].route.observe(
                        observed[place][cursors[place]].observed, at: time.milliseconds)
                    cursors[place] += 1
                }
            }
            return time
        }
    }

    /// What the host's own clock showed then.
    func time(_ time: Timestamp, of host: HubHost) -> Timestamp {
        time.advanced(byMilliseconds: host.aheadMilliseconds)
    }

    /// As of the evaluation: by a window that is not filled enough nothing fires.
    private func believed(_ reading: AlertReading, isFilled: () -> Bool) -> AlertReading {
        guard case .holds = reading, !rule.outlastsFilling, !isFilled() else { return reading }
        return .failed
    }

    private func evaluate(
        _ machine: inout AlertMachine, at time: Timestamp, _ found: inout [Fired], _ max: Int
    ) {
        let now = time.milliseconds
        machine.begin(at: time, steadyMilliseconds: now)
        let lookback = Swift.max(Evaluation.lookback, 3 * step)
        for binding in bindings where !binding.isQuiet(at: now, lookback, limit: nil) {
            let reading = binding.reading(
                at: now, lookback, isLive: true, isSettled: false, isWhole: false, limit: nil)
            machine.observe(
                binding.key, rule.policy,
                believed(reading) { binding.isFilled(forHolding: true, at: now) },
                tags: tags[binding.key.labels["host"] ?? ""] ?? Labels())
            binding.isOpen = machine.isOpen(binding.key)
        }
        for service in services.values {
            machine.observe(
                service.key, rule.policy,
                believed(service.reading(at: now, lookback)) { service.isFilled(forHolding: true, at: now) })
        }
        for transition in machine.finish()?.transitions ?? [] {
            switch transition.kind {
            case .firing where found.count < max: found.append(Fired(alert: transition.alert))
            case .resolved:
                let place = found.lastIndex { $0.alert.key == transition.alert.key && $0.until == nil }
                if let place { found[place].until = time }
            case .firing, .pending, .unmuted, .dropped: continue
            }
        }
    }
}
