import Agent
import Foundation
import Glibc
import Telemetry
import TestSupport
import Testing
import Wire

/// A probe, its clock, and the other end.
private final class Host {
    let probe: SystemdProbe
    let fake: FakeSystemd?
    var readings = Readings()
    var time: UInt64 = 1_000_000_000_000

    init(_ fake: FakeSystemd, user: UInt32 = 1000) {
        self.fake = fake
        probe = SystemdProbe(AgentPaths(rootfs: fake.folder.url.path), user: user)
    }

    init(root: String) {
        fake = nil
        probe = SystemdProbe(AgentPaths(rootfs: root), user: 1000)
    }

    var now: TickTime {
        TickTime(wall: Timestamp(milliseconds: Int64(time / 1_000_000)), bootNanoseconds: time)
    }

    func tick(after seconds: UInt64) {
        time += seconds * 1_000_000_000
        probe.tick(at: now)
    }

    /// Lets both ends work until the probe has something to say.
    func settle() -> Bool {
        Eventually.holds {
            fake?.turn()
            if probe.descriptor >= 0 { probe.readable() }
            return probe.wantsReading(at: now)
        }
    }

    /// One round ten seconds later: the values, or the error.
    func round() throws -> [SeriesKey: Double] {
        tick(after: 10)
        #expect(settle())
        try probe.read(into: &readings, at: now)
        return values
    }

    var values: [SeriesKey: Double] {
        var values: [SeriesKey: Double] = [:]
        for (slot, definition) in readings.definitions.enumerated() {
            guard let definition, readings[slot] != definition.scale.absent else { continue }
            values[definition.key] = definition.scale.value(ofRaw: readings[slot])
        }
        return values
    }
}

@Suite struct `The systemd probe` {
    private static func fake(socket: String = "run/dbus/system_bus_socket") throws -> FakeSystemd {
        let fake = try FakeSystemd(socket: socket)
        let forge = DBusForge()
        fake.units = [
            ("nginx.service", "loaded", "active"), ("broken.service", "loaded", "failed"),
            ("gone.service", "not-found", "inactive"), ("ssh.socket", "loaded", "active"),
            ("apt.timer", "loaded", "active"), ("-.mount", "loaded", "active"),
            ("multi-user.target", "loaded", "active"),
        ]
        fake.properties = [
            "systemd1 SystemState": forge.variant("degraded"),
            "systemd1 Version": forge.variant("252.5-2~deb12u1"),
            "nginx.service Type": forge.variant("notify"),
            "nginx.service NRestarts": forge.variant(uint32: 4),
            "broken.service Type": forge.variant("simple"),
            "broken.service NRestarts": forge.variant(uint32: 5),
            "ssh.socket NAccepted": forge.variant(uint32: 12),
            "ssh.socket NConnections": forge.variant(uint32: 1),
            "apt.timer LastTriggerUSec": forge.variant(uint64: 1_790_000_000_500_000),
        ]
        return fake
    }

    private static func state(_ name: String, _ state: String, _ type: String = "") -> SeriesKey {
        SeriesKey("node_systemd_unit_state", ["name": name, "state": state, "type": type])
    }

    private static func expect(_ values: [SeriesKey: Double]) {
        #expect(values[state("nginx.service", "active", "notify")] == 1)
        #expect(values[state("nginx.service", "failed", "notify")] == 0)
        #expect(values[state("broken.service", "failed", "simple")] == 1)
        #expect(values[state("multi-user.target", "active")] == 1)
        for name in ["gone.service", "-.mount"] {
            #expect(!values.keys.contains { $0.labels["name"] == name })
        }
        func one(_ metric: String, _ name: String) -> Double? { values[SeriesKey(metric, ["name": name])] }
        #expect(one("node_systemd_service_restart_total", "nginx.service") == 4)
        #expect(one("node_systemd_socket_accepted_connections_total", "ssh.socket") == 12)
        #expect(one("node_systemd_socket_current_connections", "ssh.socket") == 1)
        #expect(one("node_systemd_socket_refused_connections_total", "ssh.socket") == nil)
        #expect(one("node_systemd_timer_last_trigger_seconds", "apt.timer") == 1_790_000_000.5)
        #expect(values[SeriesKey("node_systemd_units", ["state": "active"])] == 5)
        #expect(values[SeriesKey("node_systemd_units", ["state": "failed"])] == 1)
        #expect(values[SeriesKey("node_systemd_units", ["state": "inactive"])] == 1)
        #expect(values[SeriesKey("node_systemd_system_running")] == 0)
        #expect(values[SeriesKey("node_systemd_version", ["version": "252.5-2~deb12u1"])] == 252.5)
    }

    @Test func `gives the states, restarts, sockets and timers under node_exporter's names`() throws {
        let fake = try Self.fake()
        let host = Host(fake)
        #expect(throws: ProbeError.overdue(what: "systemd's first answer")) {
            try host.probe.read(into: &host.readings, at: host.now)
        }
        #expect(host.probe.awaitsAnswer && host.settle())
        try host.probe.read(into: &host.readings, at: host.now)
        Self.expect(host.values)
        #expect(fake.calls.first == "Hello")
        #expect(!host.probe.awaitsAnswer && !host.probe.wantsReading(at: host.now))
    }

    @Test func `talks to systemd itself as root, without a bus`() throws {
        let fake = try Self.fake(socket: "run/systemd/private")
        Self.expect(try Host(fake, user: 0).round())
        #expect(!fake.calls.contains("Hello"))
    }

    @Test func `keeps its connection, and asks only for what may have changed`() throws {
        let fake = try Self.fake()
        let host = Host(fake)
        fake.units.append(("idle.service", "loaded", "inactive"))
        fake.properties["idle.service NRestarts"] = DBusForge().variant(uint32: 9)
        _ = try host.round()
        let first = fake.calls.count
        fake.units[0].active = "failed"
        fake.properties["nginx.service NRestarts"] = DBusForge().variant(uint32: 6)
        let values = try host.round()
        #expect(values[Self.state("nginx.service", "failed", "notify")] == 1)
        #expect(values[SeriesKey("node_systemd_service_restart_total", ["name": "nginx.service"])] == 6)
        #expect(values[SeriesKey("node_systemd_service_restart_total", ["name": "idle.service"])] == 9)
        #expect(fake.connections == 1)
        let second = fake.calls[first...]
        #expect(
            !second.contains {
                $0.hasSuffix("Type") || $0.hasSuffix("Version") || $0 == "idle.service NRestarts"
            })
    }

    @Test func `ends the series of a unit that is gone`() throws {
        let fake = try Self.fake()
        let host = Host(fake)
        _ = try host.round()
        fake.units.removeFirst(2)
        let values = try host.round()
        #expect(!values.keys.contains { $0.labels["name"] == "nginx.service" })
        #expect(values[SeriesKey("node_systemd_units", ["state": "failed"])] == 0)
    }

    @Test(arguments: [1, 7, 64])
    func `takes answers in parts of any size`(_ bytes: Int) throws {
        let fake = try Self.fake()
        fake.bytesPerWrite = bytes
        let host = Host(fake)
        // Parts come as fast as both ends turn.
        host.tick(after: 10)
        var turns = 0
        while !host.probe.wantsReading(at: host.now), turns < 20_000 {
            fake.turn()
            host.probe.readable()
            turns += 1
        }
        try host.probe.read(into: &host.readings, at: host.now)
        Self.expect(host.values)
    }

    @Test func `gives a silent bus up after its patience and tries anew`() throws {
        let fake = try Self.fake()
        let host = Host(fake)
        fake.isSilent = true
        host.tick(after: 10)
        host.tick(after: 4)
        #expect(!host.probe.wantsReading(at: host.now))
        host.tick(after: 1)
        #expect(host.probe.wantsReading(at: host.now) && host.probe.descriptor < 0)
        let path = "\(fake.folder.url.path)/run/dbus/system_bus_socket"
        #expect(throws: ProbeError.overdue(what: "systemd at \(path)")) {
            try host.probe.read(into: &host.readings, at: host.now)
        }
        fake.isSilent = false
        Self.expect(try host.round())
    }

    @Test func `connects again when the bus went away`() throws {
        let fake = try Self.fake()
        let host = Host(fake)
        Self.expect(try host.round())
        fake.hangUp()
        host.probe.readable()
        // Between two rounds nobody misses it.
        #expect(!host.probe.wantsReading(at: host.now) && host.probe.descriptor < 0)
        Self.expect(try host.round())
        #expect(fake.connections == 2)
    }

    @Test func `says what is wrong with what it hears`() throws {
        for (greeting, garbage) in [
            ("REJECTED EXTERNAL\r\n", [UInt8]()), ("OK 1\r\n", [UInt8](repeating: 9, count: 64)),
        ] {
            let fake = try Self.fake()
            fake.greeting = greeting
            fake.garbage = garbage
            let host = Host(fake)
            let path = "\(fake.folder.url.path)/run/dbus/system_bus_socket"
            let reason = garbage.isEmpty ? "we are not let in" : "what came is no message"
            #expect(throws: ProbeError.malformed(path: path, reason: reason)) { try host.round() }
        }
    }

    @Test func `never stumbles over a bus that babbles`() throws {
        let seed: UInt64 = 20_261_203
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        let fake = try Self.fake()
        let host = Host(fake)
        let forge = DBusForge()
        for _ in 0..<60 {
            var garbage = forge.message(
                answers: .random(in: 0...40, using: &random), signature: "v", body: forge.variant("x"))
            if Bool.random(using: &random) {
                garbage[Int.random(in: garbage.indices, using: &random)] = .random(
                    in: 0...255, using: &random)
            }
            fake.garbage = garbage
            host.tick(after: 10)
            var turns = 0
            while !host.probe.wantsReading(at: host.now), turns < 200 {
                fake.turn()
                host.probe.readable()
                turns += 1
            }
            try? host.probe.read(into: &host.readings, at: host.now)
            host.readings.clearChanges()
        }
    }

    @Test func `is not applicable where systemd does not run the machine`() throws {
        let fake = try FakeSystemd(hasSystemd: false)
        #expect(throws: ProbeError.notApplicable(reason: "no systemd here")) { try Host(fake).round() }
    }

    /// OpenRC's own files, as librc writes them.
    @Test func `tells of services of OpenRC, and which of them have crashed`() throws {
        let folder = try TemporaryFolder()
        func put(_ path: String, _ text: String = "") throws {
            let url = folder.url.appending(path: path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
        func daemon(_ service: String, pidFile: String, _ pid: String?) throws {
            try put("run/openrc/started/\(service)")
            try put(
                "run/openrc/daemons/\(service)/001",
                "exec=/usr/sbin/\(service)\nargv_0=-d\npidfile=\(pidFile)\n")
            if let pid { try put(String(pidFile.dropFirst()), pid) }
        }
        let dead = try Process.run(URL(filePath: "/bin/true"), arguments: [])
        dead.waitUntilExit()
        try put("run/openrc/softlevel", "default")
        try daemon("nginx", pidFile: "/run/nginx.pid", "\(getpid())\n")
        try daemon("sshd", pidFile: "/run/sshd.pid", "\(dead.processIdentifier)\n")
        try daemon("crond", pidFile: "/run/crond.pid", nil)
        try daemon("odd", pidFile: "", nil)
        try put("run/openrc/started/hostname")
        try put("run/openrc/failed/mysql")
        // In the place of its pid file a service has put a pipe, which nobody waits for.
        try daemon("pipe", pidFile: "/run/pipe.pid", nil)
        #expect(mkfifo(folder.url.appending(path: "run/pipe.pid").path, 0o600) == 0)
        let host = Host(root: folder.url.path)
        func failed() throws -> [String] {
            try host.round().filter { $0.key.labels["state"] == "failed" && $0.value == 1 }
                .compactMap { $0.key.labels["name"] }.sorted()
        }
        #expect(try failed() == ["crond", "mysql", "sshd"])
        let active = host.values.filter { $0.key.labels["state"] == "active" && $0.value == 1 }
        #expect(
            active.keys.compactMap { $0.labels["name"] }.sorted() == ["hostname", "nginx", "odd", "pipe"])
        #expect(host.values.keys.allSatisfy { $0.name == "node_systemd_unit_state" })
        // It was started again, and another one was stopped.
        try put("run/sshd.pid", "\(getpid())")
        try FileManager.default.removeItem(at: folder.url.appending(path: "run/openrc/started/crond"))
        #expect(try failed() == ["mysql"])
        #expect(!host.values.keys.contains { $0.labels["name"] == "crond" })
    }

    @Test func `shakes hands with a real bus`() throws {
        guard let program = Program.find("dbus-daemon") else {
            print("skipped: dbus-daemon is not installed; apt-get install dbus")
            return
        }
        let folder = try TemporaryFolder()
        for path in ["run/systemd/system", "run/dbus"] {
            try FileManager.default.createDirectory(
                at: folder.url.appending(path: path), withIntermediateDirectories: true)
        }
        let socket = folder.url.appending(path: "run/dbus/system_bus_socket").path
        let configuration = folder.url.appending(path: "bus.conf")
        try Data(
            """
            <busconfig><type>session</type><listen>unix:path=\(socket)</listen><auth>EXTERNAL</auth>
            <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
            <allow own="*"/></policy></busconfig>
            """.utf8
        ).write(to: configuration)
        let bus = Process()
        bus.executableURL = URL(filePath: program)
        bus.arguments = ["--config-file=\(configuration.path)", "--nofork", "--nopidfile"]
        bus.standardOutput = FileHandle.nullDevice
        bus.standardError = FileHandle.nullDevice
        try bus.run()
        defer {
            // A test's thread blocks every signal that can be blocked, and so does what it starts.
            kill(bus.processIdentifier, SIGKILL)
            bus.waitUntilExit()
        }
        #expect(Eventually.holds { FileManager.default.fileExists(atPath: socket) })
        // Nobody is systemd on this bus: that the bus says so proves that it let us in and understood us.
        let host = Host(root: folder.url.path)
        #expect(
            throws: ProbeError.malformed(
                path: socket, reason: "ListUnits: org.freedesktop.DBus.Error.ServiceUnknown")
        ) { try host.round() }
    }
}
