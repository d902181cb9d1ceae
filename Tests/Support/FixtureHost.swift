package import Fleet
package import Telemetry

/// A host that never was, and is the same whenever it is asked: what golden screens, documents and benchmarks show.
///
/// It speaks as the hub does, in live updates. ``noon`` is the moment its screens are drawn at; its load rises in
/// the five minutes before, and a gap of twenty seconds lies six minutes back.
package struct FixtureHost: Sendable {
    package enum Kind: Sendable {
        /// A web server with everything a host can show.
        case server
        /// A host that allows and has little: no pressure, no cgroups, no sensors, no I/O of processes.
        case bare
    }

    /// 2026-08-01 14:32:07 UTC.
    package static let noon = Timestamp(seconds: 1_785_594_727)

    package let id: HostID
    package let kind: Kind
    package let cores: Int
    /// How many processes run.
    package let processCount: Int
    let noise: FixtureNoise
    private let signals: [FixtureSignals.Entry]
    private let firstIndex: Int32

    /// - Parameter firstIndex: where the host's series begin, so that several hosts can share one stream.
    package init(
        _ name: String = "web-eu-017", kind: Kind = .server, cores: Int = 16, processCount: Int = 412,
        seed: UInt64 = 17, firstIndex: Int32 = 0
    ) {
        id = HostID(name)
        self.kind = kind
        self.cores = cores
        self.processCount = processCount
        self.firstIndex = firstIndex
        noise = FixtureNoise(seed: seed)
        signals = FixtureSignals(noise: noise, kind: kind, cores: cores).all
    }

    package var facts: HostFacts {
        HostFacts(
            kernelName: id.name, kernelRelease: "6.8.0-45-generic", machine: "x86_64",
            operatingSystem: kind == .server ? "Debian GNU/Linux 12 (bookworm)" : "Alpine Linux v3.20",
            machineID: "f00d", bootID: "cafe",
            bootTime: Self.noon.advanced(byMilliseconds: -81 * 86_400_000), onlineCPUs: Int32(cores),
            cpuModel: kind == .server ? "AMD EPYC 7543P 32-Core Processor" : "Intel(R) Xeon(R) CPU @ 2.20GHz",
            memoryBytes: UInt64(FixtureSignals.memory), agentVersion: "0.1.0",
            notApplicable: kind == .server
                ? []
                : [
                    Label("pressure", "the kernel was built without PSI, or booted with psi=0"),
                    Label("cgroup", "no cgroup v2 hierarchy is mounted"),
                    Label("hwmon", "no sensors in /sys/class/hwmon"),
                    Label("processes", "hidepid=2 on /proc: only processes of uid 1000 are seen"),
                ])
    }

    package func summary(_ state: LinkState = .live, lastFrame: Timestamp? = FixtureHost.noon) -> HostSummary
    {
        HostSummary(
            host: id.name, source: "ssh \(id.name)", state: state, agentVersion: "0.1.0",
            lastFrame: lastFrame?.milliseconds, groups: ["web", "eu-west"], tags: ["role": "web"])
    }

    /// What a screen is told first: the host, its series, and their values up to `end`, one a step.
    package func history(
        seconds: Int, stepSeconds: Int = 1, ending end: Timestamp = FixtureHost.noon, state: LinkState = .live
    ) -> [LiveUpdate] {
        var updates: [LiveUpdate] = [.hosts([summary(state, lastFrame: end)]), .facts(host: id, facts)]
        for (place, signal) in signals.enumerated() {
            updates.append(.define(index: firstIndex + Int32(place), host: id, signal: signal.key))
        }
        for back in stride(from: max(0, seconds), through: 0, by: -max(1, stepSeconds)) {
            let time = end.advanced(byMilliseconds: Int64(-back) * 1000)
            if !isGap(time) { updates.append(values(at: time)) }
        }
        updates.append(.processes(host: id, processes(at: end)))
        updates.append(.liveBegins)
        return updates
    }

    /// What it says of one second of the live view: values, and every second time its processes.
    package func tick(at time: Timestamp) -> [LiveUpdate] {
        let hasTable = time.milliseconds / 1000 % 2 == 0
        return [values(at: time)] + (hasTable ? [.processes(host: id, processes(at: time))] : [])
    }

    private func values(at time: Timestamp) -> LiveUpdate {
        let seconds = Double(time.milliseconds(since: Self.noon)) / 1000
        var indices: [Int32] = []
        var values: [Double] = []
        for (place, signal) in signals.enumerated() {
            let value = signal.value(seconds)
            guard !value.isNaN else { continue }
            indices.append(firstIndex + Int32(place))
            values.append(value)
        }
        return .values(time: time, indices: indices, values: values)
    }

    private func isGap(_ time: Timestamp) -> Bool {
        (-380 ..< -360).contains(time.milliseconds(since: Self.noon) / 1000)
    }
}
