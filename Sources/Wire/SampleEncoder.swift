package import Telemetry

/// Turns ticks of raw values into frames: the sending side of one session, pure.
///
/// A group is what is read together (a probe on the agent, a host on the hub's live views); a
/// series is a slot in a group. Bytes collect in `bytes` until the caller has written them. Once
/// the dictionary stands still, a tick allocates nothing.
package struct SampleEncoder: Sendable {
    private struct Group: Sendable {
        let name: String
        var definitions: [SeriesDefinition?] = []
        /// The raw values that the reader has, by slot.
        var sent: [Int64] = []
    }

    private enum Change: Sendable {
        case group(Int)
        case defined(slot: Int, group: Int)
        case retired(slot: Int, group: Int)
    }

    private var writer = ByteWriter()
    private var groups: [Group] = []
    private var pending: [Change] = []
    private var strings: [String: Int] = [:]
    private var sequence: UInt64 = 0
    private var lastTime = Timestamp(milliseconds: 0)
    private var isSnapshot = false
    private var lastGroup = -1
    private var groupCountOffset = 0
    private var groupCount = 0

    package init() {}

    /// Frames ready to be written, in order.
    package var bytes: [UInt8] { writer.bytes }

    /// Hands the frames over in place and forgets them; the buffer is kept.
    package mutating func drain<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        let result = body(writer.bytes.span)
        writer.bytes.removeAll(keepingCapacity: true)
        return result
    }

    /// Appends one message that is not a tick.
    package mutating func append(_ message: WireMessage) {
        FrameEncoder.append(message, to: &writer)
    }

    /// Returns the index of a new group.
    package mutating func addGroup(_ name: String) -> Int {
        groups.append(Group(name: name))
        pending.append(.group(groups.count - 1))
        return groups.count - 1
    }

    /// Says from the next tick on what `slot` of `group` is.
    package mutating func define(_ definition: SeriesDefinition, slot: Int, group: Int) {
        while groups[group].definitions.count <= slot {
            groups[group].definitions.append(nil)
            groups[group].sent.append(0)
        }
        groups[group].definitions[slot] = definition
        groups[group].sent[slot] = 0
        pending.append(.defined(slot: slot, group: group))
    }

    /// Ends the series in `slot`; from the next tick on it has no values.
    package mutating func retire(slot: Int, group: Int) {
        guard slot < groups[group].definitions.count, groups[group].definitions[slot] != nil else { return }
        groups[group].definitions[slot] = nil
        groups[group].sent[slot] = 0
        // Both sides drop free slots at the end, so that their bitmaps have one length.
        while let last = groups[group].definitions.last, last == nil {
            groups[group].definitions.removeLast()
            groups[group].sent.removeLast()
        }
        pending.append(.retired(slot: slot, group: group))
    }

    /// Opens a tick; a snapshot carries the whole dictionary and absolute values, so that a reader may begin there.
    package mutating func beginTick(at time: Timestamp, isSnapshot: Bool) {
        let isFirst = sequence == 0
        self.isSnapshot = isSnapshot || isFirst
        writeDictionary()
        sequence += 1
        writer.beginFrame(.tick)
        writer.byte(self.isSnapshot ? 1 : 0)
        writer.varint(sequence)
        writer.signed(self.isSnapshot ? time.milliseconds : time.milliseconds(since: lastTime))
        lastTime = time
        lastGroup = -1
    }

    /// The raw values of one group, read `ageMilliseconds` after the tick's time. Groups come in rising
    /// order, and only those that were read in this tick; retired slots are passed over.
    package mutating func append(group: Int, values: Span<Int64>, ageMilliseconds: UInt32) {
        precondition(group > lastGroup, "groups come in rising order")
        let slots = min(values.count, groups[group].definitions.count)
        var changed = 0
        for slot in 0..<slots where isChanged(group, slot, values[slot]) { changed += 1 }
        let layout: TickLayout = changed == 0 ? .unchanged : changed * 8 > slots * 7 ? .all : .bitmap

        writer.varint(UInt64(group - lastGroup) << 2 | UInt64(layout.rawValue))
        writer.varint(UInt64(ageMilliseconds))
        lastGroup = group
        switch layout {
        case .unchanged: break
        case .bitmap:
            writeBitmap(group, slots, values)
            for slot in 0..<slots where isChanged(group, slot, values[slot]) {
                write(values[slot], slot, group)
            }
        case .all:
            for slot in 0..<slots where groups[group].definitions[slot] != nil {
                write(values[slot], slot, group)
            }
        }
    }

    package mutating func endTick() {
        // A distance of zero ends the list of groups.
        writer.byte(0)
        writer.endFrame()
    }

    /// A histogram series' whole state at the last tick; coded against the reader's previous one.
    package mutating func append(histogram: ExponentialHistogram, slot: Int, group: Int) {
        writer.beginFrame(.histograms)
        writer.varint(sequence)
        writer.varint(group)
        writer.varint(slot)
        FrameEncoder.write(histogram, to: &writer)
        writer.endFrame()
    }

    // MARK: How

    private func isChanged(_ group: Int, _ slot: Int, _ value: Int64) -> Bool {
        groups[group].definitions[slot] != nil && groups[group].sent[slot] != value
    }

    private mutating func write(_ value: Int64, _ slot: Int, _ group: Int) {
        let before = groups[group].sent[slot]
        groups[group].sent[slot] = value
        if case .double = groups[group].definitions[slot]?.scale {
            // Doubles that are close differ in low bits of high bytes: reversed, the varint is short.
            writer.varint(UInt64(bitPattern: value ^ before).byteSwapped)
        } else {
            writer.signed(value &- before)
        }
    }

    private mutating func writeBitmap(_ group: Int, _ slots: Int, _ values: Span<Int64>) {
        var slot = 0
        let all = groups[group].definitions.count
        while slot < all {
            var byte: UInt8 = 0
            for bit in 0..<8 where slot + bit < slots && isChanged(group, slot + bit, values[slot + bit]) {
                byte |= 1 << UInt8(bit)
            }
            writer.byte(byte)
            slot += 8
        }
    }

    private mutating func writeDictionary() {
        if isSnapshot {
            pending.removeAll(keepingCapacity: true)
            strings.removeAll(keepingCapacity: true)
            for group in groups.indices {
                // The reader forgets everything, so the next value of each series is absolute.
                for slot in groups[group].sent.indices { groups[group].sent[slot] = 0 }
                pending.append(.group(group))
                for slot in groups[group].definitions.indices where groups[group].definitions[slot] != nil {
                    pending.append(.defined(slot: slot, group: group))
                }
            }
        }
        guard !pending.isEmpty else { return }
        var next = 0
        var isFirst = isSnapshot
        while next < pending.count {
            writer.beginFrame(.dictionary)
            writer.byte(isFirst ? 1 : 0)
            isFirst = false
            // Well below the payload's limit, whatever the strings' lengths.
            let full = writer.bytes.count + WireLimits.payloadBytes / 4
            while next < pending.count, writer.bytes.count < full {
                writeChange(pending[next])
                next += 1
            }
            writer.endFrame()
        }
        pending.removeAll(keepingCapacity: true)
    }

    private mutating func writeChange(_ change: Change) {
        switch change {
        case .group(let group):
            writer.byte(DictionaryEntry.group.rawValue)
            writer.varint(group)
            writeString(groups[group].name)
        case .retired(let slot, let group):
            writer.byte(DictionaryEntry.retire.rawValue)
            writer.varint(group)
            writer.varint(slot)
        case .defined(let slot, let group):
            // Defined and retired between two ticks: the reader need not know.
            guard slot < groups[group].definitions.count, let definition = groups[group].definitions[slot]
            else { return }
            writer.byte(DictionaryEntry.define.rawValue)
            writer.varint(group)
            writer.varint(slot)
            writer.byte(definition.type.rawValue)
            writeScale(definition.scale)
            writeString(definition.key.name)
            let labels = definition.key.labels.pairs.prefix(WireLimits.labels)
            writer.varint(labels.count)
            for label in labels {
                writeString(label.name)
                writeString(label.value)
            }
        }
    }

    private mutating func writeScale(_ scale: SampleScale) {
        switch scale {
        case .double: writer.varint(0)
        case .ratio(let multiplier, let divisor):
            writer.varint(UInt64(divisor))
            writer.varint(UInt64(multiplier))
        }
    }

    /// A string of the session: its number plus one, or zero and the text, which gets the next number.
    private mutating func writeString(_ text: String) {
        if let number = strings[text] {
            writer.varint(number + 1)
        } else {
            strings[text] = strings.count
            writer.varint(0)
            writer.string(text)
        }
    }
}

/// How a group's values stand in a tick.
enum TickLayout: UInt8 {
    case unchanged = 0
    /// A bit a slot, then the values whose bit is set.
    case bitmap = 1
    /// A value for each slot that is not retired.
    case all = 2
}

/// What an entry of a dictionary frame does.
enum DictionaryEntry: UInt8 {
    case group = 1
    case define = 2
    case retire = 3
}
