import Agent
import Foundation
import TestSupport
import Testing

/// The names that node_exporter's rules and dashboards ask for: what this host, the recorded machine and a few files more
/// do not have between them is said here, with who shows it.
@Suite struct `The names that dashboards ask for` {
    private static let shownElsewhere: Set<String> = [
        // `SystemdProbeTests`, over recorded answers of systemd.
        "node_systemd_service_restart_total", "node_systemd_socket_accepted_connections_total",
        "node_systemd_socket_current_connections", "node_systemd_socket_refused_connections_total",
        "node_systemd_unit_state", "node_systemd_units",
        // Whoever scrapes says whether it could.
        "up",
    ]

    @Test func `are all there`() throws {
        guard let table = try? Repository.text("../shared/data/node_exporter_metrics.tsv") else {
            print("skipped: ../shared/data/node_exporter_metrics.tsv, the list of names, is not here")
            return
        }
        let agent = try #require(Program.built("martlet-agent"))
        var found = Self.names(try Program.run(agent, ["metrics", "--format", "prometheus"]).output)
        found.formUnion(
            Self.names(try RecordedMachine.exposition(FixtureTree(procfs: "6.18", sysfs: "server"))))
        found.formUnion(Self.names(try Self.kernelOptions().joined(separator: "\n")))
        let wanted = ConformanceTable.priorityOne(table)
        #expect(wanted.count > 230)
        #expect(wanted.subtracting(found).subtracting(Self.shownElsewhere).sorted() == [])
    }

    @Test func `come from files that only some kernels have`() throws {
        #expect(
            try Self.kernelOptions() == [
                "node_memory_HardwareCorrupted_bytes 4096", "node_pressure_cpu_waiting_seconds_total 1",
                "node_pressure_io_stalled_seconds_total 3", "node_pressure_io_waiting_seconds_total 2",
                "node_pressure_irq_stalled_seconds_total 0.25",
                "node_pressure_memory_stalled_seconds_total 5",
                "node_pressure_memory_waiting_seconds_total 4",
                "node_schedstat_running_seconds_total{cpu=\"0\"} 2",
                "node_schedstat_timeslices_total{cpu=\"0\"} 9",
                "node_schedstat_waiting_seconds_total{cpu=\"0\"} 0.5",
            ])
    }

    private static func kernelOptions() throws -> [String] {
        let tree = try FixtureTree()
        try tree.writeProc(
            "schedstat",
            "version 17\ntimestamp 4300\ncpu0 0 0 0 0 0 0 2000000000 500000000 9\ndomain0 MC 3 0 0\n")
        try tree.writeProc("meminfo", "HardwareCorrupted:     4 kB\n")
        func line(_ kind: String, _ total: Int) -> String {
            "\(kind) avg10=0.00 avg60=0.00 avg300=0.00 total=\(total)\n"
        }
        try tree.writeProc("pressure/cpu", line("some", 1_000_000) + line("full", 0))
        try tree.writeProc("pressure/io", line("some", 2_000_000) + line("full", 3_000_000))
        try tree.writeProc("pressure/memory", line("some", 4_000_000) + line("full", 5_000_000))
        try tree.writeProc("pressure/irq", line("full", 250_000))
        let buffer = ProbeBuffer()
        let probes: [any Probe] = [
            SchedstatProbe(tree.paths, buffer), MemoryProbe(tree.paths, buffer),
            PressureProbe(tree.paths, buffer),
        ]
        return ProbeBench(probes, over: tree).scrape()
    }

    private static func names(_ text: String) -> Set<String> {
        Set(
            text.split(separator: "\n").filter { !$0.hasPrefix("#") }
                .map { String($0.prefix { $0 != "{" && $0 != " " }) })
    }
}

/// ../shared/data/node_exporter_metrics.tsv.
enum ConformanceTable {
    /// The first column of the rows whose sixth is 1.
    static func priorityOne(_ table: String) -> Set<String> {
        var names: Set<String> = []
        for line in table.split(separator: "\n") {
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
            if columns.count > 5, columns[5] == "1" { names.insert(String(columns[0])) }
        }
        return names
    }
}
