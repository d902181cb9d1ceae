/// Reads the format's fields from one frame's payload; every read is checked.
struct ByteReader {
    private let bytes: [UInt8]
    private var offset: Int
    private let end: Int
    private let kind: FrameKind

    init(_ bytes: [UInt8], _ range: Range<Int>, kind: FrameKind) {
        self.bytes = bytes
        offset = range.lowerBound
        end = range.upperBound
        self.kind = kind
    }

    var isAtEnd: Bool { offset == end }
    var remaining: Int { end - offset }

    mutating func byte(_ field: StaticString) throws(WireError) -> UInt8 {
        guard offset < end else { throw .truncated(kind: kind, field: "\(field)") }
        defer { offset += 1 }
        return bytes[offset]
    }

    mutating func fixed64(_ field: StaticString) throws(WireError) -> UInt64 {
        guard remaining >= 8 else { throw .truncated(kind: kind, field: "\(field)") }
        var value: UInt64 = 0
        for byte in 0..<8 { value |= UInt64(bytes[offset + byte]) << UInt64(8 * byte) }
        offset += 8
        return value
    }

    mutating func varint(_ field: StaticString) throws(WireError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let next = try byte(field)
            // The tenth byte holds one bit.
            guard shift < 63 || (shift == 63 && next <= 1) else {
                throw .invalid(kind: kind, field: "\(field)")
            }
            value |= UInt64(next & 0x7F) << shift
            if next < 0x80 { return value }
            shift += 7
        }
    }

    mutating func signed(_ field: StaticString) throws(WireError) -> Int64 {
        let value = try varint(field)
        return Int64(bitPattern: (value >> 1) ^ (0 &- (value & 1)))
    }

    mutating func double(_ field: StaticString) throws(WireError) -> Double {
        Double(bitPattern: try fixed64(field))
    }

    /// A count or index that is at most `limit`.
    mutating func count(_ field: StaticString, atMost limit: Int) throws(WireError) -> Int {
        let value = try varint(field)
        guard value <= UInt64(limit) else { throw .tooLong(what: "\(field)", found: value, limit: limit) }
        return Int(value)
    }

    mutating func int32(_ field: StaticString) throws(WireError) -> Int32 {
        guard let value = Int32(exactly: try signed(field)) else {
            throw .invalid(kind: kind, field: "\(field)")
        }
        return value
    }

    /// Invalid UTF-8 is repaired with U+FFFD; what a screen may show is Text's business.
    mutating func string(_ field: StaticString) throws(WireError) -> String {
        let length = try count(field, atMost: WireLimits.stringBytes)
        guard remaining >= length else { throw .truncated(kind: kind, field: "\(field)") }
        defer { offset += length }
        return String(decoding: bytes[offset..<offset + length], as: UTF8.self)
    }

    /// Appends the next `length` bytes to `destination`.
    mutating func bytes(
        _ length: Int, _ field: StaticString, onto destination: inout [UInt8]
    ) throws(WireError) {
        let start = try skip(length, field)
        destination.append(contentsOf: bytes[start..<start + length])
    }

    /// The next `length` bytes as an offset into the frame, for bitmaps.
    mutating func skip(_ length: Int, _ field: StaticString) throws(WireError) -> Int {
        guard remaining >= length else { throw .truncated(kind: kind, field: "\(field)") }
        defer { offset += length }
        return offset
    }

    /// Passes over what is left.
    mutating func skipRest() {
        offset = end
    }

    func peek(at position: Int) -> UInt8 { bytes[position] }

    func finish() throws(WireError) {
        guard isAtEnd else { throw .invalid(kind: kind, field: "bytes after the last field") }
    }
}
