import Agent
import Foundation
import Glibc
import Telemetry
import TestSupport

/// A folder that looks like /proc to the scan, and the clocks of the ticks that look at it.
final class FakeProcesses {
    let folder: TemporaryFolder
    let paths: AgentPaths
    /// Boot nanoseconds; monotonic ones are the same here.
    var time: UInt64 = 1_000_000_000_000
    /// What each look at the clock costs.
    var nanosecondsPerLook: UInt64 = 0
    let reader: PatientReader

    init(reader: PatientReader = PatientReader(), inMemory: Bool = false) throws {
        folder = try TemporaryFolder(inMemory: inMemory)
        self.reader = reader
        let root = folder.url.path
        paths = AgentPaths(procfs: "\(root)/proc", sysfs: "\(root)/sys", rootfs: root)
        for part in ["proc/sys/kernel", "proc/fs", "etc", "sys"] {
            try FileManager.default.createDirectory(
                at: folder.url.appending(path: part), withIntermediateDirectories: true)
        }
        try write("proc/sys/kernel/pid_max", "32768\n")
        try write("proc/sys/kernel/threads-max", "1000\n")
        try write(
            "etc/passwd", "root:x:0:0::/root:/bin/sh\nme:x:\(geteuid()):1::/:\nlast:x:99999:1::/:/bin/sh\n")
    }

    func write(_ path: String, _ text: String) throws {
        try write(path, Array(text.utf8))
    }

    func write(_ path: String, _ bytes: [UInt8]) throws {
        try Data(bytes).write(to: folder.url.appending(path: path))
    }

    func add(
        _ pid: Int, command: String = "app", state: String = "S", parent: Int = 1, cpuTicks: Int = 0,
        threads: Int = 1,
        start: Int = 1000, pages: Int = 100, arguments: [String] = [], cgroup: String = "",
        ioBytes: Int? = nil
    ) throws {
        try FileManager.default.createDirectory(
            at: folder.url.appending(path: "proc/\(pid)"), withIntermediateDirectories: true)
        try write("proc/\(pid)/stat", Self.stat(pid, command, state, parent, cpuTicks, threads, start, pages))
        try write("proc/\(pid)/cmdline", arguments.map { "\($0)\0" }.joined())
        try write("proc/\(pid)/cgroup", cgroup)
        if let ioBytes { try write("proc/\(pid)/io", Self.io(ioBytes)) }
    }

    func remove(_ pid: Int) throws {
        try FileManager.default.removeItem(at: folder.url.appending(path: "proc/\(pid)"))
    }

    static func stat(
        _ pid: Int, _ command: String, _ state: String = "S", _ parent: Int = 1, _ cpuTicks: Int = 0,
        _ threads: Int = 1, _ start: Int = 1000, _ pages: Int = 100
    ) -> String {
        let user = cpuTicks / 2
        return
            "\(pid) (\(command)) \(state) \(parent) 1 1 0 -1 4194304 10 20 30 40 \(user) \(cpuTicks - user) 5 6 20 0 "
            + "\(threads) 0 \(start) 1000000 \(pages) 18446744073709551615 1 1 0 0 0 0 0 0 0 17 1 0 0 0 0 0\n"
    }

    static func io(_ bytes: Int) -> String {
        """
        rchar: 1
        wchar: 2
        syscr: 3
        syscw: 4
        read_bytes: \(bytes / 2)
        write_bytes: \(bytes - bytes / 2)
        cancelled_write_bytes: 0

        """
    }

    func scan(_ change: (inout ProcessScan.Options) -> Void = { _ in }) -> ProcessScan {
        var options = ProcessScan.Options()
        options.descriptorsMax = 64
        change(&options)
        return ProcessScan(paths, reader, ContainerNames(paths, reader), options) { [self] in
            time += nanosecondsPerLook
            return time
        }
    }

    var now: TickTime {
        TickTime(wall: Timestamp(milliseconds: Int64(time / 1_000_000)), bootNanoseconds: time)
    }

    /// Ticks once a second until a table comes, at most `ticks` times; details are waited for between two ticks.
    func table(_ scan: ProcessScan, ticks: Int = 30) -> ProcessTable? {
        for _ in 0..<ticks {
            time += 1_000_000_000
            if let table = scan.scan(at: now) { return table }
            settle()
        }
        return nil
    }

    /// Lets the reader's child answer.
    func settle() {
        _ = Eventually.holds {
            reader.readable()
            return reader.descriptor < 0
        }
    }
}
