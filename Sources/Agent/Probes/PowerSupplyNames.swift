import Telemetry
import Wire

/// node_exporter's names for the attributes of a power supply.
enum PowerSupplyNames {
    private static let prefix = "POWER_SUPPLY_"
    /// Attributes of another name there than here.
    private static let renamed = [
        "current_now": "current_ampere", "energy_now": "energy_watthour", "voltage_now": "voltage_volt",
        "charge_now": "charge_ampere", "power_now": "power_watt", "cycle_count": "cyclecount",
        "time_to_empty_now": "time_to_empty_seconds", "time_to_full_now": "time_to_full_seconds",
    ]
    private static let whole: Set<String> = [
        "authentic", "calibrate", "capacity", "capacity_alert_max", "capacity_alert_min", "cycle_count",
        "online", "present", "time_to_empty_now", "time_to_full_now",
    ]
    private static let tenths: Set<String> = [
        "temp", "temp_alert_max", "temp_alert_min", "temp_ambient", "temp_ambient_alert_max",
        "temp_ambient_alert_min", "temp_max", "temp_min",
    ]
    private static let millionthFamilies = [
        "current_", "energy_", "voltage_", "charge_", "constant_charge_", "precharge_current", "power_now",
        "input_current_limit",
    ]
    private static let words: [StaticString] = [
        "CAPACITY_LEVEL", "CHARGE_TYPE", "HEALTH", "MANUFACTURER", "MODEL_NAME", "SERIAL_NUMBER", "STATUS",
        "TECHNOLOGY", "TYPE", "USB_TYPE", "SCOPE",
    ]

    /// nil for what is no number.
    static func definition(_ line: String, _ supply: String) -> SeriesDefinition? {
        guard line.hasPrefix(prefix) else { return nil }
        let attribute = line.dropFirst(prefix.count).lowercased()
        guard let divisor = divisor(attribute) else { return nil }
        var metric = renamed[attribute] ?? attribute
        if divisor == 10 { metric += "_celsius" }
        return SeriesDefinition(
            SeriesKey("node_power_supply_\(metric)", ["power_supply": supply]), .gauge,
            .ratio(multiplier: 1, divisor: divisor))
    }

    private static func divisor(_ attribute: String) -> UInt32? {
        if whole.contains(attribute) { return 1 }
        if tenths.contains(attribute) { return 10 }
        let isWord = words.contains { String(describing: $0).lowercased() == attribute }
        guard !isWord, millionthFamilies.contains(where: attribute.hasPrefix) else { return nil }
        // These are words and percentages.
        let isOther =
            attribute.hasSuffix("_threshold") || ["charge_behaviour", "charge_types"].contains(attribute)
        return isOther ? nil : 1_000_000
    }

    static func infoLabels(_ bytes: Span<UInt8>, _ supply: String) -> Labels {
        var pairs = [Label("power_supply", supply)]
        for word in words {
            guard let range = value(of: word, bytes), !range.isEmpty else { continue }
            pairs.append(Label(String(describing: word).lowercased(), Fields.text(bytes, range)))
        }
        return Labels(pairs)
    }

    /// Of all that `infoLabels` shows: whether it changed is seen without making labels.
    static func infoHash(_ bytes: Span<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for word in words {
            hash = (hash ^ 0xFF) &* 0x0000_0100_0000_01B3
            for place in value(of: word, bytes) ?? 0..<0 {
                hash = (hash ^ UInt64(bytes[place])) &* 0x0000_0100_0000_01B3
            }
        }
        return hash
    }

    private static func value(of word: StaticString, _ bytes: Span<UInt8>) -> Range<Int>? {
        var offset = 0
        while offset < bytes.count {
            if Fields.take("POWER_SUPPLY_", bytes, &offset), Fields.take(word, bytes, &offset),
                Fields.take("=", bytes, &offset)
            {
                return Fields.until(0x0A, bytes, &offset)
            }
            Fields.skipLine(bytes, &offset)
        }
        return nil
    }
}
