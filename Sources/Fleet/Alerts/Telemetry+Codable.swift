package import Telemetry

/// Milliseconds since the epoch, as a number. Not in Telemetry: the agent carries no Codable.
extension Timestamp: Codable {
    package init(from decoder: any Decoder) throws {
        self.init(milliseconds: try decoder.singleValueContainer().decode(Int64.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }
}

/// An object of names and values.
extension Labels: Codable {
    package init(from decoder: any Decoder) throws {
        let values = try decoder.singleValueContainer().decode([String: String].self)
        self.init(values.map { Label($0.key, $0.value) })
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(
            Dictionary(pairs.map { ($0.name, $0.value) }, uniquingKeysWith: { _, last in last }))
    }
}
