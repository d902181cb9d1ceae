import Archive
import Fleet
package import Telemetry

/// The newest answer of a `[probe]` of one host, as the hub knows it.
package struct ProbeReading: Hashable, Sendable {
    package var isGood: Bool
    /// Empty where it names none.
    package var version: String
    /// When it was asked, by the host's clock; milliseconds since 1970.
    package var askedAt: Int64

    package init(isGood: Bool, version: String = "", askedAt: Int64) {
        self.isGood = isGood
        self.version = version
        self.askedAt = askedAt
    }
}

extension HubCore {
    /// A host tells all of its series with each tick: what was not told in the last ones is gone.
    private static let probeTicks: Int64 = 5
    private static let probeReachMilliseconds: Int64 = 10_000

    /// nil where the host has no such probe, or nothing was heard of it lately.
    package func probe(_ name: String, of host: HostID) -> ProbeReading? {
        let labels: Labels = ["probe": name]
        guard let success = newest(SeriesKey("martlet_probe_success", labels), of: host),
            let asked = newest(SeriesKey("martlet_probe_timestamp_seconds", labels), of: host)
        else { return nil }
        // A host may tell any number.
        guard let askedAt = Int64(exactly: (asked.value * 1000).rounded()) else { return nil }
        var reading = ProbeReading(isGood: success.value == 1, askedAt: askedAt)
        // The versions that it named before are still in the head: the one that was told last is meant, if it still is.
        var toldAt = Int.min
        for key in head.keys(of: host, where: { $0 == "martlet_probe_version_info" })
        where key.labels["probe"] == name {
            guard let told = newest(key, of: host), told.step > toldAt else { continue }
            toldAt = told.step
            reading.version = told.step == success.step ? key.labels["version"] ?? "" : ""
        }
        return reading
    }

    /// A probe that is asked when its agent begins has answered, or failed, within so long.
    private static let probeBeginsMilliseconds: Int64 = 15_000

    /// Whether the host's agent has begun just now, so that a probe of which nothing was heard may be there all the same.
    package func mayYetProbe(_ host: HostID) -> Bool {
        guard let greeted = hosts[host]?.greetedAt else { return false }
        return clock.steadyMilliseconds() - greeted < Self.probeBeginsMilliseconds
    }

    /// Whether frames come from the host.
    package func isLive(_ host: HostID) -> Bool { hosts[host]?.summary.state == .live }

    /// What the host's clock showed last.
    func hostTime(_ host: HostID) -> Timestamp? { hosts[host]?.lastTick }

    /// A series' last value, and in which second of the reach it was told.
    private func newest(_ key: SeriesKey, of host: HostID) -> (value: Double, step: Int)? {
        guard let known = hosts[host], let last = known.lastTick else { return nil }
        let reach = max(
            Self.probeReachMilliseconds, Self.probeTicks * Int64(known.target.intervalMilliseconds))
        let to = Timestamp(milliseconds: last.milliseconds / 1000 * 1000 + 1000)
        let from = to.advanced(byMilliseconds: -(reach / 1000 * 1000))
        let values = head.range(host, key, from: from, to: to, stepMilliseconds: 1000, .last)
        guard let step = values.lastIndex(where: { !$0.isNaN }) else { return nil }
        return (values[step], step)
    }
}
