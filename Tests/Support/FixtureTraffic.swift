package import Fleet
import Glibc
package import Telemetry

/// Services that never were, the same whenever they are asked: what screens of requests and logs show.
///
/// `web` has seven routes on every host, `api` two on every other, `orders-db` tells of slow statements. Three minutes before
/// noon `/cart` becomes slow and answers 504, first of all on the first host. Of a half minute nothing is known.
package struct FixtureTraffic: Sendable {
    package struct Route: Sendable {
        package let service: String
        package let route: String
        package let method: String
        /// Requests a second of one host, and seconds in which half of them are answered.
        let rate: Double
        let median: Double

        package init(service: String, route: String, method: String, rate: Double, median: Double) {
            self.service = service
            self.route = route
            self.method = method
            self.rate = rate
            self.median = median
        }
    }

    package let hosts: [HostID]
    package let routes: [Route]
    private let noise = FixtureNoise(seed: 7)
    /// Where indices of this fixture begin.
    private static let firstIndex: Int32 = 100_000
    private static let codes = ["200", "302", "404", "500", "504"]

    package static let allRoutes = [
        Route(service: "web", route: "/", method: "GET", rate: 60, median: 0.004),
        Route(service: "web", route: "/search", method: "GET", rate: 40, median: 0.018),
        Route(service: "web", route: "/items/:id", method: "GET", rate: 90, median: 0.011),
        Route(service: "web", route: "/cart", method: "GET", rate: 25, median: 0.061),
        Route(service: "web", route: "/cart", method: "POST", rate: 6, median: 0.12),
        Route(service: "web", route: "/checkout", method: "POST", rate: 3, median: 0.21),
        Route(service: "web", route: "other", method: "GET", rate: 2, median: 0.006),
        Route(service: "api", route: "/v1/orders", method: "GET", rate: 12, median: 0.03),
        Route(service: "api", route: "/v1/orders", method: "PUT", rate: 4, median: 0.05),
        Route(service: "orders-db", route: "", method: "", rate: 0.4, median: 0.9),
    ]

    package init(_ hostCount: Int = 4, routes: [Route] = FixtureTraffic.allRoutes) {
        hosts = (0..<max(0, hostCount)).map { HostID("web-eu-west-\(String(1001 + $0).dropFirst())") }
        self.routes = routes
    }

    package var list: LiveUpdate {
        .hosts(
            hosts.map {
                HostSummary(
                    host: $0.name, source: "ssh \($0.name)", state: .live, agentVersion: "0.1.0",
                    lastFrame: FixtureHost.noon.milliseconds, groups: ["web"], tags: ["role": "web"])
            })
    }

    /// List, series, and steps up to `end`, host by host as the hub sends them.
    package func history(
        seconds: Int = 600, stepSeconds: Int = 5, ending end: Timestamp = FixtureHost.noon
    ) -> [LiveUpdate] {
        var updates = [list] + definitions
        for host in hosts.indices {
            for back in stride(from: max(0, seconds), through: 0, by: -max(1, stepSeconds)) {
                let time = end.advanced(byMilliseconds: Int64(-back) * 1000)
                updates += step(host, at: time, seconds: stepSeconds)
            }
        }
        return updates + samples(ending: end) + [.liveBegins]
    }

    /// One second of all hosts.
    package func tick(at time: Timestamp) -> [LiveUpdate] {
        hosts.indices.flatMap { step($0, at: time, seconds: 1) }
    }

    // MARK: Series

    /// A host has a thousand indices, a route ten of them: codes, and durations last.
    private func index(_ host: Int, _ route: Int, code: Int?) -> Int32 {
        Self.firstIndex + Int32(host * 1000 + route * 10 + (code ?? 9))
    }

    private func logIndex(_ host: Int, _ service: Int, _ signal: Int) -> Int32 {
        Self.firstIndex + Int32(host * 1000 + 900 + service * 10 + signal)
    }

    private var serviceNames: [String] {
        routes.reduce(into: []) { if !$0.contains($1.service) { $0.append($1.service) } }
    }

    private func has(_ host: Int, _ route: Route) -> Bool {
        route.service == "web" || (route.service == "api" ? host % 2 == 0 : host == 0)
    }

    private var definitions: [LiveUpdate] {
        hosts.enumerated().flatMap { host, id -> [LiveUpdate] in
            let requests = routes.enumerated().flatMap { place, route -> [LiveUpdate] in
                guard has(host, route) else { return [] }
                if route.service == "orders-db" {
                    return [
                        .define(
                            index: index(host, place, code: 0), host: id,
                            signal: SignalKey("db.slow_rate", ["service": route.service])),
                        .define(
                            index: index(host, place, code: nil), host: id,
                            signal: SignalKey("db.duration", ["service": route.service])),
                    ]
                }
                let labels: Labels = [
                    "service": route.service, "route": route.route, "method": route.method,
                ]
                return Self.codes.indices.map { code in
                    .define(
                        index: index(host, place, code: code), host: id,
                        signal: SignalKey(
                            "http.requests.rate", Labels(labels.pairs + [Label("code", Self.codes[code])])))
                } + [
                    .define(
                        index: index(host, place, code: nil), host: id,
                        signal: SignalKey("http.duration", labels))
                ]
            }
            let logs = serviceNames.enumerated().flatMap { place, name -> [LiveUpdate] in
                ["log.rate", "log.unparsed_ratio"].enumerated().map { signal, key in
                    .define(
                        index: logIndex(host, place, signal), host: id,
                        signal: SignalKey(key, ["service": name]))
                }
            }
            return requests + logs
        }
    }

    // MARK: Steps

    private func isGap(_ time: Timestamp) -> Bool {
        (-400 ..< -370).contains(time.milliseconds(since: FixtureHost.noon) / 1000)
    }

    private func step(_ host: Int, at time: Timestamp, seconds: Int) -> [LiveUpdate] {
        guard !isGap(time) else { return [] }
        let now = Double(time.milliseconds(since: FixtureHost.noon)) / 1000
        var indices: [Int32] = []
        var values: [Double] = []
        var observed: [Int32] = []
        var histograms: [ExponentialHistogram] = []
        for (place, route) in routes.enumerated() where has(host, route) {
            let trouble = route.route == "/cart" ? max(0, min(1, (now + 180) / 60)) : 0
            let isFirst = host == 0
            let rate =
                (route.rate * (0.7 + 0.6 * noise(place * 10 + host, now, period: 90)) * Double(seconds))
                .rounded() / Double(seconds)
            let failed = rate * trouble * (isFirst ? 0.3 : 0.02)
            let shares =
                route.service == "orders-db"
                ? [1] : [0.93, 0.04, 0.03 - 0.0002, 0.0002]
            for (code, share) in shares.enumerated() {
                indices.append(index(host, place, code: code))
                values.append((rate - failed) * share)
            }
            if route.service != "orders-db" {
                indices.append(index(host, place, code: 4))
                values.append(failed)
            }
            let count = Int((rate * Double(seconds)).rounded())
            guard count > 0 else { continue }
            observed.append(index(host, place, code: nil))
            histograms.append(
                Self.histogram(
                    count, median: route.median * (1 + trouble * (isFirst ? 9 : 1.5)),
                    spread: 0.7 + 0.5 * trouble))
        }
        for place in serviceNames.indices {
            indices += [logIndex(host, place, 0), logIndex(host, place, 1)]
            values += [place == 0 ? 230 : 18, place == 1 ? 0.12 : 0]
        }
        return [
            .values(time: time, indices: indices, values: values),
            .histograms(time: time, indices: observed, histograms),
        ]
    }

    /// Logarithms spread like a bell around the median's: what requests' durations look like. Of many requests only so many
    /// different ones are made up, each for its share of them.
    package static func histogram(_ count: Int, median: Double, spread: Double) -> ExponentialHistogram {
        let points = max(1, min(count, 64))
        var counts: [Int32: UInt64] = [:]
        var (sum, least, most) = (0.0, Double.infinity, -Double.infinity)
        for place in 0..<points {
            let share = (Double(place) + 0.5) / Double(points)
            // The logistic quantile is near enough to the normal one.
            let value = median * exp(spread * 0.6 * log(share / (1 - share)))
            let times = count * (place + 1) / points - count * place / points
            counts[ExponentialHistogram.index(of: value), default: 0] += UInt64(times)
            sum += value * Double(times)
            (least, most) = (min(least, value), max(most, value))
        }
        let buckets = counts.sorted { $0.key < $1.key }.map {
            ExponentialHistogram.Bucket(index: $0.key, count: $0.value)
        }
        return ExponentialHistogram(buckets: buckets, zeroCount: 0, sum: sum, min: least, max: most)
            ?? ExponentialHistogram()
    }

    // MARK: Logs that show nothing

    /// What the agent of the first host says of logs that tell of no requests: of `shop` one may not be read, `blog` has no
    /// file, of `api2` no line is understood, and `cron` wrote none.
    package func silentLogs(ending end: Timestamp) -> [LiveUpdate] {
        let figures: [(service: String, files: Double, unreadable: Double, unparsed: Double?, rate: Double)] =
            [
                ("shop", 1, 1, nil, 0), ("blog", 0, 0, nil, 0), ("api2", 1, 0, 1, 0), ("cron", 1, 0, nil, 0),
            ]
        var updates: [LiveUpdate] = []
        var indices: [Int32] = []
        var values: [Double] = []
        for figure in figures {
            for (signal, value) in [
                ("log.lag", 0), ("log.files", figure.files), ("log.unreadable", figure.unreadable),
                ("log.unparsed_ratio", figure.unparsed), ("log.rate", figure.rate),
            ] as [(String, Double?)] {
                guard let value else { continue }
                let index = Int32(50_000 + indices.count)
                updates.append(
                    .define(
                        index: index, host: hosts[0], signal: SignalKey(signal, ["service": figure.service])))
                indices.append(index)
                values.append(value)
            }
        }
        for back in stride(from: 60, through: 0, by: -5) {
            let time = end.advanced(byMilliseconds: Int64(-back) * 1000)
            updates.append(.values(time: time, indices: indices, values: values))
        }
        return [list] + updates
    }

    // MARK: Lines

    /// An error line every few seconds since it went wrong, the last at `end`.
    package func samples(ending end: Timestamp, count: Int = 24) -> [LiveUpdate] {
        (0..<count).reversed().compactMap { back in
            guard !hosts.isEmpty else { return nil }
            let host = back % 3 == 0 ? 0 : back % hosts.count
            let isPost = back % 5 == 0
            return .event(
                host: hosts[host],
                time: end.advanced(byMilliseconds: Int64(-7 * back) * 1000 - 120), kind: .errorSample,
                labels: [
                    "service": "web", "route": "/cart", "method": isPost ? "POST" : "GET", "code": "504",
                    "level": "error", "count": "\(1 + back % 4)",
                ],
                text:
                    "upstream timed out (110: Connection timed out) while reading response header, client: 203.0.113.\(back), request: \"\(isPost ? "POST" : "GET") /cart HTTP/1.1\", upstream: \"http://10.0.0.\(7 + host):8080/cart\", rid=8f2a\(back)"
            )
        }
    }

    /// Lines of all hosts, one every 250 ms, each a request; the last at `end`.
    package func lines(_ count: Int, ending end: Timestamp) -> [LiveUpdate] {
        (0..<max(0, count)).reversed().compactMap { back in
            guard !hosts.isEmpty else { return nil }
            let route = routes[(back * 7) % min(7, routes.count)]
            let code = back % 11 == 0 ? "504" : back % 7 == 0 ? "404" : "200"
            return .event(
                host: hosts[back * 5 % hosts.count],
                time: end.advanced(byMilliseconds: Int64(-250 * back)), kind: .line,
                labels: [
                    "service": route.service, "route": route.route, "method": route.method, "code": code,
                    "level": code == "504" ? "error" : code == "404" ? "warn" : "info",
                ],
                text:
                    "\(route.method) \(route.route)?page=\(back % 40) \(code) \(back * 37 % 900)ms rid=\(back)"
            )
        }
    }
}
