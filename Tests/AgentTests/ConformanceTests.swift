import Agent
import Foundation
import Telemetry
import TestSupport
import Testing

/// The same names, types, labels and values as the program whose dashboards and rules people have.
@Suite(.enabled(if: NodeExporter.program != nil, "prometheus-node-exporter is not installed: make test-deps"))
struct `node_exporter` {
    /// Over a recorded tree both must say the same, to the last digit that a double holds.
    @Test func `reads the same values from the recorded machine`() throws {
        let tree = try FixtureTree(procfs: "6.18", sysfs: "server")
        let collectors = [
            "arp", "bonding", "conntrack", "cpu", "cpufreq", "diskstats", "entropy", "filefd", "hwmon",
            "interrupts",
            "loadavg", "mdadm", "meminfo", "netdev", "netstat", "powersupplyclass", "pressure", "sockstat",
            "softnet", "stat", "thermal_zone", "udp_queues", "vmstat",
        ]
        let exporter = try NodeExporter(
            ["--path.procfs=\(tree.paths.procfs)", "--path.sysfs=\(tree.paths.sysfs)"]
                + ["--collector.disable-defaults", "--no-collector.netdev.netlink"]
                + [
                    "--collector.netdev.device-exclude=^$",
                    "--collector.diskstats.device-exclude=\(Self.disks)",
                ]
                + collectors.map { "--collector.\($0)" })
        try #require(exporter.isUp())
        let theirs = try exporter.scrape()
        let ours = PromText(try RecordedMachine.exposition(tree))
        var differences: [String] = []
        for (series, value) in theirs.samples where Self.isCollected(series) {
            if Differences.recorded[PromText.name(series)] != nil { continue }
            guard let own = ours.samples[series] else {
                differences.append("only theirs: \(series) \(value)")
                continue
            }
            if abs(own - value) > 1e-12 * abs(value) {
                differences.append("\(series): \(own), theirs \(value)")
            }
        }
        for (name, type) in theirs.types where ours.types[name].map({ $0 != type }) ?? false {
            differences.append("\(name) is \(ours.types[name] ?? ""), theirs is \(type)")
        }
        for series in ours.samples.keys where Self.isCollected(series) && theirs.samples[series] == nil {
            if Differences.onlyOurs[PromText.name(series)] != nil { continue }
            differences.append("only ours: \(series)")
        }
        for collector in collectors {
            let success = theirs.samples["node_scrape_collector_success{collector=\"\(collector)\"}"]
            if success != 1 { differences.append("their \(collector) has failed") }
        }
        #expect(differences.sorted() == [])
    }

    /// `^(z?ram|…)`: newer than Debian's version has it.
    private static let disks = "^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme[0-9]+n[0-9]+p)[0-9]+$"

    private static func isCollected(_ series: String) -> Bool {
        series.hasPrefix("node_") && !series.hasPrefix("node_scrape_") && !series.hasPrefix("node_exporter_")
    }

    /// Ours is read between two readings of theirs: what only rises must lie between them, what moves near them.
    @Test func `reads the same of this host in the same second`() throws {
        let agent = try #require(Program.built("martlet-agent"))
        guard let table = try? Repository.text("../shared/data/node_exporter_metrics.tsv") else {
            print("skipped: ../shared/data/node_exporter_metrics.tsv, the list of names, is not here")
            return
        }
        let names = ConformanceTable.priorityOne(table)
        let exporter = try NodeExporter(
            ["--collector.interrupts", "--collector.tcpstat", "--collector.processes"] + [
                "--collector.netdev.device-exclude=^$", "--collector.diskstats.device-exclude=\(Self.disks)",
                "--collector.filesystem.mount-points-exclude=\(Self.mountPoints)",
            ])
        try #require(exporter.isUp())
        let before = try exporter.scrape()
        let ours = PromText(try Program.run(agent, ["metrics", "--format", "prometheus"]).output)
        let after = try exporter.scrape()
        let comparison = Comparison(before: before, ours: ours, after: after)
        #expect(comparison.differences(names).sorted() == [])
        #expect(comparison.compared > 250)
    }

    private static let mountPoints =
        "^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)"
}
