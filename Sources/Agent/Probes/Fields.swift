/// Reads numbers, words and lines from bytes; every step is checked, nothing is allocated.
///
/// An offset points at the next byte. What is not there is nil or an empty range, never a trap.
package enum Fields {
    /// A decimal number after any blanks; nil where none begins or it passes 64 bits.
    package static func decimal(_ bytes: Span<UInt8>, _ offset: inout Int) -> UInt64? {
        skipBlanks(bytes, &offset)
        var value: UInt64 = 0
        let start = offset
        while offset < bytes.count {
            let digit = bytes[offset] &- 0x30
            guard digit <= 9 else { break }
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(UInt64(digit))
            guard !overflow, !carry else { return nil }
            value = sum
            offset += 1
        }
        return offset > start ? value : nil
    }

    /// A decimal number as the signed raw value of a series; beyond 63 bits it wraps, as the counters do.
    package static func raw(_ bytes: Span<UInt8>, _ offset: inout Int) -> Int64? {
        decimal(bytes, &offset).map { Int64(bitPattern: $0) }
    }

    /// A decimal number that may have a sign.
    package static func signed(_ bytes: Span<UInt8>, _ offset: inout Int) -> Int64? {
        skipBlanks(bytes, &offset)
        let isNegative = offset < bytes.count && bytes[offset] == UInt8(ascii: "-")
        if isNegative { offset += 1 }
        guard let magnitude = decimal(bytes, &offset), magnitude <= UInt64(Int64.max) else { return nil }
        return isNegative ? -Int64(magnitude) : Int64(magnitude)
    }

    /// A hexadecimal number without prefix.
    package static func hexadecimal(_ bytes: Span<UInt8>, _ offset: inout Int) -> UInt64? {
        skipBlanks(bytes, &offset)
        var value: UInt64 = 0
        let start = offset
        while offset < bytes.count, let digit = hexDigit(bytes[offset]) {
            guard value >> 60 == 0 else { return nil }
            value = value << 4 | UInt64(digit)
            offset += 1
        }
        return offset > start ? value : nil
    }

    /// The bytes up to the next blank or line end, after any blanks; moves past them.
    package static func word(_ bytes: Span<UInt8>, _ offset: inout Int) -> Range<Int> {
        skipBlanks(bytes, &offset)
        let start = offset
        while offset < bytes.count, bytes[offset] != 0x20, bytes[offset] != 0x09, bytes[offset] != 0x0A {
            offset += 1
        }
        return start..<offset
    }

    /// The bytes up to `stop` or the line end; moves past `stop`, but not past the line end.
    package static func until(_ stop: UInt8, _ bytes: Span<UInt8>, _ offset: inout Int) -> Range<Int> {
        let start = offset
        while offset < bytes.count, bytes[offset] != stop, bytes[offset] != 0x0A { offset += 1 }
        let found = start..<offset
        if offset < bytes.count, bytes[offset] == stop, stop != 0x0A { offset += 1 }
        return found
    }

    package static func skipBlanks(_ bytes: Span<UInt8>, _ offset: inout Int) {
        while offset < bytes.count, bytes[offset] == 0x20 || bytes[offset] == 0x09 { offset += 1 }
    }

    /// Moves to the first byte of the next line, or to the end.
    package static func skipLine(_ bytes: Span<UInt8>, _ offset: inout Int) {
        while offset < bytes.count, bytes[offset] != 0x0A { offset += 1 }
        if offset < bytes.count { offset += 1 }
    }

    /// Whether the bytes at `offset` begin with `text`; moves past it if so.
    package static func take(_ text: StaticString, _ bytes: Span<UInt8>, _ offset: inout Int) -> Bool {
        guard starts(text, bytes, offset) else { return false }
        offset += text.utf8CodeUnitCount
        return true
    }

    package static func starts(_ text: StaticString, _ bytes: Span<UInt8>, _ offset: Int) -> Bool {
        let length = text.utf8CodeUnitCount
        guard offset >= 0, bytes.count - offset >= length else { return false }
        return text.withUTF8Buffer { letters in
            for position in 0..<length where unsafe letters[position] != bytes[offset + position] {
                return false
            }
            return true
        }
    }

    package static func equal(_ bytes: Span<UInt8>, _ range: Range<Int>, _ known: [UInt8]) -> Bool {
        guard range.count == known.count else { return false }
        for position in 0..<known.count where bytes[range.lowerBound + position] != known[position] {
            return false
        }
        return true
    }

    /// The bytes as text, invalid UTF-8 repaired; allocates, so only for what is new.
    package static func text(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String {
        String(decoding: array(bytes, range), as: UTF8.self)
    }

    package static func array(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
        range.map { bytes[$0] }
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x61...0x66: byte - 0x61 + 10
        case 0x41...0x46: byte - 0x41 + 10
        default: nil
        }
    }
}
