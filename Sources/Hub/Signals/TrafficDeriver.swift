import Fleet
import Telemetry
import Wire

/// Turns what one host's agent counted in logs into the signals of ``TrafficSignals``, tick by tick; pure.
///
/// A rate is a difference of whole counters over the time between their samples. What a service counted before it was first
/// heard of in a session happened earlier and is no rate; a series that comes later began at zero when the service was
/// last heard, so the first request of a route counts. A count that shrinks began anew: all of it is new.
///
/// A late tick tells of the past. What it says of a service up to when that was heard of before, in this session or in one
/// before, is where its counters stand and nothing more: those moments were told already.
struct TrafficDeriver: Sendable {
    /// What a series of the agent's is in the signals.
    enum Role: Sendable, Equatable {
        /// A counter of which a signal is the rate.
        case rate
        case requests
        case lines
        /// A counter that only the share of unread lines needs.
        case unparsed
        /// A counter of which a signal is the rise over ten minutes.
        case matches
        case gauge
        case histogram
    }

    private struct Series: Sendable {
        let role: Role
        /// The signal's; -1 where there is none.
        let number: Int32
        let service: Int32
        /// Of requests, the status.
        let code: String
        /// Of histograms, whether they are of a database's statements.
        let isStatements: Bool
        var growth = SignalGrowth()
        var last = Double.nan
        var time: Int64 = 0
        var state: ExponentialHistogram?
    }

    private struct Service: Sendable {
        let name: String
        var series: Int32 = 0
        /// When it was first and last heard of in this session, in milliseconds.
        var firstTime: Int64?
        var lastTime: Int64 = 0
        /// When it was heard of before the tick that is being read.
        var previousTime: Int64?
        /// The last moment of which anything was said, in whatever session.
        var heardThrough = Int64.min
        /// Whether the tick that is being read says nothing new of it: it is late, and of a moment that was told.
        var isTold = false
        var lines = 0.0
        var unparsed = 0.0
        var unparsedNumber: Int32 = -1
        var summary = Summary()
    }

    /// What a histogram's new state says.
    enum Step: Sendable, Equatable {
        /// The step's observations, and the signal's number.
        case observed(number: Int32, ExponentialHistogram)
        case nothing
        /// No histogram of durations has such a state.
        case refused
    }

    /// The signals by the agent's metric.
    static let metrics: [String: (signal: String, role: Role)] = [
        "martlet_http_requests_total": (TrafficSignals.requests, .requests),
        "martlet_http_request_duration_seconds": (TrafficSignals.duration, .histogram),
        "martlet_http_aborts_total": (TrafficSignals.aborts, .rate),
        "martlet_http_checks_total": (TrafficSignals.checks, .rate),
        "martlet_db_slow_statements_total": (TrafficSignals.slowStatements, .rate),
        "martlet_db_statement_duration_seconds": (TrafficSignals.statementDuration, .histogram),
        "martlet_log_lines_total": (TrafficSignals.lines, .lines),
        "martlet_log_unparsed_total": (TrafficSignals.unparsed, .unparsed),
        "martlet_log_matches_total": ("log.matches", .matches),
        "martlet_log_lag_bytes": (TrafficSignals.lag, .gauge),
        "martlet_log_files": (TrafficSignals.files, .gauge),
        "martlet_log_unreadable_files": (TrafficSignals.unreadable, .gauge),
    ]

    /// Buckets in the states of one host's histograms: 16 MiB. What would be beyond is refused and counted.
    static let bucketsMax = 1 << 20

    private var series: [Series?] = []
    private var services: [Service] = []
    private var freeServices: [Int32] = []
    private var places: [String: Int32] = [:]
    private var touched: [Int32] = []
    private var tickTime: Int64 = 0
    private var isLate = false
    private var buckets = 0
    /// The numbers of the host's sums; -1 before there is something to tell.
    private var hostNumbers = [Int32](repeating: -1, count: hostSignals.count)
    /// Of services without a series, their `heardThrough`.
    private var remembered: [String: Int64] = [:]
    private static let rememberedMax = 1024
    /// Series that began at zero in this tick: since when the service is known.
    private(set) var begun: [(number: Int32, since: Timestamp)] = []
    /// Rates of which this tick is where they begin: what comes before it is unknown.
    private(set) var opened: [Int32] = []
    /// Counters that came in this tick, by the session's index, of services that were known before: they began at zero.
    private(set) var newCounters: Set<Int32> = []
    private(set) var refusedHistograms: UInt64 = 0

    /// The signal that a histogram of the head is; nil where no view shows it.
    static func signal(ofHistogram metric: String) -> String? {
        guard let known = metrics[metric], known.role == .histogram else { return nil }
        return known.signal
    }

    mutating func define(_ index: Int32, _ definition: SeriesDefinition, _ numbers: inout SignalNumbers) {
        guard index >= 0, let (signal, role) = Self.metrics[definition.key.name],
            (definition.type == .histogram) == (role == .histogram)
        else { return }
        while series.count <= Int(index) { series.append(nil) }
        let service = place(ofService: definition.key.labels["service"] ?? "")
        services[Int(service)].series += 1
        var number: Int32 = -1
        if role == .unparsed {
            if services[Int(service)].unparsedNumber < 0 {
                let labels: Labels = ["service": services[Int(service)].name]
                services[Int(service)].unparsedNumber = numbers.take(SignalKey(signal, labels)) ?? -1
            }
        } else {
            number = numbers.take(SignalKey(signal, definition.key.labels)) ?? -1
        }
        let code = role == .requests ? definition.key.labels["code"] ?? "" : ""
        series[Int(index)] = Series(
            role: role, number: number, service: service, code: code,
            isStatements: signal == TrafficSignals.statementDuration)
    }

    mutating func retire(_ index: Int32, _ numbers: inout SignalNumbers) {
        guard series.indices.contains(Int(index)), let known = series[Int(index)] else { return }
        series[Int(index)] = nil
        buckets -= known.state?.buckets.count ?? 0
        if known.number >= 0 { numbers.release(known.number) }
        let service = Int(known.service)
        services[service].series -= 1
        guard services[service].series == 0 else { return }
        if services[service].unparsedNumber >= 0 { numbers.release(services[service].unparsedNumber) }
        for number in services[service].summary.numbers where number >= 0 { numbers.release(number) }
        places[services[service].name] = nil
        if remembered.count >= Self.rememberedMax { remembered = [:] }
        remembered[services[service].name] = services[service].heardThrough
        services[service] = Service(name: "")
        freeServices.append(known.service)
    }

    private mutating func place(ofService name: String) -> Int32 {
        if let place = places[name] { return place }
        let place: Int32
        if let free = freeServices.popLast() {
            place = free
            services[Int(place)] = Service(name: name)
        } else {
            place = Int32(services.count)
            services.append(Service(name: name))
        }
        services[Int(place)].heardThrough = remembered.removeValue(forKey: name) ?? .min
        places[name] = place
        return place
    }

    // MARK: A tick

    /// Adds the signals that this tick gives.
    mutating func read(_ tick: Tick, into readings: inout [SignalDeriver.Reading]) {
        begun.removeAll(keepingCapacity: true)
        opened.removeAll(keepingCapacity: true)
        newCounters.removeAll(keepingCapacity: true)
        touched.removeAll(keepingCapacity: true)
        tickTime = Self.onTheSecond(tick.time).milliseconds
        isLate = tick.isLate
        for sample in tick.samples {
            let index = Int(sample.index)
            guard series.indices.contains(index), series[index] != nil else { continue }
            take(sample, index, &readings)
        }
        for place in touched {
            let service = services[Int(place)]
            if service.unparsedNumber >= 0, service.lines + service.unparsed > 0 {
                // A line that could not be read is none of the counted lines.
                let share = service.unparsed / (service.lines + service.unparsed)
                readings.append(SignalDeriver.Reading(number: service.unparsedNumber, value: share))
            }
            services[Int(place)].lines = 0
            services[Int(place)].unparsed = 0
        }
    }

    /// The services' signals over their windows, once the tick's histograms have come.
    mutating func summarize(_ numbers: inout SignalNumbers, into readings: inout [SignalDeriver.Reading]) {
        var sum = HostSum()
        for place in touched where services[Int(place)].series > 0 {
            let values = Self.values(services[Int(place)].summary)
            sum.add(values)
            for (signal, value) in values.enumerated() where value.isFinite {
                if services[Int(place)].summary.numbers[signal] < 0 {
                    let key = SignalKey(
                        Self.summarySignals[signal], ["service": services[Int(place)].name])
                    numbers.take(key, into: &services[Int(place)].summary.numbers[signal])
                }
                add(services[Int(place)].summary.numbers[signal], value, &readings)
            }
        }
        // What is late is of one service and not of all.
        for (signal, value) in sum.values.enumerated() where value.isFinite && !isLate {
            if hostNumbers[signal] < 0 {
                numbers.take(SignalKey(Self.hostSignals[signal]), into: &hostNumbers[signal])
            }
            add(hostNumbers[signal], value, &readings)
        }
        touched.removeAll(keepingCapacity: true)
    }

    /// Agents sample when a second begins, and a few milliseconds later: of those on a step's border some would fall to
    /// one step and some to the next, so that one step had two and its neighbour none.
    static func onTheSecond(_ time: Timestamp) -> Timestamp {
        let late = time.milliseconds % 1000
        return late > 0 && late <= lateMilliseconds ? time.advanced(byMilliseconds: -late) : time
    }

    private static let lateMilliseconds: Int64 = 100

    /// Marks the service as heard of; since when it is known where it was known before this tick.
    private mutating func hear(_ service: Int) -> (since: Int64, previous: Int64)? {
        if services[service].firstTime == nil || services[service].lastTime != tickTime {
            let heardThrough = services[service].heardThrough
            services[service].isTold = isLate && tickTime <= heardThrough
            // A clock that was set back is believed; what is late is none.
            services[service].heardThrough = isLate ? max(heardThrough, tickTime) : tickTime
        }
        if services[service].firstTime == nil {
            services[service].firstTime = tickTime
            services[service].lastTime = tickTime
            touched.append(Int32(service))
        } else if services[service].lastTime != tickTime {
            let previous = services[service].lastTime
            services[service].previousTime = previous
            services[service].lastTime = tickTime
            touched.append(Int32(service))
            let passed = tickTime.subtractingReportingOverflow(previous)
            let milliseconds = passed.overflow ? 0 : passed.partialValue
            services[service].summary.requests.advance(to: tickTime, by: milliseconds)
            services[service].summary.statements.advance(to: tickTime, by: milliseconds)
        }
        guard let first = services[service].firstTime, let previous = services[service].previousTime else {
            return nil
        }
        return (first, previous)
    }

    private mutating func take(
        _ sample: TickSample, _ index: Int, _ readings: inout [SignalDeriver.Reading]
    ) {
        guard var known = series[index] else { return }
        let service = Int(known.service)
        let value = sample.value
        guard value.isFinite, value >= 0 else { return }
        // A backlog's length is told while nothing else of the service is.
        guard known.role != .gauge else { return isLate ? () : add(known.number, value, &readings) }
        // Late behind what came in time in this session: there is nothing to be said.
        if isLate, services[service].firstTime != nil, services[service].lastTime > tickTime { return }
        let heard = hear(service)
        let time = tickTime &+ Int64(sample.ageMilliseconds)
        var growth: (amount: Double, milliseconds: Int64)?
        if !known.last.isNaN {
            growth = (value >= known.last ? value - known.last : value, time &- known.time)
        } else if let heard {
            growth = (value, tickTime &- heard.previous)
            if !services[service].isTold { newCounters.insert(Int32(index)) }
            if known.number >= 0 {
                begun.append((known.number, Timestamp(milliseconds: heard.since)))
            }
        }
        // No time has passed: what was counted belongs to the next tick.
        if let growth, growth.milliseconds == 0 { return }
        if growth == nil, known.number >= 0, [.rate, .requests, .lines].contains(known.role),
            !services[service].isTold
        {
            opened.append(known.number)
        }
        known.last = value
        known.time = time
        series[index] = known
        guard !services[service].isTold else { return }
        guard let growth, growth.milliseconds > 0 else { return }
        let rate = growth.amount / (Double(growth.milliseconds) / 1000)
        switch known.role {
        case .rate: add(known.number, rate, &readings)
        case .requests:
            services[service].summary.hasRequests = true
            services[service].summary.requests.add(requests: growth.amount, code: known.code)
            add(known.number, rate, &readings)
        case .lines:
            services[service].lines += growth.amount
            add(known.number, rate, &readings)
        case .matches:
            let sum = known.growth.sum(adding: growth.amount, at: Timestamp(milliseconds: tickTime))
            series[index]?.growth = known.growth
            add(known.number, sum, &readings)
        case .unparsed: services[service].unparsed += growth.amount
        case .gauge, .histogram: break
        }
    }

    private mutating func summarize(
        _ observed: ExponentialHistogram, isStatements: Bool, _ service: Int
    ) {
        if isStatements {
            services[service].summary.hasStatements = true
            services[service].summary.statements.add(observed)
        } else {
            services[service].summary.hasDurations = true
            services[service].summary.requests.add(observed)
        }
    }

    private func add(_ number: Int32, _ value: Double, _ readings: inout [SignalDeriver.Reading]) {
        guard number >= 0, value.isFinite else { return }
        readings.append(SignalDeriver.Reading(number: number, value: value))
    }

    /// What a histogram's state in the tick that was read last says; what it is refused for is counted.
    mutating func take(_ state: ExponentialHistogram, _ index: Int32) -> Step {
        guard series.indices.contains(Int(index)), var known = series[Int(index)], known.role == .histogram
        else { return .nothing }
        let before = known.state
        let others = buckets - (before?.buckets.count ?? 0)
        guard state.isPlausible, others + state.buckets.count <= Self.bucketsMax else {
            refusedHistograms &+= 1
            return .refused
        }
        let service = Int(known.service)
        if isLate, services[service].firstTime != nil, services[service].lastTime > tickTime {
            return .nothing
        }
        let isKnown = hear(service) != nil
        known.state = state
        series[Int(index)] = known
        buckets = others + state.buckets.count
        guard before != nil || isKnown, !services[service].isTold else { return .nothing }
        // A state without a difference began anew, and all of it is new.
        let observed = state.difference(since: before ?? ExponentialHistogram()) ?? state
        guard observed.count > 0 else { return .nothing }
        guard observed.isPlausible else {
            refusedHistograms &+= 1
            return .refused
        }
        summarize(observed, isStatements: known.isStatements, service)
        return .observed(number: known.number, observed)
    }
}
