import Text

/// The rule of a zone by POSIX's TZ, as `CET-1CEST,M3.5.0,M10.5.0/3` or `<+03>-3`.
struct ZoneRule: Sendable, Equatable {
    /// A day of each year, and the second of it.
    private struct Day: Sendable, Equatable {
        enum Form: Sendable, Equatable {
            /// The `week`th `weekday` of a month, the fifth being the last.
            case month(Int, week: Int, weekday: Int)
            /// From 1 to 365, February 29 not being counted.
            case julian(Int)
            /// From 0 to 365.
            case ordinal(Int)
        }

        var form: Form
        var second: Int64 = 7200

        /// Seconds since 1970 of this day's second in a year, by a clock without a zone.
        func seconds(in year: Int) -> Int64? {
            let days: Int64?
            switch form {
            case .month(let month, let week, let weekday):
                guard let first = CivilTime.days(year: year, month: month, day: 1) else { return nil }
                // The first of January 1970 was a Thursday.
                let firstWeekday = Int((first % 7 + 7 + 4) % 7)
                var day = 1 + (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
                while CivilTime.days(year: year, month: month, day: day) == nil, day > 7 { day -= 7 }
                days = CivilTime.days(year: year, month: month, day: day)
            case .julian(let day):
                let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
                days = CivilTime.days(year: year, month: 1, day: 1).map {
                    $0 + Int64(day - 1 + (isLeap && day >= 60 ? 1 : 0))
                }
            case .ordinal(let day):
                days = CivilTime.days(year: year, month: 1, day: 1).map { $0 + Int64(day) }
            }
            return days.map { $0 * 86_400 + second }
        }
    }

    private let standard: Int64
    private var summer: (east: Int64, start: Day, end: Day)?

    /// Nil for text that is no rule.
    init?(_ text: [UInt8]) {
        var place = 0
        guard Self.skipName(text, &place), let distance = Self.clock(text, &place) else { return nil }
        standard = -distance
        guard place < text.count else { return }
        guard Self.skipName(text, &place) else { return nil }
        var east = standard + 3600
        if place < text.count, text[place] != 0x2C {
            guard let distance = Self.clock(text, &place) else { return nil }
            east = -distance
        }
        guard let start = Self.day(text, &place), let end = Self.day(text, &place), place == text.count else {
            return nil
        }
        summer = (east, start, end)
    }

    /// Seconds east of Greenwich at a time in seconds since 1970.
    func secondsEast(at time: Int64) -> Int64 {
        guard let summer else { return standard }
        let year = Self.year(of: time + standard)
        guard let start = summer.start.seconds(in: year), let end = summer.end.seconds(in: year) else {
            return standard
        }
        // The start is told by the clock of winter, the end by that of summer.
        let (first, last) = (start - standard, end - summer.east)
        let isSummer =
            first < last ? time >= first && time < last : !(time >= last && time < first)
        return isSummer ? summer.east : standard
    }

    static func == (left: ZoneRule, right: ZoneRule) -> Bool {
        left.standard == right.standard && left.summer?.east == right.summer?.east
            && left.summer?.start == right.summer?.start && left.summer?.end == right.summer?.end
    }

    /// The year of a time without a zone; right between 1 and 9999, which is all that a log can say.
    private static func year(of time: Int64) -> Int {
        let days = time.clamped(-60_000_000_000, 250_000_000_000) / 86_400
        var year = Int(1970 + days / 366)
        if days < 0 { year -= 1 }
        while let next = CivilTime.days(year: year + 1, month: 1, day: 1), next * 86_400 <= time { year += 1 }
        while let first = CivilTime.days(year: year, month: 1, day: 1), first * 86_400 > time { year -= 1 }
        return year
    }

    /// Letters, or anything between angle brackets.
    private static func skipName(_ text: [UInt8], _ place: inout Int) -> Bool {
        let start = place
        if place < text.count, text[place] == 0x3C {
            while place < text.count, text[place] != 0x3E { place += 1 }
            guard place < text.count else { return false }
            place += 1
            return true
        }
        while place < text.count, text[place] | 0x20 >= 0x61, text[place] | 0x20 <= 0x7A { place += 1 }
        return place > start
    }

    /// `[+-]hh[:mm[:ss]]` in seconds; hours up to 167, as the rules of a few zones have them.
    private static func clock(_ text: [UInt8], _ place: inout Int) -> Int64? {
        var sign: Int64 = 1
        if place < text.count, text[place] == 0x2D || text[place] == 0x2B {
            sign = text[place] == 0x2D ? -1 : 1
            place += 1
        }
        guard let hours = number(text, &place), hours <= 167 else { return nil }
        var total = Int64(hours) * 3600
        for unit in [Int64(60), 1] where place < text.count && text[place] == 0x3A {
            place += 1
            guard let part = number(text, &place), part < 60 else { return nil }
            total += Int64(part) * unit
        }
        return sign * total
    }

    /// `,M3.5.0/3`, `,J60`, `,59`.
    private static func day(_ text: [UInt8], _ place: inout Int) -> Day? {
        guard place + 1 < text.count, text[place] == 0x2C else { return nil }
        place += 1
        var day: Day
        if text[place] == 0x4D {
            place += 1
            guard let month = number(text, &place), (1...12).contains(month), dot(text, &place),
                let week = number(text, &place), (1...5).contains(week), dot(text, &place),
                let weekday = number(text, &place), weekday <= 6
            else { return nil }
            day = Day(form: .month(month, week: week, weekday: weekday))
        } else if text[place] == 0x4A {
            place += 1
            guard let number = number(text, &place), (1...365).contains(number) else { return nil }
            day = Day(form: .julian(number))
        } else {
            guard let number = number(text, &place), number <= 365 else { return nil }
            day = Day(form: .ordinal(number))
        }
        if place < text.count, text[place] == 0x2F {
            place += 1
            guard let second = clock(text, &place) else { return nil }
            day.second = second
        }
        return day
    }

    private static func dot(_ text: [UInt8], _ place: inout Int) -> Bool {
        guard place < text.count, text[place] == 0x2E else { return false }
        place += 1
        return true
    }

    /// Up to three digits.
    private static func number(_ text: [UInt8], _ place: inout Int) -> Int? {
        let start = place
        var value = 0
        while place < text.count, place - start < 3, text[place] &- 0x30 < 10 {
            value = value * 10 + Int(text[place] - 0x30)
            place += 1
        }
        return place > start ? value : nil
    }
}

extension Int64 {
    fileprivate func clamped(_ low: Int64, _ high: Int64) -> Int64 { Swift.min(Swift.max(self, low), high) }
}
