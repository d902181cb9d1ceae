/// Appends the format's fields to a buffer that is reused from frame to frame.
struct ByteWriter: Sendable {
    /// Magic, version, kind and length: what stands before a payload.
    static let headerBytes = 8
    static let checksumBytes = 4
    static let magic: [UInt8] = [0xA7, 0x4D]

    var bytes: [UInt8] = []
    private var frameStart = 0

    /// Where the open frame's payload begins.
    var payloadStart: Int { frameStart + Self.headerBytes }
    /// Bytes of the open frame's payload so far.
    var payloadCount: Int { bytes.count - frameStart - Self.headerBytes }

    mutating func beginFrame(_ kind: FrameKind) {
        frameStart = bytes.count
        bytes.append(Self.magic[0])
        bytes.append(Self.magic[1])
        bytes.append(WireVersion.current)
        bytes.append(kind.rawValue)
        for _ in 0..<4 { bytes.append(0) }
    }

    /// Fills the length in and appends the checksum over version, kind, length and payload.
    mutating func endFrame() {
        let length = UInt32(truncatingIfNeeded: bytes.count - frameStart - Self.headerBytes)
        for byte in 0..<4 {
            bytes[frameStart + 4 + byte] = UInt8(truncatingIfNeeded: length >> UInt32(8 * byte))
        }
        fixed32(CRC32C.checksum(bytes, frameStart + 2..<bytes.count))
    }

    mutating func byte(_ value: UInt8) {
        bytes.append(value)
    }

    mutating func fixed32(_ value: UInt32) {
        for byte in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(8 * byte))) }
    }

    mutating func fixed64(_ value: UInt64) {
        for byte in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * byte))) }
    }

    /// LEB128: seven bits a byte, lowest first.
    mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func varint(_ value: Int) {
        varint(UInt64(max(0, value)))
    }

    /// Zigzag: small magnitudes of either sign are short.
    mutating func signed(_ value: Int64) {
        varint(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
    }

    mutating func double(_ value: Double) {
        fixed64(value.bitPattern)
    }

    /// Length and UTF-8; what is beyond the limit is cut off on a scalar's border.
    mutating func string(_ text: String) {
        let utf8 = text.utf8
        guard utf8.count > WireLimits.stringBytes else {
            varint(utf8.count)
            bytes.append(contentsOf: utf8)
            return
        }
        var cut = utf8.index(utf8.startIndex, offsetBy: WireLimits.stringBytes)
        // 10xxxxxx goes on with a scalar that began before.
        while utf8[cut] & 0xC0 == 0x80 { cut = utf8.index(before: cut) }
        let kept = utf8[..<cut]
        varint(kept.count)
        bytes.append(contentsOf: kept)
    }
}
