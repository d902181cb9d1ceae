package import Telemetry

/// Turns recorded frames into those of a replay: a session of its own, with one tick a step; pure.
///
/// A tick holds the last value of each series in its step: a sample as it was, and of a counter all that it counted.
/// What a recorder heard late stays late. Frames that cannot be read on cost the ticks up to the next snapshot, as on a
/// link, and are no error: a recording is as good as the disk it was on.
package struct ReplayEncoder: Sendable {
    private struct Step: Sendable {
        let number: Int64
        let isLate: Bool
        var time: Timestamp
        var bootMilliseconds: Int64
        /// By the decoder's group: how long after the tick's time it was read.
        var groups: [Int: UInt32] = [:]
        var histograms: [Int32: ExponentialHistogram] = [:]
    }

    private let from: Timestamp
    private let to: Timestamp
    private let stepMilliseconds: Int64
    private var decoder = SampleDecoder(seriesMax: WireLimits.series)
    private var encoder = SampleEncoder()
    /// The encoder's group by name, and what it was told of each of its slots: the decoder's index, or -1.
    private var groups: [String: Int] = [:]
    private var told: [[Int32]] = []
    /// The decoder's group and slot of a histogram's index.
    private var places: [Int32: (group: Int, slot: Int)] = [:]
    private var redefined: Set<Int32> = []
    /// Series that were announced behind the last tick: they have no value yet.
    private var fresh: Set<Int32> = []
    private var isDictionaryNew = true
    private var step: Step?
    private var messages: [WireMessage] = []
    private var lastTable: Timestamp?
    /// Those that came in the open step.
    private var tables: [ProcessTable] = []
    private var events = 0

    /// Process tables come no closer than this.
    private static let tableMilliseconds: Int64 = 30_000
    /// Of error samples; what is beyond is left out.
    private static let eventsMax = 2000

    package private(set) var ticks: UInt64 = 0

    /// The span is what came after `from` and up to `to`.
    package init(from: Timestamp, to: Timestamp, stepMilliseconds: Int64) {
        self.from = from
        self.to = to
        self.stepMilliseconds = max(1, stepMilliseconds)
    }

    /// Frames that are ready.
    package var bytes: Int { encoder.bytes.count }

    package mutating func drain() -> [UInt8] {
        encoder.drain { span in unsafe span.withUnsafeBufferPointer { unsafe Array($0) } }
    }

    /// Takes the whole frames of one segment, in the order of the segments.
    package mutating func take(segment bytes: [UInt8]) {
        var scanner = FrameScanner()
        while let frame = scanner.next(in: bytes) { take(bytes, frame) }
    }

    /// The last step's tick is ready from here on.
    package mutating func finish() { emit() }

    private mutating func take(_ bytes: [UInt8], _ frame: FrameScanner.Frame) {
        guard let kind = FrameKind(rawValue: frame.kind) else { return }
        var reader = ByteReader(bytes, frame.payload, kind: kind)
        do throws(WireError) {
            switch kind {
            case .dictionary:
                try decoder.readDictionary(&reader, into: &messages)
                takeDictionary()
            case .tick: try takeTick(&reader)
            case .processes:
                guard case .processes(_, let table) = try PayloadDecoder.message(kind, &reader) else {
                    return
                }
                take(table)
            case .event:
                guard case .event(let event) = try PayloadDecoder.message(kind, &reader) else { return }
                take(event)
            default: return
            }
        } catch {
            decoder.loseTrack()
        }
    }

    private mutating func takeDictionary() {
        for message in messages {
            guard case .define(let series) = message else { continue }
            redefined.insert(series.index)
            fresh.insert(series.index)
        }
        isDictionaryNew = isDictionaryNew || !messages.isEmpty
        messages.removeAll(keepingCapacity: true)
    }

    private mutating func takeTick(_ reader: inout ByteReader) throws(WireError) {
        if let (time, isLate) = decoder.moment(of: reader), let step {
            // What was read of the step before is what the decoder holds until it reads on.
            if number(of: time) != step.number || isLate != step.isLate { emit() }
        }
        try decoder.readTick(&reader, into: &messages)
        fresh.removeAll(keepingCapacity: true)
        // A snapshot ends series.
        isDictionaryNew = isDictionaryNew || messages.contains(where: \.isRetirement)
        guard case .tick(let tick)? = messages.first(where: \.isTick) else {
            messages.removeAll(keepingCapacity: true)
            return
        }
        defer { messages.removeAll(keepingCapacity: true) }
        guard tick.time > from, tick.time <= to else { return }
        var open =
            step
            ?? Step(
                number: number(of: tick.time), isLate: tick.isLate, time: tick.time,
                bootMilliseconds: tick.bootMilliseconds)
        step = nil
        open.time = tick.time
        open.bootMilliseconds = tick.bootMilliseconds
        for named in decoder.named { open.groups[named.group] = named.ageMilliseconds }
        for message in messages {
            if case .histogram(let index, let state) = message { open.histograms[index] = state }
        }
        step = open
    }

    private func number(of time: Timestamp) -> Int64 {
        let last = time.milliseconds &- 1
        let quotient = last / stepMilliseconds
        return last < 0 ? quotient &- 1 : quotient
    }

    private mutating func take(_ table: ProcessTable) {
        guard table.time > from, table.time <= to else { return }
        if let last = lastTable {
            let passed = table.time.milliseconds(since: last)
            guard passed < 0 || passed >= max(Self.tableMilliseconds, stepMilliseconds) else { return }
        }
        lastTable = table.time
        tables.append(table)
    }

    private mutating func take(_ event: WireEvent) {
        guard event.kind != "line", event.time > from, event.time <= to, events < Self.eventsMax else {
            return
        }
        events += 1
        encoder.append(.event(event))
    }

    // MARK: A tick of the replay

    private mutating func emit() {
        guard let step else { return }
        self.step = nil
        if isDictionaryNew { tellDictionary() }
        var named: [(group: Int, place: Int, age: UInt32)] = []
        for (place, age) in step.groups where decoder.groups.indices.contains(place) {
            if let group = groups[decoder.groups[place].name] { named.append((group, place, age)) }
        }
        named.sort { $0.group < $1.group }
        encoder.beginTick(
            at: step.time, bootMilliseconds: step.bootMilliseconds, isSnapshot: ticks == 0,
            isLate: step.isLate)
        for (group, place, age) in named {
            var values = decoder.groups[place].raws
            for slot in values.indices where fresh.contains(decoder.groups[place].indices[slot]) {
                values[slot] = decoder.groups[place].scales[slot].absent
            }
            encoder.append(group: group, values: values.span, ageMilliseconds: age)
        }
        for (index, state) in step.histograms {
            guard let place = places[index], decoder.groups.indices.contains(place.group),
                let group = groups[decoder.groups[place.group].name]
            else { continue }
            encoder.append(histogram: state, slot: place.slot, group: group)
        }
        encoder.endTick()
        ticks += 1
        for table in tables { encoder.append(.processes(host: "", table)) }
        tables.removeAll()
    }

    /// Says to the encoder what the decoder's slots are now.
    private mutating func tellDictionary() {
        places.removeAll(keepingCapacity: true)
        var gone = Set(groups.keys)
        for (place, known) in decoder.groups.enumerated() {
            gone.remove(known.name)
            let group = group(named: known.name)
            for slot in 0..<max(known.contents.count, told[group].count) {
                while told[group].count <= slot { told[group].append(-1) }
                guard known.contents.indices.contains(slot), let definition = known.definitions[slot] else {
                    retire(slot, group)
                    continue
                }
                let index = known.indices[slot]
                if definition.type == .histogram { places[index] = (place, slot) }
                guard told[group][slot] != index || redefined.contains(index) else { continue }
                told[group][slot] = encoder.define(definition, slot: slot, group: group) ? index : -1
            }
        }
        for name in gone {
            guard let group = groups[name] else { continue }
            for slot in told[group].indices { retire(slot, group) }
        }
        redefined.removeAll(keepingCapacity: true)
        isDictionaryNew = false
    }

    private mutating func retire(_ slot: Int, _ group: Int) {
        guard told[group][slot] >= 0 else { return }
        encoder.retire(slot: slot, group: group)
        told[group][slot] = -1
    }

    private mutating func group(named name: String) -> Int {
        if let group = groups[name] { return group }
        let group = encoder.addGroup(name)
        groups[name] = group
        told.append([])
        return group
    }
}

extension WireMessage {
    fileprivate var isTick: Bool {
        if case .tick = self { true } else { false }
    }

    fileprivate var isRetirement: Bool {
        if case .retire = self { true } else { false }
    }
}
