import Telemetry
import Wire

/// What units and containers use, by their control groups.
///
/// Reading some of these files makes the kernel sum up over all CPUs, so CPU and memory are read each two seconds by
/// files that stay open, and the rest each ten.
package final class CgroupProbe: Probe {
    package let name: String
    package let tier: Tier
    private let tree: CgroupTree
    private let buffer: ProbeBuffer
    private let kinds: [CgroupFile.Kind]
    private let openMax: Int
    private var rows: [CgroupRow] = []
    private var generation: UInt64 = 0
    private var leftOutSlot = -1

    private init(
        _ name: String, _ tier: Tier, _ kinds: [CgroupFile.Kind], openMax: Int, _ tree: CgroupTree,
        _ buffer: ProbeBuffer
    ) {
        self.name = name
        self.tier = tier
        self.kinds = kinds
        self.openMax = openMax
        self.tree = tree
        self.buffer = buffer
    }

    /// CPU and memory.
    package static func usage(_ tree: CgroupTree, _ buffer: ProbeBuffer) -> CgroupProbe {
        CgroupProbe("cgroup", .scan, [.cpu, .memory], openMax: 96, tree, buffer)
    }

    /// I/O, pressure, tasks, and what was killed for want of memory.
    package static func pressure(_ tree: CgroupTree, _ buffer: ProbeBuffer) -> CgroupProbe {
        CgroupProbe(
            "cgroup_pressure", .tenSeconds,
            [.io, .cpuPressure, .memoryPressure, .ioPressure, .events, .tasks],
            openMax: 0, tree, buffer)
    }

    package func wantsReading(at now: TickTime) -> Bool {
        generation != tree.generation
    }

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        try tree.refresh(at: now)
        if generation != tree.generation { match(&readings) }
        for (place, row) in rows.enumerated() { row.read(&readings, keepsOpen: place < openMax) }
        showLeftOut(&readings)
    }

    /// Makes the rows those of the tree; a group that stayed keeps its series.
    private func match(_ readings: inout Readings) {
        generation = tree.generation
        var old = Dictionary(rows.map { ($0.group, $0) }) { first, _ in first }
        let groups = tree.groups
        let kept = groups.map { old.removeValue(forKey: $0) }
        for row in old.values { row.retire(&readings) }
        rows = zip(groups, kept).map { group, row in row ?? CgroupRow(group, kinds, buffer) }
    }

    private func showLeftOut(_ readings: inout Readings) {
        guard tier == .tenSeconds else { return }
        if leftOutSlot < 0 {
            guard tree.leftOut > 0 else { return }
            leftOutSlot = readings.define(
                SeriesDefinition(SeriesKey("martlet_agent_cgroups_left_out"), .gauge))
        }
        readings[leftOutSlot] = Int64(tree.leftOut)
    }
}
