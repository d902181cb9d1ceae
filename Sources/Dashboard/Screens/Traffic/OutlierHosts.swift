import Telemetry
import Text

/// Which hosts answer the slowest hundredth of a route's requests, where some do more of it than of all requests: `017 61%`.
struct OutlierHosts: Sendable {
    struct Share: Hashable, Sendable {
        let host: HostID
        /// Of the requests at and above the route's p99.
        let share: Double
    }

    /// A host stands out with at least this share of the slowest, and twice its share of all.
    private static let shareMin = 0.1
    /// Of fewer slow requests no host can be blamed.
    private static let requestsMin = 20.0
    private static let shown = 3

    let hosts: [Share]

    /// - Parameter histograms: the route's durations on each host.
    init(_ histograms: [HostID: ExponentialHistogram], all: ExponentialHistogram) {
        guard histograms.count > 1, let bound = all.bucket(atQuantile: 0.99) else {
            hosts = []
            return
        }
        let slow = histograms.mapValues { Double($0.count(in: bound..<Int32.max)) }
        let sum = slow.values.reduce(0, +)
        guard sum >= Self.requestsMin else {
            hosts = []
            return
        }
        hosts = Array(
            slow.compactMap { host, count -> Share? in
                let share = count / sum
                let traffic = Double(histograms[host]?.count ?? 0) / Double(max(1, all.count))
                return share >= Self.shareMin && share >= 2 * traffic ? Share(host: host, share: share) : nil
            }
            .sorted { $0.share != $1.share ? $0.share > $1.share : $0.host < $1.host }
            .prefix(Self.shown))
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
