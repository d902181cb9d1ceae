import Telemetry
import Wire

/// Properties of each interface under the names that node_exporter gives to /sys/class/net: rtnetlink has all but speed
/// and duplex, whose files make some drivers ask their hardware, so those are read each minute and when a link came up.
package final class NetclassProbe: Probe {
    package let name = "netclass"
    package let tier = Tier.tenSeconds

    private struct Device {
        let index: UInt32
        let name: [UInt8]
        let slots: [Int]
        let speed: SpeedFile
        var speedSlot = -1
        var infoSlot = -1
        var identity = Identity()
    }

    private final class SpeedFile {
        private var file: ProbeFile

        init(_ path: String, _ buffer: ProbeBuffer) {
            file = ProbeFile(path, buffer)
        }

        /// nil where the link has none. The file is closed again: there may be thousands.
        func read() -> Int64? {
            defer { file.release() }
            do throws(ProbeError) {
                return try file.read { (bytes) throws(ProbeError) in
                    var offset = 0
                    return Fields.signed(bytes, &offset)
                }
            } catch {
                return nil
            }
        }
    }

    /// What the info series and the speed depend on.
    private struct Identity: Equatable {
        var address: [UInt8] = []
        var broadcast: [UInt8] = []
        var alias: [UInt8] = []
        var operState: UInt8 = .max
        var isUp = false
        var hasCarrier = false
    }

    private static let metrics: [(name: String, type: MetricType)] = [
        ("up", .gauge), ("carrier", .gauge), ("carrier_changes_total", .counter),
        ("carrier_up_changes_total", .counter), ("carrier_down_changes_total", .counter), ("dormant", .gauge),
        ("flags", .gauge), ("iface_id", .gauge), ("iface_link", .gauge), ("iface_link_mode", .gauge),
        ("mtu_bytes", .gauge), ("net_dev_group", .gauge), ("protocol_type", .gauge),
        ("transmit_queue_length", .gauge),
    ]
    /// RFC 2863 as enum IF_OPER_* in linux/if.h.
    private static let operStates = [
        "unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up",
    ]
    private static let roundsPerSpeed = 6

    private let paths: AgentPaths
    private let buffer: ProbeBuffer
    private let table: LinkTable
    private var generation: UInt64 = 0
    private var devices: [Device] = []
    private var rounds = 0
    private var hasAnswered = false

    package init(_ paths: AgentPaths, _ buffer: ProbeBuffer, _ table: LinkTable) {
        self.paths = paths
        self.buffer = buffer
        self.table = table
    }

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        do throws(ProbeError) {
            try table.refresh()
            hasAnswered = true
        } catch {
            throw hasAnswered ? error : .notApplicable(reason: "this kernel answers no rtnetlink")
        }
        if generation != table.generation || devices.count != table.links.count { match(&readings) }
        let isSpeedDue = rounds % Self.roundsPerSpeed == 0
        rounds += 1
        for place in devices.indices {
            let link = table.links[place]
            show(place, link, &readings)
            let identity = Self.identity(link)
            if identity != devices[place].identity {
                devices[place].identity = identity
                showSpeed(place, &readings)
                showInfo(place, link, &readings)
            } else if isSpeedDue {
                showSpeed(place, &readings)
            }
        }
    }

    private func show(_ place: Int, _ link: LinkTable.Link, _ readings: inout Readings) {
        let slots = devices[place].slots
        let isUp = link.flags & 1 != 0
        readings[slots[0]] = link.operState == 6 ? 1 : 0
        // sysfs has no carrier of a link that is administratively down.
        readings[slots[1]] = isUp ? (link.hasCarrier ? 1 : 0) : SampleScale.one.absent
        readings[slots[2]] = Int64(link.carrierChanges)
        readings[slots[3]] = Int64(link.carrierUps)
        readings[slots[4]] = Int64(link.carrierDowns)
        readings[slots[5]] = isUp ? (link.operState == 5 ? 1 : 0) : SampleScale.one.absent
        // sysfs has the flags as the device was told them; the upper bits and RUNNING are the kernel's own view.
        readings[slots[6]] = Int64(link.flags & ~Self.viewFlags)
        readings[slots[7]] = Int64(link.index)
        readings[slots[8]] = Int64(link.linkedTo == 0 ? link.index : link.linkedTo)
        readings[slots[9]] = Int64(link.linkMode)
        readings[slots[10]] = Int64(link.mtu)
        readings[slots[11]] = Int64(link.group)
        readings[slots[12]] = Int64(link.type)
        readings[slots[13]] = Int64(link.queueLength)
    }

    /// IFF_RUNNING, IFF_LOWER_UP, IFF_DORMANT: dev_get_flags of the kernel adds them.
    private static let viewFlags: UInt32 = 0x40 | 0x10000 | 0x20000

    private static func identity(_ link: LinkTable.Link) -> Identity {
        Identity(
            address: link.address, broadcast: link.broadcast, alias: link.alias, operState: link.operState,
            isUp: link.flags & 1 != 0, hasCarrier: link.hasCarrier)
    }

    private func path(_ name: [UInt8], _ file: String) -> String {
        paths.sys("class/net/\(String(decoding: name, as: UTF8.self))/\(file)")
    }

    /// Mbit/s, -1 where the driver does not know: given as bytes a second, the sign kept. Links without one have no file.
    private func showSpeed(_ place: Int, _ readings: inout Readings) {
        guard let speed = devices[place].speed.read() else {
            if devices[place].speedSlot >= 0 { readings.retire(devices[place].speedSlot) }
            devices[place].speedSlot = -1
            return
        }
        if devices[place].speedSlot < 0 {
            devices[place].speedSlot = readings.define(
                SeriesDefinition(
                    SeriesKey("node_network_speed_bytes", labels(place)), .gauge,
                    .ratio(multiplier: 125_000, divisor: 1)))
        }
        readings[devices[place].speedSlot] = speed
    }

    private func showInfo(_ place: Int, _ link: LinkTable.Link, _ readings: inout Readings) {
        if devices[place].infoSlot >= 0 { readings.retire(devices[place].infoSlot) }
        let state = Int(link.operState)
        let labels: Labels = [
            "device": String(decoding: devices[place].name, as: UTF8.self),
            "address": Self.hexadecimal(link.address), "broadcast": Self.hexadecimal(link.broadcast),
            "duplex": Attribute.text(path(devices[place].name, "duplex"), buffer) ?? "",
            "operstate": state < Self.operStates.count ? Self.operStates[state] : "unknown",
            "adminstate": link.flags & 1 != 0 ? "up" : "down",
            "ifalias": String(decoding: link.alias, as: UTF8.self),
        ]
        let present = Labels(labels.pairs.filter { !$0.value.isEmpty })
        devices[place].infoSlot = readings.define(
            SeriesDefinition(SeriesKey("node_network_info", present), .gauge))
        readings[devices[place].infoSlot] = 1
    }

    /// `02:fc:00:00:00:05`.
    private static func hexadecimal(_ address: [UInt8]) -> String {
        address.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }

    /// Makes the devices those of the table, place by place.
    private func match(_ readings: inout Readings) {
        generation = table.generation
        var known: [UInt32: Device] = [:]
        for device in devices {
            if table.links.contains(where: { $0.index == device.index && $0.name == device.name }) {
                known[device.index] = device
            } else {
                retire(device, &readings)
            }
        }
        devices = table.links.map { known[$0.index] ?? define($0, &readings) }
    }

    private func define(_ link: LinkTable.Link, _ readings: inout Readings) -> Device {
        let labels: Labels = ["device": String(decoding: link.name, as: UTF8.self)]
        return Device(
            index: link.index, name: link.name,
            slots: Self.metrics.map {
                readings.define(SeriesDefinition(SeriesKey("node_network_\($0.name)", labels), $0.type))
            }, speed: SpeedFile(path(link.name, "speed"), buffer))
    }

    private func labels(_ place: Int) -> Labels {
        ["device": String(decoding: devices[place].name, as: UTF8.self)]
    }

    private func retire(_ device: Device, _ readings: inout Readings) {
        for slot in device.slots { readings.retire(slot) }
        if device.speedSlot >= 0 { readings.retire(device.speedSlot) }
        if device.infoSlot >= 0 { readings.retire(device.infoSlot) }
    }
}
