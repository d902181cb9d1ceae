import Telemetry
import Wire

/// Temperatures, fans, voltages and powers of the monitoring chips, /sys/class/hwmon; kernel's hwmon sysfs document.
///
/// A chip on a slow bus takes milliseconds for each value: what moves is read each ten seconds, limits each minute.
package final class HwmonProbe: Probe {
    package let name = "hwmon"
    package let tier = Tier.tenSeconds
    private var folder: DeviceFolder
    private let buffer: ProbeBuffer
    private var moving: NumberFiles
    private var still: NumberFiles
    /// Series without a file: chip names and sensor labels, always 1.
    private var named: [Int] = []
    private var rounds = 0

    package init(_ paths: AgentPaths, _ buffer: ProbeBuffer) {
        folder = DeviceFolder(paths.sys("class/hwmon"), prefix: "hwmon", buffer)
        self.buffer = buffer
        moving = NumberFiles(buffer)
        still = NumberFiles(buffer)
    }

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        let reason = "no hardware monitoring chips"
        let changed = try unlessAbsent(reason) { () throws(ProbeError) in try folder.changed() }
        if let names = changed {
            moving.retireAll(&readings)
            still.retireAll(&readings)
            for slot in named { readings.retire(slot) }
            named.removeAll()
            for name in names { addChip("\(folder.path)/\(name)", &readings) }
        }
        guard !named.isEmpty || !moving.isEmpty || !still.isEmpty else {
            throw .notApplicable(reason: reason)
        }
        moving.read(&readings)
        if rounds % 6 == 0 { still.read(&readings) }
        rounds += 1
    }

    private func addChip(_ path: String, _ readings: inout Readings) {
        let device = Attribute.resolved("\(path)/device")
        let name = Attribute.text("\(path)/name", buffer) ?? ""
        let chip = HwmonNames.chip(device: device, name: name, folder: Attribute.resolved(path) ?? path)
        if !name.isEmpty {
            one("node_hwmon_chip_names", ["chip": chip, "chip_name": HwmonNames.clean(name)], &readings)
        }
        // Old drivers keep their files beside the device, not in the hwmon folder.
        var seen: Set<String> = []
        for place in [path, "\(path)/device"] {
            var listed = ProcFolder(place)
            guard let files = try? listed.names(buffer) else { continue }
            for file in files where seen.insert(file).inserted {
                add(file, in: place, files, chip, &readings)
            }
        }
    }

    private func add(
        _ file: String, in folder: String, _ files: [String], _ chip: String, _ readings: inout Readings
    ) {
        guard let sensor = SensorFile(file) else { return }
        let labels: Labels = ["chip": chip, "sensor": sensor.sensor]
        if sensor.property == "label" {
            let text = Attribute.text("\(folder)/\(file)", buffer) ?? ""
            one(
                "node_hwmon_sensor_label", Labels(labels.pairs + [Label("label", text)]), &readings)
            return
        }
        let hasBare = files.contains(sensor.sensor)
        let definition = sensor.definition(labels, besideBareFile: hasBare)
        if sensor.isMoving {
            moving.add("\(folder)/\(file)", definition, &readings)
        } else {
            still.add("\(folder)/\(file)", definition, &readings)
        }
    }

    private func one(_ metric: String, _ labels: Labels, _ readings: inout Readings) {
        let slot = readings.define(SeriesDefinition(SeriesKey(metric, labels), .gauge))
        readings[slot] = 1
        named.append(slot)
    }
}
