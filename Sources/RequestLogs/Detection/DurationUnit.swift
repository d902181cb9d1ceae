/// What unit durations are in, as far as their values tell. No server answers in under ten microseconds, few
/// requests take a minute: where that does not decide, nothing is guessed.
struct DurationUnit {
    private(set) var values: [Int64] = []
    private var whole = 0

    /// Values that are enough to judge by.
    private static let valuesMax = 4096

    /// Takes one value in billionths of its unit.
    mutating func take(_ value: Int64, isWhole: Bool) {
        guard value >= 0, values.count < Self.valuesMax else { return }
        values.append(value)
        if isWhole { whole += 1 }
    }

    var mean: Double { values.isEmpty ? 0 : values.reduce(0) { $0 + Double($1) } / Double(values.count) }

    /// Whether all values could be microseconds.
    var isAboveTen: Bool { values.allSatisfy { $0 >= 10_000_000_000 } }

    /// The power of ten from the unit to nanoseconds; nil where the values could be of more than one.
    var shift: Int? {
        guard values.count >= 5 else { return nil }
        let sorted = values.sorted()
        let unit: Int64 = 1_000_000_000
        let (median, high) = (sorted[sorted.count / 2], sorted[sorted.count * 99 / 100])
        if whole == values.count {
            let small = sorted.prefix { $0 < 10 * unit }.count
            if small * 200 <= sorted.count { return median > 100_000_000 * unit ? 0 : 3 }
            // Whole numbers that are mostly 0 may be seconds or milliseconds.
            return high > 60 * unit || median >= unit && high > unit ? 6 : nil
        }
        // nginx writes seconds with three decimals, many of them 0.000 or 0.001, and those of a long poll beyond a minute.
        let areThousandths = sorted.allSatisfy { $0 % 1_000_000 == 0 }
        if high > 60 * unit { return areThousandths && (sorted[0] == 0 || median < unit / 20) ? 9 : 6 }
        // Fractions: of seconds if nearly all are far below one, of milliseconds if they reach above.
        if high <= 5 * unit, median < unit / 4 { return 9 }
        return median >= unit / 4 && high > 5 * unit ? 6 : nil
    }

    /// The same where nothing is known of who wrote the log. Whole numbers above ten are then microseconds only where they
    /// can be nothing else: some too many for milliseconds, that is above a minute, and some too few for nanoseconds.
    var certainShift: Int? {
        guard let shift, shift == 3, whole == values.count else { return shift }
        let sorted = values.sorted()
        let unit: Int64 = 1_000_000_000
        let (low, high) = (sorted[sorted.count / 200], sorted[sorted.count * 99 / 100])
        return high > 60_000 * unit && low < 10_000 * unit ? 3 : nil
    }
}
