import Telemetry
import Wire

/// The scalars of /proc/stat: context switches, forks, interrupts, boot time, processes running and blocked; proc_stat(5).
///
/// The `cpu` lines of the same read are `CPUProbe`'s, which is told them by this probe: one pread serves both.
package final class StatProbe: Probe {
    package let name = "stat"
    package let tier = Tier.second
    private var file: ProbeFile
    private let cpu: CPUProbe
    private var slots: [Int] = []

    package init(_ paths: AgentPaths, _ buffer: ProbeBuffer, cpu: CPUProbe) {
        file = ProbeFile(paths.proc("stat"), buffer)
        self.cpu = cpu
    }

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        if slots.isEmpty { define(&readings) }
        try file.read { (bytes) throws(ProbeError) in
            cpu.beginRead()
            var found = 0
            var offset = 0
            while offset < bytes.count {
                if Fields.take("cpu", bytes, &offset) {
                    cpu.take(line: bytes, &offset)
                } else if let slot = Self.field(bytes, &offset), let value = Fields.raw(bytes, &offset) {
                    readings[slots[slot]] = value
                    found += 1
                }
                Fields.skipLine(bytes, &offset)
            }
            guard found > 0 else { throw .malformed(path: "", reason: "no line that proc_stat(5) names") }
        }
    }

    private func define(_ readings: inout Readings) {
        let series: [(String, MetricType)] = [
            ("node_intr_total", .counter), ("node_context_switches_total", .counter),
            ("node_boot_time_seconds", .gauge), ("node_forks_total", .counter),
            ("node_procs_running", .gauge),
            ("node_procs_blocked", .gauge),
        ]
        slots = series.map { readings.define(SeriesDefinition(SeriesKey($0.0), $0.1)) }
    }

    /// The place in `slots` of the field that the line begins with; moves past its name.
    private static func field(_ bytes: Span<UInt8>, _ offset: inout Int) -> Int? {
        if Fields.take("intr ", bytes, &offset) { return 0 }
        if Fields.take("ctxt ", bytes, &offset) { return 1 }
        if Fields.take("btime ", bytes, &offset) { return 2 }
        if Fields.take("processes ", bytes, &offset) { return 3 }
        if Fields.take("procs_running ", bytes, &offset) { return 4 }
        if Fields.take("procs_blocked ", bytes, &offset) { return 5 }
        return nil
    }
}
