import Telemetry
import Wire

/// Series in what a probe's script prints: Prometheus's text, or the performance data of a Nagios plugin
/// (`text | 'label'=value[unit];warn;crit;min;max`, as the Monitoring Plugins' guidelines have it).
enum ProbeOutput {
    static func series(_ bytes: [UInt8], of probe: String) -> [(definition: SeriesDefinition, value: Double)]
    {
        let first = bytes.prefix { $0 != 0x0A }
        if first.contains(UInt8(ascii: "|")) { return performance(first, of: probe) }
        guard let samples = try? Textfile.samples(bytes) else { return [] }
        return samples.compactMap { sample -> (definition: SeriesDefinition, value: Double)? in
            let key = sample.definition.key
            // Neither the host's own series nor ours can come from a script.
            guard !key.name.hasPrefix("node_"), !key.name.hasPrefix("martlet_") else { return nil }
            let labels = Labels(key.labels.pairs.filter { $0.name != "probe" } + [Label("probe", probe)])
            return (
                SeriesDefinition(SeriesKey(key.name, labels), sample.definition.type, .double), sample.value
            )
        }
    }

    private static func performance(
        _ line: ArraySlice<UInt8>, of probe: String
    ) -> [(definition: SeriesDefinition, value: Double)] {
        guard let bar = line.firstIndex(of: UInt8(ascii: "|")) else { return [] }
        var series: [(SeriesDefinition, Double)] = []
        var rest = line[(bar + 1)...]
        while true {
            rest = rest.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
            guard !rest.isEmpty, let (label, after) = label(rest) else { return series }
            let item = after.prefix { $0 != 0x20 }
            rest = after.dropFirst(item.count)
            let value = item.prefix { $0 != UInt8(ascii: ";") }
            let number = value.prefix { ($0 >= 0x30 && $0 <= 0x39) || [0x2B, 0x2D, 0x2E].contains($0) }
            guard let found = Double(String(decoding: number, as: UTF8.self)) else { continue }
            let scale: Double =
                switch String(decoding: value.dropFirst(number.count), as: UTF8.self) {
                case "ms": 1e-3
                case "us": 1e-6
                case "KB": 1e3
                case "MB": 1e6
                case "GB": 1e9
                case "TB": 1e12
                default: 1
                }
            let key = SeriesKey("martlet_probe_performance", ["label": label, "probe": probe])
            series.append((SeriesDefinition(key, .gauge, .double), found * scale))
        }
    }

    /// What stands before `=`, in single quotes where it has blanks, and what comes behind.
    private static func label(_ bytes: ArraySlice<UInt8>) -> (String, ArraySlice<UInt8>)? {
        if bytes.first == 0x27 {
            guard let end = bytes.dropFirst().firstIndex(of: 0x27), end + 1 < bytes.endIndex,
                bytes[end + 1] == UInt8(ascii: "=")
            else { return nil }
            return (String(decoding: bytes[(bytes.startIndex + 1)..<end], as: UTF8.self), bytes[(end + 2)...])
        }
        guard let equals = bytes.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        return (String(decoding: bytes[..<equals], as: UTF8.self), bytes[(equals + 1)...])
    }
}
