/// A path in text, for where a route is made: cut at its query, split at slashes, and decoded.
enum PathText {
    /// Segments of a path beyond this many are one `*`.
    static let segmentsMax = 12
    /// Characters of a segment that are kept.
    static let segmentLengthMax = 80

    /// The segments of the path in `range`; nil for what is no path (`*`, `CONNECT`'s host, bytes that are no HTTP).
    static func segments(_ bytes: Span<UInt8>, _ range: ByteRange) -> [(range: ByteRange, text: String)]? {
        var start = range.start
        let end = endOfPath(bytes, range)
        if start < end, bytes[start] != 0x2F {
            guard let scheme = bytes.find("://", from: start, to: end) else { return nil }
            start = bytes.first(0x2F, from: scheme + 3, to: end)
        }
        guard start < end else { return nil }
        var found: [(range: ByteRange, text: String)] = []
        var place = start
        while place < end {
            let next = bytes.first(0x2F, from: place + 1, to: end)
            let segment = ByteRange(start: place + 1, end: next)
            if found.count == segmentsMax {
                found.append((segment, "*"))
                break
            }
            found.append((segment, decoded(bytes, segment)))
            place = next
        }
        return found
    }

    private static func endOfPath(_ bytes: Span<UInt8>, _ range: ByteRange) -> Int {
        var place = range.start
        while place < range.end, bytes[place] != 0x3F, bytes[place] != 0x23, bytes[place] != 0x3B {
            place += 1
        }
        return place
    }

    /// The text of a segment: `%C3%A9`, and `\xC3\xA9` as nginx and Apache write it, are the bytes they stand for. What
    /// is no UTF-8 or cannot be shown becomes U+FFFD.
    static func decoded(_ bytes: Span<UInt8>, _ range: ByteRange) -> String {
        var plain: [UInt8] = []
        var place = range.start
        let end = min(range.end, range.start + 4 * segmentLengthMax)
        while place < end {
            let byte = bytes[place]
            if byte == 0x25, let value = hexadecimal(bytes, place + 1, end) {
                plain.append(value)
                place += 3
            } else if byte == 0x5C, place + 1 < end, bytes[place + 1] == 0x78,
                let value = hexadecimal(bytes, place + 2, end)
            {
                plain.append(value)
                place += 4
            } else {
                plain.append(byte)
                place += 1
            }
        }
        let text = String(decoding: plain, as: UTF8.self)
        let shown = text.unicodeScalars.prefix(segmentLengthMax).map { scalar in
            scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) ? "\u{FFFD}" : scalar
        }
        var result = String.UnicodeScalarView()
        result.append(contentsOf: shown)
        return String(result)
    }

    private static func hexadecimal(_ bytes: Span<UInt8>, _ place: Int, _ end: Int) -> UInt8? {
        guard place + 2 <= end, let high = nibble(bytes[place]), let low = nibble(bytes[place + 1]) else {
            return nil
        }
        return high << 4 | low
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
