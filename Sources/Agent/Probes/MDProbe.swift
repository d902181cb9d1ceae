import Telemetry
import Wire

/// Software RAID arrays, /proc/mdstat; the layout is md_seq_show's in the kernel's drivers/md/md.c.
///
///     md0 : active raid1 sdb1[1] sda1[0](F)
///           1953382400 blocks super 1.2 [2/1] [_U]
///           [=>...........]  recovery =  8.5% (166033728/1953382400) finish=259.5min speed=114756K/sec
package final class MDProbe: Probe {
    package let name = "mdadm"
    package let tier = Tier.tenSeconds

    private struct MDArray {
        let name: [UInt8]
        let slots: [Int]
        var wasSeen = true
    }

    private enum Slot: Int, CaseIterable {
        case disksActive, disksFailed, disksSpare, disksDown, required
        case active, inactive, recovering, resync, check
        case blocks, blocksSynced
    }

    /// Kept, because `allCases` makes a new array each time.
    private static let allSlots = Slot.allCases
    private var file: ProbeFile
    private var arrays: [MDArray] = []
    private static let arraysMax = 128

    package init(_ paths: AgentPaths, _ buffer: ProbeBuffer) {
        file = ProbeFile(paths.proc("mdstat"), buffer)
    }

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        for place in arrays.indices { arrays[place].wasSeen = false }
        try unlessAbsent("no software RAID") { () throws(ProbeError) in
            try file.read { (bytes) throws(ProbeError) in
                var offset = 0
                while offset < bytes.count {
                    if let status = MDStatus(bytes, &offset) { show(status, bytes, &readings) }
                }
            }
        }
        for place in arrays.indices.reversed() where !arrays[place].wasSeen {
            for slot in arrays[place].slots { readings.retire(slot) }
            arrays.remove(at: place)
        }
    }

    private func show(_ status: MDStatus, _ bytes: Span<UInt8>, _ readings: inout Readings) {
        var place = 0
        while place < arrays.count, !Fields.equal(bytes, status.name, arrays[place].name) { place += 1 }
        if place == arrays.count {
            guard arrays.count < Self.arraysMax else { return }
            let slots = Self.definitions(Fields.text(bytes, status.name)).map { readings.define($0) }
            arrays.append(MDArray(name: Fields.array(bytes, status.name), slots: slots))
        }
        arrays[place].wasSeen = true
        for slot in Self.allSlots {
            readings[arrays[place].slots[slot.rawValue]] = Self.value(slot, status)
        }
    }

    private static func value(_ slot: Slot, _ status: MDStatus) -> Int64 {
        switch slot {
        case .disksActive: status.disksActive
        case .disksFailed: status.disksFailed
        case .disksSpare: status.disksSpare
        case .disksDown: status.disksDown
        case .required: status.disksRequired
        case .active: status.activity == .active ? 1 : 0
        case .inactive: status.activity == .inactive ? 1 : 0
        case .recovering: status.activity == .recovering ? 1 : 0
        case .resync: status.activity == .resync ? 1 : 0
        case .check: status.activity == .check ? 1 : 0
        case .blocks: status.blocks
        case .blocksSynced: status.blocksSynced
        }
    }

    private static func definitions(_ device: String) -> [SeriesDefinition] {
        let disks = ["active", "failed", "spare", "down"].map {
            SeriesKey("node_md_disks", ["device": device, "state": $0])
        }
        let states = ["active", "inactive", "recovering", "resync", "check"].map {
            SeriesKey("node_md_state", ["device": device, "state": $0])
        }
        func one(_ metric: String) -> SeriesKey { SeriesKey(metric, ["device": device]) }
        return
            (disks + [one("node_md_disks_required")] + states
            + [one("node_md_blocks"), one("node_md_blocks_synced")])
            .map { SeriesDefinition($0, .gauge) }
    }
}
