/// What a log, or one stretch of it, says: requests by status, route and duration, entries by severity, and what could
/// not be read. All counts are exact; what is bounded (routes, samples) says into what it falls.
package struct LogSummary: Sendable {
    /// Requests of one method on one route.
    package struct Series: Sendable {
        package let route: Int
        package let method: HTTPMethod
        package fileprivate(set) var requests: UInt64 = 0
        package fileprivate(set) var errors: UInt64 = 0
        package fileprivate(set) var latency = LatencyHistogram()
    }

    /// Series of method and route; series 0 is what no other has room for.
    package static let seriesMax = 200

    package private(set) var requests: UInt64 = 0
    /// Requests by status; index 0 counts those that never got one.
    package private(set) var statuses = [UInt64](repeating: 0, count: 1000)
    /// Requests whose client left, where the log says so (499, HAProxy's C, Caddy's 0).
    package private(set) var aborts: UInt64 = 0
    /// Requests that the configuration calls checks; in no other count.
    package private(set) var checks: UInt64 = 0
    package private(set) var bytesSent: UInt64 = 0
    /// Durations of entries, which belong to no series.
    private var entryLatency = LatencyHistogram()
    package private(set) var series = [Series(route: 0, method: .other)]
    package private(set) var routes: RouteTable
    /// Milliseconds since 1970 of the earliest and latest request or entry that had a time.
    package private(set) var firstTime: Int64?
    package private(set) var lastTime: Int64?

    /// Entries of a database or an application by severity.
    package var entries = EntryCounts()
    /// Lines that are neither requests nor entries, and meant to be there: banners, stack traces.
    package var other: UInt64 = 0
    package var unparsed = UnparsedCounts()
    /// Lines read, whatever they were.
    package var lines: UInt64 = 0

    package var clock = LogClock()

    /// The series of a route and a method: route × methods + method, or 0.
    private var places: [Int32] = []
    private let hasChecks: Bool

    package init(routePatterns: [RoutePattern] = [], ignored: [IgnoredRequest] = []) {
        routes = RouteTable(patterns: routePatterns, ignored: ignored)
        hasChecks = !ignored.isEmpty
    }

    /// Counts one request of the line in `bytes`.
    @_optimize(speed)
    package mutating func add(_ record: RequestRecord, in bytes: Span<UInt8>) {
        let method = HTTPMethod.named(bytes, record.method)
        let route = routes.route(bytes, record)
        if routes.hasChanges { follow(routes.takeChanges()) }
        if hasChecks, routes.isIgnored(route, method) {
            checks &+= 1
            return
        }
        requests &+= 1
        let status = record.status
        statuses[Int(status)] &+= 1
        if record.isAbort || status == 499 { aborts &+= 1 }
        if record.bytes > 0 { bytesSent &+= UInt64(record.bytes) }
        let place = place(route, method)
        series[place].requests &+= 1
        if status >= 500, status < 600 { series[place].errors &+= 1 }
        if record.duration >= 0 { series[place].latency.observe(record.duration) }
        if let time = clock.milliseconds(bytes, record.time, record.timeShape) { note(time: time) }
    }

    /// Counts one entry that is no request, under the log's own word for its severity or the `name` given.
    package mutating func add(_ entry: EntryRecord, named name: String? = nil, in bytes: Span<UInt8>) {
        entries.add(entry, named: name, in: bytes)
        if entry.duration >= 0 { entryLatency.observe(entry.duration) }
        if let time = clock.milliseconds(bytes, entry.time, entry.timeShape) { note(time: time) }
    }

    @inline(__always) private mutating func note(time: Int64) {
        guard let first = firstTime, let last = lastTime else {
            (firstTime, lastTime) = (time, time)
            return
        }
        if time < first { firstTime = time }
        if time > last { lastTime = time }
    }

    @inline(__always) private mutating func place(_ route: Int, _ method: HTTPMethod) -> Int {
        let key = route &* HTTPMethod.allCount &+ Int(method.rawValue)
        if key < places.count, places[key] >= 0 { return Int(places[key]) }
        return makePlace(route, method, key)
    }

    @inline(never) private mutating func makePlace(_ route: Int, _ method: HTTPMethod, _ key: Int) -> Int {
        while places.count <= key { places.append(-1) }
        if series.count < Self.seriesMax {
            series.append(Series(route: route, method: method))
            places[key] = Int32(series.count - 1)
        } else {
            places[key] = 0
        }
        return Int(places[key])
    }

    /// Moves the counts of routes that were merged to those they were merged into.
    private mutating func follow(_ changes: [RouteTree.Change]) {
        for case .merged(let route, let target) in changes {
            for method in HTTPMethod.allCases {
                let key = route * HTTPMethod.allCount + Int(method.rawValue)
                guard key < places.count, places[key] > 0 else { continue }
                let from = Int(places[key])
                places[key] = -1
                // The freed series takes the last one's place, so that there are no holes.
                let moved = series[from]
                let last = series.count - 1
                if from != last {
                    series[from] = series[last]
                    places[series[last].route * HTTPMethod.allCount + Int(series[last].method.rawValue)] =
                        Int32(from)
                }
                series.removeLast()
                let to = place(target, method)
                series[to].requests &+= moved.requests
                series[to].errors &+= moved.errors
                series[to].latency.merge(moved.latency)
            }
        }
    }

    /// Requests by the status's first digit, 1 to 9; index 0 are those without a status.
    package var classes: [UInt64] {
        var classes = [UInt64](repeating: 0, count: 10)
        for (status, count) in statuses.enumerated() { classes[status / 100] += count }
        return classes
    }

    /// The durations of all.
    package var latency: LatencyHistogram {
        var total = entryLatency
        for one in series { total.merge(one.latency) }
        return total
    }

    /// Answers with 5xx.
    package var errors: UInt64 { classes[5] }
}

extension HTTPMethod {
    static let allCount = 10
}
