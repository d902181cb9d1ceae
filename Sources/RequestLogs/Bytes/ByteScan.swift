import Glibc

/// Searches over borrowed bytes: what the parsers spend their time in.
///
/// An index is an offset into the whole buffer, so that a line is a range and nothing is copied. Where an
/// access goes unchecked, the line above it holds the bound that proves it.
extension Span where Element == UInt8 {
    /// Eight bytes from `index` on, the first in the lowest byte; those past the end of the buffer are zero.
    @inline(__always) func word(at index: Int) -> UInt64 {
        // One comparison for both ends: a negative index is a large one without its sign.
        guard UInt(bitPattern: index) < UInt(bitPattern: Swift.max(count &- 7, 0)) else {
            return shortWord(at: index)
        }
        return unsafe UInt64(
            littleEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self))
    }

    @inline(never) private func shortWord(at index: Int) -> UInt64 {
        var word: UInt64 = 0
        for place in 0..<8 where index + place >= 0 && index + place < count {
            word |= UInt64(self[index + place]) << UInt64(8 * place)
        }
        return word
    }

    /// Where `byte` is first in `start..<end`, or `end`.
    @inline(__always) func first(_ byte: UInt8, from start: Int, to end: Int) -> Int {
        guard start >= 0, start < end, end <= count else { return end }
        let pattern = UInt64(byte) &* ByteWord.ones
        var index = start
        // Most fields are short: two words looked at here cost less than a call.
        for _ in 0..<2 {
            let found = ByteWord.zeros(word(at: index) ^ pattern)
            if found != 0 { return Swift.min(index &+ found.trailingZeroBitCount >> 3, end) }
            index &+= 8
            if index >= end { return end }
        }
        return firstFar(byte, from: index, to: end)
    }

    /// The same by the C library, which looks at 32 bytes at a time; for what is likely far.
    @inline(__always) func firstFar(_ byte: UInt8, from start: Int, to end: Int) -> Int {
        guard start >= 0, start < end, end <= count else { return end }
        return unsafe withUnsafeBufferPointer { buffer in
            // start < end <= count: the searched bytes lie in the buffer, which is not empty.
            guard let base = buffer.baseAddress,
                let found = unsafe memchr(base + start, Int32(byte), end &- start)
            else { return end }
            return unsafe UnsafeRawPointer(found) - UnsafeRawPointer(base)
        }
    }

    /// Whether `text` stands at `index`, all of it before `end`.
    @inline(__always) func has(_ text: StaticString, at index: Int, before end: Int) -> Bool {
        let length = text.utf8CodeUnitCount
        guard index >= 0, end <= count, index &+ length <= end else { return false }
        let wanted = unsafe text.utf8Start
        for place in 0..<length {
            // place < length, which is how many bytes the literal has.
            if unsafe wanted[place] != self[index &+ place] { return false }
        }
        return true
    }

    func has(_ text: [UInt8], at index: Int, before end: Int) -> Bool {
        guard index >= 0, end <= count, index + text.count <= end else { return false }
        for place in text.indices where self[index + place] != text[place] { return false }
        return true
    }

    /// Where `text` first stands in `start..<end`, or nil.
    func find(_ text: [UInt8], from start: Int, to end: Int) -> Int? {
        guard let head = text.first else { return start }
        var index = start
        while index < end {
            index = firstFar(head, from: index, to: end)
            if index == end { return nil }
            if has(text, at: index, before: end) { return index }
            index += 1
        }
        return nil
    }

    func find(_ text: StaticString, from start: Int, to end: Int) -> Int? {
        var index = start
        let head = unsafe text.utf8Start[0]
        while index < end {
            index = firstFar(head, from: index, to: end)
            if index == end { return nil }
            if has(text, at: index, before: end) { return index }
            index += 1
        }
        return nil
    }

    /// Where the blanks (and tabs) from `index` on end.
    @inline(__always) func skipBlanks(from index: Int, to end: Int) -> Int {
        var index = index
        while index < end, self[index] == 0x20 || self[index] == 0x09 { index &+= 1 }
        return index
    }

    func array(_ range: Range<Int>) -> [UInt8] {
        let range = range.clamped(to: 0..<count)
        var copy: [UInt8] = []
        copy.reserveCapacity(range.count)
        for place in range { copy.append(self[place]) }
        return copy
    }
}

/// Eight bytes looked at together (Lamport's multiple byte processing; "Bit Twiddling Hacks" has the forms).
enum ByteWord {
    static let ones: UInt64 = 0x0101_0101_0101_0101
    static let highs: UInt64 = 0x8080_8080_8080_8080

    /// The high bit of each byte that is zero; exact up to and including the first.
    @inline(__always) static func zeros(_ word: UInt64) -> UInt64 {
        (word &- ones) & ~word & highs
    }

    /// Not zero when some byte is below `limit`, which is at most 128.
    @inline(__always) static func anyBelow(_ limit: UInt64, _ word: UInt64) -> UInt64 {
        (word &- ones &* limit) & ~word & highs
    }

    /// Whether all eight bytes are ASCII digits.
    @inline(__always) static func areDigits(_ word: UInt64) -> Bool {
        (word & 0xF0F0_F0F0_F0F0_F0F0) == 0x3030_3030_3030_3030
            && ((word &+ 0x0606_0606_0606_0606) & 0xF0F0_F0F0_F0F0_F0F0) == 0x3030_3030_3030_3030
    }

    /// The number that eight ASCII digits stand for, the first in the lowest byte: pairs, then fours, then all.
    @inline(__always) static func value(ofDigits word: UInt64) -> UInt64 {
        let ones = word & 0x0F0F_0F0F_0F0F_0F0F
        let pairs = (ones &* 10 &+ ones &>> 8) & 0x00FF_00FF_00FF_00FF
        let fours = (pairs &* 100 &+ pairs &>> 16) & 0x0000_FFFF_0000_FFFF
        return (fours &* 10_000 &+ fours &>> 32) & 0xFFFF_FFFF
    }
}
