import Agent
import Foundation
import Telemetry
import TestSupport
import Testing

/// A series ends when what it is about is gone: the reader of frames sees a gap, and no old value for ever.
@Suite struct `A device that vanishes` {
    private struct Case: CustomTestStringConvertible {
        let collector: String
        /// The file or folder that goes, below /proc or /sys.
        let path: String
        /// The new content of that file; nil to remove it.
        var content: String?
        /// What only its series hold.
        let mark: String
        let probe: @Sendable (AgentPaths, ProbeBuffer) -> any Probe
        var testDescription: String { collector }
    }

    private static let twoDisks =
        "   8       0 sda 1 2 3 4 5 6 7 8 9 10 11\n   8      16 sdb 1 2 3 4 5 6 7 8 9 10 11\n"

    private static let cases: [Case] = [
        Case(
            collector: "diskstats", path: "proc/diskstats",
            content: "   8       0 sda 1 2 3 4 5 6 7 8 9 10 11\n", mark: "\"sdb\"",
            probe: { DiskProbe($0, $1) }),
        Case(
            collector: "arp", path: "proc/net/arp",
            content: "IP address HW type\n192.0.2.1 0x1 0x2 02:fc:00:00:00:05 * eth0\n", mark: "br-0a1b",
            probe: { ArpProbe($0, $1) }),
        Case(
            collector: "netdev", path: "proc/net/dev",
            content: "Inter-| Receive\n face |bytes\n  lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n",
            mark: "\"eth0\"", probe: { NetdevProbe($0, $1, nil) }),
        Case(
            collector: "mdadm", path: "proc/mdstat",
            content:
                "Personalities : [raid1]\nmd0 : active raid1 sdb1[1] sda1[0]\n      524224 blocks [2/2] [UU]\n\n",
            mark: "\"md1\"", probe: { MDProbe($0, $1) }),
        Case(
            collector: "hwmon", path: "sys/class/hwmon/hwmon2", mark: "w83627ehf",
            probe: { HwmonProbe($0, $1) }),
        Case(
            collector: "powersupplyclass", path: "sys/class/power_supply/BAT0", mark: "BAT0",
            probe: { PowerSupplyProbe($0, $1) }),
        Case(
            collector: "thermal_zone", path: "sys/class/thermal/cooling_device0", mark: "cooling",
            probe: { ThermalProbe($0, $1) }),
        Case(
            collector: "bonding", path: "sys/class/net/bonding_masters", content: "bond0\n", mark: "\"dmz\"",
            probe: { BondingProbe($0, $1) }),
        Case(
            collector: "interrupts", path: "proc/interrupts",
            content: "           CPU0\n  0:         40   IO-APIC   2-edge      timer\n", mark: "cpu=\"1\"",
            probe: { InterruptsProbe($0, $1) }),
    ]

    @Test(arguments: cases) private func `ends its series, and no other`(_ row: Case) throws {
        let tree = try FixtureTree(procfs: "6.18", sysfs: "server")
        if row.collector == "diskstats" { try tree.writeProc("diskstats", Self.twoDisks) }
        let bench = ProbeBench([row.probe(tree.paths, ProbeBuffer())], over: tree)
        let before = try bench.tick()
        #expect(before.keys.contains { $0.contains(row.mark) }, "\(before.keys.sorted())")
        let path =
            row.path.hasPrefix("proc/")
            ? tree.paths.proc(String(row.path.dropFirst(5))) : tree.paths.sys(String(row.path.dropFirst(4)))
        if let content = row.content {
            let relative = String(row.path.drop { $0 != "/" }.dropFirst())
            if row.path.hasPrefix("proc/") {
                try tree.writeProc(relative, content)
            } else {
                try tree.writeSys(relative, content)
            }
        } else {
            try tree.remove(path)
        }
        // Ten rounds: every tier but the slowest has come.
        for _ in 0..<11 { try bench.tick() }
        #expect(!bench.known.values.contains { $0.contains(row.mark) }, "\(bench.known.values.sorted())")
        #expect(!bench.known.isEmpty)
    }

    @Test func `comes back as a series of its own`() throws {
        let tree = try FixtureTree()
        try tree.writeProc("diskstats", Self.twoDisks)
        let bench = ProbeBench([DiskProbe(tree.paths, ProbeBuffer())], over: tree)
        try bench.tick()
        try tree.writeProc("diskstats", "   8       0 sda 1 2 3 4 5 6 7 8 9 10 11\n")
        #expect(try bench.tick()["node_disk_io_now{device=\"sdb\"}"] == nil)
        try tree.writeProc("diskstats", Self.twoDisks.replacingOccurrences(of: "9 10 11", with: "77 10 11"))
        #expect(try bench.tick()["node_disk_io_now{device=\"sdb\"}"] == 77)
    }
}
