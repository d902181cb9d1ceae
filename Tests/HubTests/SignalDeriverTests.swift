import Fleet
import Hub
import Telemetry
import Testing
import Wire

/// Feeds a deriver with ticks by name and gives its readings by name; NaN for a series that has no value.
private struct Bench {
    var deriver = SignalDeriver()
    private var indices: [SeriesKey: Int32] = [:]

    mutating func tick(
        _ seconds: Double, _ samples: [(SeriesKey, Double)], ageMilliseconds: UInt32 = 0
    ) -> [SignalKey: Double] {
        let time = Timestamp(milliseconds: Int64(seconds * 1000))
        let found = samples.map { key, value in
            TickSample(index: index(of: key), ageMilliseconds: ageMilliseconds, value: value)
        }
        let tick = Tick(
            sequence: 1, time: time, isSnapshot: false, samples: found.filter { !$0.value.isNaN },
            gaps: found.filter(\.value.isNaN).map(\.index))
        let readings = deriver.readings(tick)
        return Dictionary(
            readings.compactMap { reading in deriver.signals[Int(reading.number)].map { ($0, reading.value) }
            },
            uniquingKeysWith: { first, _ in first })
    }

    /// The signals that the last tick ended.
    var lost: Set<SignalKey> { Set(deriver.lost.compactMap { deriver.signals[Int($0)] }) }

    private mutating func index(of key: SeriesKey) -> Int32 {
        if let index = indices[key] { return index }
        let index = Int32(indices.count)
        indices[key] = index
        deriver.define(index, key)
        return index
    }

    mutating func retire(_ key: SeriesKey) {
        if let index = indices.removeValue(forKey: key) { deriver.retire(index) }
    }
}

@Suite struct `Deriving signals` {
    private static let received = SeriesKey("node_network_receive_bytes_total", ["device": "eth0"])
    private static let receive = SignalKey("net.receive", ["device": "eth0"])

    @Test func `gives a counter's rate from its second sample on, over the samples' own times`() {
        var bench = Bench()
        #expect(bench.tick(10, [(Self.received, 1000)])[Self.receive] == nil)
        #expect(bench.tick(12, [(Self.received, 5000)])[Self.receive] == 2000)
        #expect(bench.tick(12.5, [(Self.received, 5100)])[Self.receive] == 200)
        // Read half a second after the tick's time.
        #expect(bench.tick(13, [(Self.received, 5300)], ageMilliseconds: 500)[Self.receive] == 200)
    }

    @Test func `gives no rate after a step back, and the next one from there`() {
        var bench = Bench()
        _ = bench.tick(10, [(Self.received, 1000)])
        #expect(bench.tick(11, [(Self.received, 10)])[Self.receive] == nil)
        #expect(bench.tick(12, [(Self.received, 40)])[Self.receive] == 30)
    }

    @Test func `gives no rate where no time passed, or time went back`() {
        var bench = Bench()
        _ = bench.tick(10, [(Self.received, 1000)])
        #expect(bench.tick(10, [(Self.received, 2000)])[Self.receive] == nil)
        #expect(bench.tick(5, [(Self.received, 3000)])[Self.receive] == nil)
        #expect(bench.tick(6, [(Self.received, 3500)])[Self.receive] == 500)
    }

    @Test func `leaves a gap where an input was not read, and spans it by the rate`() {
        var bench = Bench()
        _ = bench.tick(10, [(Self.received, 1000)])
        #expect(bench.tick(11, [])[Self.receive] == nil)
        #expect(bench.tick(20, [(Self.received, 2000)])[Self.receive] == 100)
    }

    @Test func `tells of signals that an input is lost of, and not of those that were only not read`() {
        var bench = Bench()
        let (total, available) = (
            SeriesKey("node_memory_MemTotal_bytes"), SeriesKey("node_memory_MemAvailable_bytes")
        )
        _ = bench.tick(10, [(total, 100), (available, 10), (SeriesKey("node_load1"), 3)])
        #expect(bench.lost.isEmpty)
        let readings = bench.tick(11, [(total, 100), (available, .nan)])
        #expect(readings[SignalKey("memory.used")] == nil && readings[SignalKey("memory.total")] == 100)
        #expect(bench.lost == [SignalKey("memory.available"), SignalKey("memory.used")])
        #expect(bench.tick(12, [(SeriesKey("node_load1"), 4)])[SignalKey("load.1")] == 4)
        #expect(bench.lost.isEmpty)
    }

    @Test func `tells of a sum that it is lost when all are that it sums up`() {
        var bench = Bench()
        let modes = ["user", "nice", "system", "irq", "softirq", "steal", "iowait"]
        func times(_ values: [Double]) -> [(SeriesKey, Double)] {
            values.enumerated().flatMap { number, value in modes.map { (Self.cpu(number, $0), value) } }
        }
        for second in 0..<2 { _ = bench.tick(Double(second), times([Double(second), Double(second)])) }
        #expect(bench.tick(2, times([2, .nan]))[SignalKey("cpu")] == 1)
        #expect(bench.lost == [SignalKey("cpu.core", ["cpu": "1"])])
        #expect(bench.tick(3, times([.nan, .nan]))[SignalKey("cpu")] == nil)
        #expect(bench.lost.contains(SignalKey("cpu")) && bench.lost.contains(SignalKey("cpu.iowait")))
    }

    /// Two file systems mounted over each other.
    @Test func `has a value of what two series tell of while one of them does`() {
        var bench = Bench()
        let free = SignalKey("disk.free", ["mount": "/"])
        let (below, above) = ("/dev/a", "/dev/b")
        func tick(_ values: [(device: String, value: Double)]) -> Double? {
            bench.tick(
                10,
                values.map { device, value in
                    let labels: Labels = ["device": device, "mountpoint": "/"]
                    return (SeriesKey("node_filesystem_avail_bytes", labels), value)
                })[free]
        }
        for values in [[(below, .nan), (above, 5)], [(above, 5), (below, .nan)]] {
            #expect(tick(values) == 5)
            #expect(bench.lost.isEmpty)
        }
        #expect(tick([(below, .nan), (above, .nan)]) == nil)
        #expect(bench.lost.contains(free))
    }

    private static func cpu(_ number: Int, _ mode: String) -> SeriesKey {
        SeriesKey("node_cpu_seconds_total", ["cpu": "\(number)", "mode": mode])
    }

    private static func cores(_ busy: [Double]) -> [(SeriesKey, Double)] {
        busy.enumerated().flatMap { number, seconds in
            ["user", "nice", "system", "irq", "softirq", "steal", "iowait", "idle"].map { mode in
                (cpu(number, mode), mode == "user" ? seconds : mode == "idle" ? 100 - seconds : 0)
            }
        }
    }

    @Test func `averages the CPUs, and tells each of them`() {
        var bench = Bench()
        _ = bench.tick(10, Self.cores([0, 0]))
        let found = bench.tick(11, Self.cores([0.5, 0.1]))
        #expect(found[SignalKey("cpu.core", ["cpu": "0"])] == 0.5)
        #expect(found[SignalKey("cpu.core", ["cpu": "1"])] == 0.1)
        #expect(found[SignalKey("cpu")].map { abs($0 - 0.3) < 1e-9 } == true)
        #expect(found[SignalKey("cpu.user")].map { abs($0 - 0.3) < 1e-9 } == true)
        #expect(found.keys.contains { $0.name == "cpu.core.user" } == false)
    }

    @Test(arguments: [
        (["lo", "eth0", "eth1", "veth12", "docker0"], 2000.0 as Double?),
        (["lo", "veth12", "docker0"], 2000),
        (["docker0", "veth12", "eth0"], 1000), (["lo"], nil),
    ])
    func `sums the network that reaches other machines, once`(devices: [String], sum: Double?) {
        var bench = Bench()
        func values(_ bytes: Double) -> [(SeriesKey, Double)] {
            devices.map { (SeriesKey("node_network_receive_bytes_total", ["device": $0]), bytes) }
        }
        _ = bench.tick(10, values(0))
        let found = bench.tick(11, values(1000))
        #expect(found[SignalKey("net.receive.all")] == sum)
        #expect(found[SignalKey("net.receive", ["device": devices[0]])] == 1000)
    }

    @Test func `never says more than a whole CPU`() {
        var bench = Bench()
        _ = bench.tick(10, Self.cores([0]))
        #expect(bench.tick(11, Self.cores([1.02]))[SignalKey("cpu")] == 1)
    }

    @Test(
        arguments: [
            ("node_pressure_cpu_waiting_seconds_total", SignalKey("pressure.cpu"), [:]),
            ("node_pressure_io_stalled_seconds_total", SignalKey("pressure.io.full"), [:]),
            (
                "martlet_unit_pressure_io_waiting_seconds_total",
                SignalKey("unit.pressure.io", ["unit": "a.service"]), ["unit": "a.service"]
            ),
        ] as [(String, SignalKey, Labels)])
    func `never says that more time was waited than passed`(metric: String, signal: SignalKey, labels: Labels)
    {
        var bench = Bench()
        let series = SeriesKey(metric, labels)
        _ = bench.tick(10, [(series, 5)])
        #expect(bench.tick(11, [(series, 6.07)])[signal] == 1)
        #expect(bench.tick(12, [(series, 6.32)])[signal].map { abs($0 - 0.25) < 1e-9 } == true)
    }

    @Test(arguments: [
        (metric: "node_systemd_service_restart_total", signal: "unit.restarts", label: "name"),
        (metric: "martlet_agent_dropped_total", signal: "agent.dropped", label: ""),
        (metric: "node_vmstat_oom_kill", signal: "oom.kills", label: ""),
    ])
    func `counts what happened in the last ten minutes, not since the beginning`(
        _ row: (metric: String, signal: String, label: String)
    ) {
        var bench = Bench()
        let series = SeriesKey(row.metric, row.label.isEmpty ? [:] : [row.label: "a.service"])
        let signal = SignalKey(row.signal, row.label.isEmpty ? [:] : ["unit": "a.service"])
        #expect(bench.tick(1000, [(series, 40)])[signal] == 0)
        #expect(bench.tick(1010, [(series, 42)])[signal] == 2)
        #expect(bench.tick(1300, [(series, 43)])[signal] == 3)
        // What counts was started anew and has counted one since.
        #expect(bench.tick(1400, [(series, 1)])[signal] == 4)
        #expect(bench.tick(1611, [(series, 1)])[signal] == 2)
        #expect(bench.tick(2001, [(series, 1)])[signal] == 0)
        // The clock was set back.
        #expect(bench.tick(500, [(series, 2)])[signal] == 1)
    }

    @Test func `counts CPUs for the load, and notices when one goes`() {
        var bench = Bench()
        _ = bench.tick(10, Self.cores([0, 0, 0, 0]))
        #expect(bench.tick(11, [(SeriesKey("node_load5"), 2)])[SignalKey("load.per_core")] == 0.5)
        for mode in ["user", "nice", "system", "irq", "softirq", "steal", "iowait", "idle"] {
            bench.retire(Self.cpu(3, mode))
            bench.retire(Self.cpu(2, mode))
        }
        #expect(bench.tick(12, [(SeriesKey("node_load5"), 2)])[SignalKey("load.per_core")] == 1)
    }

    @Test(
        arguments: [
            (
                "memory.used", ["node_memory_MemTotal_bytes": 100.0, "node_memory_MemAvailable_bytes": 25],
                0.75
            ),
            ("swap.used", ["node_memory_SwapTotal_bytes": 0, "node_memory_SwapFree_bytes": 0], nil),
            ("swap.used", ["node_memory_SwapTotal_bytes": 10, "node_memory_SwapFree_bytes": 5], 0.5),
            ("files.used", ["node_filefd_allocated": 5, "node_filefd_maximum": 50], 0.1),
            ("host.uptime", ["node_time_seconds": 1000, "node_boot_time_seconds": 400], 600),
            ("clock.offset", ["node_timex_offset_seconds": -0.25], 0.25),
            ("memory.used", ["node_memory_MemTotal_bytes": 0, "node_memory_MemAvailable_bytes": 0], nil),
            ("memory.used", ["node_memory_MemTotal_bytes": 0, "node_memory_MemAvailable_bytes": 5], nil),
            ("load.1", ["node_load1": .infinity], nil),
        ] as [(String, [String: Double], Double?)])
    func `follows the catalogue's formulas, and never gives what is no number`(
        signal: String, samples: [String: Double], value: Double?
    ) {
        var bench = Bench()
        let found = bench.tick(10, samples.map { (SeriesKey($0.key), $0.value) })
        #expect(found[SignalKey(signal)] == value)
        #expect(found.values.allSatisfy { $0.isFinite })
    }

    private static func mount(_ path: String, used: Double) -> [(SeriesKey, Double)] {
        let labels: Labels = ["mountpoint": path, "device": "/dev/x", "fstype": "ext4"]
        return [
            (SeriesKey("node_filesystem_size_bytes", labels), 110),
            (SeriesKey("node_filesystem_free_bytes", labels), 110 - used),
            (SeriesKey("node_filesystem_avail_bytes", labels), 100 - used),
        ]
    }

    @Test func `names mounts by their path and sums up the fullest`() {
        var bench = Bench()
        let found = bench.tick(10, Self.mount("/", used: 40) + Self.mount("/var", used: 90))
        #expect(found[SignalKey("disk.used", ["mount": "/"])].map { abs($0 - 0.4) < 1e-9 } == true)
        #expect(found[SignalKey("disk.fullest")].map { abs($0 - 0.9) < 1e-9 } == true)
    }

    @Test func `leaves out a mount that nobody can write to`() throws {
        var bench = Bench()
        func tick(_ time: Double, isReadOnly: Bool) -> [SignalKey: Double] {
            let labels: Labels = ["mountpoint": "/image", "device": "/dev/x", "fstype": "ext4"]
            return bench.tick(
                time,
                Self.mount("/", used: 40) + Self.mount("/image", used: 100)
                    + [(SeriesKey("node_filesystem_readonly", labels), isReadOnly ? 1 : 0)])
        }
        let image = SignalKey("disk.used", ["mount": "/image"])
        #expect(tick(10, isReadOnly: false)[image] == 1)
        let found = tick(11, isReadOnly: true)
        #expect(found[image] == nil && found[SignalKey("disk.free", ["mount": "/image"])] == nil)
        #expect(found[SignalKey("disk.fullest")].map { abs($0 - 0.4) < 1e-9 } == true)
        let number = try #require(bench.deriver.number(of: image))
        #expect(bench.deriver.lost.contains(number))
    }

    @Test func `keeps a signal's number while its subject comes and goes`() throws {
        var bench = Bench()
        let key = SignalKey("container.memory", ["container": "shop"])
        let series = SeriesKey("martlet_container_memory_bytes", ["container": "shop"])
        #expect(bench.tick(10, [(series, 5)])[key] == 5)
        let number = try #require(bench.deriver.number(of: key))
        bench.retire(series)
        #expect(bench.tick(11, [])[key] == nil)
        #expect(bench.tick(12, [(series, 6)])[key] == 6)
        #expect(bench.deriver.number(of: key) == number)
        bench.deriver.beginSession()
        bench.deriver.define(7, series)
        #expect(bench.deriver.number(of: key) == number)
    }

    @Test func `gives numbers of what is long gone to others, and says so`() {
        var deriver = SignalDeriver(signalsMax: 100)
        for container in 0..<200 {
            deriver.define(0, SeriesKey("martlet_container_memory_bytes", ["container": "c\(container)"]))
        }
        #expect(deriver.refusedSignals == 0)
        #expect(!deriver.takeRecycled().isEmpty)
        #expect(deriver.takeRecycled().isEmpty)
        let number = deriver.number(of: SignalKey("container.memory", ["container": "c199"]))
        #expect(number != nil)
        #expect(deriver.number(of: SignalKey("container.memory", ["container": "c0"])) == nil)
    }

    @Test func `leaves out and counts what is beyond its table`() {
        var deriver = SignalDeriver(signalsMax: 100)
        for container in Int32(0)..<200 {
            deriver.define(
                container, SeriesKey("martlet_container_memory_bytes", ["container": "c\(container)"]))
        }
        #expect(deriver.refusedSignals > 0)
        #expect(deriver.signals.count == 100)
    }

    @Test func `has no more room for indices than the session gives, and takes absurd ones`() {
        var deriver = SignalDeriver()
        deriver.define(-1, SeriesKey("node_load1"))
        deriver.retire(-1)
        deriver.retire(.max)
        let tick = Tick(
            sequence: 1, time: Timestamp(milliseconds: .max), isSnapshot: true,
            samples: [TickSample(index: .max, ageMilliseconds: .max, value: 1)])
        #expect(deriver.readings(tick).isEmpty)
    }
}

@Suite struct `The table of signals` {
    /// What the catalogue names and later releases derive: each needs a probe, a log or a window that is not there yet.
    private static let notYetDerived: Set<String> = [
        "disk.full_in", "host.silent", "fleet.silent_ratio", "process.count",
        "tls.expires_in",
    ]
    /// Names that only the view of requests has.
    private static let ofRequestsAlone: Set<String> = [
        TrafficSignals.requests, TrafficSignals.duration, TrafficSignals.statementDuration,
        TrafficSignals.aborts, TrafficSignals.checks, TrafficSignals.lag, TrafficSignals.files,
        TrafficSignals.unreadable,
    ]

    @Test func `derives what the catalogue names, and nothing else`() {
        let named = Set(Signal.catalogue.map(\.name))
        #expect(SignalTable.derivedNames.subtracting(named) == Self.ofRequestsAlone)
        #expect(named.subtracting(SignalTable.derivedNames) == Self.notYetDerived)
    }
}
