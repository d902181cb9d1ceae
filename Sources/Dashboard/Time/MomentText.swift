package import Telemetry
import Text

/// A moment as people type it at `@` and `--at`:
///
///     now                       -3m   -1h30m   -90s       10:05   10:05:30
///     yesterday 02:41           2026-08-01 02:41          Z after a time says UTC
///
/// A time of day without a day is the last one that has passed.
package enum MomentText {
    /// What a person's words for a time mean; now is the live screen, which goes on.
    package enum Moment: Hashable, Sendable {
        case now
        case moment(Timestamp)
    }

    package struct Refusal: Error, Hashable, CustomStringConvertible {
        package let text: String
        package var description: String {
            "\(text.isEmpty ? "nothing" : "\"\(text)\"") is no moment; write 10:05, -3m, yesterday 02:41 or now"
        }
    }

    package static func read(_ text: String, now: Timestamp, offsetSeconds: Int) -> Result<Moment, Refusal> {
        let words = text.lowercased().split {
            $0 == " " || $0 == "t" && text.contains("-") && text.contains(":")
        }
        let refusal = Refusal(text: text)
        switch words.count {
        case 1 where words[0] == "now" || words[0] == "live": return .success(.now)
        case 1 where words[0].hasPrefix("-"):
            guard let back = span(words[0].dropFirst()) else { return .failure(refusal) }
            return .success(.moment(now.advanced(byMilliseconds: -back)))
        case 1:
            guard let clock = clock(words[0]) else { return .failure(refusal) }
            return .success(.moment(last(clock, now: now, offsetSeconds)))
        case 2:
            guard let clock = clock(words[1]),
                let day = day(words[0], now: now, offsetSeconds: clock.isUTC ? 0 : offsetSeconds)
            else { return .failure(refusal) }
            return .success(.moment(moment(day, clock, offsetSeconds)))
        default: return .failure(refusal)
        }
    }

    private struct Clock {
        var seconds: Int64
        var isUTC: Bool
    }

    private static let dayMilliseconds: Int64 = 86_400_000

    /// `10:05`, `10:05:30`, either with `z`.
    private static func clock(_ word: Substring) -> Clock? {
        let isUTC = word.hasSuffix("z")
        let parts = (isUTC ? word.dropLast() : word).split(separator: ":", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { number($0, digits: 2) }
        guard numbers.count == parts.count, (2...3).contains(numbers.count), numbers[0] < 24, numbers[1] < 60,
            numbers.count < 3 || numbers[2] < 60
        else { return nil }
        return Clock(
            seconds: numbers[0] * 3600 + numbers[1] * 60 + (numbers.count == 3 ? numbers[2] : 0), isUTC: isUTC
        )
    }

    /// Days since the epoch, in the zone.
    private static func day(_ word: Substring, now: Timestamp, offsetSeconds: Int) -> Int64? {
        let today = dayNumber(now, offsetSeconds)
        switch word {
        case "today": return today
        case "yesterday": return today - 1
        default:
            let parts = word.split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count == 3, let year = number(parts[0], digits: 4),
                let month = number(parts[1], digits: 2),
                let day = number(parts[2], digits: 2), year >= 1970
            else { return nil }
            return CivilTime.days(year: Int(year), month: Int(month), day: Int(day))
        }
    }

    private static func last(_ clock: Clock, now: Timestamp, _ offsetSeconds: Int) -> Timestamp {
        let today = dayNumber(now, clock.isUTC ? 0 : offsetSeconds)
        let moment = moment(today, clock, offsetSeconds)
        return moment <= now ? moment : moment.advanced(byMilliseconds: -dayMilliseconds)
    }

    private static func moment(_ day: Int64, _ clock: Clock, _ offsetSeconds: Int) -> Timestamp {
        let offset = clock.isUTC ? 0 : Int64(offsetSeconds)
        return Timestamp(milliseconds: day * dayMilliseconds + (clock.seconds - offset) * 1000)
    }

    private static func dayNumber(_ time: Timestamp, _ offsetSeconds: Int) -> Int64 {
        let local = time.advanced(byMilliseconds: Int64(offsetSeconds) * 1000).milliseconds
        return local / dayMilliseconds - (local % dayMilliseconds < 0 ? 1 : 0)
    }

    /// `1h30m` in milliseconds; units w d h m s, the largest first and each once. A bare number is refused.
    private static func span(_ text: Substring) -> Int64? {
        var rest = text
        var total: Int64 = 0
        // The largest first, each once.
        var units = [
            ("w", 7 * dayMilliseconds), ("d", dayMilliseconds), ("h", 3_600_000), ("m", 60_000), ("s", 1000),
        ][...]
        while let end = rest.firstIndex(where: { !$0.isNumber }) {
            guard let count = number(rest[..<end], digits: 6),
                let place = units.firstIndex(where: { $0.0 == String(rest[end]) })
            else { return nil }
            total += count * units[place].1
            units = units[(place + 1)...]
            rest = rest[rest.index(after: end)...]
        }
        return rest.isEmpty && !text.isEmpty ? total : nil
    }

    private static func number(_ text: Substring, digits: Int) -> Int64? {
        guard !text.isEmpty, text.utf8.count <= digits, text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else {
            return nil
        }
        return Int64(text)
    }
}
