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

    /// The raw value that says "none at this time": a tick's reader leaves the series out, which is a gap.
    ///
    /// For doubles it is Prometheus's stale marker, one certain NaN (`value.StaleNaN`).
    package var absent: Int64 {
        switch self {
        case .ratio: .min
        case .double: 0x7FF0_0000_0000_0002
        }
    }

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
