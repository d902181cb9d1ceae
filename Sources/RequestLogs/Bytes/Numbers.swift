/// Numbers read from bytes without strings and without floating point; all arithmetic is checked or bounded.
extension Span where Element == UInt8 {
    /// The decimal digits from `index` on: their value, and `index` behind them; nil where there is none or more
    /// than 18.
    @inline(__always) func digits(at index: inout Int, to end: Int) -> Int64? {
        let start = index
        var value: Int64 = 0
        while index < end {
            let digit = self[index] &- 0x30
            guard digit < 10 else { break }
            value = value &* 10 &+ Int64(digit)
            index &+= 1
        }
        let length = index &- start
        return length > 0 && length <= 18 ? value : nil
    }

    /// Two digits at `index`, or nil.
    @inline(__always) func twoDigits(at index: Int) -> Int? {
        guard index >= 0, index &+ 1 < count else { return nil }
        let (high, low) = (self[index] &- 0x30, self[index &+ 1] &- 0x30)
        return high < 10 && low < 10 ? Int(high) &* 10 &+ Int(low) : nil
    }

    func fourDigits(at index: Int) -> Int? {
        guard let high = twoDigits(at: index), let low = twoDigits(at: index + 2) else { return nil }
        return high * 100 + low
    }
}

/// A decimal number with fraction and exponent, scaled to a whole number of some smaller unit.
enum DecimalNumber {
    /// The longest run of digits that keeps its value in an Int64.
    private static let digitsMax = 18
    /// 10^0 ... 10^18.
    static let powers: [Int64] = [
        1,
        10,
        100,
        1_000,
        10_000,
        100_000,
        1_000_000,
        10_000_000,
        100_000_000,
        1_000_000_000,
        10_000_000_000,
        100_000_000_000,
        1_000_000_000_000,
        10_000_000_000_000,
        100_000_000_000_000,
        1_000_000_000_000_000,
        10_000_000_000_000_000,
        100_000_000_000_000_000,
        1_000_000_000_000_000_000,
    ]

    /// Nanoseconds of one digit, a point and three digits, as nginx writes durations below ten seconds; nil for
    /// anything else, `index` unmoved.
    @inline(__always)
    static func thousandths(_ bytes: Span<UInt8>, at index: inout Int, to end: Int) -> Int64? {
        let word = bytes.word(at: index)
        guard word & 0xF0_F0F0_FFF0 == 0x30_3030_2E30, index &+ 5 <= end,
            (word &+ 0x06_0606_0006) & 0xF0_F0F0_00F0 == 0x30_3030_0030,
            index &+ 5 == end || word >> 40 & 0xFF < 0x30
        else { return nil }
        let value =
            (word & 15) &* 1000 &+ (word >> 16 & 15) &* 100 &+ (word >> 24 & 15) &* 10 &+ (word >> 32 & 15)
        index &+= 5
        return Int64(truncatingIfNeeded: value) &* 1_000_000
    }

    /// Reads a number such as `12`, `0.003`, `.5`, `1.795e-05` or `-1` at `index` and gives it times 10^`shift`,
    /// rounded to the nearest whole, `index` behind it; nil where no number is, or one beyond Int64.
    @inline(__always)
    static func scaled(_ bytes: Span<UInt8>, at index: inout Int, to end: Int, shift: Int) -> Int64? {
        var place = index
        var isNegative = false
        if place < end, bytes[place] == 0x2D {
            isNegative = true
            place &+= 1
        }
        var mantissa: Int64 = 0
        var length = 0
        var decimals = 0
        var isFraction = false
        let start = place
        while place < end {
            let byte = bytes[place]
            let digit = byte &- 0x30
            if digit < 10 {
                // A digit past the eighteenth, leading zeros apart, changes nothing that fits the result.
                if length < digitsMax {
                    mantissa = mantissa &* 10 &+ Int64(digit)
                    if mantissa != 0 { length &+= 1 }
                    if isFraction { decimals &+= 1 }
                } else if !isFraction {
                    return nil
                }
            } else if byte == 0x2E, !isFraction {
                isFraction = true
            } else {
                break
            }
            place &+= 1
        }
        guard place > start, !(isFraction && place == start &+ 1) else { return nil }
        var exponent = shift &- decimals
        if place < end, bytes[place] | 0x20 == 0x65 {
            guard let power = exponentPart(bytes, at: &place, to: end) else { return nil }
            exponent &+= power
        }
        index = place
        guard let value = shifted(mantissa, by: exponent) else { return nil }
        return isNegative ? -value : value
    }

    /// What follows an `e`; a lone `e` is no exponent, and `place` stays before it.
    @inline(never)
    private static func exponentPart(_ bytes: Span<UInt8>, at place: inout Int, to end: Int) -> Int? {
        var next = place + 1
        var isNegative = false
        if next < end, bytes[next] == 0x2B || bytes[next] == 0x2D {
            isNegative = bytes[next] == 0x2D
            next += 1
        }
        guard next < end, bytes[next] >= 0x30, bytes[next] <= 0x39 else { return 0 }
        guard let value = bytes.digits(at: &next, to: end), value < 400 else { return nil }
        place = next
        return isNegative ? -Int(value) : Int(value)
    }

    @inline(__always) private static func shifted(_ mantissa: Int64, by exponent: Int) -> Int64? {
        if exponent >= 0 {
            guard exponent <= 18 else { return mantissa == 0 ? 0 : nil }
            let (value, overflow) = mantissa.multipliedReportingOverflow(by: powers[exponent])
            return overflow ? nil : value
        }
        guard exponent >= -18 else { return 0 }
        let divisor = powers[-exponent]
        let (quotient, rest) = mantissa.quotientAndRemainder(dividingBy: divisor)
        return rest &* 2 >= divisor || rest > divisor / 2 ? quotient &+ 1 : quotient
    }
}
