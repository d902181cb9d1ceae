import Telemetry

/// The reading side of a session's dictionary and ticks, and the state that they are deltas against.
///
/// When a sequence number or a dictionary entry is missing it gives no ticks until the next snapshot,
/// and counts what it left out: values never drift silently.
struct SampleDecoder: Sendable {
    /// What the dictionary has of one group, by slot.
    struct Group: Sendable {
        var name: String
        var contents: [SlotContent] = []
        var scales: [SampleScale] = []
        var indices: [Int32] = []
        var raws: [Int64] = []
        var definitions: [SeriesDefinition?] = []
        /// Whether the snapshot that is being read has named the slot.
        var isConfirmed: [Bool] = []
    }

    var groups: [Group] = []
    var strings: [String] = []
    /// The bytes of the text that was read last; the next new one may begin with them.
    var lastString: [UInt8] = []
    var stringBytes = 0
    var slots = 0
    var freeIndices: [Int32] = []
    var nextIndex: Int32 = 0
    /// Dictionary entries since the last snapshot's dictionary began; nil while one of them is missing.
    var revision: UInt64?
    /// Groups that the snapshot's dictionary has named so far; nil when none is being read.
    var confirmedGroups: Int?
    var histograms: [Int32: ExponentialHistogram] = [:]
    /// The last tick's number; nil while the stream cannot be read on without a snapshot.
    private(set) var sequence: UInt64?
    private(set) var skippedTicks: UInt64 = 0
    private var lastTime: Int64 = 0
    private var lastBoot: Int64 = 0
    /// The groups that the last tick named, and how long after its time each was read.
    private(set) var named: [(group: Int, ageMilliseconds: UInt32)] = []

    let seriesMax: Int

    init(seriesMax: Int) {
        self.seriesMax = seriesMax
    }

    /// Makes ticks unreadable until the next snapshot.
    mutating func loseTrack() {
        sequence = nil
    }

    mutating func readTick(
        _ reader: inout ByteReader, into messages: inout [WireMessage]
    ) throws(WireError) {
        let flags = try reader.byte("flags")
        guard flags & ~(TickFlags.snapshot | TickFlags.histograms | TickFlags.late) == 0 else {
            throw invalid("flags")
        }
        let isSnapshot = flags & TickFlags.snapshot != 0
        let found = try reader.varint("sequence")
        let foundRevision = try reader.varint("revision")
        guard foundRevision == revision, isSnapshot || sequence.map({ $0 &+ 1 }) == found else {
            skippedTicks &+= 1
            loseTrack()
            reader.skipRest()
            return
        }
        if isSnapshot { beginSnapshot(into: &messages) }
        sequence = found
        try readTimes(&reader, isSnapshot)
        var tick = Tick(
            sequence: found, time: Timestamp(milliseconds: lastTime), bootMilliseconds: lastBoot,
            isSnapshot: isSnapshot, isLate: flags & TickFlags.late != 0, samples: [])
        try readGroups(&reader, &tick)
        messages.append(.tick(tick))
        if flags & TickFlags.histograms != 0 { try readHistograms(&reader, into: &messages) }
    }

    /// When a tick is of, and whether it is late, without reading it on; nil for one that is not readable now.
    func moment(of reader: ByteReader) -> (time: Timestamp, isLate: Bool)? {
        var reader = reader
        guard let flags = try? reader.byte("flags"), let found = try? reader.varint("sequence"),
            let foundRevision = try? reader.varint("revision"), let wall = try? reader.signed("time")
        else { return nil }
        let isSnapshot = flags & TickFlags.snapshot != 0
        guard foundRevision == revision, isSnapshot || sequence.map({ $0 &+ 1 }) == found else { return nil }
        return (
            Timestamp(milliseconds: isSnapshot ? wall : lastTime &+ wall), flags & TickFlags.late != 0
        )
    }

    private func invalid(_ field: String) -> WireError { .invalid(kind: .tick, field: field) }

    private mutating func beginSnapshot(into messages: inout [WireMessage]) {
        retireUnconfirmed(into: &messages)
        for group in groups.indices {
            for slot in groups[group].raws.indices { groups[group].raws[slot] = 0 }
        }
        histograms.removeAll(keepingCapacity: true)
    }

    private mutating func readTimes(_ reader: inout ByteReader, _ isSnapshot: Bool) throws(WireError) {
        let wall = try reader.signed("time")
        let boot = try reader.signed("boot time")
        lastTime = isSnapshot ? wall : lastTime &+ wall
        lastBoot = isSnapshot ? boot : lastBoot &+ wall &+ boot
    }

    private mutating func readGroups(_ reader: inout ByteReader, _ tick: inout Tick) throws(WireError) {
        var group = -1
        named.removeAll(keepingCapacity: true)
        while true {
            let head = try reader.count("group", atMost: WireLimits.groups << 2 | 3)
            guard head > 0 else { return }
            group += head >> 2
            guard head >> 2 > 0, groups.indices.contains(group),
                let layout = TickLayout(rawValue: UInt8(head & 3))
            else { throw invalid("group") }
            let age = UInt32(try reader.count("age", atMost: Int(UInt32.max)))
            try readValues(&reader, group, layout)
            named.append((group, age))
            appendSamples(of: group, age, to: &tick)
        }
    }

    private func appendSamples(of group: Int, _ age: UInt32, to tick: inout Tick) {
        let count = groups[group].contents.count
        tick.samples.reserveCapacity(tick.samples.count + count)
        for slot in 0..<count where groups[group].contents[slot].hasValue {
            let (raw, scale) = (groups[group].raws[slot], groups[group].scales[slot])
            guard raw != scale.absent else {
                tick.gaps.append(groups[group].indices[slot])
                continue
            }
            tick.samples.append(
                TickSample(
                    index: groups[group].indices[slot], ageMilliseconds: age,
                    value: scale.value(ofRaw: raw)))
        }
    }

    private mutating func readValues(
        _ reader: inout ByteReader, _ group: Int, _ layout: TickLayout
    ) throws(WireError) {
        let count = groups[group].contents.count
        switch layout {
        case .unchanged: return
        case .all:
            for slot in 0..<count where groups[group].contents[slot].hasValue {
                try readValue(&reader, slot, group)
            }
        case .bitmap:
            let bitmap = try reader.skip((count + 7) / 8, "bitmap")
            for slot in 0..<count where reader.peek(at: bitmap + slot / 8) & (1 << UInt8(slot % 8)) != 0 {
                try readValue(&reader, slot, group)
            }
        case .sparse:
            var slot = -1
            for _ in 0..<(try reader.count("changes", atMost: count)) {
                let distance = try reader.count("distance", atMost: count)
                slot += distance
                guard distance > 0, slot < count else { throw invalid("distance") }
                try readValue(&reader, slot, group)
            }
        }
    }

    private mutating func readValue(
        _ reader: inout ByteReader, _ slot: Int, _ group: Int
    ) throws(WireError) {
        switch groups[group].contents[slot] {
        case .integer: groups[group].raws[slot] &+= try reader.signed("value")
        case .double:
            groups[group].raws[slot] ^= Int64(bitPattern: try reader.varint("value").byteSwapped)
        case .free, .histogram: throw invalid("slot")
        }
    }

    private mutating func readHistograms(
        _ reader: inout ByteReader, into messages: inout [WireMessage]
    ) throws(WireError) {
        while true {
            let group = try reader.count("histogram group", atMost: WireLimits.groups) - 1
            guard group >= 0 else { return }
            let slot = try reader.count("histogram slot", atMost: WireLimits.slots - 1)
            guard groups.indices.contains(group), groups[group].contents.indices.contains(slot),
                groups[group].contents[slot] == .histogram
            else { throw invalid("histogram slot") }
            let index = groups[group].indices[slot]
            let histogram = try HistogramCoding.read(&reader, after: histograms[index] ?? .init())
            histograms[index] = histogram
            messages.append(.histogram(index: index, histogram))
        }
    }
}
