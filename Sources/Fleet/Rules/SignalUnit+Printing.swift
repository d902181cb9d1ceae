package import Telemetry
import Text

/// Values as alerts and hooks print them: `7.3%`, `1.84 s`, `12 GiB`.
extension SignalUnit {
    package func text(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "-" : value > 0 ? "never" : "-" }
        switch self {
        case .ratio: return Self.short(value * 100) + "%"
        case .bytes: return Self.size(value)
        case .bytesPerSecond: return Self.size(value) + "/s"
        case .perSecond: return Self.short(value) + "/s"
        case .seconds: return Self.span(value)
        case .celsius: return Self.short(value) + "C"
        case .count, .number, .flag: return Self.short(value)
        }
    }

    /// RFC 3339 in UTC.
    package static func moment(_ time: Timestamp) -> String {
        let civil = CivilTime(milliseconds: time.milliseconds, offsetSeconds: 0)
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return
            "\(civil.year)-\(two(civil.month))-\(two(civil.day))T\(two(civil.hour)):\(two(civil.minute)):\(two(civil.second))Z"
    }

    /// Up to three digits that say something, without zeros at the end.
    private static func short(_ value: Double) -> String {
        let places = value.magnitude < 9.995 ? 2 : value.magnitude < 99.95 ? 1 : 0
        var text = Format.fixed(value, places: places).description
        guard text.utf8.contains(UInt8(ascii: ".")) else { return text }
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }

    private static func size(_ value: Double) -> String {
        var left = value
        var unit = 0
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
        while left.magnitude >= 1023.5, unit < units.count - 1 {
            left /= 1024
            unit += 1
        }
        return "\(short(left)) \(units[unit])"
    }

    private static func span(_ value: Double) -> String {
        switch value.magnitude {
        case ..<0.000_999_5: value == 0 ? "0 s" : "\(short(value * 1e6)) us"
        case ..<0.999_5: "\(short(value * 1000)) ms"
        case ..<119.5: "\(short(value)) s"
        case ..<7170: "\(short(value / 60)) min"
        case ..<172_000: "\(short(value / 3600)) h"
        default: "\(short(value / 86_400)) d"
        }
    }
}
