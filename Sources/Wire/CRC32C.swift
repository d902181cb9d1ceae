/// CRC-32C (Castagnoli, polynomial 0x1EDC6F41, reflected 0x82F63B78), as iSCSI's RFC 3720 appendix B.4 has it.
package enum CRC32C {
    /// One table row a byte of an eight-byte step: "slicing by eight" (Kounavis and Berry, 2005).
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var value = UInt32(byte)
            for _ in 0..<8 {
                value = (value & 1) == 1 ? (value >> 1) ^ 0x82F6_3B78 : value >> 1
            }
            tables[byte] = value
        }
        for row in 1..<8 {
            for byte in 0..<256 {
                let before = tables[(row - 1) * 256 + byte]
                tables[row * 256 + byte] = (before >> 8) ^ tables[Int(before & 0xFF)]
            }
        }
        return tables
    }()

    /// The checksum of `bytes[range]`.
    package static func checksum(_ bytes: [UInt8], _ range: Range<Int>) -> UInt32 {
        let tables = tables
        var value: UInt32 = 0xFFFF_FFFF
        var offset = range.lowerBound
        while offset + 8 <= range.upperBound {
            let low =
                value
                ^ (UInt32(bytes[offset]) | UInt32(bytes[offset + 1]) << 8 | UInt32(bytes[offset + 2]) << 16
                    | UInt32(bytes[offset + 3]) << 24)
            value =
                tables[7 * 256 + Int(low & 0xFF)] ^ tables[6 * 256 + Int((low >> 8) & 0xFF)]
                ^ tables[5 * 256 + Int((low >> 16) & 0xFF)] ^ tables[4 * 256 + Int(low >> 24)]
                ^ tables[3 * 256 + Int(bytes[offset + 4])] ^ tables[2 * 256 + Int(bytes[offset + 5])]
                ^ tables[256 + Int(bytes[offset + 6])] ^ tables[Int(bytes[offset + 7])]
            offset += 8
        }
        while offset < range.upperBound {
            value = (value >> 8) ^ tables[Int((value ^ UInt32(bytes[offset])) & 0xFF)]
            offset += 1
        }
        return value ^ 0xFFFF_FFFF
    }
}
