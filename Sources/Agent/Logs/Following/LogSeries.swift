import RequestLogs
import Telemetry
import Wire

/// The series of followed logs, as slots of one group of the stream: announced when something first counts in them, and
/// retired when their route leaves its service's table.
struct LogSeries {
    /// Requests of one method on one route.
    private struct Route {
        /// `RequestCounts.Series.number`, which tells it from one of the same name before.
        var number: UInt64
        /// By the place of the status in the series.
        var codes: [Int] = []
        var latency = Durations()
    }

    private struct Durations {
        var slot = -1
        /// How many the reader of the stream knows of.
        var told: UInt64 = 0
    }

    /// One service's slots; -1 where nothing counts yet.
    private struct Service {
        var routes: [Route] = []
        var requestLines = -1
        var aborts = -1
        var checks = -1
        var slowStatements = -1
        var statementLatency = Durations()
        var lag = -1
        var files = -1
        var unreadable = -1
        var levels: [Int]
        var unparsed: [Int]
        var matches: [String: Int] = [:]

        /// A snapshot began anew without its histograms.
        mutating func forgetTold() {
            for place in routes.indices { routes[place].latency.told = 0 }
            statementLatency.told = 0
        }
    }

    private var group = -1
    private var values: [Int64] = []
    /// By slot: the service whose count it is; -1 for what is told of this moment only.
    private var owners: [Int32] = []
    private var owner: Int32 = -1
    private var free: [Int] = []
    private var services: [Service] = []
    private var own: [TailCounter: Int] = [:]

    /// Makes slots for what is new and takes all values over; once a tick, before it.
    mutating func update(
        _ news: LogNews, _ encoder: inout SampleEncoder
    ) {
        if group < 0 { group = encoder.addGroup("logs") }
        while services.count < news.services.count {
            services.append(
                Service(
                    levels: Severity.allCases.map { _ in -1 },
                    unparsed: UnparsedCounts.Reason.allCases.map { _ in -1 }))
        }
        for place in news.services.indices { update(place, news.services[place], &encoder) }
        // Nothing is known before the first news.
        guard !news.counters.isEmpty else { return }
        for (counter, name, labels) in Self.ownCounters {
            var slot = own[counter] ?? -1
            set(&slot, news.counters[counter.rawValue], name, labels, &encoder, always: true)
            own[counter] = slot
        }
    }

    private static let ownCounters: [(TailCounter, String, Labels)] = [
        (.lostBytes, "martlet_log_lost_bytes_total", [:]),
        (.lostFiles, "martlet_log_lost_files_total", [:]),
        (.truncations, "martlet_log_truncations_total", [:]),
        (.rotations, "martlet_log_rotations_total", [:]),
        (.readErrors, "martlet_log_read_errors_total", [:]),
        (.widerWindows, "martlet_log_wider_windows_total", [:]),
    ]

    private mutating func update(
        _ place: Int, _ service: LogNews.Service, _ encoder: inout SampleEncoder
    ) {
        let name = service.name
        let labels: Labels = ["service": name]
        let totals = service.totals
        var slots = services[place]
        defer { owner = -1 }
        set(&slots.lag, service.lag, "martlet_log_lag_bytes", labels, &encoder, type: .gauge, always: true)
        if let files = service.files {
            set(&slots.files, files, "martlet_log_files", labels, &encoder, type: .gauge, always: true)
            set(
                &slots.unreadable, service.unreadable, "martlet_log_unreadable_files", labels, &encoder,
                type: .gauge, always: true)
        }
        guard service.isTold else {
            services[place] = slots
            return
        }
        owner = Int32(clamping: place)
        set(
            &slots.requestLines, totals.requestLines, "martlet_log_lines_total",
            ["level": "", "service": name], &encoder, always: true)
        set(&slots.aborts, totals.aborts, "martlet_http_aborts_total", labels, &encoder)
        set(&slots.checks, totals.checks, "martlet_http_checks_total", labels, &encoder)
        set(
            &slots.slowStatements, totals.slowStatements, "martlet_db_slow_statements_total", labels, &encoder
        )
        if totals.statementLatency.count > 0, slots.statementLatency.slot < 0 {
            slots.statementLatency.slot = take(
                "martlet_db_statement_duration_seconds", labels, .histogram, &encoder)
        }
        for severity in Severity.allCases where severity != .none {
            set(
                &slots.levels[Int(severity.rawValue)], totals.entries[Int(severity.rawValue)],
                "martlet_log_lines_total", ["level": severity.label, "service": name], &encoder)
        }
        for (number, reason) in UnparsedCounts.Reason.allCases.enumerated() {
            set(
                &slots.unparsed[number], totals.unparsed[number], "martlet_log_unparsed_total",
                ["reason": reason.rawValue, "service": name], &encoder)
        }
        for (match, count) in totals.matches {
            var slot = slots.matches[match] ?? -1
            set(&slot, count, "martlet_log_matches_total", ["match": match, "service": name], &encoder)
            slots.matches[match] = slot
        }
        for (number, series) in totals.series.enumerated() {
            if number == slots.routes.count { slots.routes.append(Route(number: series.number)) }
            update(&slots.routes[number], series, name, &encoder)
        }
        services[place] = slots
    }

    private mutating func update(
        _ route: inout Route, _ series: RequestCounts.Series, _ service: String,
        _ encoder: inout SampleEncoder
    ) {
        if route.number != series.number {
            for slot in route.codes { release(slot, &encoder) }
            release(route.latency.slot, &encoder)
            route = Route(number: series.number)
        }
        for (place, code) in series.codes.enumerated() {
            if place == route.codes.count { route.codes.append(-1) }
            set(
                &route.codes[place], code.count, "martlet_http_requests_total",
                Self.labels(series.key, service, code: code.label), &encoder)
        }
        if series.latency.count > 0, route.latency.slot < 0 {
            route.latency.slot = take(
                "martlet_http_request_duration_seconds", Self.labels(series.key, service, code: nil),
                .histogram, &encoder)
        }
    }

    private static func labels(_ key: RequestCounts.Key, _ service: String, code: String?) -> Labels {
        let method = key.method.text
        guard let code else { return ["method": method, "route": key.route, "service": service] }
        return ["code": code, "method": method, "route": key.route, "service": service]
    }

    // MARK: In the tick

    /// All counters, and the histograms in which something was counted since they were last told; in a snapshot all. What
    /// a frame has no room for is told with the next.
    mutating func append(_ news: LogNews, to encoder: inout SampleEncoder) {
        guard group >= 0 else { return }
        // Without the tails' own counters it is told of the past.
        let isLate = news.counters.isEmpty
        if isLate || news.services.contains(where: { !$0.isTold }) {
            let told = told(news, isLate: isLate)
            encoder.append(group: group, values: told.span, ageMilliseconds: 0)
        } else {
            encoder.append(group: group, values: values.span, ageMilliseconds: 0)
        }
        for place in news.services.indices {
            guard news.services[place].isTold else {
                if encoder.isSnapshot { services[place].forgetTold() }
                continue
            }
            let totals = news.services[place].totals
            for (number, series) in totals.series.enumerated() {
                Self.tell(series.latency, of: &services[place].routes[number].latency, group, &encoder)
            }
            Self.tell(totals.statementLatency, of: &services[place].statementLatency, group, &encoder)
        }
    }

    /// The values of services that are told of; the others have none at that moment.
    private func told(_ news: LogNews, isLate: Bool) -> [Int64] {
        values.indices.map { slot in
            let owner = Int(owners[slot])
            let isTold =
                owner < 0 ? !isLate : news.services.indices.contains(owner) && news.services[owner].isTold
            return isTold ? values[slot] : SampleScale.one.absent
        }
    }

    private static func tell(
        _ histogram: ExponentialHistogram, of slot: inout Durations, _ group: Int,
        _ encoder: inout SampleEncoder
    ) {
        guard slot.slot >= 0, encoder.isSnapshot || slot.told != histogram.count,
            encoder.append(histogram: histogram, slot: slot.slot, group: group)
        else {
            // A snapshot begins anew, so this one is missing there.
            if encoder.isSnapshot { slot.told = 0 }
            return
        }
        slot.told = histogram.count
    }

    // MARK: Slots

    /// Puts a value into its slot, which is made once there is something to count, or `always`.
    private mutating func set(
        _ slot: inout Int, _ value: UInt64, _ name: String, _ labels: @autoclosure () -> Labels,
        _ encoder: inout SampleEncoder, type: MetricType = .counter, always: Bool = false
    ) {
        if slot < 0 {
            guard value > 0 || always else { return }
            slot = take(name, labels(), type, &encoder)
        }
        values[slot] = Int64(clamping: value)
    }

    private mutating func take(
        _ name: String, _ labels: Labels, _ type: MetricType, _ encoder: inout SampleEncoder
    ) -> Int {
        let slot: Int
        if let reused = free.popLast() {
            slot = reused
            owners[slot] = owner
        } else {
            slot = values.count
            values.append(0)
            owners.append(owner)
        }
        encoder.define(SeriesDefinition(SeriesKey(name, labels), type), slot: slot, group: group)
        return slot
    }

    private mutating func release(_ slot: Int, _ encoder: inout SampleEncoder) {
        guard slot >= 0 else { return }
        encoder.retire(slot: slot, group: group)
        values[slot] = 0
        free.append(slot)
    }
}

extension Severity {
    /// The value of the label `level`; empty for lines without one.
    var label: String {
        switch self {
        case .none: ""
        case .debug: "debug"
        case .info: "info"
        case .notice: "notice"
        case .warning: "warning"
        case .error: "error"
        case .critical: "critical"
        }
    }
}
