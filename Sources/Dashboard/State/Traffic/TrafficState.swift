import Fleet
package import Telemetry

/// What the hub has told of requests in the window that is shown: rates by status and durations, of every service, route,
/// method and host, step by step; and examples of the lines that tell of errors.
///
/// Everything is bounded, whatever labels come: what is beyond a bound is counted under ``other``, so totals stay exact.
package struct TrafficState: Sendable {
    package static let servicesMax = 64
    package static let routesMax = 200
    package static let methodsMax = 16
    package static let codesMax = 32
    /// Series with a route and a method of their own; those of hosts that come later are put together, a series for each
    /// service of a host.
    package static let seriesMax = 4096
    /// What comes after so many is left out, and counted.
    package static let allSeriesMax = 8192
    /// The name of what is beyond a bound.
    package static let other = "other"
    /// More than any log holds, in requests a second: keeps sums finite.
    private static let rateMax = 1e12

    /// A service, and the routes and methods that have a name of their own, by first mention.
    package struct Service: Sendable {
        package let name: String
        /// Whether its figures are a database's: slow statements alone, with one route.
        package internal(set) var isDatabase = false
        package internal(set) var routes: [String] = []
        var routePlaces: [String: Int] = [:]
        var methods: Set<String> = []
    }

    /// Where a signal's values go.
    struct Slot: Sendable {
        let series: Int
        /// Place of the code; nil for durations.
        let code: Int?
    }

    private struct Identity: Hashable, Sendable {
        let host: HostID
        let service: Int
        let route: Int
        let method: String
    }

    private struct SourceIdentity: Hashable, Sendable {
        let host: HostID
        let service: Int
    }

    package let stepMilliseconds: Int64
    /// Steps kept.
    package let capacity: Int
    package private(set) var services: [Service] = []
    package private(set) var series: [TrafficSeries] = []
    package private(set) var samples = ErrorSamples()
    /// The newest of each kind.
    package private(set) var unread: [UnreadLine.Kind: UnreadLine] = [:]
    /// Definitions that were beyond ``allSeriesMax``.
    package private(set) var leftOut = 0
    private(set) var sources: [TrafficSource] = []
    /// The last moment of each host, and the one before: what a rate of that moment stands for.
    private var moments: [HostID: (last: Timestamp, before: Timestamp?)] = [:]
    /// Changes with everything that comes.
    private(set) var version = 0
    /// Changes when a series or a code is new.
    private(set) var shape = 0
    /// The version at which a step last changed.
    private var stepVersions: [Int64: Int] = [:]
    private var servicePlaces: [String: Int] = [:]
    private var places: [Identity: Int] = [:]
    private var sourcePlaces: [SourceIdentity: Int] = [:]

    package init(stepMilliseconds: Int64, capacity: Int) {
        self.stepMilliseconds = max(1, stepMilliseconds)
        self.capacity = max(1, min(capacity, 2000))
    }

    package func route(of series: TrafficSeries) -> String {
        services[series.service].routes[series.route]
    }

    /// The step that holds `time`; a value at a step's exact end belongs to it.
    package func step(of time: Timestamp) -> Int64 {
        let (quotient, remainder) = time.milliseconds.quotientAndRemainder(dividingBy: stepMilliseconds)
        return remainder > 0 ? quotient + 1 : quotient
    }

    /// Whether anything of the step came after that version.
    func hasChanged(_ step: Int64, since version: Int) -> Bool {
        stepVersions[step].map { $0 > version } ?? false
    }

    /// Requests a second of one code in a step; nil where its source said nothing.
    package func rate(_ series: TrafficSeries, code: Int, step: Int64) -> Double? {
        let seconds = sources[series.source].seconds[step]
        return seconds == 0 ? nil : Double(series.requests[code][step]) / Double(seconds)
    }

    /// Requests of one code in a step, of the part of it that its source told of: shares are of these, since rates of steps
    /// that are covered in part weigh too much.
    package func requests(_ series: TrafficSeries, code: Int, step: Int64) -> Double {
        Double(series.requests[code][step])
    }

    /// Whether the service said anything of the step on that host.
    package func isKnown(_ series: TrafficSeries, step: Int64) -> Bool {
        sources[series.source].seconds[step] > 0 || series.latency[step] != nil
    }

    /// Requests of a step whose durations are known, over all series.
    package func latencyCount(step: Int64) -> UInt64 {
        series.reduce(0) { $0 &+ ($1.latency[step]?.count ?? 0) }
    }

    // MARK: What comes

    mutating func add(_ value: Double, to slot: Slot, at time: Timestamp) {
        guard value >= 0, let code = slot.code else { return }
        let step = step(of: time)
        let source = series[slot.series].source
        let host = series[slot.series].host
        heard(host, at: time)
        let passed = moments[host]?.before.map { time.milliseconds(since: $0) }
        guard sources[source].tick(time, step: step, passedMilliseconds: passed) else { return }
        note(step)
        let requests = Float(min(value, Self.rateMax)) * sources[source].weight
        guard requests > 0 else { return }
        series[slot.series].requests[code].update(step) { $0 += requests }
    }

    /// A host said something at a moment, of requests or of something else.
    mutating func heard(_ host: HostID, at time: Timestamp) {
        guard let known = moments[host] else {
            moments[host] = (time, nil)
            return
        }
        if known.last != time { moments[host] = (time, known.last) }
    }

    mutating func add(_ histogram: ExponentialHistogram, to slot: Slot, at time: Timestamp) {
        guard slot.code == nil, histogram.count > 0 else { return }
        let step = step(of: time)
        note(step)
        series[slot.series].latency.update(step) { known in
            if known == nil { known = histogram } else { known?.merge(histogram) }
        }
    }

    mutating func add(_ sample: ErrorSample) {
        version += 1
        let service = servicePlaces[sample.service].map { services[$0] }
        samples.add(sample, isNamed: service?.routePlaces[sample.route] != nil)
    }

    mutating func add(_ line: UnreadLine) {
        if let known = unread[line.kind], known.time > line.time { return }
        version += 1
        unread[line.kind] = line
        guard unread.count > UnreadLine.kindsMax, let oldest = unread.values.min(by: { $0.time < $1.time })
        else { return }
        unread[oldest.kind] = nil
    }

    private mutating func note(_ step: Int64) {
        version += 1
        stepVersions[step] = version
        guard stepVersions.count > 4 * capacity + 64 else { return }
        // Steps of clocks that are wrong are let go like those that are over.
        let oldest = stepVersions.values.sorted()[stepVersions.count / 2]
        stepVersions = stepVersions.filter { $0.value > oldest }
    }

    /// The rates of a service of a host at a moment are of so many seconds; said before them.
    mutating func cover(_ seconds: Double, of source: Int, at time: Timestamp) {
        sources[source].cover(seconds, at: time)
    }

    // MARK: Names

    /// The source that the hub tells the covered seconds of; nil where the signal is another.
    mutating func source(of signal: SignalKey, host: HostID) -> Int? {
        guard signal.name == TrafficSignals.covered, let name = signal.labels["service"],
            let service = servicePlaces[servicePlaces[name] == nil ? Self.other : name]
        else { return nil }
        return sourcePlaces[SourceIdentity(host: host, service: service)]
    }

    /// Where values of this signal go; nil where it is not one of requests or statements.
    mutating func slot(of signal: SignalKey, host: HostID) -> Slot? {
        let isDatabase: Bool
        let hasCode: Bool
        switch signal.name {
        case TrafficSignals.requests: (isDatabase, hasCode) = (false, true)
        case TrafficSignals.duration: (isDatabase, hasCode) = (false, false)
        case TrafficSignals.slowStatements: (isDatabase, hasCode) = (true, true)
        case TrafficSignals.statementDuration: (isDatabase, hasCode) = (true, false)
        default: return nil
        }
        guard let name = signal.labels["service"] else { return nil }
        let service = place(ofService: name, isDatabase: isDatabase)
        let route = isDatabase ? Self.statements : signal.labels["route"] ?? Self.other
        let method = isDatabase ? "" : signal.labels["method"] ?? ""
        guard let place = place(of: host, service, route, method) else {
            leftOut += 1
            return nil
        }
        guard hasCode else { return Slot(series: place, code: nil) }
        return Slot(series: place, code: code(signal.labels["code"] ?? "", of: place))
    }

    /// What a database's one route is called.
    package static let statements = "slow statements"

    private mutating func place(ofService name: String, isDatabase: Bool) -> Int {
        let name = servicePlaces[name] != nil || services.count < Self.servicesMax ? name : Self.other
        if let place = servicePlaces[name] { return place }
        var service = Service(name: name)
        service.isDatabase = isDatabase
        services.append(service)
        servicePlaces[name] = services.count - 1
        return services.count - 1
    }

    private mutating func place(
        of host: HostID, _ service: Int, _ route: String, _ method: String
    ) -> Int? {
        var identity = Identity(
            host: host, service: service, route: services[service].place(of: route),
            method: services[service].bounded(method: method))
        if let place = places[identity] { return place }
        if series.count >= Self.seriesMax {
            identity = Identity(
                host: host, service: service, route: services[service].place(of: Self.other),
                method: Self.other)
            if let place = places[identity] { return place }
        }
        guard series.count < Self.allSeriesMax else { return nil }
        shape += 1
        series.append(
            TrafficSeries(
                host: host, service: service, route: identity.route, method: identity.method,
                source: place(ofSource: SourceIdentity(host: host, service: service)), capacity: capacity))
        places[identity] = series.count - 1
        return series.count - 1
    }

    private mutating func place(ofSource identity: SourceIdentity) -> Int {
        if let place = sourcePlaces[identity] { return place }
        sources.append(TrafficSource(capacity: capacity, stepMilliseconds: stepMilliseconds))
        sourcePlaces[identity] = sources.count - 1
        return sources.count - 1
    }

    private mutating func code(_ code: String, of place: Int) -> Int {
        let known = series[place].codes
        let code = known.contains(code) || known.count < Self.codesMax ? code : Self.other
        if let found = series[place].codes.firstIndex(of: code) { return found }
        shape += 1
        series[place].codes.append(code)
        series[place].requests.append(StepRing(capacity: capacity, empty: 0))
        return series[place].codes.count - 1
    }
}

extension TrafficState.Service {
    /// The place of a route, or of `other` where the service has its share of them already.
    fileprivate mutating func place(of route: String) -> Int {
        if let place = routePlaces[route] { return place }
        let named = routes.count - (routePlaces[TrafficState.other] == nil ? 0 : 1)
        let route = named < TrafficState.routesMax ? route : TrafficState.other
        if let place = routePlaces[route] { return place }
        routes.append(route)
        routePlaces[route] = routes.count - 1
        return routes.count - 1
    }

    fileprivate mutating func bounded(method: String) -> String {
        if methods.contains(method) { return method }
        guard methods.count < TrafficState.methodsMax else { return TrafficState.other }
        methods.insert(method)
        return method
    }
}
