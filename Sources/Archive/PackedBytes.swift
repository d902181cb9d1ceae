/// Numbers in as few bytes as they need: seven bits a byte, the eighth says that more follow (LEB128).
struct PackedBytes: Sendable {
    private(set) var bytes: [UInt8] = []

    /// The bytes, without room for more.
    var sealed: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: bytes.count) { buffer, count in
            _ = buffer.initialize(fromContentsOf: bytes)
            count = bytes.count
        }
    }

    mutating func append(_ number: UInt64) {
        var left = number
        while left >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: left) | 0x80)
            left >>= 7
        }
        bytes.append(UInt8(left))
    }

    /// Zigzag: numbers near zero are short on both sides of it.
    mutating func append(signed number: Int64) {
        append(UInt64(bitPattern: number &<< 1) ^ UInt64(bitPattern: number &>> 63))
    }

    /// Bytes reversed, so that a number of few digits is short.
    mutating func append(_ number: Double) {
        append(number.bitPattern.byteSwapped)
    }

    /// Gives back what was reserved for more.
    mutating func seal() {
        bytes = sealed
    }
}

/// Reads numbers of 7 bits a byte, the lowest first; past the end they are 0.
struct PackedReader {
    private let bytes: [UInt8]
    private var offset = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func next() -> UInt64 {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while offset < bytes.count {
            let byte = bytes[offset]
            offset += 1
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { break }
            shift += 7
        }
        return number
    }

    mutating func nextSigned() -> Int64 {
        let number = next()
        return Int64(bitPattern: (number >> 1) ^ (0 &- (number & 1)))
    }

    mutating func nextDouble() -> Double {
        Double(bitPattern: next().byteSwapped)
    }
}
