import Telemetry
import Wire

/// Mains, batteries and UPSs, /sys/class/power_supply: one `uevent` file a supply has all of its attributes, as
/// `POWER_SUPPLY_ONLINE=1`; kernel's power supply sysfs document, whose units are micro and tenths of a degree.
package final class PowerSupplyProbe: Probe {
    package let name = "powersupplyclass"
    package let tier = Tier.tenSeconds

    private final class Supply {
        var file: ProbeFile
        let name: String
        var lines = NamedLines()
        var info: (slot: Int, hash: UInt64)?

        init(_ path: String, _ name: String, _ buffer: ProbeBuffer) {
            file = ProbeFile("\(path)/\(name)/uevent", buffer)
            self.name = name
        }
    }

    private var folder: DeviceFolder
    private let buffer: ProbeBuffer
    private var supplies: [Supply] = []
    private static let suppliesMax = 64

    package init(_ paths: AgentPaths, _ buffer: ProbeBuffer) {
        folder = DeviceFolder(paths.sys("class/power_supply"), buffer)
        self.buffer = buffer
    }

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        let reason = "no power supplies that the kernel knows"
        let changed = try unlessAbsent(reason) { () throws(ProbeError) in try folder.changed() }
        if let names = changed {
            for supply in supplies { retire(supply, &readings) }
            supplies = names.prefix(Self.suppliesMax).map { Supply(folder.path, $0, buffer) }
        }
        guard !supplies.isEmpty else { throw .notApplicable(reason: reason) }
        for supply in supplies { read(supply, &readings) }
    }

    private func read(_ supply: Supply, _ readings: inout Readings) {
        do throws(ProbeError) {
            try supply.file.read { (bytes) throws(ProbeError) in
                supply.lines.begin()
                var offset = 0
                while offset < bytes.count {
                    let name = Fields.until(UInt8(ascii: "="), bytes, &offset)
                    let slot = supply.lines.slot(bytes, name, &readings) {
                        PowerSupplyNames.definition($0, supply.name)
                    }
                    if slot >= 0 {
                        readings[slot] = Fields.signed(bytes, &offset) ?? SampleScale.one.absent
                    }
                    Fields.skipLine(bytes, &offset)
                }
                supply.lines.end(&readings)
                showInfo(supply, bytes, &readings)
            }
        } catch {
            // Taken away just now: the folder's next listing says so.
            retire(supply, &readings)
        }
    }

    private func showInfo(_ supply: Supply, _ bytes: Span<UInt8>, _ readings: inout Readings) {
        let hash = PowerSupplyNames.infoHash(bytes)
        if let info = supply.info, info.hash == hash { return }
        if let info = supply.info { readings.retire(info.slot) }
        let labels = PowerSupplyNames.infoLabels(bytes, supply.name)
        let slot = readings.define(SeriesDefinition(SeriesKey("node_power_supply_info", labels), .gauge))
        readings[slot] = 1
        supply.info = (slot, hash)
    }

    private func retire(_ supply: Supply, _ readings: inout Readings) {
        supply.lines.begin()
        supply.lines.end(&readings)
        if let info = supply.info { readings.retire(info.slot) }
        supply.info = nil
    }
}
