import Telemetry
import Wire

/// Neighbours by device, /proc/net/arp: a line of headings, then one an entry, whose last column is the device.
package final class ArpProbe: Probe {
    package let name = "arp"
    package let tier = Tier.tenSeconds

    private struct Device {
        let name: [UInt8]
        let slot: Int
        var count: Int64
    }

    private var file: ProbeFile
    private var devices: [Device] = []
    private static let devicesMax = 1024

    package init(_ paths: AgentPaths, _ buffer: ProbeBuffer) {
        file = ProbeFile(paths.proc("net/arp"), buffer)
    }

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        for place in devices.indices { devices[place].count = 0 }
        try unlessAbsent("no IPv4") { () throws(ProbeError) in
            try file.read { (bytes) throws(ProbeError) in
                var offset = 0
                Fields.skipLine(bytes, &offset)
                while offset < bytes.count {
                    var last = Fields.word(bytes, &offset)
                    while true {
                        let word = Fields.word(bytes, &offset)
                        if word.isEmpty { break }
                        last = word
                    }
                    if !last.isEmpty { count(bytes, last, &readings) }
                    Fields.skipLine(bytes, &offset)
                }
            }
        }
        for place in devices.indices.reversed() {
            readings[devices[place].slot] = devices[place].count
            guard devices[place].count == 0 else { continue }
            readings.retire(devices[place].slot)
            devices.remove(at: place)
        }
    }

    private func count(_ bytes: Span<UInt8>, _ name: Range<Int>, _ readings: inout Readings) {
        for place in devices.indices where Fields.equal(bytes, name, devices[place].name) {
            devices[place].count += 1
            return
        }
        guard devices.count < Self.devicesMax else { return }
        let key = SeriesKey("node_arp_entries", ["device": Fields.text(bytes, name)])
        let slot = readings.define(SeriesDefinition(key, .gauge))
        devices.append(Device(name: Fields.array(bytes, name), slot: slot, count: 1))
    }
}
