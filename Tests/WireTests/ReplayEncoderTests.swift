import Telemetry
import Testing
import Wire

private let requests = SeriesDefinition(SeriesKey("requests_total"), .counter)
private let load = SeriesDefinition(SeriesKey("load"), .gauge, .double)
private let durations = SeriesDefinition(SeriesKey("durations"), .histogram)

/// A recording of two groups, a tick a second.
private struct Recording {
    var encoder = SampleEncoder()
    var seen: Int64 = 0
    var histogram = ExponentialHistogram()
    private let fast: Int
    private let slow: Int

    init() {
        fast = encoder.addGroup("fast")
        slow = encoder.addGroup("slow")
        encoder.define(requests, slot: 0, group: fast)
        encoder.define(durations, slot: 1, group: fast)
        encoder.define(load, slot: 0, group: slow)
    }

    mutating func tick(_ second: Int64, isSnapshot: Bool = false, isLate: Bool = false) {
        seen += 3
        histogram.observe(0.25)
        encoder.beginTick(
            at: Timestamp(seconds: second), bootMilliseconds: second * 1000, isSnapshot: isSnapshot,
            isLate: isLate)
        encoder.append(group: fast, values: [seen].span, ageMilliseconds: 2)
        if second % 10 == 0 {
            let value = Int64(bitPattern: (Double(second) / 2).bitPattern)
            encoder.append(group: slow, values: [value].span, ageMilliseconds: 1)
        }
        encoder.append(histogram: histogram, slot: 1, group: fast)
        encoder.endTick()
    }

    mutating func define(_ name: String, slot: Int) {
        encoder.define(SeriesDefinition(SeriesKey(name), .counter), slot: slot, group: fast)
    }

    mutating func segment() -> [UInt8] { encoder.drain { $0.withUnsafeBufferPointer { Array($0) } } }
}

private func messages(_ frames: [UInt8]) throws -> [WireMessage] {
    var decoder = FrameDecoder()
    decoder.append(frames)
    var messages: [WireMessage] = []
    while let message = try decoder.next() { messages.append(message) }
    #expect(decoder.waitingBytes == 0 && decoder.skippedTicks == 0)
    return messages
}

private func ticks(_ messages: [WireMessage]) -> [Tick] {
    messages.compactMap { if case .tick(let tick) = $0 { tick } else { nil } }
}

@Suite struct `A replay` {
    private func replay(
        _ segments: [[UInt8]], from: Int64 = 0, to: Int64 = 100_000, step: Int64
    ) throws -> [WireMessage] {
        var replay = ReplayEncoder(
            from: Timestamp(seconds: from), to: Timestamp(seconds: to), stepMilliseconds: step)
        for segment in segments { replay.take(segment: segment) }
        replay.finish()
        return try messages(replay.drain())
    }

    @Test func `has one tick a step, each with the last values of its step, and nothing in a gap`() throws {
        var recording = Recording()
        for second in (1...40).map(Int64.init) + (71...80).map(Int64.init) { recording.tick(second) }
        let all = try replay([recording.segment()], step: 10_000)
        let found = ticks(all)
        #expect(found.map { $0.time.milliseconds / 1000 } == [10, 20, 30, 40, 80])
        #expect(found.map { $0.samples.map(\.value).max() } == [30, 60, 90, 120, 150])
        #expect(found.allSatisfy { !$0.isLate && $0.samples.count == 2 })
        #expect(found.first?.isSnapshot == true)
        let counts = all.compactMap { if case .histogram(_, let state) = $0 { state.count } else { nil } }
        #expect(counts == [10, 20, 30, 40, 50])
    }

    @Test func `gives the span that was asked for`() throws {
        var recording = Recording()
        for second in 1...60 { recording.tick(Int64(second)) }
        let found = ticks(try replay([recording.segment()], from: 20, to: 30, step: 1000))
        #expect(found.map { $0.time.milliseconds / 1000 } == Array(21...30))
        #expect(found.first?.samples.map(\.value).max() == 63)
    }

    @Test func `goes on where another process went on, whose slots are others`() throws {
        var first = Recording()
        for second in 1...5 { first.tick(Int64(second)) }
        var second = Recording()
        second.seen = first.seen
        second.define("more_total", slot: 2)
        for moment in 11...15 { second.tick(Int64(moment)) }
        let found = ticks(try replay([first.segment(), second.segment()], step: 1000))
        #expect(found.count == 10)
        #expect(found.last?.samples.map(\.value).contains(30) == true)
    }

    @Test func `a series that begins later has no value before, and one that ends none after`() throws {
        var recording = Recording()
        for second in 1...3 { recording.tick(Int64(second)) }
        recording.define("late_total", slot: 5)
        for second in 4...6 { recording.tick(Int64(second)) }
        let all = try replay([recording.segment()], step: 60_000)
        // One tick holds it all; the series is defined and has no value of its own in it.
        #expect(ticks(all).count == 1)
        #expect(ticks(all).first?.time == Timestamp(seconds: 6))
    }

    @Test func `late ticks stay late, between those that came in time`() throws {
        var recording = Recording()
        for second in 100...104 { recording.tick(Int64(second)) }
        for second in 50...52 { recording.tick(Int64(second), isLate: true) }
        for second in 105...106 { recording.tick(Int64(second)) }
        let found = ticks(try replay([recording.segment()], step: 1000))
        #expect(found.filter(\.isLate).map { $0.time.milliseconds / 1000 } == [50, 51, 52])
        #expect(found.filter { !$0.isLate }.map { $0.time.milliseconds / 1000 } == Array(100...106))
    }

    @Test func `passes over what is damaged, and reads on at the next snapshot`() throws {
        var recording = Recording()
        for second in 1...5 { recording.tick(Int64(second)) }
        var damaged = recording.segment()
        damaged[damaged.count - 30] ^= 0xFF
        for second in 6...8 { recording.tick(Int64(second)) }
        let lost = recording.segment()
        recording.tick(9, isSnapshot: true)
        recording.tick(10)
        let found = ticks(try replay([damaged, lost, recording.segment()], step: 1000))
        #expect(found.map { $0.time.milliseconds / 1000 } == [1, 2, 3, 4, 9, 10])
    }

    @Test func `a clock that is set back goes back in it too`() throws {
        var recording = Recording()
        for second in 7200...7205 { recording.tick(Int64(second)) }
        for second in 3600...3605 { recording.tick(Int64(second)) }
        let found = ticks(try replay([recording.segment()], step: 1000))
        #expect(found.map { $0.time.milliseconds / 1000 } == Array(7200...7205) + Array(3600...3605))
    }
}
