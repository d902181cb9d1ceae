/// Finds whole frames in a file's bytes and passes over what is damaged; pure.
///
/// A link's reader ends at the first wrong byte. A file's reader goes on behind it: a torn write or a bad
/// block costs the frames it hit and no others.
package struct FrameScanner: Sendable {
    /// One whole frame.
    package struct Frame: Equatable, Sendable {
        package let kind: UInt8
        /// All of its bytes, and its payload's.
        package let bytes: Range<Int>
        package let payload: Range<Int>
    }

    /// Where to look next.
    package private(set) var offset = 0
    /// The end of the last whole frame: what follows it at the end of a file was torn.
    package private(set) var wholeEnd = 0
    /// Bytes passed over because no frame was in them.
    package private(set) var damagedBytes = 0

    package init() {}

    /// The next frame of `bytes`; nil where none is left.
    package mutating func next(in bytes: [UInt8]) -> Frame? {
        while offset + ByteWriter.headerBytes + ByteWriter.checksumBytes <= bytes.count {
            if let frame = frame(in: bytes, at: offset) {
                offset = frame.bytes.upperBound
                wholeEnd = offset
                return frame
            }
            damagedBytes += 1
            offset += 1
        }
        damagedBytes += bytes.count - offset
        offset = bytes.count
        return nil
    }

    private func frame(in bytes: [UInt8], at start: Int) -> Frame? {
        guard bytes[start] == ByteWriter.magic[0], bytes[start + 1] == ByteWriter.magic[1] else { return nil }
        var length = 0
        for byte in 0..<4 { length |= Int(bytes[start + 4 + byte]) << (8 * byte) }
        let payload = start + ByteWriter.headerBytes
        guard length <= WireLimits.payloadBytes,
            length <= bytes.count - payload - ByteWriter.checksumBytes
        else { return nil }
        let end = payload + length
        var found: UInt32 = 0
        for byte in 0..<ByteWriter.checksumBytes { found |= UInt32(bytes[end + byte]) << UInt32(8 * byte) }
        guard found == CRC32C.checksum(bytes, start + 2..<end) else { return nil }
        return Frame(
            kind: bytes[start + 3], bytes: start..<end + ByteWriter.checksumBytes, payload: payload..<end)
    }
}
