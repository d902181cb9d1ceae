/// Frames with any payload and a right checksum, written apart from the encoder under test.
package enum FrameForge {
    package static func frame(version: UInt8 = 1, kind: UInt8, payload: [UInt8]) -> [UInt8] {
        let length = UInt32(payload.count)
        let lengthBytes = (0..<4).map { UInt8(truncatingIfNeeded: length >> UInt32(8 * $0)) }
        let covered = [version, kind] + lengthBytes + payload
        let checksum = checksum(covered)
        return [0xA7, 0x4D] + covered + (0..<4).map { UInt8(truncatingIfNeeded: checksum >> UInt32(8 * $0)) }
    }

    /// CRC-32C bit by bit, as its polynomial says.
    package static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var value: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            value ^= UInt32(byte)
            for _ in 0..<8 { value = (value & 1) == 1 ? (value >> 1) ^ 0x82F6_3B78 : value >> 1 }
        }
        return value ^ 0xFFFF_FFFF
    }
}
