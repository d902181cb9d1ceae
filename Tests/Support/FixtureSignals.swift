import Fleet
import Telemetry

/// The signals of a fixture host as functions of the seconds since ``FixtureHost/noon``.
struct FixtureSignals {
    struct Entry: Sendable {
        let key: SignalKey
        let value: @Sendable (Double) -> Double

        init(_ name: String, _ labels: Labels = [:], value: @escaping @Sendable (Double) -> Double) {
            key = SignalKey(name, labels)
            self.value = value
        }
    }

    static let memory = 64.0 * 1_073_741_824
    private static let gibi = 1_073_741_824.0
    private static let mebi = 1_048_576.0

    let noise: FixtureNoise
    let kind: FixtureHost.Kind
    let cores: Int

    var all: [Entry] {
        processor + memory + host + disks + filesystems + networks
            + (kind == .server ? pressure + sensors + units + containers : [])
    }

    /// 0.3 in calm times, up to 0.9 at noon.
    private static func load(_ noise: FixtureNoise, _ seconds: Double) -> Double {
        let rise = max(0, min(1, (seconds + 300) / 270))
        return min(0.99, 0.22 + 0.25 * noise(1, seconds, period: 60) + 0.5 * rise * rise)
    }

    private var processor: [Entry] {
        let noise = noise
        let load: @Sendable (Double) -> Double = { Self.load(noise, $0) }
        var signals: [Entry] = [
            Entry("cpu", value: load),
            Entry("cpu.user") { load($0) * 0.83 },
            Entry("cpu.system") { load($0) * 0.13 },
            Entry("cpu.irq") { load($0) * 0.04 },
            Entry("cpu.iowait") { 0.03 * noise(2, $0) },
            Entry("cpu.steal") { _ in 0 },
        ]
        for core in 0..<cores {
            signals.append(
                Entry("cpu.core", ["cpu": "\(core)"]) {
                    min(1, max(0, load($0) + 0.5 * (noise(100 + core, $0, period: 12) - 0.5)))
                })
        }
        return signals
    }

    private var memory: [Entry] {
        let noise = noise
        let used: @Sendable (Double) -> Double = {
            0.55 + 0.1 * noise(3, $0, period: 200) + 0.2 * Self.load(noise, $0)
        }
        let cached: @Sendable (Double) -> Double = { 0.14 - 0.05 * noise(4, $0, period: 300) }
        return [
            Entry("memory.total") { _ in Self.memory },
            Entry("memory.used", value: used),
            Entry("memory.available") { Self.memory * (1 - used($0)) },
            Entry("memory.cached") { Self.memory * cached($0) },
            Entry("memory.buffers") { _ in Self.memory * 0.01 },
            Entry("memory.anonymous") { Self.memory * (used($0) - 0.05) },
            Entry("memory.free") { Self.memory * max(0.01, 0.97 - used($0) - cached($0)) },
            Entry("swap.total") { _ in 8 * Self.gibi },
            Entry("swap.used") { 0.03 + 0.02 * noise(5, $0, period: 300) },
            Entry("swap.rate") { max(0, 40 * (noise(6, $0) - 0.6)) },
        ]
    }

    private var host: [Entry] {
        let noise = noise
        let whole = Double(cores)
        return [
            Entry("load.1") { whole * (Self.load(noise, $0) + 0.1) },
            Entry("load.5") { whole * (Self.load(noise, $0 - 90) + 0.1) },
            Entry("load.15") { whole * (Self.load(noise, $0 - 280) + 0.1) },
            Entry("load.per_core") { Self.load(noise, $0 - 90) + 0.1 },
            Entry("processes.running") { (whole * Self.load(noise, $0)).rounded() },
            Entry("processes.blocked") { (2 * noise(7, $0)).rounded() },
            Entry("processes.total") { _ in 412 },
            Entry("tcp.retransmits") { 0.003 * noise(8, $0) },
            Entry("files.used") { _ in 0.02 },
            Entry("context.switches") { 41_000 * noise(9, $0) },
            Entry("interrupts") { 22_000 * noise(10, $0) },
            Entry("host.uptime") { 81 * 86_400 + 7500 + $0 },
            Entry("agent.cpu") { _ in 0.003 },
            Entry("agent.memory") { _ in 4.1 * Self.mebi },
            Entry("agent.dropped") { _ in 0 },
            Entry("clock.offset") { _ in 0.0003 },
        ]
    }

    private var pressure: [Entry] {
        let noise = noise
        return [
            Entry("pressure.cpu") { max(0, Self.load(noise, $0) - 0.6) },
            Entry("pressure.memory") { max(0, 0.2 * (noise(20, $0) - 0.55)) },
            Entry("pressure.memory.full") { max(0, 0.1 * (noise(20, $0) - 0.6)) },
            Entry("pressure.io") { 0.12 * noise(21, $0) },
            Entry("pressure.io.full") { 0.05 * noise(21, $0) },
        ]
    }

    private var disks: [Entry] {
        let noise = noise
        let busiest = Entry("disk.busiest") { noise(30, $0, period: 25) * 0.7 }
        return [busiest]
            + ["nvme0n1", "nvme1n1"].enumerated().flatMap { place, device -> [Entry] in
                let labels: Labels = ["device": device]
                let busy: @Sendable (Double) -> Double = {
                    noise(30 + place, $0, period: 25) * 0.7 / Double(place + 1)
                }
                return [
                    Entry("disk.busy", labels, value: busy),
                    Entry("disk.read", labels) { 9 * Self.mebi * noise(40 + place, $0) },
                    Entry("disk.write", labels) { 60 * Self.mebi * busy($0) },
                    Entry("disk.operations", labels) { 1800 * busy($0) },
                    Entry("disk.latency", labels) { 0.0004 + 0.002 * busy($0) },
                ]
            }
    }

    private var filesystems: [Entry] {
        let mounts = [
            ("/", 0.714, 100.0), ("/var", 0.442, 400), ("/srv/data", 0.917, 1800), ("/boot", 0.21, 1),
        ]
        return [Entry("disk.fullest") { _ in 0.917 }]
            + mounts.flatMap { mount, used, gibibytes -> [Entry] in
                let labels: Labels = ["mount": mount]
                return [
                    Entry("disk.used", labels) { used + 0.000_002 * $0 },
                    Entry("disk.free", labels) { _ in gibibytes * (1 - used) * Self.gibi },
                    Entry("disk.size", labels) { _ in gibibytes * Self.gibi },
                    Entry("inodes.used", labels) { _ in used / 3 },
                ]
            }
    }

    private var networks: [Entry] {
        let noise = noise
        let devices = [("lo", 2.0), ("eth0", 80), ("eth1", 3)]
        // Loopback reaches nobody else.
        func all(_ channel: Int, _ times: Double) -> @Sendable (Double) -> Double {
            { seconds in
                devices.enumerated().dropFirst().reduce(0) {
                    $0 + times * $1.element.1 * Self.mebi * noise(channel + $1.offset, seconds, period: 20)
                }
            }
        }
        return [Entry("net.receive.all", value: all(50, 1)), Entry("net.transmit.all", value: all(60, 2.4))]
            + devices.enumerated().flatMap { place, device -> [Entry] in
                let labels: Labels = ["device": device.0]
                let full = device.1 * Self.mebi
                return [
                    Entry("net.receive", labels) { full * noise(50 + place, $0, period: 20) },
                    Entry("net.transmit", labels) { 2.4 * full * noise(60 + place, $0, period: 20) },
                    Entry("net.errors", labels) { _ in 0 },
                    Entry("net.drops", labels) {
                        place == 1 ? max(0, (8 * (noise(70, $0) - 0.7)).rounded()) : 0
                    },
                ]
            }
    }

    private var sensors: [Entry] {
        let noise = noise
        return [("package", 54.0), ("nvme", 41)].enumerated().map { place, sensor in
            Entry("temperature", ["sensor": sensor.0]) {
                (sensor.1 + 18 * Self.load(noise, $0) + noise(80 + place, $0)).rounded()
            }
        }
    }

    private var units: [Entry] {
        let names = [
            "web-server.service", "postgresql@15-main.service", "redis.service", "nginx.service",
            "cron.service",
            "ssh.service", "systemd-journald.service", "systemd-udevd.service", "martlet-agent.service",
            "user@1000.service", "backup.service", "dbus.service",
        ]
        return names.enumerated().flatMap { groups("unit", $1, $0) + [failed($1, $0 == 10)] }
            + [Entry("units.failed") { _ in 1 }]
    }

    private var containers: [Entry] {
        ["cache", "worker-1", "worker-2", "metrics"].enumerated().flatMap { groups("container", $1, $0 + 20) }
    }

    private func failed(_ unit: String, _ isFailed: Bool) -> Entry {
        Entry("unit.failed", ["unit": unit]) { _ in isFailed ? 1 : 0 }
    }

    private func groups(_ kind: String, _ name: String, _ place: Int) -> [Entry] {
        let noise = noise
        let labels = Labels([Label(kind, name)])
        let share = 3.0 / Double((place % 20 + 1) * (place % 20 + 1))
        return [
            Entry("\(kind).cpu", labels) { share * Self.load(noise, $0) * 2 * noise(200 + place, $0) },
            Entry("\(kind).memory", labels) { _ in (share * 9 + 0.01) * Self.gibi },
            Entry("\(kind).read", labels) { share * Self.mebi * noise(240 + place, $0) },
            Entry("\(kind).write", labels) { 2 * share * Self.mebi * noise(280 + place, $0) },
            Entry("\(kind).pressure.cpu", labels) { 0.1 * share * noise(320 + place, $0) },
            Entry("\(kind).pressure.memory", labels) { _ in 0 },
            Entry("\(kind).pressure.io", labels) { 0.03 * share * noise(360 + place, $0) },
        ]
    }
}
