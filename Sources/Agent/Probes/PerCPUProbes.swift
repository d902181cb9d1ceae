import Telemetry
import Wire

/// Slots of series that each CPU has: defined when a CPU is first seen, retired when it is gone.
struct PerCPUSlots {
    private var rows: [(cpu: Int, slots: [Int], wasSeen: Bool)] = []
    private var next = 0

    mutating func begin() {
        next = 0
        for place in rows.indices { rows[place].wasSeen = false }
    }

    /// The slots of `cpu`; rows come in one order, so the next row is nearly always the one.
    mutating func slots(_ cpu: Int, _ readings: inout Readings, _ define: (String) -> [SeriesDefinition])
        -> [Int]
    {
        if next >= rows.count || rows[next].cpu != cpu {
            next = rows.firstIndex { $0.cpu == cpu } ?? rows.count
        }
        if next == rows.count {
            rows.append((cpu, define("\(cpu)").map { readings.define($0) }, true))
        }
        rows[next].wasSeen = true
        next += 1
        return rows[next - 1].slots
    }

    mutating func end(_ readings: inout Readings) {
        for place in rows.indices.reversed() where !rows[place].wasSeen {
            for slot in rows[place].slots { readings.retire(slot) }
            rows.remove(at: place)
        }
    }
}

/// Time that tasks ran and waited, by CPU: /proc/schedstat, nanoseconds; kernel's sched-stats document.
package final class SchedstatProbe: Probe {
    package let name = "schedstat"
    package let tier = Tier.tenSeconds
    private var file: ProbeFile
    private var cpus = PerCPUSlots()

    package init(_ paths: AgentPaths, _ buffer: ProbeBuffer) {
        file = ProbeFile(paths.proc("schedstat"), buffer)
    }

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        try unlessAbsent("this kernel has no /proc/schedstat") { () throws(ProbeError) in
            try file.read { (bytes) throws(ProbeError) in
                cpus.begin()
                var offset = 0
                while offset < bytes.count {
                    if Fields.take("cpu", bytes, &offset), let cpu = Fields.decimal(bytes, &offset) {
                        for _ in 0..<6 { _ = Fields.decimal(bytes, &offset) }
                        let slots = cpus.slots(Int(truncatingIfNeeded: cpu), &readings, Self.definitions)
                        for slot in slots {
                            if let value = Fields.raw(bytes, &offset) { readings[slot] = value }
                        }
                    }
                    Fields.skipLine(bytes, &offset)
                }
                cpus.end(&readings)
            }
        }
    }

    private static func definitions(_ cpu: String) -> [SeriesDefinition] {
        let nanoseconds = SampleScale.ratio(multiplier: 1, divisor: 1_000_000_000)
        return [
            SeriesDefinition(
                SeriesKey("node_schedstat_running_seconds_total", ["cpu": cpu]), .counter, nanoseconds),
            SeriesDefinition(
                SeriesKey("node_schedstat_waiting_seconds_total", ["cpu": cpu]), .counter, nanoseconds),
            SeriesDefinition(SeriesKey("node_schedstat_timeslices_total", ["cpu": cpu]), .counter),
        ]
    }
}

/// Packets by CPU: /proc/net/softnet_stat, hexadecimal columns; net/core/net-procfs.c of the kernel.
package final class SoftnetProbe: Probe {
    package let name = "softnet"
    package let tier = Tier.tenSeconds
    private var file: ProbeFile
    private var cpus = PerCPUSlots()
    /// Places of the columns that have series: processed, dropped, squeezed, received_rps, flow_limit_count.
    private static let columns = [0, 1, 2, 9, 10]

    package init(_ paths: AgentPaths, _ buffer: ProbeBuffer) {
        file = ProbeFile(paths.proc("net/softnet_stat"), buffer)
    }

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        try file.read { (bytes) throws(ProbeError) in
            cpus.begin()
            var offset = 0
            var line = 0
            while offset < bytes.count {
                var values = [16 of Int64](repeating: -1)
                var column = 0
                while column < 16, let value = Fields.hexadecimal(bytes, &offset) {
                    values[column] = Int64(bitPattern: value)
                    column += 1
                }
                if column >= 9 {
                    // Since Linux 5.10 the thirteenth column is the CPU; before, lines are CPUs in order.
                    let cpu = column >= 13 ? Int(truncatingIfNeeded: values[12]) : line
                    let slots = cpus.slots(cpu, &readings, Self.definitions)
                    for (place, known) in Self.columns.enumerated() {
                        readings[slots[place]] = max(0, values[known])
                    }
                }
                line += 1
                Fields.skipLine(bytes, &offset)
            }
            cpus.end(&readings)
        }
    }

    private static func definitions(_ cpu: String) -> [SeriesDefinition] {
        ["processed", "dropped", "times_squeezed", "received_rps", "flow_limit_count"].map {
            SeriesDefinition(SeriesKey("node_softnet_\($0)_total", ["cpu": cpu]), .counter)
        }
    }
}
