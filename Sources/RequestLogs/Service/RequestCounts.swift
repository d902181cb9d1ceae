package import Telemetry

/// What the logs of one service have told, as counters that only rise: requests by method, route and status, durations
/// by method and route, entries, checks, what could not be read.
///
/// A request stays counted where it was first counted. When learned routes are merged, the route that goes gets no more
/// and in time leaves the table, and the one that it was merged into takes what comes from then on, beginning where it
/// stood. So no counter ever shrinks, none jumps by what another had, and what all series rise by is exactly the requests
/// there were. A series that left the table and comes back begins at 0, as a new one.
package struct RequestCounts: Sendable, Equatable {
    /// What requests are counted by.
    package struct Key: Hashable, Sendable {
        package var route: String
        package var method: HTTPMethod

        package init(route: String, method: HTTPMethod) {
            self.route = route
            self.method = method
        }

        /// What no other series has room for.
        package static let other = Key(route: "other", method: .other)
    }

    /// Requests with one status.
    package struct Code: Sendable, Equatable {
        /// 100...999, 0 for requests without a status, `other` for all that have no counter of their own.
        package var code: UInt16
        package var count: UInt64

        package static let other: UInt16 = 1000

        /// The value of the label `code`.
        package var label: String { code == 0 ? "none" : code == Self.other ? "other" : String(code) }
    }

    /// The requests of one route and method; latencies are in seconds.
    package struct Series: Sendable, Equatable {
        package let key: Key
        /// Tells this series from one of the same name that left the table before.
        package let number: UInt64
        /// In the order in which the statuses came; entries keep their places.
        package internal(set) var codes: [Code] = []
        package internal(set) var latency = ExponentialHistogram()
        /// The turn in which it last rose.
        package internal(set) var turn: UInt64

        mutating func add(_ count: UInt64, code: UInt16) {
            var code = code
            var place = codes.firstIndex { $0.code == code }
            if place == nil, codes.count >= RequestCounts.codesMax {
                code = Code.other
                place = codes.firstIndex { $0.code == code }
            }
            if let place {
                codes[place].count &+= count
            } else {
                codes.append(Code(code: code, count: count))
            }
        }
    }

    package static let seriesMax = 200
    /// Statuses that one series counts apart.
    package static let codesMax = 24
    /// Names of `match` that are counted.
    package static let matchesMax = 64
    /// Turns without a request after which a series gives its place to a new one.
    static let idleTurnsMax: UInt64 = 600

    package internal(set) var series: [Series] = []
    /// Lines that told of a request.
    package internal(set) var requestLines: UInt64 = 0
    /// Lines that are neither requests nor entries, and meant to be there.
    package internal(set) var otherLines: UInt64 = 0
    package internal(set) var aborts: UInt64 = 0
    package internal(set) var checks: UInt64 = 0
    package internal(set) var slowStatements: UInt64 = 0
    package internal(set) var statementLatency = ExponentialHistogram()
    /// Entries, by `Severity.rawValue`.
    package internal(set) var entries = [UInt64](repeating: 0, count: Severity.allCases.count)
    /// In the order of `UnparsedCounts.Reason.allCases`.
    package internal(set) var unparsed = [UInt64](
        repeating: 0, count: UnparsedCounts.Reason.allCases.count)
    package internal(set) var matches: [String: UInt64] = [:]

    private var places: [Key: Int] = [:]
    private(set) var turn: UInt64 = 0
    private var numbers: UInt64 = 0

    package init() {}

    /// Two tables are equal that count the same, whatever order it came in.
    package static func == (left: RequestCounts, right: RequestCounts) -> Bool {
        func bytes(_ counts: RequestCounts) -> [UInt8] {
            var bytes: [UInt8] = []
            counts.append(to: &bytes)
            return bytes
        }
        return bytes(left) == bytes(right)
    }

    package var isEmpty: Bool {
        series.isEmpty && requestLines == 0 && otherLines == 0 && checks == 0 && matches.isEmpty
            && entries.allSatisfy { $0 == 0 } && unparsed.allSatisfy { $0 == 0 }
    }

    /// Requests of all series.
    package var requests: UInt64 {
        series.reduce(0) { $0 &+ $1.codes.reduce(0) { $0 &+ $1.count } }
    }

    mutating func beginTurn() { turn &+= 1 }

    /// The series of a key, made if there is room, else that of `other`.
    mutating func place(of key: Key) -> Int {
        if let place = places[key] { return place }
        guard series.count >= Self.seriesMax - 1, key != .other else { return append(key) }
        let isIdle = { (place: Int) in
            series[place].turn &+ Self.idleTurnsMax < turn && series[place].key != .other
        }
        let idle = series.indices.filter(isIdle).min { series[$0].turn < series[$1].turn }
        guard let idle else { return place(of: .other) }
        places[series[idle].key] = nil
        series[idle] = makeSeries(key)
        places[key] = idle
        return idle
    }

    private mutating func append(_ key: Key) -> Int {
        series.append(makeSeries(key))
        places[key] = series.count - 1
        return series.count - 1
    }

    private mutating func makeSeries(_ key: Key) -> Series {
        numbers &+= 1
        return Series(key: key, number: numbers, turn: turn)
    }

    mutating func add(_ codes: [Code], _ latency: ExponentialHistogram, to key: Key) {
        let place = place(of: key)
        for code in codes { series[place].add(code.count, code: code.code) }
        if latency.count > 0 { series[place].latency.merge(latency) }
        series[place].turn = turn
    }

    mutating func add(matches name: String, _ count: UInt64) {
        guard count > 0, matches[name] != nil || matches.count < Self.matchesMax else { return }
        matches[name, default: 0] &+= count
    }

    /// Adds all that `other` counted, as after a restart what was recorded since the last whole table.
    package mutating func add(_ other: RequestCounts) {
        for one in other.series { add(one.codes, one.latency, to: one.key) }
        requestLines &+= other.requestLines
        otherLines &+= other.otherLines
        aborts &+= other.aborts
        checks &+= other.checks
        slowStatements &+= other.slowStatements
        statementLatency.merge(other.statementLatency)
        for place in entries.indices { entries[place] &+= other.entries[place] }
        for place in unparsed.indices { unparsed[place] &+= other.unparsed[place] }
        for (name, count) in other.matches { add(matches: name, count) }
    }
}
