import Telemetry

/// The sending side of a session's dictionary: which series stand in which slots, and what the reader was told.
///
/// A definition beyond a limit is refused and counted, never cut: half a label would be another series.
struct DictionaryEncoder: Sendable {
    private enum Change: Sendable {
        case group(Int)
        case defined(slot: Int, group: Int)
        case retired(slot: Int, group: Int)
    }

    private struct Group: Sendable {
        let name: String
        var definitions: [SeriesDefinition?] = []
    }

    private var groups: [Group] = []
    private var pending: [Change] = []
    private var strings: [String: Int] = [:]
    /// The text that was written last.
    private var lastString = ""
    private var stringBytes = 0
    private var slots = 0
    private var liveTextBytes = 0
    private(set) var refused: UInt64 = 0
    /// Entries written since the last snapshot's dictionary began; every tick says it.
    private(set) var revision: UInt64 = 0

    /// Whether the string table is so full of what was retired that it should begin anew.
    var wantsSnapshot: Bool {
        strings.count > WireLimits.strings / 2 || stringBytes > WireLimits.dictionaryBytes / 2
    }

    func knows(group: Int) -> Bool { group < WireLimits.groups }

    mutating func add(group name: String) {
        groups.append(Group(name: Self.cut(name)))
        if groups.count <= WireLimits.groups { pending.append(.group(groups.count - 1)) }
    }

    mutating func define(_ definition: SeriesDefinition, slot: Int, group: Int) -> Bool {
        let added = max(0, slot + 1 - groups[group].definitions.count)
        let text = Self.textBytes(definition)
        guard group < WireLimits.groups, slot < WireLimits.slots, slots + added <= WireLimits.series,
            let text, liveTextBytes + text <= WireLimits.dictionaryBytes / 4
        else {
            refused &+= 1
            return false
        }
        for _ in 0..<added { groups[group].definitions.append(nil) }
        slots += added
        liveTextBytes += text
        groups[group].definitions[slot] = definition
        pending.append(.defined(slot: slot, group: group))
        return true
    }

    mutating func retire(slot: Int, group: Int) {
        guard let definition = groups[group].definitions[slot] else { return }
        liveTextBytes -= Self.textBytes(definition) ?? 0
        groups[group].definitions[slot] = nil
        while let last = groups[group].definitions.last, last == nil {
            groups[group].definitions.removeLast()
            slots -= 1
        }
        pending.append(.retired(slot: slot, group: group))
    }

    /// Writes what changed since the last tick, or for a snapshot all there is.
    mutating func write(to writer: inout ByteWriter, isSnapshot: Bool) {
        if isSnapshot { beginAnew() }
        guard !pending.isEmpty || isSnapshot else { return }
        var next = 0
        var isFirst = isSnapshot
        repeat {
            writer.beginFrame(.dictionary)
            writer.byte(isFirst ? 1 : 0)
            writer.varint(revision)
            isFirst = false
            // One entry is far below a quarter of the limit, so the frame stays below it.
            while next < pending.count, writer.payloadCount < WireLimits.payloadBytes / 4 {
                write(pending[next], to: &writer)
                next += 1
            }
            writer.endFrame()
        } while next < pending.count
        pending.removeAll(keepingCapacity: true)
    }

    private mutating func beginAnew() {
        pending.removeAll(keepingCapacity: true)
        strings.removeAll(keepingCapacity: true)
        lastString = ""
        stringBytes = 0
        revision = 0
        for group in groups.indices.prefix(WireLimits.groups) {
            pending.append(.group(group))
            for slot in groups[group].definitions.indices where groups[group].definitions[slot] != nil {
                pending.append(.defined(slot: slot, group: group))
            }
        }
    }

    private mutating func write(_ change: Change, to writer: inout ByteWriter) {
        switch change {
        case .group(let group):
            writer.byte(DictionaryEntry.group.rawValue)
            writer.varint(group)
            write(groups[group].name, to: &writer)
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
            write(definition, to: &writer)
        }
        revision &+= 1
    }

    private mutating func write(_ definition: SeriesDefinition, to writer: inout ByteWriter) {
        writer.byte(definition.type.rawValue)
        switch definition.scale {
        case .double: writer.varint(0)
        case .ratio(let multiplier, let divisor):
            writer.varint(UInt64(max(1, divisor)))
            writer.varint(UInt64(max(1, multiplier)))
        }
        write(definition.key.name, to: &writer)
        writer.varint(definition.key.labels.pairs.count)
        for label in definition.key.labels.pairs {
            write(label.name, to: &writer)
            write(label.value, to: &writer)
        }
    }

    /// A string of the session: its number plus one, or zero and how much of the last new text it
    /// begins with, and the rest; it gets the next number.
    private mutating func write(_ text: String, to writer: inout ByteWriter) {
        if let number = strings[text] {
            writer.varint(number + 1)
        } else {
            strings[text] = strings.count
            stringBytes += text.utf8.count
            writer.varint(0)
            // Names that follow each other begin alike: only what differs is written.
            let shared = Self.sharedBytes(text, lastString)
            writer.varint(shared)
            writer.varint(text.utf8.count - shared)
            for byte in text.utf8.dropFirst(shared) { writer.byte(byte) }
            lastString = text
        }
    }

    /// How many bytes both begin with; in place, because a snapshot asks for each of its names.
    private static func sharedBytes(_ left: String, _ right: String) -> Int {
        var shared = 0
        var others = right.utf8.makeIterator()
        for byte in left.utf8 {
            guard others.next() == byte else { break }
            shared += 1
        }
        return shared
    }

    /// A group's name is for people: cut at the limit, where a series would be refused.
    private static func cut(_ name: String) -> String {
        guard name.utf8.count > WireLimits.stringBytes else { return name }
        return String(decoding: name.utf8.prefix(WireLimits.stringBytes - 3), as: UTF8.self)
    }

    /// The bytes of a definition's text; nil where one part is beyond its limit.
    private static func textBytes(_ definition: SeriesDefinition) -> Int? {
        let name = definition.key.name.utf8.count
        let labels = definition.key.labels.pairs
        guard name <= WireLimits.stringBytes, labels.count <= WireLimits.labels else { return nil }
        var total = name
        for label in labels {
            let (key, value) = (label.name.utf8.count, label.value.utf8.count)
            guard key <= WireLimits.stringBytes, value <= WireLimits.stringBytes else { return nil }
            total += key + value
        }
        return total
    }
}
