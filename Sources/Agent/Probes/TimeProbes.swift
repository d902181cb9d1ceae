import CLinux
import Telemetry
import Wire

/// The host's clock as the tick began.
package final class TimeProbe: Probe {
    package let name = "time"
    package let tier = Tier.second
    private var slot = -1

    package init() {}

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        if slot < 0 {
            slot = readings.define(
                SeriesDefinition(SeriesKey("node_time_seconds"), .gauge, .ratio(multiplier: 1, divisor: 1000))
            )
        }
        readings[slot] = now.wall.milliseconds
    }
}

/// The kernel's clock discipline, adjtimex(2).
package final class TimexProbe: Probe {
    package let name = "timex"
    package let tier = Tier.tenSeconds

    private enum Unit {
        /// Micro- or nanoseconds, as STA_NANO says.
        case clock
        case microseconds
        case seconds
        case count
        /// Parts per million with a 16-bit fraction.
        case partsPerMillion
        /// Hertz of the same form.
        case hertz
    }

    private struct Field {
        let metric: String
        let type: MetricType
        let place: Int
        let unit: Unit
    }

    private static let fields: [Field] = [
        Field(metric: "offset_seconds", type: .gauge, place: 0, unit: .clock),
        Field(metric: "frequency_adjustment_ratio", type: .gauge, place: 1, unit: .partsPerMillion),
        Field(metric: "maxerror_seconds", type: .gauge, place: 2, unit: .microseconds),
        Field(metric: "estimated_error_seconds", type: .gauge, place: 3, unit: .microseconds),
        Field(metric: "status", type: .gauge, place: 4, unit: .count),
        Field(metric: "loop_time_constant", type: .gauge, place: 5, unit: .count),
        Field(metric: "tick_seconds", type: .gauge, place: 6, unit: .microseconds),
        Field(metric: "pps_frequency_hertz", type: .gauge, place: 7, unit: .hertz),
        Field(metric: "pps_jitter_seconds", type: .gauge, place: 8, unit: .clock),
        Field(metric: "pps_shift_seconds", type: .gauge, place: 9, unit: .seconds),
        Field(metric: "pps_stability_hertz", type: .gauge, place: 10, unit: .hertz),
        Field(metric: "pps_jitter_total", type: .counter, place: 11, unit: .count),
        Field(metric: "pps_calibration_total", type: .counter, place: 12, unit: .count),
        Field(metric: "pps_error_total", type: .counter, place: 13, unit: .count),
        Field(metric: "pps_stability_exceeded_total", type: .counter, place: 14, unit: .count),
        Field(metric: "tai_offset_seconds", type: .gauge, place: 15, unit: .seconds),
    ]

    /// The state that adjtimex returns when the clock is not synchronised.
    private static let timeError: Int32 = 5
    private static let staNano: Int64 = 0x2000

    private var slots: [Int] = []
    private var values = [Int64](repeating: 0, count: 16)

    package init() {}

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        let state = unsafe values.withUnsafeMutableBufferPointer { unsafe clinux_adjtimex($0.baseAddress) }
        guard state >= 0 else { throw .unreadable(path: "adjtimex", errno: -state) }
        if slots.isEmpty {
            slots = Self.fields.map {
                readings.define(SeriesDefinition(SeriesKey("node_timex_\($0.metric)"), $0.type, .double))
            }
            slots.append(readings.define(SeriesDefinition(SeriesKey("node_timex_sync_status"), .gauge)))
        }
        let clock = values[4] & Self.staNano != 0 ? 1e9 : 1e6
        for (place, field) in Self.fields.enumerated() {
            let value = Self.value(Double(values[field.place]), field.unit, clock)
            readings[slots[place]] = Int64(bitPattern: value.bitPattern)
        }
        readings[slots[Self.fields.count]] = state == Self.timeError ? 0 : 1
    }

    private static func value(_ raw: Double, _ unit: Unit, _ clock: Double) -> Double {
        switch unit {
        case .clock: raw / clock
        case .microseconds: raw / 1e6
        case .seconds, .count: raw
        case .partsPerMillion: 1 + raw / (1e6 * 65_536)
        case .hertz: raw / (1e6 * 65_536)
        }
    }
}
