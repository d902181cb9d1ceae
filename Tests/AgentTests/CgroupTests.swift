import Agent
import Foundation
import Telemetry
import TestSupport
import Testing
import Wire

/// A folder that looks like /sys/fs/cgroup.
private final class FakeCgroups {
    let folder: TemporaryFolder
    let reader = PatientReader()
    let paths: AgentPaths
    let usage: CgroupProbe
    let pressure: CgroupProbe
    var usageReadings = Readings()
    var pressureReadings = Readings()
    var time: UInt64 = 100_000_000_000

    static let root = "sys/fs/cgroup"
    static let id = String(repeating: "0123456789abcdef", count: 4)

    init() throws {
        folder = try TemporaryFolder()
        let path = folder.url.path
        paths = AgentPaths(procfs: "\(path)/proc", sysfs: "\(path)/sys", rootfs: path)
        let buffer = ProbeBuffer()
        let tree = CgroupTree(paths, buffer, reader, ContainerNames(paths, reader))
        usage = CgroupProbe.usage(tree, buffer)
        pressure = CgroupProbe.pressure(tree, buffer)
    }

    func write(_ path: String, _ text: String) throws {
        let file = folder.url.appending(path: path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    func remove(_ path: String) throws {
        try FileManager.default.removeItem(at: folder.url.appending(path: "\(Self.root)/\(path)"))
    }

    /// A group with every file, whose figures begin with `figure`.
    func add(_ path: String, _ figure: Int = 7) throws {
        let group = "\(Self.root)/\(path)"
        try write("\(group)/cpu.stat", "usage_usec \(figure)000000\nuser_usec 1\nsystem_usec 2\n")
        try write("\(group)/memory.current", "\(figure)4096\n")
        try write(
            "\(group)/io.stat",
            "8:16 rbytes=\(figure) wbytes=20 rios=3 wios=4 dbytes=0 dios=0\n8:0 \n254:0 rbytes=1000 wbytes=5\n"
        )
        for resource in ["cpu", "memory", "io"] {
            try write(
                "\(group)/\(resource).pressure",
                "some avg10=0.10 avg60=0.00 avg300=0.00 total=\(figure)00\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=9\n"
            )
        }
        try write(
            "\(group)/memory.events", "low 0\nhigh 0\nmax 4\noom 2\noom_kill \(figure)\noom_group_kill 0\n")
        try write("\(group)/pids.current", "\(figure)\n")
    }

    /// Reads both probes once more, ten seconds later, and again when names have come.
    func read() throws -> [SeriesKey: Double] {
        time += 10_000_000_000
        var now: TickTime {
            TickTime(wall: Timestamp(milliseconds: Int64(time / 1_000_000)), bootNanoseconds: time)
        }
        for _ in 0..<3 {
            try usage.read(into: &usageReadings, at: now)
            try pressure.read(into: &pressureReadings, at: now)
            _ = Eventually.holds {
                reader.readable()
                return reader.isIdle
            }
            if !usage.wantsReading(at: now), !pressure.wantsReading(at: now) { break }
        }
        var values: [SeriesKey: Double] = [:]
        for readings in [usageReadings, pressureReadings] {
            for (slot, definition) in readings.definitions.enumerated() {
                guard let definition, readings[slot] != definition.scale.absent else { continue }
                values[definition.key] = definition.scale.value(ofRaw: readings[slot])
            }
        }
        return values
    }
}

@Suite struct `Control groups` {
    private static func unit(_ metric: String, _ name: String) -> SeriesKey {
        SeriesKey("martlet_unit_\(metric)", ["unit": name])
    }

    private static func container(_ metric: String, _ name: String) -> SeriesKey {
        SeriesKey("martlet_container_\(metric)", ["container": name])
    }

    @Test func `give each unit's CPU, memory, I/O, pressure, tasks and kills`() throws {
        let fake = try FakeCgroups()
        try fake.write("\(FakeCgroups.root)/cgroup.controllers", "cpu io memory pids\n")
        try fake.add("system.slice/nginx.service", 3)
        let values = try fake.read()
        let expected: [String: Double] = [
            "cpu_seconds_total": 3, "memory_bytes": 34_096, "io_read_bytes_total": 1003,
            "io_written_bytes_total": 25,
            "pressure_cpu_waiting_seconds_total": 0.0003, "pressure_memory_waiting_seconds_total": 0.0003,
            "pressure_io_waiting_seconds_total": 0.0003, "oom_kills_total": 3, "pids": 3,
        ]
        for (metric, value) in expected {
            #expect(values[Self.unit(metric, "nginx.service")] == value, "\(metric)")
        }
        #expect(values.count == expected.count)
    }

    @Test func `are the leaves of slices, users' slices as a whole, and containers`() throws {
        let fake = try FakeCgroups()
        let id = FakeCgroups.id
        try fake.write("\(FakeCgroups.root)/cgroup.controllers", "cpu\n")
        for path in [
            "init.scope", "system.slice/ssh.service", "system.slice/system-getty.slice/getty@tty1.service",
            "system.slice/docker-\(id).scope", "user.slice/user-1000.slice/session-1.scope",
            "user.slice/user-1000.slice", "user.slice/user-1000.slice/user@1000.service/app.slice/x.service",
            "user.slice/user-1000.slice/user@1000.service/user.slice/libpod-a\(id.dropFirst()).scope",
            "kubepods.slice/kubepods-pod1.slice/cri-containerd-b\(id.dropFirst()).scope",
            "kubepods/burstable/pod12-34/c\(id.dropFirst())", "docker/d\(id.dropFirst())", "lxc.payload.web",
            "lxc/db", "machine.slice/machine-my\\x2dvm.scope", "machine.slice/libpod-conmon-\(id).scope",
            "system.slice/ssh.service/deeper.service",
        ] {
            try fake.add(path)
        }
        let values = try fake.read()
        let units = values.keys.compactMap {
            $0.name == "martlet_unit_cpu_seconds_total" ? $0.labels["unit"] : nil
        }
        let containers = values.keys
            .compactMap { $0.name == "martlet_container_cpu_seconds_total" ? $0.labels["container"] : nil }
        #expect(units.sorted() == ["getty@tty1.service", "init.scope", "ssh.service", "user-1000.slice"])
        let short = id.prefix(12)
        #expect(
            containers.sorted()
                == [
                    "\(short)", "a\(short.dropFirst())", "b\(short.dropFirst())", "c\(short.dropFirst())",
                    "d\(short.dropFirst())", "db", "my-vm", "web",
                ].sorted())
    }

    @Test func `name a container as Docker does`() throws {
        let fake = try FakeCgroups()
        let id = FakeCgroups.id
        try fake.write("\(FakeCgroups.root)/cgroup.controllers", "cpu\n")
        try fake.add("system.slice/docker-\(id).scope")
        try fake.write(
            "var/lib/docker/containers/\(id)/config.v2.json",
            #"{"Config":{"Env":["X=\"Name\":\"/no\""]},"MountPoints":{"/d":{"Name":"vol"}},"Name":"/web_1","ID":"x"}"#
        )
        #expect(try fake.read()[Self.container("cpu_seconds_total", "web_1")] == 7)
    }

    @Test func `come and go with their series`() throws {
        let fake = try FakeCgroups()
        try fake.write("\(FakeCgroups.root)/cgroup.controllers", "cpu\n")
        try fake.add("system.slice/a.service", 1)
        try fake.add("system.slice/b.service", 2)
        #expect(try fake.read()[Self.unit("cpu_seconds_total", "b.service")] == 2)
        try fake.remove("system.slice/a.service")
        try fake.add("system.slice/c.service", 3)
        try fake.add("system.slice/b.service", 5)
        let values = try fake.read()
        #expect(values[Self.unit("cpu_seconds_total", "a.service")] == nil)
        #expect(values[Self.unit("cpu_seconds_total", "b.service")] == 5)
        #expect(values[Self.unit("cpu_seconds_total", "c.service")] == 3)
        #expect(values.count == 18)
    }

    @Test func `have no series for a controller that is off, and a gap for a file that is gone`() throws {
        let fake = try FakeCgroups()
        try fake.write("\(FakeCgroups.root)/cgroup.controllers", "cpu\n")
        try fake.add("system.slice/a.service")
        try fake.remove("system.slice/a.service/memory.current")
        try fake.remove("system.slice/a.service/io.stat")
        try fake.write("\(FakeCgroups.root)/system.slice/a.service/memory.events", "garbage")
        try fake.write("\(FakeCgroups.root)/system.slice/a.service/cpu.pressure", "")
        var values = try fake.read()
        #expect(values.count == 4)
        #expect(values[Self.unit("pids", "a.service")] == 7)
        try fake.remove("system.slice/a.service/pids.current")
        values = try fake.read()
        #expect(values.count == 3)
    }

    @Test(arguments: [
        (path: "cpu/cgroup.procs", reason: "this host's control groups are version 1"),
        (path: "unified/cgroup.procs", reason: "this host's control groups are version 1"),
        (path: "other", reason: "no control groups are mounted here"),
    ])
    func `of version 1, or of none, are not applicable`(_ row: (path: String, reason: String)) throws {
        let fake = try FakeCgroups()
        try fake.write("\(FakeCgroups.root)/\(row.path)", "1\n")
        #expect(throws: ProbeError.notApplicable(reason: row.reason)) { try fake.read() }
    }

    @Test func `are bounded in number, and those left out are counted`() throws {
        let fake = try FakeCgroups()
        try fake.write("\(FakeCgroups.root)/cgroup.controllers", "cpu\n")
        for number in 0..<(CgroupTree.groupsMax + 20) {
            try fake.write("\(FakeCgroups.root)/system.slice/s\(number).service/cpu.stat", "usage_usec 1\n")
        }
        let values = try fake.read()
        #expect(values[SeriesKey("martlet_agent_cgroups_left_out")] == 20)
        #expect(values.count == CgroupTree.groupsMax + 1)
    }
}

@Suite struct `The owner of a control group` {
    private static let id = String(repeating: "0123456789abcdef", count: 4)

    @Test(arguments: [
        ("/", nil), ("/system.slice/nginx.service", "nginx.service"),
        ("/user.slice/user-1.slice/session-3.scope", "session-3.scope"),
        ("/user.slice/user-1000.slice/user@1000.service/app.slice/web.service", "web.service"),
        ("/system.slice/docker-\(id).scope", "0123456789ab"), ("/docker/\(id)", "0123456789ab"),
        ("/docker/\(id)/system.slice/inner.service", "0123456789ab"),
        ("/kubepods.slice/kubepods-pod1.slice:cri-containerd:\(id)", "0123456789ab"),
        ("/lxc.payload.web/system.slice/nginx.service", "web"), ("/lxc/db/init.scope", "db"),
        ("/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt", "qemu-1-vm"),
        ("/../../init.scope", "init.scope"), ("/system.slice", nil), ("garbage", nil), ("", nil),
    ])
    func `is the outermost container, else the innermost unit`(_ row: (path: String, name: String?)) {
        #expect(CgroupOwner(path: row.path)?.name == row.name)
    }

    @Test func `is found among the hierarchies of version 1`() {
        let lines =
            "12:cpu:/\n5:memory:/docker/\(Self.id)\n1:name=systemd:/system.slice/docker.service\n0::/\nbad\n"
        #expect(CgroupOwner(processFile: Array(lines.utf8))?.name == "0123456789ab")
        let unit = "12:cpu:/\n1:name=systemd:/system.slice/ssh.service\n0::/system.slice/ssh.service\n"
        #expect(CgroupOwner(processFile: Array(unit.utf8)) == .unit("ssh.service"))
        #expect(CgroupOwner(processFile: [0xFF, 0x3A, 0x3A, 0x2F, 0x0A]) == nil)
    }

    @Test func `is found or not in any bytes`() {
        var random = SeededRandom(seed: 5)
        let letters = Array(":/\\x2d.scope-service machine-".utf8)
        for _ in 0..<5000 {
            let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                letters[Int.random(in: letters.indices, using: &random)]
                    ^ (UInt8.random(in: 0...9, using: &random) == 0 ? 0x80 : 0)
            }
            _ = CgroupOwner(processFile: bytes)
            _ = ContainerNames.name(inDescription: bytes)
        }
    }
}
