import Agent
import Foundation
import Telemetry
import TestSupport
import Testing

/// Every probe over a recorded /proc and a written /sys, as the text that `metrics` prints, collector by collector.
@Suite struct `A recorded machine` {
    private static let golden = Repository.root.appending(path: "Tests/Fixtures/procfs/6.18.prom")

    @Test func `gives the same exposition as when it was recorded`() throws {
        let tree = try FixtureTree(procfs: "6.18", sysfs: "server")
        let text = try RecordedMachine.exposition(tree)
        if ProcessInfo.processInfo.environment["MARTLET_RERECORD"] == "1" {
            try text.write(to: Self.golden, atomically: true, encoding: .utf8)
        }
        let expected = try String(contentsOf: Self.golden, encoding: .utf8)
        let (found, known) = (text.split(separator: "\n"), expected.split(separator: "\n"))
        #expect(Set(found).subtracting(known).sorted() == [])
        #expect(Set(known).subtracting(found).sorted() == [])
        #expect(text == expected)
    }
}

enum RecordedMachine {
    /// The probes that read nothing but files below `tree`.
    static func probes(_ tree: FixtureTree) -> [any Probe] {
        let paths = tree.paths
        let buffer = ProbeBuffer()
        let cpu = CPUProbe()
        return [
            StatProbe(paths, buffer, cpu: cpu), cpu, MemoryProbe(paths, buffer), VMStatProbe(paths, buffer),
            LoadProbe(paths, buffer), DiskProbe(paths, buffer), PressureProbe(paths, buffer),
            NetstatProbe(paths, buffer), SockstatProbe(paths, buffer, pageSize: 4096),
            ScalarsProbe.files(paths, buffer), SchedstatProbe(paths, buffer), SoftnetProbe(paths, buffer),
            InterruptsProbe(paths, buffer), ScalarsProbe.entropy(paths, buffer),
            ScalarsProbe.conntrack(paths, buffer), ScalarsProbe.hungTasks(paths, buffer),
            NetdevProbe(paths, buffer, nil), ArpProbe(paths, buffer), UDPQueuesProbe(paths, buffer),
            HwmonProbe(paths, buffer), ThermalProbe(paths, buffer), CPUFrequencyProbe(paths, buffer),
            PowerSupplyProbe(paths, buffer), MDProbe(paths, buffer), BondingProbe(paths, buffer),
        ]
    }

    static func exposition(_ tree: FixtureTree) throws -> String {
        let bench = ProbeBench(probes(tree), over: tree)
        _ = bench.scrape()
        return Exposition.text(bench.sampler.collectors, .prometheus)
    }
}
