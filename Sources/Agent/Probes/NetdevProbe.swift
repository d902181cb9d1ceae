import Telemetry
import Wire

/// Traffic of each interface, from rtnetlink's 64-bit counters; from /proc/net/dev where netlink is refused.
///
/// Sums are those that the kernel's own /proc/net/dev makes of the finer counters: drop is dropped and missed, frame is
/// length, over, CRC and frame, carrier is aborted, carrier, heartbeat and window.
package final class NetdevProbe: Probe {
    package let name = "netdev"
    package let tier = Tier.second

    private struct Device {
        let name: [UInt8]
        /// Zero where the file is read.
        let index: UInt32
        let slots: [Int]
        var wasSeen = true
    }

    /// Names in the order of /proc/net/dev's columns, and last the one that only netlink has.
    private static let metrics = [
        "receive_bytes", "receive_packets", "receive_errs", "receive_drop", "receive_fifo", "receive_frame",
        "receive_compressed", "receive_multicast", "transmit_bytes", "transmit_packets", "transmit_errs",
        "transmit_drop", "transmit_fifo", "transmit_colls", "transmit_carrier", "transmit_compressed",
        "receive_nohandler",
    ]
    private static let fileColumns = 16
    private static let devicesMax = 4096

    private let table: LinkTable?
    private var generation: UInt64 = 0
    private var file: ProbeFile
    private var devices: [Device] = []
    private var usesFile: Bool
    private var hasAnswered = false

    /// Without a table the file is read.
    package init(_ paths: AgentPaths, _ buffer: ProbeBuffer, _ table: LinkTable?) {
        self.table = table
        usesFile = table == nil
        file = ProbeFile(paths.proc("net/dev"), buffer)
    }

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        if let table, !usesFile {
            do throws(ProbeError) {
                try table.refreshCounters()
                hasAnswered = true
                return show(table, &readings)
            } catch {
                guard !hasAnswered else { throw error }
                usesFile = true
            }
        }
        try readFile(&readings)
    }

    private func show(_ table: LinkTable, _ readings: inout Readings) {
        if generation != table.generation || devices.count != table.links.count { match(table, &readings) }
        for place in devices.indices {
            let counters = table.links[place].counters
            let slots = devices[place].slots
            for column in 0..<slots.count {
                readings[slots[column]] = Int64(bitPattern: Self.value(column, counters))
            }
        }
    }

    /// Makes the devices those of the table, place by place; what is still there keeps its slots, and what is gone is
    /// retired before a new link takes its name.
    private func match(_ table: LinkTable, _ readings: inout Readings) {
        generation = table.generation
        var known: [UInt32: Device] = [:]
        for device in devices {
            if table.links.contains(where: { $0.index == device.index && $0.name == device.name }) {
                known[device.index] = device
            } else {
                for slot in device.slots { readings.retire(slot) }
            }
        }
        devices = table.links.map { link in
            known[link.index]
                ?? define(link.name, index: link.index, columns: Self.metrics.count, &readings)
        }
    }

    /// Places in struct rtnl_link_stats64: received and sent packets 0 1, bytes 2 3, errors 4 5, dropped 6 7,
    /// multicast 8, collisions 9, length 10, over 11, CRC 12, frame 13, FIFO 14, missed 15, aborted 16, carrier 17,
    /// FIFO 18, heartbeat 19, window 20, compressed 21 22, without handler 23.
    private static func value(_ column: Int, _ counters: LinkTable.Counters) -> UInt64 {
        switch column {
        case 0: counters[2]
        case 1: counters[0]
        case 2: counters[4]
        case 3: counters[6] &+ counters[15]
        case 4: counters[14]
        case 5: counters[10] &+ counters[11] &+ counters[12] &+ counters[13]
        case 6: counters[21]
        case 7: counters[8]
        case 8: counters[3]
        case 9: counters[1]
        case 10: counters[5]
        case 11: counters[7]
        case 12: counters[18]
        case 13: counters[9]
        case 14: counters[16] &+ counters[17] &+ counters[19] &+ counters[20]
        case 15: counters[22]
        default: counters[23]
        }
    }

    private func readFile(_ readings: inout Readings) throws(ProbeError) {
        for place in devices.indices { devices[place].wasSeen = false }
        try file.read { (bytes) throws(ProbeError) in
            var offset = 0
            Fields.skipLine(bytes, &offset)
            Fields.skipLine(bytes, &offset)
            while offset < bytes.count {
                Fields.skipBlanks(bytes, &offset)
                let name = Fields.until(UInt8(ascii: ":"), bytes, &offset)
                if !name.isEmpty, let place = place(bytes, name, &readings) {
                    devices[place].wasSeen = true
                    for slot in devices[place].slots {
                        guard let value = Fields.raw(bytes, &offset) else { break }
                        readings[slot] = value
                    }
                }
                Fields.skipLine(bytes, &offset)
            }
        }
        for place in devices.indices.reversed() where !devices[place].wasSeen { retire(place, &readings) }
    }

    private func place(_ bytes: Span<UInt8>, _ name: Range<Int>, _ readings: inout Readings) -> Int? {
        for place in devices.indices where Fields.equal(bytes, name, devices[place].name) { return place }
        guard devices.count < Self.devicesMax else { return nil }
        devices.append(define(Fields.array(bytes, name), index: 0, columns: Self.fileColumns, &readings))
        return devices.count - 1
    }

    private func define(
        _ name: [UInt8], index: UInt32, columns: Int, _ readings: inout Readings
    ) -> Device {
        let labels: Labels = ["device": String(decoding: name, as: UTF8.self)]
        return Device(
            name: name, index: index,
            slots: Self.metrics.prefix(columns).map {
                readings.define(SeriesDefinition(SeriesKey("node_network_\($0)_total", labels), .counter))
            })
    }

    private func retire(_ place: Int, _ readings: inout Readings) {
        for slot in devices[place].slots { readings.retire(slot) }
        devices.remove(at: place)
    }
}
