import Telemetry

/// Turns the bytes of one session into messages, wherever they were split; pure.
///
/// Whatever stands before the first whole frame (ssh banners, a login message) is skipped, up to
/// `WireLimits.bannerBytes`, and counted. After it every byte belongs to a frame, or the session is over.
package struct FrameDecoder: Sendable {
    private var buffer: [UInt8] = []
    /// Bytes of `buffer` that are done with.
    private var start = 0
    /// Bytes of the session before `buffer`'s first.
    private var consumed: UInt64 = 0
    private var hasSeenFrame = false
    private var failure: WireError?
    private var ready: [WireMessage] = []
    private var nextReady = 0
    private var samples: SampleDecoder

    /// Frames read so far.
    package private(set) var frames: UInt64 = 0
    /// Frames of kinds that only a later release knows and that may be passed over.
    package private(set) var unknownFrames: UInt64 = 0
    /// Foreign bytes before the first frame.
    package private(set) var skippedBytes: UInt64 = 0
    /// Ticks that were left out because something before them was missing.
    package var skippedTicks: UInt64 { samples.skippedTicks }
    /// Whether ticks are left out until a snapshot comes.
    package var needsSnapshot: Bool { samples.sequence == nil }
    /// Bytes that wait for the rest of their frame.
    package var waitingBytes: Int { buffer.count - start }

    /// `seriesMax` bounds the series that the peer may define; reaching it is an error.
    package init(seriesMax: Int = WireLimits.series) {
        samples = SampleDecoder(seriesMax: seriesMax)
    }

    package mutating func append(_ bytes: Span<UInt8>) {
        compact()
        buffer.reserveCapacity(buffer.count + bytes.count)
        for offset in bytes.indices { buffer.append(bytes[offset]) }
    }

    package mutating func append(_ bytes: [UInt8]) {
        compact()
        buffer.append(contentsOf: bytes)
    }

    /// The next message, or nil until more bytes come. After an error every call throws it again.
    package mutating func next() throws(WireError) -> WireMessage? {
        if let failure { throw failure }
        do {
            while true {
                if nextReady < ready.count {
                    defer { nextReady += 1 }
                    return ready[nextReady]
                }
                ready.removeAll(keepingCapacity: true)
                nextReady = 0
                guard try readFrame() else { return nil }
            }
        } catch {
            failure = error
            throw error
        }
    }

    private mutating func compact() {
        guard start > 0, start * 2 >= buffer.count else { return }
        buffer.removeFirst(start)
        consumed += UInt64(start)
        start = 0
    }

    // MARK: Frames

    /// Reads one whole frame into `ready`; false until it is all there.
    private mutating func readFrame() throws(WireError) -> Bool {
        while let end = try findFrame() {
            guard let end = end.value else { return false }
            guard checksumFits(end) else {
                guard !hasSeenFrame else { throw .checksum(offset: consumed + UInt64(start)) }
                // Foreign text that looked like a frame.
                try skipForeignByte()
                continue
            }
            let kind = buffer[start + 3]
            let payload = start + ByteWriter.headerBytes..<end
            hasSeenFrame = true
            start = end + ByteWriter.checksumBytes
            frames += 1
            try read(kind, payload)
            return true
        }
        return false
    }

    /// The end of a frame's payload; nil while bytes of the frame are missing.
    private struct FrameEnd {
        var value: Int?
    }

    /// Moves `start` to a frame's header; nil while no header is there.
    private mutating func findFrame() throws(WireError) -> FrameEnd? {
        while waitingBytes > 0 {
            let isMagic =
                buffer[start] == ByteWriter.magic[0]
                && (waitingBytes < 2 || buffer[start + 1] == ByteWriter.magic[1])
            if isMagic {
                guard waitingBytes >= ByteWriter.headerBytes else { return nil }
                do {
                    return try checkHeader()
                } catch {
                    if hasSeenFrame { throw error }
                }
            } else if hasSeenFrame {
                throw .notAFrame(offset: consumed + UInt64(start))
            }
            try skipForeignByte()
        }
        return nil
    }

    private mutating func skipForeignByte() throws(WireError) {
        start += 1
        skippedBytes += 1
        guard skippedBytes <= UInt64(WireLimits.bannerBytes) else { throw .noFrames }
    }

    private func checkHeader() throws(WireError) -> FrameEnd {
        let (version, kind) = (buffer[start + 2], buffer[start + 3])
        // A hello of any version is read: it is how two releases find out that they differ.
        guard WireVersion.isSpoken(version) || kind == FrameKind.hello.rawValue else {
            throw .version(found: version)
        }
        guard FrameKind(rawValue: kind) != nil || kind >= FrameKind.firstSkippable else {
            throw .unknownKind(kind)
        }
        var length: UInt32 = 0
        for byte in 0..<4 { length |= UInt32(buffer[start + 4 + byte]) << UInt32(8 * byte) }
        guard length <= WireLimits.payloadBytes else {
            throw .tooLong(what: "frame", found: UInt64(length), limit: WireLimits.payloadBytes)
        }
        let end = start + ByteWriter.headerBytes + Int(length)
        return FrameEnd(value: buffer.count >= end + ByteWriter.checksumBytes ? end : nil)
    }

    private func checksumFits(_ end: Int) -> Bool {
        var found: UInt32 = 0
        for byte in 0..<ByteWriter.checksumBytes { found |= UInt32(buffer[end + byte]) << UInt32(8 * byte) }
        return found == CRC32C.checksum(buffer, start + 2..<end)
    }

    private mutating func read(_ number: UInt8, _ payload: Range<Int>) throws(WireError) {
        guard let kind = FrameKind(rawValue: number), kind != .epoch else {
            unknownFrames += 1
            return
        }
        var reader = ByteReader(buffer, payload, kind: kind)
        switch kind {
        case .dictionary:
            try samples.readDictionary(&reader, into: &ready)
            try reader.finish()
        case .tick:
            try samples.readTick(&reader, into: &ready)
            try reader.finish()
        default:
            // A later minor release may append fields to the kinds that carry no session state.
            ready.append(try PayloadDecoder.message(kind, &reader))
        }
    }
}
