import Telemetry

/// The dictionary. A snapshot says all of it again; what stays the same keeps its index and is not
/// announced anew, so a reader learns of changes only.
extension SampleDecoder {
    mutating func readDictionary(
        _ reader: inout ByteReader, into messages: inout [WireMessage]
    ) throws(WireError) {
        let flags = try reader.byte("flags")
        guard flags & ~1 == 0 else { throw invalid("flags") }
        let before = try reader.varint("revision")
        if flags & 1 == 1 { beginAnew() }
        // A reader that joined late or lost a frame waits for the next snapshot's dictionary.
        guard var known = revision, known == before else {
            revision = nil
            loseTrack()
            reader.skipRest()
            return
        }
        while !reader.isAtEnd {
            guard let entry = DictionaryEntry(rawValue: try reader.byte("entry")) else {
                throw invalid("entry")
            }
            let group = try reader.count("group", atMost: WireLimits.groups - 1)
            switch entry {
            case .group: try addGroup(&reader, group, into: &messages)
            case .define: try define(&reader, group, into: &messages)
            case .retire: try retire(&reader, group, into: &messages)
            }
            known &+= 1
        }
        revision = known
    }

    /// The snapshot's tick has come: what its dictionary did not name is gone.
    mutating func retireUnconfirmed(into messages: inout [WireMessage]) {
        guard let confirmedGroups else { return }
        for group in groups.indices {
            for slot in groups[group].contents.indices
            where group >= confirmedGroups || !groups[group].isConfirmed[slot] {
                free(slot, group, into: &messages)
            }
            trim(group)
        }
        groups.removeLast(groups.count - confirmedGroups)
        self.confirmedGroups = nil
    }

    private func invalid(_ field: String) -> WireError { .invalid(kind: .dictionary, field: field) }

    private mutating func beginAnew() {
        strings.removeAll(keepingCapacity: true)
        lastString.removeAll(keepingCapacity: true)
        stringBytes = 0
        revision = 0
        confirmedGroups = 0
        for group in groups.indices {
            for slot in groups[group].isConfirmed.indices { groups[group].isConfirmed[slot] = false }
        }
        // Only the snapshot that follows makes ticks readable again.
        loseTrack()
    }

    private mutating func addGroup(
        _ reader: inout ByteReader, _ group: Int, into messages: inout [WireMessage]
    ) throws(WireError) {
        let expected = confirmedGroups ?? groups.count
        guard group == expected else { throw invalid("group") }
        let name = try string(&reader)
        if group == groups.count {
            groups.append(Group(name: name))
        } else if groups[group].name != name {
            for slot in groups[group].contents.indices { free(slot, group, into: &messages) }
            trim(group)
            groups[group].name = name
        }
        if confirmedGroups != nil { confirmedGroups = group + 1 }
    }

    private mutating func define(
        _ reader: inout ByteReader, _ group: Int, into messages: inout [WireMessage]
    ) throws(WireError) {
        let slot = try reader.count("slot", atMost: WireLimits.slots - 1)
        guard group < confirmedGroups ?? groups.count else { throw invalid("group") }
        let definition = try readDefinition(&reader)
        try extend(group, to: slot)
        if groups[group].definitions[slot] == definition, confirmedGroups != nil {
            groups[group].isConfirmed[slot] = true
            return
        }
        free(slot, group, into: &messages)
        let index = try takeIndex()
        groups[group].contents[slot] = SlotContent(definition)
        groups[group].scales[slot] = definition.scale
        groups[group].indices[slot] = index
        groups[group].raws[slot] = 0
        groups[group].definitions[slot] = definition
        groups[group].isConfirmed[slot] = true
        messages.append(
            .define(SeriesDescription(index: index, group: groups[group].name, definition: definition)))
    }

    private mutating func retire(
        _ reader: inout ByteReader, _ group: Int, into messages: inout [WireMessage]
    ) throws(WireError) {
        let slot = try reader.count("slot", atMost: WireLimits.slots - 1)
        guard group < confirmedGroups ?? groups.count else { throw invalid("group") }
        // A series that was defined and retired between two ticks was never defined here.
        guard slot < groups[group].contents.count else { return }
        free(slot, group, into: &messages)
        trim(group)
    }

    private mutating func readDefinition(_ reader: inout ByteReader) throws(WireError) -> SeriesDefinition {
        guard let type = MetricType(rawValue: try reader.byte("type")) else { throw invalid("type") }
        let scale = try readScale(&reader)
        let name = try string(&reader)
        var labels: [Label] = []
        for _ in 0..<(try reader.count("labels", atMost: WireLimits.labels)) {
            let label = try string(&reader)
            labels.append(Label(label, try string(&reader)))
        }
        return SeriesDefinition(SeriesKey(name, Labels(labels)), type, scale)
    }

    private func readScale(_ reader: inout ByteReader) throws(WireError) -> SampleScale {
        let divisor = try reader.count("divisor", atMost: Int(UInt32.max))
        guard divisor > 0 else { return .double }
        let multiplier = try reader.count("multiplier", atMost: Int(UInt32.max))
        guard multiplier > 0 else { throw invalid("multiplier") }
        return .ratio(multiplier: UInt32(multiplier), divisor: UInt32(divisor))
    }

    private mutating func string(_ reader: inout ByteReader) throws(WireError) -> String {
        let number = try reader.count("string", atMost: WireLimits.strings)
        guard number == 0 else {
            guard number <= strings.count else { throw invalid("string") }
            return strings[number - 1]
        }
        guard strings.count < WireLimits.strings else {
            throw .tooLong(what: "strings", found: UInt64(strings.count) + 1, limit: WireLimits.strings)
        }
        let shared = try reader.count("shared text", atMost: lastString.count)
        lastString.removeLast(lastString.count - shared)
        try reader.bytes(
            try reader.count("text", atMost: WireLimits.stringBytes - shared), "text", onto: &lastString)
        let text = String(decoding: lastString, as: UTF8.self)
        stringBytes += text.utf8.count
        guard stringBytes <= WireLimits.dictionaryBytes else {
            throw .tooLong(
                what: "dictionary", found: UInt64(stringBytes), limit: WireLimits.dictionaryBytes)
        }
        strings.append(text)
        return text
    }

    // MARK: Slots

    private mutating func extend(_ group: Int, to slot: Int) throws(WireError) {
        let added = slot + 1 - groups[group].contents.count
        guard added > 0 else { return }
        guard slots + added <= seriesMax else {
            throw .tooLong(what: "series", found: UInt64(slots + added), limit: seriesMax)
        }
        slots += added
        for _ in 0..<added {
            groups[group].contents.append(.free)
            groups[group].scales.append(.one)
            groups[group].indices.append(-1)
            groups[group].raws.append(0)
            groups[group].definitions.append(nil)
            groups[group].isConfirmed.append(false)
        }
    }

    private mutating func free(_ slot: Int, _ group: Int, into messages: inout [WireMessage]) {
        guard groups[group].contents[slot] != .free else { return }
        let index = groups[group].indices[slot]
        messages.append(.retire(index: index))
        freeIndices.append(index)
        histograms[index] = nil
        groups[group].contents[slot] = .free
        groups[group].definitions[slot] = nil
        groups[group].isConfirmed[slot] = false
    }

    /// Both sides drop free slots at the end, so that their bitmaps have one length.
    private mutating func trim(_ group: Int) {
        while groups[group].contents.last == .free {
            slots -= 1
            groups[group].contents.removeLast()
            groups[group].scales.removeLast()
            groups[group].indices.removeLast()
            groups[group].raws.removeLast()
            groups[group].definitions.removeLast()
            groups[group].isConfirmed.removeLast()
        }
    }

    private mutating func takeIndex() throws(WireError) -> Int32 {
        if let free = freeIndices.popLast() { return free }
        guard nextIndex < seriesMax else {
            throw .tooLong(what: "series", found: UInt64(nextIndex) + 1, limit: seriesMax)
        }
        defer { nextIndex += 1 }
        return nextIndex
    }
}
