import Telemetry

/// What an item of an epoch frame is.
private enum EpochItem: UInt8 {
    case end = 0
    case mark = 1
    case forgotten = 2
    case counters = 3
    case deltas = 4
    case totals = 5
}

/// Writes epochs as frames.
package enum EpochEncoder {
    /// Appends the epoch's frames to `bytes`.
    package static func append(_ epoch: Epoch, to bytes: inout [UInt8]) {
        var writer = ByteWriter()
        swap(&writer.bytes, &bytes)
        var part = 0
        begin(epoch, part, &writer)
        func room() {
            guard writer.payloadCount >= WireLimits.epochPartBytes else { return }
            writer.byte(EpochItem.end.rawValue)
            writer.endFrame()
            part += 1
            begin(epoch, part, &writer)
        }
        for mark in epoch.marks {
            write(mark, to: &writer)
            room()
        }
        for number in epoch.forgotten {
            writer.byte(EpochItem.forgotten.rawValue)
            writer.varint(number)
            room()
        }
        writer.byte(EpochItem.counters.rawValue)
        writer.varint(min(epoch.counters.count, WireLimits.epochCounters))
        for counter in epoch.counters.prefix(WireLimits.epochCounters) { writer.varint(counter) }
        for (item, blob) in [(EpochItem.deltas, epoch.deltas), (.totals, epoch.totals)] {
            for start in stride(from: 0, to: blob.count, by: WireLimits.markStateBytes) {
                let end = min(start + WireLimits.markStateBytes, blob.count)
                writer.byte(item.rawValue)
                writer.varint(end - start)
                writer.bytes.append(contentsOf: blob[start..<end])
                room()
            }
        }
        writer.byte(EpochItem.end.rawValue)
        writer.bytes[writer.payloadStart] |= EpochFlags.last
        writer.endFrame()
        swap(&writer.bytes, &bytes)
    }

    private static func begin(_ epoch: Epoch, _ part: Int, _ writer: inout ByteWriter) {
        writer.beginFrame(.epoch)
        writer.byte(epoch.isWhole ? EpochFlags.whole : 0)
        writer.fixed64(epoch.ledger)
        writer.varint(epoch.sequence)
        writer.varint(part)
        writer.signed(epoch.time.milliseconds)
        writer.signed(epoch.lookedAt.milliseconds)
        writer.varint(epoch.nextNumber)
    }

    private static func write(_ mark: FileMark, to writer: inout ByteWriter) {
        writer.byte(EpochItem.mark.rawValue)
        writer.varint(mark.number)
        writer.byte(mark.flags.rawValue)
        writer.string(mark.source)
        writer.string(mark.path)
        writer.string(mark.base)
        writer.varint(mark.identity.device)
        writer.varint(mark.identity.inode)
        writer.signed(mark.identity.birth)
        writer.varint(mark.offset)
        for proof in [mark.head, mark.tail] {
            writer.varint(proof.length)
            writer.fixed64(proof.hash.value)
        }
        writer.string(mark.cursor)
        let state = mark.state.count <= WireLimits.markStateBytes ? mark.state : []
        writer.varint(state.count)
        writer.bytes.append(contentsOf: state)
    }
}

/// Puts epochs together from their frames' payloads, in order; pure.
package struct EpochDecoder: Sendable {
    private var open: Epoch?
    private var parts = 0

    package init() {}

    /// Takes the payload of a frame of kind 128; an epoch when it was the last of one.
    ///
    /// A part that does not go on with the one before ends what was open: its epoch was never finished.
    package mutating func take(_ bytes: [UInt8], _ payload: Range<Int>) throws(WireError) -> Epoch? {
        var reader = ByteReader(bytes, payload, kind: .epoch)
        let flags = try reader.byte("flags")
        var epoch = Epoch()
        epoch.isWhole = flags & EpochFlags.whole != 0
        epoch.ledger = try reader.fixed64("ledger")
        epoch.sequence = try reader.varint("sequence")
        let part = try reader.count("part", atMost: WireLimits.epochMarks)
        epoch.time = Timestamp(milliseconds: try reader.signed("time"))
        epoch.lookedAt = Timestamp(milliseconds: try reader.signed("looked at"))
        epoch.nextNumber = try reader.varint("next number")
        if part > 0 {
            guard let before = open, parts == part, before.sequence == epoch.sequence,
                before.ledger == epoch.ledger, before.isWhole == epoch.isWhole
            else {
                open = nil
                return nil
            }
            epoch = before
        }
        open = nil
        try readItems(&reader, into: &epoch)
        try reader.finish()
        if flags & EpochFlags.last != 0 { return epoch }
        open = epoch
        parts = part + 1
        return nil
    }

    private func readItems(_ reader: inout ByteReader, into epoch: inout Epoch) throws(WireError) {
        while true {
            guard let item = EpochItem(rawValue: try reader.byte("item")) else {
                throw .invalid(kind: .epoch, field: "item")
            }
            switch item {
            case .end: return
            case .mark:
                guard epoch.marks.count < WireLimits.epochMarks else {
                    throw .invalid(kind: .epoch, field: "marks")
                }
                epoch.marks.append(try mark(&reader))
            case .forgotten: epoch.forgotten.append(try reader.varint("forgotten"))
            case .counters:
                let count = try reader.count("counters", atMost: WireLimits.epochCounters)
                epoch.counters = []
                for _ in 0..<count { epoch.counters.append(try reader.varint("counter")) }
            case .deltas: try blob(&reader, "deltas", onto: &epoch.deltas)
            case .totals: try blob(&reader, "totals", onto: &epoch.totals)
            }
        }
    }

    private func blob(
        _ reader: inout ByteReader, _ field: StaticString, onto bytes: inout [UInt8]
    ) throws(WireError) {
        let count = try reader.count(field, atMost: WireLimits.markStateBytes)
        guard bytes.count + count <= WireLimits.epochBlobBytes else {
            throw .tooLong(
                what: "\(field)", found: UInt64(bytes.count + count), limit: WireLimits.epochBlobBytes)
        }
        try reader.bytes(count, field, onto: &bytes)
    }

    private func mark(_ reader: inout ByteReader) throws(WireError) -> FileMark {
        let number = try reader.varint("number")
        let flags = FileMark.Flags(rawValue: try reader.byte("flags"))
        var mark = FileMark(
            number: number, source: try reader.string("source"), path: try reader.string("path"),
            base: try reader.string("base"), flags: flags)
        mark.identity = FileIdentity(
            device: try reader.varint("device"), inode: try reader.varint("inode"),
            birth: try reader.signed("birth"))
        mark.offset = try reader.varint("offset")
        mark.head = try proof(&reader, atMost: 1024)
        mark.tail = try proof(&reader, atMost: 256)
        mark.cursor = try reader.string("cursor")
        let count = try reader.count("state", atMost: WireLimits.markStateBytes)
        try reader.bytes(count, "state", onto: &mark.state)
        // The tail is read from this far before the offset.
        guard UInt64(mark.tail.length) <= mark.offset, mark.offset <= UInt64(Int64.max) else {
            throw .invalid(kind: .epoch, field: "offset")
        }
        return mark
    }

    private func proof(_ reader: inout ByteReader, atMost limit: Int) throws(WireError) -> ContentProof {
        let length = try reader.count("proof", atMost: limit)
        return ContentProof(length: length, hash: ContentHash(value: try reader.fixed64("hash")))
    }
}

private enum EpochFlags {
    static let last: UInt8 = 1
    static let whole: UInt8 = 2
}
