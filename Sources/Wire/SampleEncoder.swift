package import Telemetry

/// Turns ticks of raw values into frames: the sending side of one session, pure.
///
/// A group is what is read together (a probe on the agent, a host on the hub's live views); a
/// series is a slot in a group. Bytes collect in `bytes` until the caller has written them. Once
/// the dictionary stands still, a tick allocates nothing. docs/wire.md has the layout byte by byte.
package struct SampleEncoder: Sendable {
    private struct Group: Sendable {
        let name: String
        /// What each slot carries; free slots at the end are cut off, as the reader does.
        var contents: [SlotContent] = []
        /// The raw values that the reader has, by slot.
        var sent: [Int64] = []
        /// How many slots carry a value in a tick.
        var live = 0
    }

    private struct HistogramSlot: Hashable {
        let group: Int
        let slot: Int
    }

    private var writer = ByteWriter()
    private var dictionary = DictionaryEncoder()
    private var groups: [Group] = []
    private var sentHistograms: [HistogramSlot: ExponentialHistogram] = [:]
    private var sequence: UInt64 = 0
    private var lastTime = Timestamp(milliseconds: 0)
    private var lastBootMilliseconds: Int64 = 0
    private var flagsOffset = 0
    /// Whether the tick that was begun last is a snapshot.
    package private(set) var isSnapshot = false
    private var lastGroup = -1
    private var hasHistograms = false

    /// Series that were not taken because a limit of `WireLimits` was reached.
    package var refusedSeries: UInt64 { dictionary.refused }
    /// Readings of groups and histograms left out of a tick because its frame was full.
    package private(set) var droppedReadings: UInt64 = 0

    package init() {}

    /// Frames ready to be written, in order.
    package var bytes: [UInt8] { writer.bytes }

    /// The sequence number of the last tick; zero before the first.
    package var lastSequence: UInt64 { sequence }

    /// Hands the frames over in place and forgets them; the buffer is kept.
    package mutating func drain<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        let result = body(writer.bytes.span)
        writer.bytes.removeAll(keepingCapacity: true)
        return result
    }

    /// Appends one message that is not a tick; never between `beginTick` and `endTick`.
    package mutating func append(_ message: WireMessage) {
        FrameEncoder.append(message, to: &writer)
    }

    /// Returns the index of a new group.
    package mutating func addGroup(_ name: String) -> Int {
        groups.append(Group(name: name))
        dictionary.add(group: name)
        return groups.count - 1
    }

    /// Says from the next tick on what `slot` of `group` is; false where a limit refuses the series,
    /// whose values are then left out and counted.
    @discardableResult
    package mutating func define(_ definition: SeriesDefinition, slot: Int, group: Int) -> Bool {
        retire(slot: slot, group: group)
        guard dictionary.define(definition, slot: slot, group: group) else { return false }
        while groups[group].contents.count <= slot {
            groups[group].contents.append(.free)
            groups[group].sent.append(0)
        }
        let content = SlotContent(definition)
        groups[group].contents[slot] = content
        groups[group].sent[slot] = 0
        if content.hasValue { groups[group].live += 1 }
        return true
    }

    /// Ends the series in `slot`; from the next tick on it has no values.
    package mutating func retire(slot: Int, group: Int) {
        guard slot < groups[group].contents.count, groups[group].contents[slot] != .free else { return }
        if groups[group].contents[slot].hasValue { groups[group].live -= 1 }
        if groups[group].contents[slot] == .histogram {
            sentHistograms[HistogramSlot(group: group, slot: slot)] = nil
        }
        groups[group].contents[slot] = .free
        groups[group].sent[slot] = 0
        // Both sides drop free slots at the end, so that their bitmaps have one length.
        while groups[group].contents.last == .free {
            groups[group].contents.removeLast()
            groups[group].sent.removeLast()
        }
        dictionary.retire(slot: slot, group: group)
    }

    /// Opens a tick; a snapshot carries the whole dictionary and absolute values, so that a reader may begin there.
    ///
    /// `bootMilliseconds` is CLOCK_BOOTTIME, which never steps. The first tick of a session is always a snapshot. One that
    /// is late tells of a past moment what was learned only now, and names the groups that it tells of alone.
    package mutating func beginTick(
        at time: Timestamp, bootMilliseconds: Int64 = 0, isSnapshot: Bool, isLate: Bool = false
    ) {
        self.isSnapshot = isSnapshot || sequence == 0 || dictionary.wantsSnapshot
        if self.isSnapshot { forgetSent() }
        dictionary.write(to: &writer, isSnapshot: self.isSnapshot)
        sequence &+= 1
        writer.beginFrame(.tick)
        flagsOffset = writer.bytes.count
        writer.byte((self.isSnapshot ? TickFlags.snapshot : 0) | (isLate ? TickFlags.late : 0))
        writer.varint(sequence)
        writer.varint(dictionary.revision)
        if self.isSnapshot {
            writer.signed(time.milliseconds)
            writer.signed(bootMilliseconds)
        } else {
            let wall = time.milliseconds &- lastTime.milliseconds
            writer.signed(wall)
            // Both clocks move alike, so their difference is mostly zero: one byte.
            writer.signed((bootMilliseconds &- lastBootMilliseconds) &- wall)
        }
        lastTime = time
        lastBootMilliseconds = bootMilliseconds
        lastGroup = -1
        hasHistograms = false
    }

    /// The raw values of one group, read `ageMilliseconds` after the tick's time. Groups come in rising
    /// order, and only those that were read in this tick; retired slots are passed over, and a slot
    /// beyond `values` keeps its value. `SampleScale.absent` says that a series has no value now.
    package mutating func append(group: Int, values: Span<Int64>, ageMilliseconds: UInt32) {
        precondition(group > lastGroup, "groups come in rising order, before the tick's histograms")
        let all = groups[group].contents.count
        guard dictionary.knows(group: group), writer.payloadCount + all * 11 + 32 <= WireLimits.payloadBytes
        else {
            droppedReadings &+= 1
            return
        }
        var changed = 0
        for slot in 0..<all where isChanged(group, slot, values) { changed += 1 }
        let layout = TickLayout.shortest(slots: all, live: groups[group].live, changed: changed)
        writer.varint(UInt64(group - lastGroup) << 2 | UInt64(layout.rawValue))
        writer.varint(UInt64(ageMilliseconds))
        lastGroup = group
        write(layout, group, values, changed)
    }

    /// A histogram series' whole state, after all groups of the tick and in any order; coded against
    /// the state that the reader has. False where the frame has no room for it, or the slot carries none.
    @discardableResult
    package mutating func append(histogram: ExponentialHistogram, slot: Int, group: Int) -> Bool {
        guard slot < groups[group].contents.count, groups[group].contents[slot] == .histogram,
            writer.payloadCount + histogram.buckets.count * 16 + 96 <= WireLimits.payloadBytes
        else {
            droppedReadings &+= 1
            return false
        }
        beginHistograms()
        writer.varint(group + 1)
        writer.varint(slot)
        let place = HistogramSlot(group: group, slot: slot)
        HistogramCoding.write(histogram, after: sentHistograms[place] ?? .init(), to: &writer)
        sentHistograms[place] = histogram
        return true
    }

    package mutating func endTick() {
        // Zero ends the list of groups, or that of histograms where there is one.
        writer.byte(0)
        writer.endFrame()
    }

    // MARK: How

    private mutating func forgetSent() {
        for group in groups.indices {
            for slot in groups[group].sent.indices { groups[group].sent[slot] = 0 }
        }
        sentHistograms.removeAll(keepingCapacity: true)
    }

    private mutating func beginHistograms() {
        guard !hasHistograms else { return }
        hasHistograms = true
        lastGroup = .max
        writer.bytes[flagsOffset] |= TickFlags.histograms
        writer.byte(0)
    }

    private func isChanged(_ group: Int, _ slot: Int, _ values: Span<Int64>) -> Bool {
        slot < values.count && groups[group].contents[slot].hasValue
            && groups[group].sent[slot] != values[slot]
    }

    private mutating func write(
        _ layout: TickLayout, _ group: Int, _ values: Span<Int64>, _ changed: Int
    ) {
        let all = groups[group].contents.count
        switch layout {
        case .unchanged: break
        case .bitmap:
            writeBitmap(group, values)
            for slot in 0..<all where isChanged(group, slot, values) { write(values[slot], slot, group) }
        case .all:
            for slot in 0..<all where groups[group].contents[slot].hasValue {
                write(slot < values.count ? values[slot] : groups[group].sent[slot], slot, group)
            }
        case .sparse:
            writer.varint(changed)
            var last = -1
            for slot in 0..<all where isChanged(group, slot, values) {
                writer.varint(slot - last)
                last = slot
                write(values[slot], slot, group)
            }
        }
    }

    private mutating func write(_ value: Int64, _ slot: Int, _ group: Int) {
        let before = groups[group].sent[slot]
        groups[group].sent[slot] = value
        if groups[group].contents[slot] == .double {
            // Doubles that are close differ in low bits of high bytes: reversed, the varint is short.
            writer.varint(UInt64(bitPattern: value ^ before).byteSwapped)
        } else {
            writer.signed(value &- before)
        }
    }

    private mutating func writeBitmap(_ group: Int, _ values: Span<Int64>) {
        let all = groups[group].contents.count
        for first in stride(from: 0, to: all, by: 8) {
            var byte: UInt8 = 0
            for slot in first..<min(first + 8, all) where isChanged(group, slot, values) {
                byte |= 1 << UInt8(slot - first)
            }
            writer.byte(byte)
        }
    }
}
