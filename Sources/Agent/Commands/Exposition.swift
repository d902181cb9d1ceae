package import Telemetry
import Wire

/// Samples in a text format that Prometheus reads.
package enum Exposition {
    /// The text formats that scrapers ask for.
    package enum Format: String, Sendable, CaseIterable {
        /// OpenMetrics 1.0.
        case openmetrics
        /// Prometheus's own text format, version 0.0.4: what node_exporter answers and its textfile collector reads.
        case prometheus
    }

    /// Families by name; in each, series in the order in which they were defined.
    package static func text(_ collectors: [Sampler.Collector], _ format: Format) -> String {
        var families: [String: (type: MetricType, lines: [String])] = [:]
        for collector in collectors where collector.hasSucceeded {
            for (slot, definition) in collector.readings.definitions.enumerated() {
                guard let definition else { continue }
                let raw = collector.readings.values[slot]
                guard raw != definition.scale.absent else { continue }
                let value = definition.scale.value(ofRaw: raw)
                families[definition.key.name, default: (definition.type, [])].lines
                    .append("\(name(of: definition.key)) \(number(value))\n")
            }
        }
        var text = ""
        for name in families.keys.sorted() {
            guard let family = families[name] else { continue }
            text += "# TYPE \(familyName(name, family.type, format)) \(typeName(family.type, format))\n"
            for line in family.lines { text += line }
        }
        return format == .openmetrics ? text + "# EOF\n" : text
    }

    /// `name{label="value"}` with the label values escaped.
    package static func name(of key: SeriesKey) -> String {
        guard !key.labels.pairs.isEmpty else { return key.name }
        var text = "\(key.name){"
        for (place, label) in key.labels.pairs.enumerated() {
            text += place == 0 ? "" : ","
            text += "\(label.name)=\"\(escaped(label.value))\""
        }
        return text + "}"
    }

    /// Whole numbers without a point, as node_exporter writes them.
    package static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value) { return "\(whole)" }
        return "\(value)"
    }

    private static func escaped(_ value: String) -> String {
        var text = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(character)
            }
        }
        return text
    }

    /// In OpenMetrics a counter's family has no `_total`.
    private static func familyName(_ name: String, _ type: MetricType, _ format: Format) -> String {
        format == .openmetrics && type == .counter && name.hasSuffix("_total")
            ? String(name.dropLast(6)) : name
    }

    private static func typeName(_ type: MetricType, _ format: Format) -> String {
        switch type {
        case .counter: "counter"
        case .gauge: "gauge"
        case .untyped: format == .openmetrics ? "unknown" : "untyped"
        case .histogram: "histogram"
        }
    }
}
