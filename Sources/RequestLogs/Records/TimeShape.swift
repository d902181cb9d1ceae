import Text

/// How a log writes its times.
package enum TimeShape: UInt8, Sendable {
    case none
    /// `22/Nov/2026:08:09:25 +0000`; also with `.mmm` behind the seconds, without a zone, or with a blank for the
    /// first colon, as werkzeug and runserver have it.
    case common
    /// `2026-11-22T08:09:25.123Z`, with a blank for the T, a comma for the point, slashes for the dashes, and any
    /// or no zone.
    case iso
    /// Seconds since 1970, with or without a fraction.
    case epochSeconds
    case epochMilliseconds
    /// Whole numbers or fractions, seconds, milli-, micro- or nanoseconds by their size.
    case epoch
    /// `Nov 22 08:03:34`: no year, no zone.
    case syslog
    /// `261122  8:01:54`, MySQL's old form.
    case compact
    /// `Sun Nov 22 08:09:25.123456 2026`, ctime's: no zone.
    case calendar
    /// One of these, by its first bytes.
    case any
}

/// Reads times. Keeps the last second it saw, since most lines repeat it.
package struct LogClock: Sendable {
    /// For times without a zone.
    package var zone = ZoneRules.utc
    /// For times without a year; the caller knows what year it is, nothing here does.
    package var year = 1970

    /// All bytes of the last time, its length and shape: four words, which may overlap.
    private var cachedWords: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    private var cachedLength = 0
    private var cachedShape = TimeShape.none
    private var cachedMilliseconds: Int64 = 0

    package init() {}

    /// Milliseconds since 1970, or nil where the bytes are no time of that shape.
    @inline(__always)
    package mutating func milliseconds(_ bytes: Span<UInt8>, _ range: ByteRange, _ shape: TimeShape) -> Int64?
    {
        guard !range.isEmpty else { return nil }
        let length = range.end &- range.start
        guard length >= 16, length <= 32 else { return read(bytes, range, shape) }
        let words = (
            bytes.word(at: range.start), bytes.word(at: range.start &+ 8), bytes.word(at: range.end &- 16),
            bytes.word(at: range.end &- 8)
        )
        if words.0 == cachedWords.0, words.1 == cachedWords.1, words.2 == cachedWords.2,
            words.3 == cachedWords.3,
            length == cachedLength, shape == cachedShape
        {
            return cachedMilliseconds
        }
        guard let found = read(bytes, range, shape) else { return nil }
        (cachedWords, cachedLength, cachedShape) = (words, length, shape)
        cachedMilliseconds = found
        return found
    }

    /// From the year 1 to 9999: what else numbers could say is no time, and could not be reckoned with.
    private static let known: ClosedRange<Int64> = -62_135_596_800_000...253_402_300_799_999

    private func read(_ bytes: Span<UInt8>, _ range: ByteRange, _ shape: TimeShape) -> Int64? {
        guard let found = decode(bytes, range, shape), Self.known.contains(found) else { return nil }
        return found
    }

    private func decode(_ bytes: Span<UInt8>, _ range: ByteRange, _ shape: TimeShape) -> Int64? {
        let (start, end) = (range.start, range.end)
        switch shape {
        case .none: return nil
        case .common: return common(bytes, start, end)
        case .iso: return iso(bytes, start, end)
        case .syslog: return syslog(bytes, start, end)
        case .compact: return compact(bytes, start, end)
        case .calendar: return calendar(bytes, start, end)
        case .epochSeconds: return number(bytes, start, end, shift: 3)
        case .epochMilliseconds: return number(bytes, start, end, shift: 0)
        case .epoch: return epoch(bytes, start, end)
        case .any: return any(bytes, start, end)
        }
    }

    private func any(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int64? {
        guard end - start >= 6 else { return nil }
        var start = start
        if bytes[start] == 0x5B { start += 1 }
        if start + 6 < end, bytes[start + 2] == 0x2F || bytes[start + 2] == 0x2D, bytes[start + 3] >= 0x41 {
            return common(bytes, start, end)
        }
        if start + 4 < end, bytes[start + 4] == 0x2D || bytes[start + 4] == 0x2F {
            return iso(bytes, start, end)
        }
        if start + 3 < end, bytes[start + 3] == 0x20, bytes[start] >= 0x41 {
            return syslog(bytes, start, end) ?? calendar(bytes, start, end)
        }
        return epoch(bytes, start, end)
    }

    private func number(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, shift: Int) -> Int64? {
        var place = start
        guard let value = DecimalNumber.scaled(bytes, at: &place, to: end, shift: shift), place == end else {
            return nil
        }
        return value
    }

    private func epoch(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int64? {
        guard let whole = number(bytes, start, end, shift: 0) else { return nil }
        return switch whole {
        case ..<100_000_000_000: number(bytes, start, end, shift: 3)
        case ..<100_000_000_000_000: whole
        case ..<100_000_000_000_000_000: whole / 1000
        default: whole / 1_000_000
        }
    }

    private func common(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int64? {
        guard end - start >= 20, let day = bytes.twoDigits(at: start),
            bytes[start + 2] == 0x2F || bytes[start + 2] == 0x2D,
            let month = Self.month(bytes, start + 3), bytes[start + 6] == bytes[start + 2],
            let year = bytes.fourDigits(at: start + 7),
            bytes[start + 11] == 0x3A || bytes[start + 11] == 0x20,
            let seconds = Self.clock(bytes, start + 12, end)
        else { return nil }
        var place = start + 20
        let fraction = Self.fraction(bytes, &place, end)
        guard let days = CivilTime.days(year: year, month: month, day: day) else { return nil }
        let clock = days * 86_400 + seconds
        guard let distance = distance(bytes, &place, end, at: clock), place == end else { return nil }
        return (clock - distance) * 1000 + fraction
    }

    private func iso(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int64? {
        guard end - start >= 16, let year = bytes.fourDigits(at: start),
            let month = bytes.twoDigits(at: start + 5),
            bytes[start + 4] == bytes[start + 7], bytes[start + 4] == 0x2D || bytes[start + 4] == 0x2F,
            let day = bytes.twoDigits(at: start + 8),
            bytes[start + 10] == 0x54 || bytes[start + 10] == 0x20 || bytes[start + 10] == 0x74
        else { return nil }
        // MariaDB's error log pads the hour with a blank.
        var place = start + 11
        var seconds: Int64
        if place < end, bytes[place] == 0x20 {
            guard place + 8 <= end, bytes[place + 1] &- 0x30 < 10,
                let rest = Self.minutes(bytes, place + 2, end)
            else { return nil }
            seconds = Int64(bytes[place + 1] &- 0x30) * 3600 + rest
            place += 8
        } else if let clock = Self.clock(bytes, place, end) {
            seconds = clock
            place += 8
        } else if let hours = bytes.twoDigits(at: place), place + 5 <= end, bytes[place + 2] == 0x3A,
            let minutes = bytes.twoDigits(at: place + 3), hours < 24, minutes < 60
        {
            seconds = Int64(hours * 3600 + minutes * 60)
            place += 5
        } else {
            return nil
        }
        let fraction = Self.fraction(bytes, &place, end)
        guard let days = CivilTime.days(year: year, month: month, day: day) else { return nil }
        seconds += days * 86_400
        guard let distance = distance(bytes, &place, end, at: seconds) else { return nil }
        return (seconds - distance) * 1000 + fraction
    }

    private func syslog(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int64? {
        guard end - start >= 15, let month = Self.month(bytes, start), bytes[start + 3] == 0x20,
            let seconds = Self.clock(bytes, start + 7, end)
        else { return nil }
        let tens = bytes[start + 4] == 0x20 ? 0 : Int(bytes[start + 4] &- 0x30)
        let ones = Int(bytes[start + 5] &- 0x30)
        guard tens < 4, ones < 10, let days = CivilTime.days(year: year, month: month, day: tens * 10 + ones)
        else {
            return nil
        }
        let clock = days * 86_400 + seconds
        return (clock - zone.secondsEast(atLocal: clock)) * 1000
    }

    private func calendar(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int64? {
        guard end - start >= 24, let month = Self.month(bytes, start + 4), bytes[start + 7] == 0x20,
            let seconds = Self.clock(bytes, start + 11, end)
        else { return nil }
        var place = start + 19
        let fraction = Self.fraction(bytes, &place, end)
        place = bytes.skipBlanks(from: place, to: end)
        let tens = bytes[start + 8] == 0x20 ? 0 : Int(bytes[start + 8] &- 0x30)
        let ones = Int(bytes[start + 9] &- 0x30)
        guard tens < 4, ones < 10, place + 4 <= end, let year = bytes.fourDigits(at: place),
            let days = CivilTime.days(year: year, month: month, day: tens * 10 + ones)
        else { return nil }
        let clock = days * 86_400 + seconds
        return (clock - zone.secondsEast(atLocal: clock)) * 1000 + fraction
    }

    private func compact(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int64? {
        guard end - start >= 14, let year = bytes.twoDigits(at: start),
            let month = bytes.twoDigits(at: start + 2),
            let day = bytes.twoDigits(at: start + 4), bytes[start + 6] == 0x20,
            let days = CivilTime.days(year: 2000 + year, month: month, day: day),
            let rest = Self.minutes(bytes, start + 9, end)
        else { return nil }
        let tens = bytes[start + 7] == 0x20 ? 0 : Int(bytes[start + 7] &- 0x30)
        let hours = tens * 10 + Int(bytes[start + 8] &- 0x30)
        guard hours < 24 else { return nil }
        let clock = days * 86_400 + Int64(hours) * 3600 + rest
        return (clock - zone.secondsEast(atLocal: clock)) * 1000
    }

    /// `HH:MM:SS` at `place`, in seconds; a leap second is the second before.
    static func clock(_ bytes: Span<UInt8>, _ place: Int, _ end: Int) -> Int64? {
        guard place + 8 <= end, let hours = bytes.twoDigits(at: place), hours < 24,
            let rest = minutes(bytes, place + 2, end)
        else { return nil }
        return Int64(hours) * 3600 + rest
    }

    /// `:MM:SS` at `place`, in seconds.
    private static func minutes(_ bytes: Span<UInt8>, _ place: Int, _ end: Int) -> Int64? {
        guard place + 6 <= end, bytes[place] == 0x3A, let minutes = bytes.twoDigits(at: place + 1),
            minutes < 60,
            bytes[place + 3] == 0x3A, let seconds = bytes.twoDigits(at: place + 4), seconds < 61
        else { return nil }
        return Int64(minutes * 60 + min(seconds, 59))
    }

    /// `.123456` or `,123` at `place`, in milliseconds.
    private static func fraction(_ bytes: Span<UInt8>, _ place: inout Int, _ end: Int) -> Int64 {
        guard place + 1 < end, bytes[place] == 0x2E || bytes[place] == 0x2C, bytes[place + 1] &- 0x30 < 10
        else {
            return 0
        }
        place += 1
        var value: Int64 = 0
        var unit: Int64 = 100
        while place < end, bytes[place] &- 0x30 < 10 {
            value += Int64(bytes[place] &- 0x30) * unit
            unit /= 10
            place += 1
        }
        return value
    }

    /// Seconds east of Greenwich; a name other than UTC, GMT and Z is the host's own zone.
    private func distance(
        _ bytes: Span<UInt8>, _ place: inout Int, _ end: Int, at clock: Int64
    ) -> Int64? {
        if place < end, bytes[place] == 0x20 { place += 1 }
        guard place < end else { return zone.secondsEast(atLocal: clock) }
        let sign = bytes[place]
        if sign == 0x5A || sign == 0x7A {
            place += 1
            return 0
        }
        if sign == 0x2B || sign == 0x2D {
            guard place + 3 <= end, let hours = bytes.twoDigits(at: place + 1) else { return nil }
            var behind = place + 3
            if behind < end, bytes[behind] == 0x3A { behind += 1 }
            var minutes = 0
            if behind + 2 <= end, let value = bytes.twoDigits(at: behind) {
                minutes = value
                behind += 2
            }
            guard hours < 24, minutes < 60 else { return nil }
            place = behind
            let seconds = Int64(hours * 3600 + minutes * 60)
            return sign == 0x2D ? -seconds : seconds
        }
        let isZero = bytes.has("UTC", at: place, before: end) || bytes.has("GMT", at: place, before: end)
        while place < end, bytes[place] >= 0x41 { place += 1 }
        return isZero ? 0 : zone.secondsEast(atLocal: clock)
    }

    static func month(_ bytes: Span<UInt8>, _ place: Int) -> Int? {
        guard place >= 0, place + 3 <= bytes.count else { return nil }
        let names: StaticString = "janfebmaraprmayjunjulaugsepoctnovdec"
        for month in 0..<12 where bytes[place] | 0x20 == letter(names, month * 3) {
            if bytes[place + 1] | 0x20 == letter(names, month * 3 + 1),
                bytes[place + 2] | 0x20 == letter(names, month * 3 + 2)
            {
                return month + 1
            }
        }
        return nil
    }

    /// `place` is below the literal's 36 bytes.
    private static func letter(_ names: StaticString, _ place: Int) -> UInt8 { unsafe names.utf8Start[place] }
}
