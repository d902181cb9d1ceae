/// Spans and moments.
extension Format {
    /// A measured span, from microseconds to days: `340 us`, `44 ms`, `1.84 s`, `94 s`, `12m`, `5h`, `81d`.
    package static func seconds(_ value: Double) -> SafeText {
        guard value.isFinite else { return absent }
        switch value.magnitude {
        case 0: return "0 s"
        case ..<0.000_999_5: return trusted(decimal(value * 1e6, places: 0) + " us")
        case ..<0.009_95: return trusted(decimal(value * 1e3, places: 1) + " ms")
        case ..<0.999_5: return trusted(decimal(value * 1e3, places: 0) + " ms")
        case ..<9.995: return trusted(decimal(value, places: 2) + " s")
        case ..<120: return trusted(decimal(value, places: 0) + " s")
        default: return age(value)
        }
    }

    /// A span in whole units, as ages and holds are written: `0s`, `94s`, `3m`, `2h`, `81d`. Rounds down, since
    /// nothing is older than it is.
    package static func age(_ seconds: Double) -> SafeText {
        guard seconds.isFinite else { return absent }
        let sign = seconds <= -1 ? "-" : ""
        let span = seconds.magnitude
        switch span {
        case ..<120: return trusted(sign + decimal(span.rounded(.down), places: 0) + "s")
        case ..<7200: return trusted(sign + decimal((span / 60).rounded(.down), places: 0) + "m")
        case ..<172_800: return trusted(sign + decimal((span / 3600).rounded(.down), places: 0) + "h")
        default: return trusted(sign + decimal((span / 86_400).rounded(.down), places: 0) + "d")
        }
    }

    /// What is left of a span, in minutes and seconds, with hours from an hour on: `0:42`, `12:07`, `1:02:13`. Rounds up,
    /// so that it is zero only at the end.
    package static func countdown(milliseconds: Int64) -> SafeText {
        let seconds = max(0, milliseconds / 1000 + (milliseconds % 1000 > 0 ? 1 : 0))
        let rest = "\(twoDigits(seconds % 60))"
        guard seconds >= 3600 else { return trusted("\(seconds / 60):\(rest)") }
        return trusted("\(seconds / 3600):\(twoDigits(seconds / 60 % 60)):\(rest)")
    }

    /// CPU time as `top` prints it, minutes, seconds and hundredths, or hours from 100 minutes on:
    /// `0:01.84`, `59:12.00`, `12h07`.
    package static func processorTime(_ seconds: Double) -> SafeText {
        guard seconds.isFinite, seconds >= 0, seconds < 3.6e9 else { return absent }
        let hundredths = Int64((seconds * 100).rounded(.down))
        let minutes = hundredths / 6000
        if minutes >= 100 {
            return trusted("\(minutes / 60)h\(twoDigits(minutes % 60))")
        }
        return trusted("\(minutes):\(twoDigits(hundredths / 100 % 60)).\(twoDigits(hundredths % 100))")
    }

    /// The time of day: `14:32:07`, with `Z` after it when the offset is zero and `marksUTC` is set.
    ///
    /// - Parameters:
    ///   - milliseconds: since the Unix epoch, in UTC.
    ///   - offsetSeconds: what the zone adds to UTC at that moment.
    package static func clock(milliseconds: Int64, offsetSeconds: Int, marksUTC: Bool = false) -> SafeText {
        let day = CivilTime(milliseconds: milliseconds, offsetSeconds: offsetSeconds)
        let zone = marksUTC && offsetSeconds == 0 ? "Z" : ""
        return trusted("\(twoDigits(day.hour)):\(twoDigits(day.minute)):\(twoDigits(day.second))\(zone)")
    }

    /// The time of day without seconds, for axes: `14:32`.
    package static func clockMinute(milliseconds: Int64, offsetSeconds: Int) -> SafeText {
        let day = CivilTime(milliseconds: milliseconds, offsetSeconds: offsetSeconds)
        return trusted("\(twoDigits(day.hour)):\(twoDigits(day.minute))")
    }

    /// Day and time as in ISO 8601 and RFC 3339: `2026-08-01 14:32:07+02:00`, or with `Z` for UTC.
    package static func dateTime(milliseconds: Int64, offsetSeconds: Int) -> SafeText {
        let day = CivilTime(milliseconds: milliseconds, offsetSeconds: offsetSeconds)
        let time = clock(milliseconds: milliseconds, offsetSeconds: offsetSeconds).string
        let offset = Int64(offsetSeconds).magnitude / 60
        let zone =
            offset == 0
            ? "Z" : "\(offsetSeconds < 0 ? "-" : "+")\(twoDigits(offset / 60)):\(twoDigits(offset % 60))"
        return trusted("\(day.year)-\(twoDigits(day.month))-\(twoDigits(day.day)) \(time)\(zone)")
    }

    private static func twoDigits(_ value: some BinaryInteger) -> String {
        value < 10 ? "0\(value)" : "\(value)"
    }
}
