import CBytes

/// A path's hash with the segments that are surely ids left out, so that `/items/7` and `/items/8` are one entry of
/// `RouteTable` and no string is made for either.
///
/// The hash is not keyed: whoever makes two paths of one hash has one of them counted under the other's route, which
/// they could have asked for anyway.
struct RouteHash {
    var value: UInt64
    /// Whether this is a path at all, that is, begins with a slash.
    var isPath: Bool

    private static let factor: UInt64 = 0x9E37_79B9_7F4A_7C15
    private static let idMark: UInt64 = 0xA5A5_3A69_6431_0001

    @inline(__always) private static func mix(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        let product = (hash ^ word) &* factor
        return product ^ product >> 29
    }

    /// The hash of a path in `start..<end`; 0 for what is no path, which no table has.
    @inline(__always)
    @_optimize(speed)
    static func ofPath(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> UInt64 {
        let hash = RouteHash(bytes, ByteRange(start: start, end: end))
        return hash.isPath ? hash.value : 0
    }

    /// The same for a path of less than 64 bytes before its query, which are looked at together: by bits, one a byte. Nil
    /// for a longer one, and at the buffer's end.
    @inline(__always)
    private static func short(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> UInt64? {
        guard start >= 0, start <= bytes.count &- 72 else { return nil }
        return unsafe bytes.withUnsafeBytes { buffer in
            // `start` is within the bytes, and 72 of them follow: the 64 that are looked at, and a word from each.
            guard let base = buffer.baseAddress else { return nil }
            return unsafe short(base + start, end &- start) {
                SegmentClass.isID(bytes, start &+ $0, start &+ $1)
            }
        }
    }

    @inline(__always)
    private static func short(
        _ base: UnsafeRawPointer, _ count: Int, _ isID: (_ start: Int, _ end: Int) -> Bool
    ) -> UInt64? {
        let marks = unsafe cbytes_path(base)
        let stops = marks.stops | (count < 64 ? 1 &<< UInt64(truncatingIfNeeded: count) : 0)
        guard stops != 0 else { return nil }
        // The first of these ends the last segment as a slash ends the others.
        let stop = stops & (0 &- stops)
        var slashes = marks.slashes & (stop &- 1) & ~1 | stop
        var hash = factor
        var first = 1
        while slashes != 0 {
            let next = slashes.trailingZeroBitCount
            slashes &= slashes &- 1
            var left = next &- first
            let ones: UInt64 = ~(~0 &<< UInt64(truncatingIfNeeded: left))
            let digits = marks.digits &>> UInt64(truncatingIfNeeded: first) & ones
            if left == 0 {
                hash = mix(hash, 0x2F)
            } else if digits == ones || digits != 0 && left >= SegmentClass.lengthMin && isID(first, next) {
                hash = mix(hash, idMark)
            } else {
                hash = hash &+ 0x2F
                // Words begin below 64, so that they end below 72.
                while left >= 8 {
                    hash = unsafe mix(hash, base.loadUnaligned(fromByteOffset: first, as: UInt64.self))
                    first &+= 8
                    left &-= 8
                }
                // What is left of the last word; nothing of it where the segment ended with one.
                let mask: UInt64 = (1 &<< UInt64(truncatingIfNeeded: left &* 8)) &- 1
                hash = unsafe mix(hash, base.loadUnaligned(fromByteOffset: first, as: UInt64.self) & mask)
            }
            first = next &+ 1
        }
        return hash
    }

    /// Hashes the path at `range`, up to a `?` or `;`, or the range's end.
    @inline(__always)
    @_optimize(speed)
    init(_ bytes: Span<UInt8>, _ range: ByteRange) {
        var place = range.start
        let end = range.end
        guard place < end, bytes[place] == 0x2F else {
            value = 0
            isPath = false
            return
        }
        isPath = true
        if let short = Self.short(bytes, place, end) {
            value = short
            return
        }
        var hash = Self.factor
        segments: while true {
            // At a slash: the segment after it, a word at a time.
            place &+= 1
            let first = place
            var isDigits = true
            var hasDigits: UInt64 = 0
            var hashOfSegment = hash &+ 0x2F
            while true {
                let word = bytes.word(at: place)
                // A slash and a question mark differ in one bit, so one comparison finds both; then the semicolon, and
                // where the path ends within the word its end.
                var ends =
                    ByteWord.zeros((word | 0x1010_1010_1010_1010) ^ 0x3F3F_3F3F_3F3F_3F3F)
                    | ByteWord.zeros(word ^ 0x3B3B_3B3B_3B3B_3B3B)
                let left = end &- place
                if left < 8 { ends |= 0x80 &<< UInt64(truncatingIfNeeded: left &* 8) }
                // Ones in the bytes before the first of these.
                let mask = ends == 0 ? ~0 : ((ends & (0 &- ends)) &- 1) &>> 7
                let kept = word & mask
                if ByteWord.anyBelow(0x40, word | ~mask) != 0 {
                    isDigits = isDigits && ByteWord.areDigits(kept | 0x3030_3030_3030_3030 & ~mask)
                    hasDigits |= ByteWord.anyBelow(10, kept ^ 0x3030_3030_3030_3030 & mask | ~mask)
                } else {
                    isDigits = isDigits && mask == 0
                }
                hashOfSegment = Self.mix(hashOfSegment, kept)
                guard ends == 0 else {
                    place &+= ends.trailingZeroBitCount &>> 3
                    break
                }
                place &+= 8
            }
            if place == first {
                hash = Self.mix(hash, 0x2F)
            } else if isDigits
                || hasDigits != 0 && place &- first >= SegmentClass.lengthMin
                    && SegmentClass.isID(bytes, first, place)
            {
                hash = Self.mix(hash, Self.idMark)
            } else {
                hash = hashOfSegment
            }
            guard place < end, bytes[place] == 0x2F else { break segments }
        }
        value = hash
    }
}

/// Which segments of a path are ids by their looks alone.
enum SegmentClass {
    /// Shorter segments are ids only if all digits: `v2`, `h264`, `q3`.
    static let lengthMin = 6

    /// One count in its own byte for each kind of byte: digits, a to f, g to z, dashes and the like, others.
    private static let kinds: [UInt64] = {
        var kinds = [UInt64](repeating: 1 << 32, count: 256)
        for byte in 0..<256 {
            let letter = byte | 0x20
            if byte >= 0x30, byte <= 0x39 {
                kinds[byte] = 1
            } else if byte < 0x80, letter >= 0x61, letter <= 0x66 {
                kinds[byte] = 1 << 8
            } else if byte < 0x80, letter >= 0x67, letter <= 0x7A {
                kinds[byte] = 1 << 16
            } else if byte == 0x2D || byte == 0x5F || byte == 0x3A {
                kinds[byte] = 1 << 24
            }
        }
        return kinds
    }()

    /// Whether `start..<end` is a number, a UUID, a hash, a date, or a long token of mixed letters and digits.
    @inline(never)
    @_optimize(speed)
    static func isID(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        let length = end - start
        guard length > 0, length < 256 else { return length >= 256 }
        let kinds = Self.kinds
        var counts: UInt64 = 0
        var (run, longest) = (0, 0)
        for place in start..<end {
            let kind = kinds[Int(bytes[place])]
            counts &+= kind
            run = kind & 0xFFFF != 0 ? run &+ 1 : 0
            longest = Swift.max(longest, run)
        }
        let digits = Int(counts & 0xFF)
        let hexadecimal = counts >> 8 & 0xFF
        let letters = counts >> 16 & 0xFF
        let others = counts >> 32
        guard digits > 0, digits == length || length >= lengthMin else { return false }
        // A name with a fingerprint, as `app.9747ea2d.css`.
        if others > 0 { return digits > 1 && hexadecimal > 0 && longest >= 8 }
        if digits == length { return true }
        if letters == 0, hexadecimal == 0 { return true }  // 2026-11-22, 10-20, 12:30
        if letters == 0, length >= 8, digits >= 2 { return true }  // hash, UUID
        // A token: long, letters and digits changing often.
        return length >= 16 && digits * 8 >= length && changes(bytes, start, end) >= 4
    }

    /// How often a digit follows what is none, or the other way round.
    private static func changes(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        var changes = 0
        for place in start + 1..<end where (bytes[place] &- 0x30 < 10) != (bytes[place - 1] &- 0x30 < 10) {
            changes += 1
        }
        return changes
    }
}
