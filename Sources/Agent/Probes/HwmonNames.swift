package import Telemetry
package import Wire

/// How node_exporter names what is below /sys/class/hwmon, so that its dashboards find it.
package enum HwmonNames {
    static let types: Set<String> = [
        "vrm", "beep_enable", "update_interval", "in", "cpu", "fan", "pwm", "temp", "curr", "power", "energy",
        "humidity", "intrusion",
    ]

    /// Bus and device of the path, as `platform_coretemp_0`, because hwmon's own numbers change from boot to boot; the
    /// chip's name, or hwmon's number, where it has no device.
    package static func chip(device: String?, name: String, folder: String) -> String {
        let parts = (device ?? "").split(separator: "/").map { clean(String($0)) }
        if let last = parts.last, !last.isEmpty {
            let bus = parts.count > 1 ? parts[parts.count - 2] : ""
            return bus.isEmpty ? last : "\(bus)_\(last)"
        }
        let cleaned = clean(name)
        return cleaned.isEmpty ? clean(folder.split(separator: "/").last.map(String.init) ?? "") : cleaned
    }

    /// Lower case; what no metric name may hold becomes `_`, none of them at the ends.
    package static func clean(_ name: String) -> String {
        var bytes: [UInt8] = []
        for scalar in name.unicodeScalars {
            switch scalar {
            case "a"..."z", "0"..."9", ":", "_": bytes.append(UInt8(truncatingIfNeeded: scalar.value))
            case "A"..."Z": bytes.append(UInt8(truncatingIfNeeded: scalar.value) + 0x20)
            default: bytes.append(UInt8(ascii: "_"))
            }
        }
        let underscore = UInt8(ascii: "_")
        while bytes.last == underscore { bytes.removeLast() }
        return String(decoding: bytes.drop { $0 == underscore }, as: UTF8.self)
    }
}

/// A file such as `temp1_crit_alarm`: type `temp`, sensor `temp1`, property `crit_alarm`.
package struct SensorFile: Equatable {
    package let type: String
    package let sensor: String
    package let property: String
}

extension SensorFile {
    /// nil for files that are no sensor's, as `uevent`.
    package init?(_ file: String) {
        let bytes = Array(file.utf8)
        guard let end = bytes.firstIndex(where: { (0x30...0x39).contains($0) }) else {
            // Without a number the whole name is the type: `beep_enable`, `update_interval`.
            guard HwmonNames.types.contains(file) else { return nil }
            self.init(type: file, sensor: "\(file)0", property: "")
            return
        }
        var stop = end
        while stop < bytes.count, (0x30...0x39).contains(bytes[stop]) { stop += 1 }
        let type = String(decoding: bytes[..<end], as: UTF8.self)
        // The number without leading zeros, as it is printed there.
        guard HwmonNames.types.contains(type),
            let number = Int(String(decoding: bytes[end..<stop], as: UTF8.self))
        else { return nil }
        guard stop == bytes.count || (bytes[stop] == UInt8(ascii: "_") && stop + 1 < bytes.count) else {
            return nil
        }
        self.init(
            type: type, sensor: "\(type)\(number)",
            property: String(decoding: bytes[stop...].dropFirst(), as: UTF8.self))
    }

    /// What changes by itself; the others are limits and settings.
    package var isMoving: Bool {
        ["", "input", "average", "alarm", "fault"].contains(property) || property.hasSuffix("_alarm")
    }

    package func definition(_ labels: Labels, besideBareFile: Bool) -> SeriesDefinition {
        func series(_ metric: String, _ divisor: UInt32 = 1, _ kind: MetricType = .gauge) -> SeriesDefinition
        {
            SeriesDefinition(SeriesKey(metric, labels), kind, .ratio(multiplier: 1, divisor: divisor))
        }
        switch type {
        case "beep_enable": return series("node_hwmon_beep_enabled")
        case "vrm": return series("node_hwmon_voltage_regulator_version")
        case "update_interval": return series("node_hwmon_update_interval_seconds", 1000)
        default: break
        }
        let isValue = property.isEmpty || (property == "input" && !besideBareFile)
        let metric = "node_hwmon_\(type)" + (isValue ? "" : "_\(HwmonNames.clean(property))")
        if property == "fault" || property == "alarm" { return series(metric) }
        if property == "beep" { return series("\(metric)_enabled") }
        switch type {
        case "in", "cpu": return series("\(metric)_volts", 1000)
        // `temp1_crit_alarm` too, whose 0 or 1 becomes 0 or 0.001: the name that dashboards ask for.
        case "temp" where property != "type": return series("\(metric)_celsius", 1000)
        case "curr": return series("\(metric)_amps", 1000)
        case "energy": return series("\(metric)_joule_total", 1_000_000, .counter)
        case "power" where property == "accuracy": return series(metric, 1_000_000)
        case "power" where property.hasPrefix("average_interval"): return series("\(metric)_seconds", 1000)
        case "power": return series("\(metric)_watt", 1_000_000)
        case "humidity": return series(metric, 1_000_000)
        case "fan" where ["input", "min", "max", "target"].contains(property): return series("\(metric)_rpm")
        default: return series(metric)
        }
    }
}
