import Telemetry

/// Turns the bytes of one session into messages, wherever they were split; pure.
///
/// Ticks are deltas against the tick before. When a sequence number is missing the decoder gives no
/// ticks until the next snapshot, and counts what it left out: values never drift silently.
package struct FrameDecoder: Sendable {
    private struct Slot: Sendable {
        var index: Int32
        var scale: SampleScale
        var raw: Int64
    }

    private struct Group: Sendable {
        var name: String
        var slots: [Slot?] = []
    }

    private var buffer: [UInt8] = []
    /// Bytes of `buffer` that are done with.
    private var start = 0
    /// Bytes of the session before `buffer`'s first.
    private var consumed: UInt64 = 0
    private var hasSeenFrame = false
    private var failure: WireError?
    private var ready: [WireMessage] = []
    private var nextReady = 0

    private var groups: [Group] = []
    private var strings: [String] = []
    private var freeIndices: [Int32] = []
    private var nextIndex: Int32 = 0
    private var sequence: UInt64?
    private var lastTime = Timestamp(milliseconds: 0)

    /// Ticks that were left out because an earlier one was missing.
    package private(set) var skippedTicks: UInt64 = 0
    package private(set) var frames: UInt64 = 0

    package init() {}

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
        guard try findFrame() else { return false }
        guard buffer.count - start >= ByteWriter.headerBytes else { return false }
        guard let kind = FrameKind(rawValue: buffer[start + 3]) else {
            throw .unknownKind(buffer[start + 3])
        }
        var length: UInt32 = 0
        for byte in 0..<4 { length |= UInt32(buffer[start + 4 + byte]) << UInt32(8 * byte) }
        guard length <= WireLimits.payloadBytes else {
            throw .tooLong(what: "frame", found: UInt64(length), limit: WireLimits.payloadBytes)
        }
        let payload = start + ByteWriter.headerBytes
        let end = payload + Int(length)
        guard buffer.count >= end + 4 else { return false }
        var found: UInt32 = 0
        for byte in 0..<4 { found |= UInt32(buffer[end + byte]) << UInt32(8 * byte) }
        guard found == CRC32C.checksum(buffer, start + 2..<end) else {
            throw .checksum(offset: consumed + UInt64(start))
        }
        frames += 1
        var reader = ByteReader(buffer, payload..<end, kind: kind)
        start = end + 4
        try read(kind, &reader)
        return true
    }

    /// Moves `start` to the next magic. Before the first frame foreign text is skipped; later it is an error.
    private mutating func findFrame() throws(WireError) -> Bool {
        while buffer.count - start >= 3 {
            if buffer[start] == ByteWriter.magic[0], buffer[start + 1] == ByteWriter.magic[1] {
                let version = buffer[start + 2]
                if version >= WireVersion.oldest, version <= WireVersion.current {
                    hasSeenFrame = true
                    return true
                }
                if hasSeenFrame || version <= 16 { throw .version(found: version) }
            }
            guard !hasSeenFrame else { throw .notAFrame(offset: consumed + UInt64(start)) }
            start += 1
            guard consumed + UInt64(start) <= UInt64(WireLimits.bannerBytes) else { throw .noFrames }
        }
        return false
    }

    private mutating func read(_ kind: FrameKind, _ reader: inout ByteReader) throws(WireError) {
        switch kind {
        case .dictionary: try readDictionary(&reader)
        case .tick: try readTick(&reader)
        case .histograms: try readHistogram(&reader)
        default: ready.append(try PayloadDecoder.message(kind, &reader))
        }
        // A later minor release may append fields to the kinds that carry no session state.
        if kind == .dictionary || kind == .tick || kind == .histograms { try reader.finish() }
    }

    // MARK: The dictionary

    private mutating func readDictionary(_ reader: inout ByteReader) throws(WireError) {
        if try reader.byte("flags") & 1 == 1 { forgetAll() }
        while !reader.isAtEnd {
            guard let entry = DictionaryEntry(rawValue: try reader.byte("entry")) else {
                throw .invalid(kind: .dictionary, field: "entry")
            }
            let group = try reader.count("group", atMost: WireLimits.groups - 1)
            switch entry {
            case .group:
                guard group == groups.count else { throw .invalid(kind: .dictionary, field: "group") }
                groups.append(Group(name: try readString(&reader)))
            case .define:
                try readDefinition(&reader, group)
            case .retire:
                try retire(try readSlot(&reader), group)
            }
        }
    }

    private mutating func forgetAll() {
        for group in groups {
            for case let slot? in group.slots {
                ready.append(.retire(index: slot.index))
                freeIndices.append(slot.index)
            }
        }
        groups.removeAll(keepingCapacity: true)
        strings.removeAll(keepingCapacity: true)
        // Only the snapshot that follows makes ticks readable again.
        sequence = nil
    }

    private func readSlot(_ reader: inout ByteReader) throws(WireError) -> Int {
        try reader.count("slot", atMost: WireLimits.slots - 1)
    }

    private mutating func readDefinition(_ reader: inout ByteReader, _ group: Int) throws(WireError) {
        let slot = try readSlot(&reader)
        guard groups.indices.contains(group), let type = MetricType(rawValue: try reader.byte("type")) else {
            throw .invalid(kind: .dictionary, field: "type")
        }
        let scale = try readScale(&reader)
        let name = try readString(&reader)
        var labels: [Label] = []
        for _ in 0..<(try reader.count("labels", atMost: WireLimits.labels)) {
            let label = try readString(&reader)
            labels.append(Label(label, try readString(&reader)))
        }
        while groups[group].slots.count <= slot { groups[group].slots.append(nil) }
        if let before = groups[group].slots[slot] {
            ready.append(.retire(index: before.index))
            freeIndices.append(before.index)
        }
        let index = try takeIndex()
        groups[group].slots[slot] = Slot(index: index, scale: scale, raw: 0)
        let definition = SeriesDefinition(SeriesKey(name, Labels(labels)), type, scale)
        ready.append(
            .define(SeriesDescription(index: index, group: groups[group].name, definition: definition)))
    }

    private func readScale(_ reader: inout ByteReader) throws(WireError) -> SampleScale {
        let divisor = try reader.count("divisor", atMost: Int(UInt32.max))
        guard divisor > 0 else { return .double }
        let multiplier = try reader.count("multiplier", atMost: Int(UInt32.max))
        guard multiplier > 0 else { throw .invalid(kind: .dictionary, field: "multiplier") }
        return .ratio(multiplier: UInt32(multiplier), divisor: UInt32(divisor))
    }

    private mutating func retire(_ slot: Int, _ group: Int) throws(WireError) {
        guard groups.indices.contains(group) else { throw .invalid(kind: .dictionary, field: "group") }
        // A series that was defined and retired between two ticks was never defined here.
        guard slot < groups[group].slots.count, let known = groups[group].slots[slot] else { return }
        ready.append(.retire(index: known.index))
        freeIndices.append(known.index)
        groups[group].slots[slot] = nil
        while let last = groups[group].slots.last, last == nil { groups[group].slots.removeLast() }
    }

    private mutating func takeIndex() throws(WireError) -> Int32 {
        if let free = freeIndices.popLast() { return free }
        guard nextIndex < WireLimits.series else {
            throw .tooLong(what: "series", found: UInt64(nextIndex) + 1, limit: WireLimits.series)
        }
        defer { nextIndex += 1 }
        return nextIndex
    }

    private mutating func readString(_ reader: inout ByteReader) throws(WireError) -> String {
        let number = try reader.count("string", atMost: WireLimits.strings)
        if number == 0 {
            guard strings.count < WireLimits.strings else {
                throw .tooLong(what: "strings", found: UInt64(strings.count), limit: WireLimits.strings)
            }
            strings.append(try reader.string("text"))
            return strings[strings.count - 1]
        }
        guard number <= strings.count else { throw .invalid(kind: .dictionary, field: "string") }
        return strings[number - 1]
    }

    // MARK: Ticks

    private mutating func readTick(_ reader: inout ByteReader) throws(WireError) {
        let isSnapshot = try reader.byte("flags") & 1 == 1
        let found = try reader.varint("sequence")
        let time = try reader.signed("time")
        let isNext = sequence.map { $0 &+ 1 == found } ?? false
        guard isSnapshot || isNext else {
            skippedTicks += 1
            sequence = nil
            _ = try reader.skip(reader.remaining, "groups")
            return
        }
        sequence = found
        lastTime = isSnapshot ? Timestamp(milliseconds: time) : lastTime.advanced(byMilliseconds: time)
        var tick = Tick(sequence: found, time: lastTime, isSnapshot: isSnapshot, samples: [])
        var group = -1
        while true {
            let head = try reader.count("group", atMost: WireLimits.groups << 2)
            guard head >> 2 > 0 else { break }
            group += head >> 2
            guard groups.indices.contains(group), let layout = TickLayout(rawValue: UInt8(head & 3)) else {
                throw .invalid(kind: .tick, field: "group")
            }
            let age = UInt32(try reader.count("age", atMost: Int(UInt32.max)))
            try readValues(&reader, group, layout)
            for case let slot? in groups[group].slots {
                let value = slot.scale.value(ofRaw: slot.raw)
                tick.samples.append(TickSample(index: slot.index, ageMilliseconds: age, value: value))
            }
        }
        ready.append(.tick(tick))
    }

    private mutating func readValues(
        _ reader: inout ByteReader, _ group: Int, _ layout: TickLayout
    ) throws(WireError) {
        let count = groups[group].slots.count
        switch layout {
        case .unchanged: return
        case .all:
            for slot in 0..<count where groups[group].slots[slot] != nil {
                try readValue(&reader, slot, group)
            }
        case .bitmap:
            let bitmap = try reader.skip((count + 7) / 8, "bitmap")
            for slot in 0..<count where reader.peek(at: bitmap + slot / 8) & (1 << UInt8(slot % 8)) != 0 {
                guard groups[group].slots[slot] != nil else { throw .invalid(kind: .tick, field: "bitmap") }
                try readValue(&reader, slot, group)
            }
        }
    }

    private mutating func readValue(_ reader: inout ByteReader, _ slot: Int, _ group: Int) throws(WireError) {
        guard let known = groups[group].slots[slot] else { return }
        if case .double = known.scale {
            groups[group].slots[slot]?.raw =
                known.raw ^ Int64(bitPattern: try reader.varint("value").byteSwapped)
        } else {
            groups[group].slots[slot]?.raw = known.raw &+ (try reader.signed("value"))
        }
    }

    private mutating func readHistogram(_ reader: inout ByteReader) throws(WireError) {
        let found = try reader.varint("sequence")
        let group = try reader.count("group", atMost: WireLimits.groups - 1)
        let slot = try readSlot(&reader)
        let histogram = try PayloadDecoder.histogram(&reader)
        guard found == sequence else {
            skippedTicks += 1
            return
        }
        guard groups.indices.contains(group), slot < groups[group].slots.count,
            let known = groups[group].slots[slot]
        else { throw .invalid(kind: .histograms, field: "slot") }
        ready.append(.histogram(index: known.index, histogram))
    }
}
