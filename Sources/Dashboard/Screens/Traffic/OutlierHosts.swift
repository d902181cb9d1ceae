import Telemetry
import Text

/// Which hosts answer a route worse than its other hosts do, and by how much: `017 p99 9.0 s vs 84 ms`, `017 5xx 8.9% vs 0.1%`.
struct OutlierHosts: Sendable {
    /// What a host answered of the route.
    struct Answers: Sendable {
        var latency = ExponentialHistogram()
        var requests = 0.0
        var serverErrors = 0.0

        mutating func add(
            _ series: TrafficSeries, codes: [Int], of state: TrafficState, steps: ClosedRange<Int64>
        ) {
            for step in steps {
                if let latency = series.latency[step] { self.latency.merge(latency) }
                for code in codes {
                    let requests = state.requests(series, code: code, step: step)
                    self.requests += requests
                    if series.codes[code].hasPrefix("5") { serverErrors += requests }
                }
            }
        }

        fileprivate mutating func add(_ other: Answers) {
            latency.merge(other.latency)
            requests += other.requests
            serverErrors += other.serverErrors
        }

        fileprivate var errorRatio: Double { requests > 0 ? serverErrors / requests : 0 }
    }

    /// A host beside all the others together.
    struct Finding: Hashable, Sendable {
        /// By what a host stands out.
        enum Measure: Hashable, Sendable {
            /// Seconds.
            case p99
            /// Shares of requests answered 5xx.
            case errors
        }

        let host: HostID
        let measure: Measure
        let own: Double
        let rest: Double

        /// How many times as bad it is; what the worst stand first by.
        fileprivate var weight: Double { own / max(rest, measure == .errors ? 0.001 : 1e-6) }

        func text(_ names: ShortHosts) -> SafeText {
            switch measure {
            case .p99: "\(names.name(host)) p99 \(Format.seconds(own)) vs \(Format.seconds(rest))"
            case .errors: "\(names.name(host)) 5xx \(Format.ratio(own)) vs \(Format.ratio(rest))"
            }
        }
    }

    /// A host stands out by latency with at least this share of the slowest hundredth, and twice its share of all.
    private static let shareMin = 0.1
    /// Of fewer slow requests, or errors, no host can be blamed.
    private static let slowMin = 20.0
    private static let errorsMin = 5.0
    /// A share of errors below is nothing to look at; above it is three times that of the others.
    private static let errorRatioMin = 0.01
    private static let errorFactor = 3.0
    private static let shown = 3

    /// The worst first; of one host the worse of both.
    let findings: [Finding]

    /// - Parameter answers: the route's, of each host.
    init(_ answers: [HostID: Answers]) {
        guard answers.count > 1 else {
            findings = []
            return
        }
        var all = Answers()
        for own in answers.values { all.add(own) }
        var found: [HostID: Finding] = [:]
        for finding in Self.slow(answers, all) + Self.failing(answers, all)
        where found[finding.host].map({ $0.weight < finding.weight }) ?? true {
            found[finding.host] = finding
        }
        findings = Array(
            found.values.sorted { $0.weight != $1.weight ? $0.weight > $1.weight : $0.host < $1.host }
                .prefix(Self.shown))
    }

    private static func slow(_ answers: [HostID: Answers], _ all: Answers) -> [Finding] {
        guard let bound = all.latency.bucket(atQuantile: 0.99) else { return [] }
        let slow = answers.mapValues { Double($0.latency.count(in: bound..<Int32.max)) }
        let sum = slow.values.reduce(0, +)
        guard sum >= slowMin else { return [] }
        return slow.compactMap { host, count -> Finding? in
            let traffic = Double(answers[host]?.latency.count ?? 0) / Double(max(1, all.latency.count))
            guard count / sum >= shareMin, count / sum >= 2 * traffic,
                let own = answers[host]?.latency.quantile(0.99)
            else { return nil }
            var rest = ExponentialHistogram()
            for (other, answers) in answers where other != host { rest.merge(answers.latency) }
            guard let others = rest.quantile(0.99), own > others else { return nil }
            return Finding(host: host, measure: .p99, own: own, rest: others)
        }
    }

    private static func failing(_ answers: [HostID: Answers], _ all: Answers) -> [Finding] {
        answers.compactMap { host, own -> Finding? in
            let requests = all.requests - own.requests
            guard own.serverErrors >= errorsMin, own.errorRatio >= errorRatioMin, requests > 0 else {
                return nil
            }
            let rest = max(0, all.serverErrors - own.serverErrors) / requests
            guard own.errorRatio >= errorFactor * rest else { return nil }
            return Finding(host: host, measure: .errors, own: own.errorRatio, rest: rest)
        }
    }
}

/// Hosts by what tells them apart: `web-eu-west-017` beside `web-eu-west-044` is `017`.
struct ShortHosts: Sendable {
    /// Characters that all names begin with, up to a sign that parts them, so that no number is cut in two.
    private let shared: Int

    init(_ hosts: some Sequence<HostID>) {
        var names = Set(hosts.map(\.name)).sorted().map { Array(Self.short($0)) }
        // The first and the last in order have no longer beginning in common than all.
        guard names.count > 1, let last = names.popLast() else {
            shared = 0
            return
        }
        var same = 0
        var cut = 0
        while same < min(names[0].count, last.count), names[0][same] == last[same] {
            same += 1
            if "-_".contains(last[same - 1]) { cut = same }
        }
        shared = cut
    }

    func name(_ host: HostID) -> SafeText {
        let name = Self.short(host.name).dropFirst(shared)
        return SafeText(name.isEmpty ? host.name : String(name))
    }

    private static func short(_ name: String) -> Substring { name.prefix { $0 != "." } }
}
