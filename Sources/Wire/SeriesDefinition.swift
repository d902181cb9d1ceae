package import Telemetry

/// How a raw 64-bit integer on the wire becomes a sample's value.
package enum SampleScale: Hashable, Sendable {
    /// value = raw × multiplier ÷ divisor: clock ticks are (1, 100), disk sectors (512, 1).
    /// Both are at least 1.
    case ratio(multiplier: UInt32, divisor: UInt32)
    /// raw is the bit pattern of an IEEE 754 double.
    case double

    /// The raw integer is the value.
    package static let one = SampleScale.ratio(multiplier: 1, divisor: 1)

    package func value(ofRaw raw: Int64) -> Double {
        switch self {
        case .ratio(let multiplier, let divisor):
            Double(raw) * Double(multiplier) / Double(divisor)
        case .double:
            Double(bitPattern: UInt64(bitPattern: raw))
        }
    }
}

/// What a series is, said once in the dictionary of a session; afterwards its index names it.
package struct SeriesDefinition: Hashable, Sendable {
    package let key: SeriesKey
    package let type: MetricType
    package let scale: SampleScale

    package init(_ key: SeriesKey, _ type: MetricType, _ scale: SampleScale = .one) {
        self.key = key
        self.type = type
        self.scale = scale
    }
}
