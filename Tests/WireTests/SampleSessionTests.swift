import Telemetry
import TestSupport
import Testing
import Wire

/// A sender with one group of `count` counters, and what a reader makes of its ticks.
private struct Sender {
    var encoder = SampleEncoder()
    var values: [Int64]
    var time = Timestamp(milliseconds: 1_900_000_000_000)
    private let group: Int

    init(count: Int, scale: SampleScale = .one) {
        values = Array(repeating: 0, count: count)
        group = encoder.addGroup("probe")
        for slot in 0..<count {
            let key = SeriesKey("node_series_total", ["device": "d\(slot)"])
            encoder.define(SeriesDefinition(key, .counter, scale), slot: slot, group: group)
        }
    }

    /// The bytes of one tick of the values as they are.
    mutating func tick(isSnapshot: Bool = false) -> [UInt8] {
        time = time.advanced(byMilliseconds: 1000)
        encoder.beginTick(at: time, isSnapshot: isSnapshot)
        encoder.append(group: group, values, ageMilliseconds: 3)
        encoder.endTick()
        return encoder.take()
    }
}

private func messages(_ chunks: [[UInt8]]) throws -> [WireMessage] {
    var decoder = FrameDecoder()
    var messages: [WireMessage] = []
    for chunk in chunks {
        decoder.append(chunk)
        while let message = try decoder.next() { messages.append(message) }
    }
    return messages
}

private func ticks(_ messages: [WireMessage]) -> [Tick] {
    messages.compactMap { if case .tick(let tick) = $0 { tick } else { nil } }
}

@Suite struct `A session of ticks` {
    @Test func `gives every value back, changed or not`() throws {
        var sender = Sender(count: 20)
        var random = SeededRandom(seed: 1)
        var chunks: [[UInt8]] = []
        var truth: [[Double]] = []
        for _ in 0..<100 {
            for slot in sender.values.indices where Bool.random(using: &random) {
                sender.values[slot] =
                    Int64.random(in: .min ... .max, using: &random)
                    >> Int64.random(in: 0..<64, using: &random)
            }
            chunks.append(sender.tick(isSnapshot: Int.random(in: 0..<10, using: &random) == 0))
            truth.append(sender.values.map { Double($0) })
        }
        #expect(ticks(try messages(chunks)).map { $0.samples.map(\.value) } == truth)
    }

    @Test(arguments: [0.0, -0.0, 1.5, .infinity, -.infinity, 1e-300, 123456.789])
    func `gives doubles back bit for bit`(_ value: Double) throws {
        var sender = Sender(count: 1, scale: .double)
        sender.values[0] = Int64(bitPattern: value.bitPattern)
        let tick = try #require(ticks(try messages([sender.tick(), sender.tick()])).last)
        #expect(tick.samples[0].value.bitPattern == value.bitPattern)
    }

    /// As an agent has them: 12 probes that are read every second, 300 series.
    private static let probes = [96, 48, 36, 30, 24, 18, 16, 12, 8, 6, 4, 2]

    private func tickBytes(moving: (Int) -> Int64) -> Int {
        var encoder = SampleEncoder()
        var values = Self.probes.map { [Int64](repeating: 0, count: $0) }
        for (group, count) in Self.probes.enumerated() {
            _ = encoder.addGroup("probe\(group)")
            for slot in 0..<count {
                let key = SeriesKey("node_series_total", ["slot": "\(slot)"])
                encoder.define(SeriesDefinition(key, .counter), slot: slot, group: group)
            }
        }
        var length = 0
        for second in 1...300 {
            let before = encoder.bytes.count
            let time = Timestamp(milliseconds: 1_900_000_000_000 + Int64(second) * 1000)
            encoder.beginTick(at: time, bootMilliseconds: Int64(second) * 1000, isSnapshot: false)
            var series = 0
            for group in values.indices {
                for slot in values[group].indices {
                    values[group][slot] += moving(series)
                    series += 1
                }
                encoder.append(group: group, values[group], ageMilliseconds: UInt32(group / 3))
            }
            encoder.endTick()
            length = encoder.bytes.count - before
        }
        return length
    }

    @Test func `takes at most 150 bytes for a second in which 30 of 300 series move`() {
        let spread = tickBytes { $0 % 10 == 0 ? 400 : 0 }
        #expect(spread <= 150)
        let together = tickBytes { $0 < 30 ? 400 : 0 }
        print("tick bytes: 30 of 300 moving spread \(spread), together \(together)")
        #expect(together <= 150)
    }

    @Test func `takes at most 700 bytes when all 300 series move`() {
        let all = tickBytes { _ in 1000 }
        #expect(all <= 700)
        let none = tickBytes { _ in 0 }
        print("tick bytes: all 300 moving \(all), none moving \(none)")
        #expect(none <= 60)
    }

    @Test func `says the same wherever its bytes are split`() throws {
        var sender = Sender(count: 9)
        var bytes: [UInt8] = Array("Welcome to web1\r\n".utf8)
        for round in 0..<4 {
            sender.values[round] += Int64(round) * 1000
            bytes += sender.tick(isSnapshot: round == 2)
        }
        let whole = try messages([bytes])
        for cut in 0...bytes.count {
            #expect(try messages([Array(bytes[..<cut]), Array(bytes[cut...])]) == whole)
        }
        #expect(try messages(bytes.map { [$0] }) == whole)
    }

    @Test func `gives no tick after a lost one until the next snapshot`() throws {
        var sender = Sender(count: 3)
        let first = sender.tick()
        sender.values[0] = 5
        _ = sender.tick()
        let afterLoss = sender.tick()
        let snapshot = sender.tick(isSnapshot: true)
        var decoder = FrameDecoder()
        for chunk in [first, afterLoss, snapshot] { decoder.append(chunk) }
        var found: [Tick] = []
        while let message = try decoder.next() {
            if case .tick(let tick) = message { found.append(tick) }
        }
        #expect(found.map { $0.samples[0].value } == [0, 5])
        #expect(decoder.skippedTicks == 1)
    }

    @Test func `lets a joiner begin at a snapshot`() throws {
        var sender = Sender(count: 3)
        _ = sender.tick()
        sender.values = [7, 8, 9]
        let tick = try #require(ticks(try messages([sender.tick(isSnapshot: true)])).first)
        #expect(tick.samples.map(\.value) == [7, 8, 9])
    }

    @Test func `gives a retired series no more values and its slot to the next`() throws {
        var encoder = SampleEncoder()
        let group = encoder.addGroup("disks")
        func definition(_ name: String) -> SeriesDefinition {
            SeriesDefinition(SeriesKey("x", ["device": name]), .counter)
        }
        var time = Timestamp(milliseconds: 0)
        func tick(_ values: [Int64]) {
            time = time.advanced(byMilliseconds: 1000)
            encoder.beginTick(at: time, isSnapshot: false)
            encoder.append(group: group, values)
            encoder.endTick()
        }
        encoder.define(definition("a"), slot: 0, group: group)
        encoder.define(definition("b"), slot: 1, group: group)
        tick([1, 2])
        encoder.retire(slot: 1, group: group)
        tick([1, 99])
        encoder.define(definition("c"), slot: 1, group: group)
        encoder.define(definition("d"), slot: 2, group: group)
        encoder.retire(slot: 2, group: group)
        tick([1, 3, 77])
        let found = ticks(try messages([encoder.bytes]))
        #expect(found.map { $0.samples.map(\.value) } == [[1, 2], [1], [1, 3]])
    }

    @Test func `carries histograms as what changed, also when they begin anew`() throws {
        var encoder = SampleEncoder()
        let group = encoder.addGroup("requests")
        encoder.define(SeriesDefinition(SeriesKey("duration"), .histogram), slot: 0, group: group)
        var random = SeededRandom(seed: 3)
        var histogram = ExponentialHistogram()
        var truth: [ExponentialHistogram] = []
        for round in 0..<40 {
            if round == 20 { histogram = ExponentialHistogram() }
            for _ in 0..<round % 7 {
                histogram.observe(Double(Int.random(in: -1...4000, using: &random)) / 1000)
            }
            encoder.beginTick(at: Timestamp(milliseconds: Int64(round)), isSnapshot: round % 15 == 0)
            encoder.append(group: group, [0])
            encoder.append(histogram: histogram, slot: 0, group: group)
            encoder.endTick()
            truth.append(histogram)
        }
        let found = try messages([encoder.bytes])
        #expect(found.compactMap { if case .histogram(0, let state) = $0 { state } else { nil } } == truth)
        #expect(ticks(found).flatMap(\.samples).isEmpty)
    }

    @Test func `takes few bytes for a histogram in which one request was counted`() {
        var encoder = SampleEncoder()
        let group = encoder.addGroup("requests")
        encoder.define(SeriesDefinition(SeriesKey("duration"), .histogram), slot: 0, group: group)
        var histogram = ExponentialHistogram()
        for value in 1...1000 { histogram.observe(Double(value) / 100) }
        encoder.beginTick(at: Timestamp(milliseconds: 1), isSnapshot: true)
        encoder.append(histogram: histogram, slot: 0, group: group)
        encoder.endTick()
        let before = encoder.bytes.count
        histogram.observe(0.25)
        encoder.beginTick(at: Timestamp(milliseconds: 1001), isSnapshot: false)
        encoder.append(histogram: histogram, slot: 0, group: group)
        encoder.endTick()
        #expect(encoder.bytes.count - before <= 40)
    }

    @Test func `leaves out a series that has no value now, and says so`() throws {
        let scales: [SampleScale] = [.one, .double]
        for scale in scales {
            var sender = Sender(count: 2, scale: scale)
            sender.values = [scale.absent, 0]
            let first = sender.tick()
            sender.values = [0, 0]
            let found = ticks(try messages([first, sender.tick()]))
            #expect(found.map { $0.samples.map(\.index) } == [[1], [0, 1]])
            #expect(found.map(\.gaps) == [[0], []])
        }
    }

    @Test func `announces nothing anew in a snapshot of the same series`() throws {
        var sender = Sender(count: 5)
        let found = try messages([sender.tick(), sender.tick(isSnapshot: true)])
        let defined = found.filter { if case .define = $0 { true } else { false } }
        #expect(defined.count == 5)
        #expect(!found.contains { if case .retire = $0 { true } else { false } })
    }

    @Test func `retires in a snapshot what a lost dictionary had retired`() throws {
        var sender = Sender(count: 3)
        let first = sender.tick()
        sender.encoder.retire(slot: 2, group: 0)
        _ = sender.tick()
        let found = try messages([first, sender.tick(), sender.tick(isSnapshot: true)])
        #expect(found.contains(.retire(index: 2)))
        #expect(ticks(found).map(\.samples.count) == [3, 2])
    }

    @Test func `gives no tick after a lost dictionary frame, though no tick was lost`() throws {
        var sender = Sender(count: 3)
        let first = sender.tick()
        let key = SeriesKey("another")
        sender.encoder.define(SeriesDefinition(key, .gauge), slot: 1, group: 0)
        let both = sender.tick()
        let dictionaryLength = 12 + Int(both[4])
        let found = try messages([first, Array(both[dictionaryLength...])])
        #expect(ticks(found).count == 1)
    }

    @Test func `starts slow groups from nothing after a snapshot in which they were not read`() throws {
        var encoder = SampleEncoder()
        for name in ["fast", "slow"] {
            let group = encoder.addGroup(name)
            encoder.define(SeriesDefinition(SeriesKey(name), .gauge), slot: 0, group: group)
        }
        func tick(slow: Int64?, isSnapshot: Bool) -> [UInt8] {
            encoder.beginTick(at: Timestamp(milliseconds: 0), isSnapshot: isSnapshot)
            encoder.append(group: 0, [1])
            if let slow { encoder.append(group: 1, [slow], ageMilliseconds: 9) }
            encoder.endTick()
            return encoder.take()
        }
        _ = tick(slow: 40, isSnapshot: true)
        let joined = try messages([tick(slow: nil, isSnapshot: true), tick(slow: 41, isSnapshot: false)])
        #expect(ticks(joined).last?.samples.map(\.value) == [1, 41])
        // What was not read is no gap.
        #expect(ticks(joined).flatMap(\.gaps) == [])
    }

    @Test func `carries both clocks`() throws {
        var encoder = SampleEncoder()
        let clocks: [(wall: Int64, boot: Int64)] = [
            (1_900_000_000_000, 5000), (1_900_000_001_001, 6002), (1_899_999_990_000, 7002),
        ]
        for clock in clocks {
            encoder.beginTick(
                at: Timestamp(milliseconds: clock.wall), bootMilliseconds: clock.boot, isSnapshot: false)
            encoder.endTick()
        }
        let found = ticks(try messages([encoder.bytes]))
        #expect(found.map(\.time.milliseconds) == clocks.map(\.wall))
        #expect(found.map(\.bootMilliseconds) == clocks.map(\.boot))
    }

    @Test func `tells of the past between what it tells of now, with the group that it concerns alone`()
        throws
    {
        var encoder = SampleEncoder()
        let (host, logs) = (encoder.addGroup("host"), encoder.addGroup("logs"))
        encoder.define(SeriesDefinition(SeriesKey("a"), .counter), slot: 0, group: host)
        encoder.define(SeriesDefinition(SeriesKey("b"), .counter), slot: 0, group: logs)
        let absent = SampleScale.one.absent
        let told: [(time: Int64, isLate: Bool, host: Int64?, logs: Int64)] = [
            (1_900_000_000_000, false, 7, absent), (1_899_996_400_000, true, nil, 0),
            (1_899_996_410_000, true, nil, 30), (1_900_000_001_000, false, 8, absent),
            (1_899_999_990_000, true, nil, 31), (1_900_000_002_000, false, 9, 35),
        ]
        for tick in told {
            encoder.beginTick(at: Timestamp(milliseconds: tick.time), isSnapshot: false, isLate: tick.isLate)
            if let value = tick.host { encoder.append(group: host, values: [value].span, ageMilliseconds: 0) }
            encoder.append(group: logs, values: [tick.logs].span, ageMilliseconds: 0)
            encoder.endTick()
        }
        let found = ticks(try messages([encoder.bytes]))
        #expect(found.map(\.sequence) == [1, 2, 3, 4, 5, 6])
        #expect(found.map(\.isLate) == told.map(\.isLate))
        #expect(found.map(\.time.milliseconds) == told.map(\.time))
        let truth = told.map {
            [$0.host, $0.logs == absent ? nil : $0.logs].compactMap { $0.map(Double.init) }
        }
        #expect(found.map { $0.samples.map(\.value) } == truth)
    }

    @Test func `refuses a series whose name is beyond the limit, and counts it`() throws {
        var sender = Sender(count: 1)
        let long = String(repeating: "é", count: WireLimits.stringBytes)
        let refused = SeriesDefinition(SeriesKey("x", ["mountpoint": long]), .gauge)
        let wasTaken = sender.encoder.define(refused, slot: 1, group: 0)
        #expect(!wasTaken)
        sender.values.append(7)
        #expect(ticks(try messages([sender.tick()])).map(\.samples.count) == [1])
        #expect(sender.encoder.refusedSeries == 1)
    }

    @Test func `refuses a peer that defines more series than it may`() {
        var sender = Sender(count: 11)
        var decoder = FrameDecoder(seriesMax: 10)
        decoder.append(sender.tick())
        #expect(throws: WireError.tooLong(what: "series", found: 11, limit: 10)) {
            while try decoder.next() != nil {}
        }
    }

    @Test func `refuses one slot far out as it would refuse all before it`() {
        var decoder = FrameDecoder(seriesMax: 10)
        let groupEntry: [UInt8] = [1, 0, 1, 0, 0, 0, 1, 0x67]
        let farSlot: [UInt8] = [2, 0, 0xFF, 0xFF, 0x03, 0, 1, 1, 0, 0, 1, 0x78, 0]
        decoder.append(FrameForge.frame(kind: 2, payload: groupEntry + farSlot))
        #expect(throws: WireError.tooLong(what: "series", found: 65536, limit: 10)) {
            while try decoder.next() != nil {}
        }
    }

    @Test func `allocates nothing more once its dictionary stands`() {
        var sender = Sender(count: 300)
        _ = sender.tick()
        for slot in 0..<300 { sender.values[slot] &+= 1_000_000 }
        _ = sender.tick()
        let capacity = sender.encoder.bytes.capacity
        for _ in 0..<1000 {
            for slot in 0..<300 { sender.values[slot] &+= 1000 }
            _ = sender.tick()
        }
        #expect(sender.encoder.bytes.capacity == capacity)
    }
}
