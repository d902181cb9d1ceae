/// What a log, or one stretch of it, says: requests by status, route and duration, entries by severity, and what could
/// not be read. All counts are exact; what is bounded (routes, samples) says into what it falls.
package struct LogSummary: Sendable {
    /// Requests of one method on one route.
    package struct Series: Sendable {
        package let route: Int
        package let method: HTTPMethod
        /// Requests by the slot of their status; `StatusSlots.code` says which that is.
        package fileprivate(set) var codes = [24 of UInt64](repeating: 0)
        package fileprivate(set) var errors: UInt64 = 0
        package fileprivate(set) var latency = LatencyHistogram()
        /// Times that `reset` found no request here, one after the other.
        fileprivate var idleTurns: UInt16 = 0

        package var requests: UInt64 {
            var total: UInt64 = 0
            for slot in codes.indices { total &+= codes[slot] }
            return total
        }

        @inline(__always)
        fileprivate mutating func count(_ slot: Int, _ status: UInt16, duration: Int64) {
            codes[slot] &+= 1
            if status >= 500, status < 600 { errors &+= 1 }
            if duration >= 0 { latency.observe(duration) }
        }

        fileprivate mutating func take(_ other: Series) {
            for slot in codes.indices { codes[slot] &+= other.codes[slot] }
            errors &+= other.errors
            latency.merge(other.latency)
        }
    }

    /// A line that is worth showing: an error, or a request that took too long.
    package struct Notable: Sendable {
        package var route = 0
        package var method = HTTPMethod.other
        /// 0 where the line is no request, or its request had no status.
        package var status: UInt16 = 0
        package var severity = Severity.none
        package var isRequest = true
        /// What the entry says, in `text`; empty where that is all of it.
        package var message = ByteRange.none
        /// Milliseconds since 1970 of the latest line by then, where others came behind it; nil where none did.
        package var time: Int64?
        /// The first bytes of the line, without its transport's wrapping.
        package var text: [UInt8] = []
    }

    /// Series of method and route; series 0 is what no other has room for.
    package static let seriesMax = 200
    /// Turns without a request after which a series leaves its place, where places are short.
    private static let idleTurnsMax: UInt16 = 600

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
    package internal(set) var routes: RouteTable
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
    /// What carried the line says when it was written, in milliseconds since 1970: for lines that say no time.
    var carriedTime: Int64?

    /// The last line worth showing, for who asked for such lines and takes it away.
    package var notable: Notable?
    /// The same of lines that were taken many at a time.
    package var notables: [Notable] = []
    /// Lines worth showing are kept in `notable` and `notables`.
    package var keepsNotable = false
    /// Requests of this many nanoseconds are worth showing.
    package var slowNanoseconds = Int64.max

    /// While a backlog is read: what it tells, in windows of its own time.
    var past = PastWindows()
    var isSortingByTime = false

    /// Which statuses are counted apart by route.
    package private(set) var slots = StatusSlots()
    private var turns: UInt64 = 0

    /// The series of a route and a method: route × methods + method, or 0.
    private var places: [Int32] = []
    let hasChecks: Bool

    package init(routePatterns: [RoutePattern] = [], ignored: [IgnoredRequest] = []) {
        routes = RouteTable(patterns: routePatterns, ignored: ignored)
        hasChecks = !ignored.isEmpty
    }

    /// Counts one request of the line in `bytes`.
    @_optimize(speed)
    package mutating func add(_ record: RequestRecord, in bytes: Span<UInt8>) {
        let time = clock.milliseconds(bytes, record.time, record.timeShape) ?? carriedTime
        if isSortingByTime { sort(by: time) }
        let method = HTTPMethod.named(bytes, record.method)
        let route = routes.route(bytes, record)
        if routes.hasChanges { follow(routes.takeChanges()) }
        if hasChecks, routes.isIgnored(route, method) {
            checks &+= 1
            return
        }
        let (place, slot) = addToAll(
            route, method, status: record.status, size: record.bytes, duration: record.duration,
            isAbort: record.isAbort)
        series[place].count(slot, record.status, duration: record.duration)
        if let time { note(time: time) }
    }

    /// Counts a request, but not yet where it belongs, which it gives: the place of its series, the slot of its status.
    @inline(__always)
    mutating func addToAll(
        _ route: Int, _ method: HTTPMethod, status: UInt16, size: Int64, duration: Int64, isAbort: Bool
    ) -> (place: Int, slot: Int) {
        requests &+= 1
        statuses[Int(status)] &+= 1
        if isAbort || status == 499 { aborts &+= 1 }
        if size > 0 { bytesSent &+= UInt64(size) }
        let isError = keepsNotable && status >= 500 && status < 600
        if isError || duration >= slowNanoseconds {
            notable = Notable(route: route, method: method, status: status)
        }
        return (place(route, method), slots.slot(of: status))
    }

    /// Counts requests of which `addToAll` has told the places: nothing here waits for the counts of the one before, so
    /// that the processor fetches those of the next ones meanwhile.
    @_optimize(speed)
    mutating func addToSeries(_ requests: borrowing QuickRequests, _ range: Range<Int>) {
        guard !range.isEmpty else { return }
        unsafe series.withUnsafeMutableBufferPointer { series in
            for number in range {
                let request = requests[number]
                let place = Int(request.series)
                guard place >= 0, place < series.count else { continue }
                // place is within the buffer.
                unsafe series[place].count(
                    Int(request.slot), request.status, duration: request.duration)
            }
        }
    }

    /// Counts one entry that is no request, under the log's own word for its severity or the `name` given.
    package mutating func add(_ entry: EntryRecord, named name: String? = nil, in bytes: Span<UInt8>) {
        let time = clock.milliseconds(bytes, entry.time, entry.timeShape) ?? carriedTime
        if isSortingByTime { sort(by: time) }
        entries.add(entry, named: name, in: bytes)
        if entry.duration >= 0 { entryLatency.observe(entry.duration) }
        if keepsNotable, entry.severity >= .error {
            notable = Notable(
                severity: entry.severity, isRequest: false, message: entry.message)
        }
        if let time { note(time: time) }
    }

    @inline(__always) mutating func note(time: Int64) {
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
                series[to].take(moved)
            }
        }
    }

    /// Forgets what was counted, and keeps what was learned: routes, formats of time, places.
    ///
    /// Counts that are read and reset every second are exact however routes are merged: what a merge moves was
    /// counted since the last reset, and no count that was read before ever shrinks.
    ///
    /// A turn is a call that its owner makes once a second; others age nothing.
    package mutating func reset(isTurn: Bool = true) {
        (requests, aborts, checks, bytesSent, other, lines) = (0, 0, 0, 0, 0, 0)
        for slot in 0..<slots.count { statuses[slots.isOther(slot) ? 0 : Int(slots.code(slot))] = 0 }
        if slots.isFull { statuses = [UInt64](repeating: 0, count: 1000) }
        entryLatency.reset()
        for place in series.indices {
            if series[place].requests == 0 {
                if isTurn { series[place].idleTurns = min(series[place].idleTurns &+ 1, Self.idleTurnsMax) }
                continue
            }
            series[place].idleTurns = 0
            series[place].codes = [24 of UInt64](repeating: 0)
            series[place].errors = 0
            series[place].latency.reset()
        }
        entries = EntryCounts()
        unparsed = UnparsedCounts()
        (firstTime, lastTime) = (nil, nil)
        guard isTurn else { return }
        turns &+= 1
        if series.count >= Self.seriesMax, turns % 64 == 0 { makeRoom() }
    }

    /// Frees the places of series that have had no request for long, and lets all be asked for again.
    private mutating func makeRoom() {
        series = series.enumerated().filter { $0.offset == 0 || $0.element.idleTurns < Self.idleTurnsMax }
            .map(\.element)
        for key in places.indices { places[key] = -1 }
        for (place, one) in series.enumerated().dropFirst() {
            places[one.route * HTTPMethod.allCount + Int(one.method.rawValue)] = Int32(place)
        }
    }

    /// Durations of statements alone.
    package var statementLatency: LatencyHistogram { entryLatency }

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

/// Gives the statuses that a log holds a slot each, in the order in which they come; the last slot is for all beyond.
package struct StatusSlots: Sendable {
    package static let slotsMax = 24
    private static let none: UInt8 = 255

    private var places = [UInt8](repeating: none, count: 1000)
    private var codes: [UInt16] = []

    /// Slots in use.
    package var count: Int { codes.count }
    var isFull: Bool { codes.count == Self.slotsMax }

    /// The status of a slot, 0 for none.
    package func code(_ slot: Int) -> UInt16 { codes[slot] }
    /// Whether the slot is for all statuses that got none of their own.
    package func isOther(_ slot: Int) -> Bool { slot == Self.slotsMax - 1 }

    @inline(__always) mutating func slot(of status: UInt16) -> Int {
        let place = places[Int(status)]
        return place == Self.none ? make(status) : Int(place)
    }

    @inline(never) private mutating func make(_ status: UInt16) -> Int {
        if codes.count < Self.slotsMax { codes.append(status) }
        places[Int(status)] = UInt8(codes.count - 1)
        return codes.count - 1
    }
}
