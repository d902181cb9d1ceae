package import Fleet
package import Telemetry

/// Many hosts that never were, the same whenever they are asked: what golden screens and benchmarks of Fleet show.
///
/// They speak as the hub does to a view of the fleet: their list, the fleet's signals of each, history and then one
/// tick a second. Every thirty-first host has a full disk, every forty-seventh cannot be reached, every fifty-third is
/// silent.
package struct FixtureFleet: Sendable {
    package let hosts: [HostID]
    private let noise = FixtureNoise(seed: 42)

    private static let signals = [
        "cpu", "memory.used", "load.1", "pressure.cpu", "pressure.memory", "pressure.io", "disk.fullest",
        "disk.busiest", "net.receive.all", "net.transmit.all", "units.failed", "host.uptime",
        "processes.total",
        "load.per_core", "swap.used",
    ]
    private static let kinds = [("web", "eu-west"), ("web", "us-east"), ("db", "eu-west"), ("cache", "ap-1")]

    package init(_ count: Int) {
        hosts = (0..<max(0, count)).map { place in
            let kind = Self.kinds[place % Self.kinds.count]
            let number = String(place / Self.kinds.count + 1)
            let padding = String(repeating: "0", count: max(0, 3 - number.utf8.count))
            return HostID("\(kind.0)-\(kind.1)-\(padding)\(number)")
        }
    }

    /// The list, as the hub sends it at first and whenever a host changes its state.
    package func list(at time: Timestamp) -> LiveUpdate {
        .hosts(
            hosts.enumerated().map { place, id in
                let kind = Self.kinds[place % Self.kinds.count]
                return HostSummary(
                    host: id.name, source: "ssh \(id.name)", state: state(place, time), agentVersion: "0.1.0",
                    lastFrame: time.milliseconds - (isSilent(place) ? 94_000 : 300),
                    groups: ["\(kind.0)/\(kind.1)"],
                    tags: ["role": kind.0, "zone": kind.1])
            })
    }

    /// List, definitions and `seconds` of history up to `end`.
    package func history(seconds: Int, stepSeconds: Int = 15, ending end: Timestamp) -> [LiveUpdate] {
        var updates = [list(at: end)]
        for (place, id) in hosts.enumerated() {
            for (signal, name) in Self.signals.enumerated() {
                updates.append(
                    .define(
                        index: Int32(place * Self.signals.count + signal), host: id, signal: SignalKey(name)))
            }
        }
        for back in stride(from: max(0, seconds), through: 0, by: -max(1, stepSeconds)) {
            updates += tick(at: end.advanced(byMilliseconds: Int64(-back) * 1000))
        }
        return updates + [.liveBegins]
    }

    /// One second of all hosts that can be reached.
    package func tick(at time: Timestamp) -> [LiveUpdate] {
        let seconds = Double(time.milliseconds / 1000)
        return hosts.indices.compactMap { place in
            guard !isUnreachable(place), !isSilent(place) else { return nil }
            let first = Int32(place * Self.signals.count)
            let count = Int32(Self.signals.count)
            return .values(time: time, indices: Array(first..<first + count), values: values(place, seconds))
        }
    }

    private func values(_ place: Int, _ seconds: Double) -> [Double] {
        let load = noise(place, seconds.truncatingRemainder(dividingBy: 100_000), period: 60)
        let busy = min(1, load * (place % 17 == 0 ? 1.7 : 0.9))
        let disk = place % 31 == 30 ? 0.98 : 0.3 + 0.6 * noise.value(3, place)
        return [
            busy, 0.3 + 0.5 * load, busy * 16, max(0, busy - 0.6), 0, 0.1 * load, disk, load / 2,
            8e7 * load, 2e8 * load, place % 97 == 96 ? 1 : 0, Double(86_400 * (place % 90 + 1)) + 60, 412,
            busy, 0.02,
        ]
    }

    private func state(_ place: Int, _ time: Timestamp) -> LinkState {
        if isUnreachable(place) {
            return .failed(
                reason: "ssh: connect to host port 22: Connection refused; is sshd running there?",
                retryAt: time.milliseconds + 12_000)
        }
        return isSilent(place) ? .stale : .live
    }

    private func isUnreachable(_ place: Int) -> Bool { place % 47 == 46 }
    private func isSilent(_ place: Int) -> Bool { place % 53 == 52 }
}
