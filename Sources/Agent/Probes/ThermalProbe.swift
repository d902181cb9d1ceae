import Telemetry
import Wire

/// Thermal zones and cooling devices, /sys/class/thermal; kernel's thermal sysfs document.
package final class ThermalProbe: Probe {
    package let name = "thermal_zone"
    package let tier = Tier.tenSeconds
    private var folder: DeviceFolder
    private let buffer: ProbeBuffer
    private var files: NumberFiles

    package init(_ paths: AgentPaths, _ buffer: ProbeBuffer) {
        folder = DeviceFolder(paths.sys("class/thermal"), buffer)
        self.buffer = buffer
        files = NumberFiles(buffer)
    }

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        let changed = try unlessAbsent("no thermal zones") { () throws(ProbeError) in try folder.changed() }
        if let names = changed {
            files.retireAll(&readings)
            for name in names { add(name, &readings) }
        }
        guard !files.isEmpty else { throw .notApplicable(reason: "no thermal zones") }
        files.read(&readings)
    }

    private func add(_ device: String, _ readings: inout Readings) {
        let path = "\(folder.path)/\(device)"
        let type = Attribute.text("\(path)/type", buffer) ?? ""
        if device.hasPrefix("thermal_zone") {
            let labels: Labels = ["zone": String(device.dropFirst("thermal_zone".count)), "type": type]
            // Thousandths of a degree.
            files.add(
                "\(path)/temp",
                SeriesDefinition(
                    SeriesKey("node_thermal_zone_temp", labels), .gauge, .ratio(multiplier: 1, divisor: 1000)),
                &readings)
        } else if device.hasPrefix("cooling_device") {
            let labels: Labels = ["name": String(device.dropFirst("cooling_device".count)), "type": type]
            for state in ["cur_state", "max_state"] {
                files.add(
                    "\(path)/\(state)",
                    SeriesDefinition(SeriesKey("node_cooling_device_\(state)", labels), .gauge), &readings)
            }
        }
    }
}
