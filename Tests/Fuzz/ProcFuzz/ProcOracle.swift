import Agent
import Foundation
import Telemetry
import TestSupport
import Wire

/// What must hold of a probe over any bytes: no trap, values or an error with words, and ticks that the wire's reader reads.
///
/// The first byte says which file the rest stands in, the second where the rest is cut in two: the probe reads both parts
/// one after the other, so that what it kept of the first meets the second.
enum ProcOracle {
    nonisolated(unsafe) static var samples = 0  // One thread: libFuzzer's, or main's.

    /// Files below /proc and /sys, and the probes that read them.
    static let targets: [(file: String, probes: @Sendable (AgentPaths, ProbeBuffer) -> [any Probe])] = [
        (
            "proc/stat",
            { paths, buffer in
                let cpu = CPUProbe()
                return [StatProbe(paths, buffer, cpu: cpu), cpu]
            }
        ),
        ("proc/meminfo", { [MemoryProbe($0, $1)] }),
        ("proc/vmstat", { [VMStatProbe($0, $1)] }),
        ("proc/loadavg", { [LoadProbe($0, $1)] }),
        ("proc/diskstats", { [DiskProbe($0, $1)] }),
        ("proc/interrupts", { [InterruptsProbe($0, $1)] }),
        ("proc/schedstat", { [SchedstatProbe($0, $1)] }),
        ("proc/mdstat", { [MDProbe($0, $1)] }),
        ("proc/net/softnet_stat", { [SoftnetProbe($0, $1)] }),
        ("proc/net/dev", { [NetdevProbe($0, $1, nil)] }),
        ("proc/net/arp", { [ArpProbe($0, $1)] }),
        ("proc/net/udp", { [UDPQueuesProbe($0, $1)] }),
        ("proc/net/sockstat", { [SockstatProbe($0, $1, pageSize: 4096)] }),
        ("proc/net/netstat", { [NetstatProbe($0, $1)] }),
        ("proc/net/snmp6", { [NetstatProbe($0, $1)] }),
        ("proc/pressure/cpu", { [PressureProbe($0, $1)] }),
        ("proc/sys/fs/file-nr", { [ScalarsProbe.files($0, $1)] }),
        ("proc/sys/kernel/hostname", { [UnameProbe($0, $1)] }),
        ("sys/class/power_supply/BAT0/uevent", { [PowerSupplyProbe($0, $1)] }),
        ("sys/class/net/bonding_masters", { [BondingProbe($0, $1)] }),
        ("sys/class/hwmon/hwmon0/temp1_input", { [HwmonProbe($0, $1)] }),
        ("sys/class/thermal/thermal_zone0/temp", { [ThermalProbe($0, $1)] }),
    ]
    /// And those that read no file: mounts, netlink, sockets.
    static let pure = 3

    static func check(_ input: [UInt8]) {
        guard input.count >= 2 else { return }
        let rest = Array(input[2...])
        let target = Int(input[0]) % (targets.count + pure)
        guard target < targets.count else { return checkPure(target - targets.count, rest) }
        let cut = rest.count * Int(input[1]) / 256
        check(targets[target], [Array(rest[..<cut]), Array(rest[cut...]), []])
    }

    private static func check(
        _ target: (file: String, probes: (AgentPaths, ProbeBuffer) -> [any Probe]), _ contents: [[UInt8]]
    ) {
        // The other files of such a probe are the recorded ones, so that it gets as far as this one.
        let sampler = Sampler(target.probes(Trees.paths, ProbeBuffer()), clock: { 0 })
        var encoder = SampleEncoder()
        var decoder = FrameDecoder()
        for (second, content) in contents.enumerated() {
            Trees.write(target.file, content)
            // A minute each, so that every tier is due.
            for tick in 0..<11 {
                let time = TickTime(
                    wall: Timestamp(seconds: 1_800_000_000 + Int64(second * 60 + tick)),
                    bootNanoseconds: UInt64(second * 60 + tick + 1) * 1_000_000_000)
                sampler.tick(at: time, isSnapshot: tick == 5, into: &encoder)
            }
            for collector in sampler.collectors {
                precondition(collector.readings.values.count == collector.readings.definitions.count)
                if let failure = collector.failure { precondition(!"\(failure)".isEmpty) }
            }
            encoder.drain { decoder.append($0) }
            do {
                while let message = try decoder.next() {
                    if case .tick(let tick) = message { samples += tick.samples.count }
                }
            } catch {
                preconditionFailure("\(target.file): the reader refuses our frames: \(error)")
            }
        }
        _ = Exposition.text(sampler.collectors, .prometheus)
        Trees.restore(target.file)
    }

    private static func checkPure(_ which: Int, _ bytes: [UInt8]) {
        switch which {
        case 0: samples += MountTable(bytes.span).mounts.count
        case 1:
            let table = LinkTable(ProbeBuffer())
            var end = NetlinkMessages.End.none
            NetlinkMessages.each(bytes.span, sequence: 7, &end) { table.take($0, $1, $2) }
            samples += table.links.count
        default:
            var states = TCPStates()
            states.take(bytes.span, 0..<bytes.count)
            samples += Int(states.counts[0])
        }
    }
}

/// One copy of the recorded machine for the whole run.
private enum Trees {
    private static let folder: TemporaryFolder = {
        guard let folder = try? TemporaryFolder() else { preconditionFailure("no temporary folder") }
        let fixtures = Repository.root.appending(path: "Tests/Fixtures")
        try? FileManager.default.copyItem(
            at: fixtures.appending(path: "procfs/6.18"), to: folder.url.appending(path: "proc"))
        return folder
    }()
    static let paths = AgentPaths(
        procfs: folder.url.appending(path: "proc").path, sysfs: folder.url.appending(path: "sys").path)

    static func write(_ file: String, _ content: [UInt8]) {
        let url = folder.url.appending(path: file)
        try? FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        // In place: what has it open reads the new content.
        guard let handle = FileHandle(forWritingAtPath: url.path) else {
            try? Data(content).write(to: url)
            return
        }
        try? handle.truncate(atOffset: 0)
        try? handle.write(contentsOf: Data(content))
        try? handle.close()
    }

    static func restore(_ file: String) {
        write(file, recorded(file))
    }

    /// The recorded content; empty where there is none.
    static func recorded(_ file: String) -> [UInt8] {
        let name = String(file.drop { $0 != "/" }.dropFirst())
        let url = Repository.root.appending(path: "Tests/Fixtures/procfs/6.18/\(name)")
        return file.hasPrefix("proc/") ? ((try? Data(contentsOf: url)).map { [UInt8]($0) } ?? []) : []
    }
}

extension ProcOracle {
    /// What the file of a target held on the recorded machine, or what one of its kind holds.
    static func example(_ target: Int) -> [UInt8] {
        guard target < targets.count else {
            return target == targets.count
                ? Array("27 1 254:0 / /a\\040b rw,relatime shared:1 - ext4 /dev/vda ro,discard\n".utf8)
                : [20, 0, 0, 0, 16, 0, 2, 0, 7, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]
        }
        let recorded = Trees.recorded(targets[target].file)
        return recorded.isEmpty
            ? Array("POWER_SUPPLY_STATUS=Full\nPOWER_SUPPLY_ONLINE=1\nbond0 45000\n".utf8) : recorded
    }
}
