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
        let now = values
        encoder.append(group: group, values: now.span, ageMilliseconds: 3)
        encoder.endTick()
        return encoder.drain { span in span.indices.map { span[$0] } }
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

    @Test func `takes at most 150 bytes for a second in which 30 of 300 series move`() {
        var sender = Sender(count: 300)
        _ = sender.tick()
        for slot in stride(from: 0, to: 300, by: 10) { sender.values[slot] += 40 }
        #expect(sender.tick().count <= 150)
    }

    @Test func `takes at most 700 bytes when all 300 series move`() {
        var sender = Sender(count: 300)
        _ = sender.tick()
        for slot in 0..<300 { sender.values[slot] += 1000 }
        #expect(sender.tick().count <= 700)
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
            encoder.append(group: group, values: values.span, ageMilliseconds: 0)
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

    @Test func `carries histograms whole`() throws {
        var encoder = SampleEncoder()
        let group = encoder.addGroup("requests")
        encoder.define(SeriesDefinition(SeriesKey("duration"), .histogram), slot: 0, group: group)
        var histogram = ExponentialHistogram()
        for value in [0.0, 0.001, 0.25, 3, 3, 900] { histogram.observe(value) }
        encoder.beginTick(at: Timestamp(milliseconds: 5), isSnapshot: false)
        encoder.endTick()
        encoder.append(histogram: histogram, slot: 0, group: group)
        #expect(try messages([encoder.bytes]).last == .histogram(index: 0, histogram))
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
