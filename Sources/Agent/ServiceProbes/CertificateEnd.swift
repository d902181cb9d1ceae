import Text

/// When an X.509 certificate ends (RFC 5280, 4.1.2.5), out of its PEM or DER form.
enum CertificateEnd {
    /// Seconds since the epoch of the first certificate in `text`; nil where none can be read.
    static func first(inPEM text: [UInt8]) -> Int64? {
        let begin = Array("-----BEGIN CERTIFICATE-----".utf8)
        guard let start = find(begin, in: text[...]) else { return nil }
        let rest = text[(start + begin.count)...]
        guard let end = find(Array("-----END".utf8), in: rest) else { return nil }
        return of(DER: base64(rest[..<end]))
    }

    /// The second time of the field `validity`.
    static func of(DER bytes: [UInt8]) -> Int64? {
        var certificate = Elements(bytes[...])
        guard let outer = certificate.next(0x30) else { return nil }
        var parts = Elements(outer)
        guard let signed = parts.next(0x30) else { return nil }
        var fields = Elements(signed)
        // An explicit version is left out of certificates of version 1; serial, algorithm and issuer come before it.
        fields.skip(ifTag: 0xA0)
        guard fields.next(0x02) != nil, fields.next(0x30) != nil, fields.next(0x30) != nil,
            let validity = fields.next(0x30)
        else { return nil }
        var times = Elements(validity)
        guard times.any() != nil, let (tag, text) = times.any() else { return nil }
        return time(text, hasCentury: tag == 0x18)
    }

    /// Definite-length DER elements one after another.
    private struct Elements {
        private var rest: ArraySlice<UInt8>

        init(_ bytes: ArraySlice<UInt8>) {
            rest = bytes
        }

        mutating func skip(ifTag tag: UInt8) {
            if rest.first == tag { _ = any() }
        }

        mutating func next(_ tag: UInt8) -> ArraySlice<UInt8>? {
            guard rest.first == tag else { return nil }
            return any()?.content
        }

        mutating func any() -> (tag: UInt8, content: ArraySlice<UInt8>)? {
            guard rest.count >= 2, let tag = rest.popFirst(), let first = rest.popFirst() else { return nil }
            var length = Int(first)
            if first >= 0x80 {
                let count = Int(first & 0x7F)
                guard (1...3).contains(count), rest.count >= count else { return nil }
                length = rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
                rest = rest.dropFirst(count)
            }
            guard rest.count >= length else { return nil }
            defer { rest = rest.dropFirst(length) }
            return (tag, rest.prefix(length))
        }
    }

    /// `YYMMDDHHMMSSZ` of UTCTime (years from 1950), or `YYYYMMDDHHMMSSZ` of GeneralizedTime.
    private static func time(_ text: ArraySlice<UInt8>, hasCentury: Bool) -> Int64? {
        guard text.count == (hasCentury ? 15 : 13), text.last == UInt8(ascii: "Z") else { return nil }
        let digits = text.dropLast()
        guard digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        let numbers = digits.map { Int64($0 - 0x30) }
        func number(_ place: Int, _ count: Int) -> Int64 {
            numbers[place..<place + count].reduce(0) { $0 * 10 + $1 }
        }
        let base = hasCentury ? 4 : 2
        var year = number(0, base)
        if !hasCentury { year += year < 50 ? 2000 : 1900 }
        guard
            let days = CivilTime.days(
                year: Int(year), month: Int(number(base, 2)), day: Int(number(base + 2, 2)))
        else { return nil }
        return days * 86_400 + number(base + 4, 2) * 3600 + number(base + 6, 2) * 60 + number(base + 8, 2)
    }

    private static func find(_ needle: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.count >= needle.count else { return nil }
        return (bytes.startIndex...bytes.endIndex - needle.count).first { place in
            bytes[place] == needle[0] && bytes[place..<place + needle.count].elementsEqual(needle)
        }
    }

    /// RFC 4648, section 4; what belongs to no alphabet is passed over, as line ends.
    private static func base64(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in text {
            let value: UInt32
            switch byte {
            case 0x41...0x5A: value = UInt32(byte - 0x41)
            case 0x61...0x7A: value = UInt32(byte - 0x61) + 26
            case 0x30...0x39: value = UInt32(byte - 0x30) + 52
            case UInt8(ascii: "+"): value = 62
            case UInt8(ascii: "/"): value = 63
            default: continue
            }
            bits = bits << 6 | value
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return bytes
    }
}
