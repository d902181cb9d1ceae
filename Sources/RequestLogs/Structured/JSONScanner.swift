/// Finds the fields of one JSON object, as tolerantly as servers write them: bytes that are no UTF-8, `\x` escapes, and
/// stray quotes behind a text do not end the reading. Arrays and objects that hold nothing we know are passed over.
enum JSONScanner {
    static let depthMax = 8

    /// Reads the object that begins at `start`; where it ends, or -1 - offset where it breaks.
    @_optimize(speed)
    static func read(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ roles: FieldRoles, _ record: inout StructuredRecord
    ) -> Int {
        var place = start &+ 1
        var depth = 0
        var parents = [8 of UInt64](repeating: FieldRoles.root)
        while place < end {
            let byte = bytes[place]
            if byte == 0x2C || byte == 0x20 || byte == 0x09 {
                place &+= 1
                continue
            }
            if byte == 0x7D {
                place &+= 1
                if depth == 0 { return place }
                depth &-= 1
                continue
            }
            guard byte == 0x22 else {
                // Not between two fields: a stray quote before, or what is no JSON. The next name is looked for.
                guard let next = resync(bytes, place, end) else { return -1 &- place }
                place = next
                continue
            }
            let name = place &+ 1
            let nameEnd = endOfString(bytes, name, end)
            guard nameEnd < end else { return -1 &- place }
            place =
                bytes[Swift.min(nameEnd &+ 1, end &- 1)] == 0x3A
                ? nameEnd &+ 1 : skipSpace(bytes, nameEnd &+ 1, end)
            guard place < end, bytes[place] == 0x3A else {
                guard let next = resync(bytes, place, end) else { return -1 &- place }
                place = next
                continue
            }
            place = skipSpace(bytes, place &+ 1, end)
            guard place < end else { return -1 &- place }
            let hash = FieldRoles.hash(bytes, name, nameEnd, below: parents[depth])
            let entry = roles.entry(hash)
            switch bytes[place] {
            case 0x22:
                let value = place &+ 1
                let valueEnd = endOfString(bytes, value, end)
                guard valueEnd < end else { return -1 &- place }
                if entry.role != .none {
                    record.takeText(
                        entry.role == .parent ? roles.valueEntry(entry) : entry, bytes, value, valueEnd)
                }
                place = valueEnd &+ 1
            case 0x7B where entry.role == .parent && depth &+ 1 < depthMax:
                depth &+= 1
                parents[depth] = hash
                place &+= 1
            case 0x7B, 0x5B:
                place = endOfContainer(bytes, place, end)
                guard place <= end else { return -1 &- end }
            default:
                let value = place
                while place < end, !isDelimiter(bytes[place]) { place &+= 1 }
                guard place > value else { return -1 &- place }
                if entry.role != .none {
                    let first = bytes[value]
                    if first &- 0x30 < 10 || first == 0x2D {
                        record.takeNumber(entry, bytes, value, place)
                    } else {
                        record.takeWord(entry)
                    }
                }
            }
        }
        return -1 &- end
    }

    @inline(__always) private static func isDelimiter(_ byte: UInt8) -> Bool {
        byte == 0x2C || byte == 0x7D || byte == 0x5D || byte == 0x20
    }

    @inline(__always)
    static func skipSpace(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        var place = start
        while place < end, bytes[place] == 0x20 || bytes[place] == 0x09 { place &+= 1 }
        return place
    }

    /// The closing quote of a text that begins at `start`, or `end`.
    @inline(__always)
    static func endOfString(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        var place = start
        while true {
            place = bytes.first(0x22, from: place, to: end)
            guard place < end, place > start, bytes[place &- 1] == 0x5C,
                FieldProgram.isEscaped(bytes, place, start)
            else { return place }
            place &+= 1
        }
    }

    /// Behind the object or array at `start`; beyond `end` where it does not end.
    @inline(never)
    private static func endOfContainer(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        var depth = 0
        var place = start
        while place < end {
            switch bytes[place] {
            case 0x22: place = endOfString(bytes, place &+ 1, end)
            case 0x7B, 0x5B: depth &+= 1
            case 0x7D, 0x5D:
                depth &-= 1
                if depth == 0 { return place &+ 1 }
            default: break
            }
            place &+= 1
        }
        return end &+ 1
    }

    /// The quote of the next name behind a comma, or nil.
    @inline(never)
    private static func resync(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
        var place = start
        while place + 1 < end {
            if bytes[place] == 0x2C, bytes[place + 1] == 0x22 { return place + 1 }
            if bytes[place] == 0x7D, place + 1 == end { return place }
            place += 1
        }
        return place < end && bytes[place] == 0x7D ? place : nil
    }

    /// The text of a JSON string without its escapes.
    static func unescaped(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> [UInt8] {
        var plain: [UInt8] = []
        plain.reserveCapacity(max(0, end - start))
        var place = start
        while place < end {
            guard bytes[place] == 0x5C, place + 1 < end else {
                plain.append(bytes[place])
                place += 1
                continue
            }
            let byte = bytes[place + 1]
            place += 2
            switch byte {
            case 0x6E: plain.append(0x0A)
            case 0x74: plain.append(0x09)
            case 0x72: plain.append(0x0D)
            case 0x62: plain.append(0x08)
            case 0x66: plain.append(0x0C)
            case 0x75:
                let scalar = unicode(bytes, &place, end)
                plain.append(contentsOf: String(Character(scalar)).utf8)
            case 0x78: plain.append(contentsOf: [0x5C, 0x78])
            default: plain.append(byte)
            }
        }
        return plain
    }

    /// The scalar of the four digits at `place`, with the second half of a pair if there is one.
    private static func unicode(_ bytes: Span<UInt8>, _ place: inout Int, _ end: Int) -> Unicode.Scalar {
        guard let high = unit(bytes, place, end) else { return "\u{FFFD}" }
        place += 4
        if let scalar = Unicode.Scalar(high) { return scalar }
        guard high >= 0xD800, high < 0xDC00, place + 1 < end, bytes[place] == 0x5C, bytes[place + 1] == 0x75,
            let low = unit(bytes, place + 2, end), low >= 0xDC00, low < 0xE000
        else { return "\u{FFFD}" }
        place += 6
        return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)) ?? "\u{FFFD}"
    }

    private static func unit(_ bytes: Span<UInt8>, _ place: Int, _ end: Int) -> UInt32? {
        guard place >= 0, place + 4 <= end else { return nil }
        var value: UInt32 = 0
        for offset in 0..<4 {
            let byte = bytes[place + offset]
            let digit: UInt32
            switch byte {
            case 0x30...0x39: digit = UInt32(byte - 0x30)
            case 0x41...0x46: digit = UInt32(byte - 0x41 + 10)
            case 0x61...0x66: digit = UInt32(byte - 0x61 + 10)
            default: return nil
            }
            value = value << 4 | digit
        }
        return value
    }
}
