import Archive
import Telemetry
import TestSupport
import Testing

/// A sample by its bits, so that NaN is itself.
private struct Stored: Equatable {
    let milliseconds: Int64
    let bits: UInt64

    init(_ time: Timestamp, _ value: Double) {
        milliseconds = time.milliseconds
        bits = value.bitPattern
    }
}

private func contents(of chunk: Chunk) -> [Stored] {
    var found: [Stored] = []
    chunk.forEach { found.append(Stored($0, $1)) }
    return found
}

@Suite struct `A chunk` {
    @Test(
        arguments: [
            [1, 1, 1], [0, -0.0, 0], [.nan, 1, .nan], [.infinity, -.infinity, .greatestFiniteMagnitude],
            [.leastNonzeroMagnitude, 5e300, -1], [0, 1_000_000, 1_000_001, 1_000_003, 7],
            [0.1, 0.2, 0.30000000000000004],
            [1e18, 1e18 + 256, 2], [Double(bitPattern: 1), Double(bitPattern: .max), 0],
        ] as [[Double]])
    func `gives back each value bit for bit`(values: [Double]) {
        var chunk = Chunk()
        for (place, value) in values.enumerated() {
            let isTaken = chunk.append(Timestamp(milliseconds: 1000 * Int64(place)), value)
            #expect(isTaken)
        }
        #expect(contents(of: chunk).map(\.bits) == values.map(\.bitPattern))
    }

    @Test(
        arguments: [
            [0, 1, 2, 3], [0, 1000, 2000, 3001, 3999], [-5000, 0, 1], [0, 1 << 40], [.min, .max],
            [.min, 0, .max],
            [0, 63, 64, 8255, 16_447, 8_405_000, 90_000_000_000],
        ] as [[Int64]])
    func `gives back each time, however far apart`(times: [Int64]) {
        var chunk = Chunk()
        for time in times { chunk.append(Timestamp(milliseconds: time), 1) }
        #expect(contents(of: chunk).map(\.milliseconds) == times)
        #expect(chunk.firstTime.milliseconds == times.first)
        #expect(chunk.lastTime.milliseconds == times.last)
    }

    @Test func `leaves out what is not newer than its last sample`() {
        var chunk = Chunk()
        let taken = [5, 5, 4, 6].map { chunk.append(Timestamp(milliseconds: $0), Double($0)) }
        #expect(taken == [true, false, false, true])
        #expect(contents(of: chunk).map(\.milliseconds) == [5, 6])
        #expect(chunk.count == 2)
    }

    @Test(arguments: 1...200)
    func `gives back whatever was put in`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var chunk = Chunk()
        var expected: [Stored] = []
        var time = Int64.random(in: -1_000_000...1_000_000, using: &random)
        var value = 0.0
        let kind = Int.random(in: 0..<5, using: &random)
        while !chunk.isFull {
            switch kind {
            case 0: value = Double(bitPattern: random.next())
            case 1: value += Double(Int.random(in: 0..<50, using: &random))
            case 2: value = Double.random(in: 0...1, using: &random)
            case 3:
                value = Bool.random(using: &random) ? value : Double.random(in: -1e9...1e9, using: &random)
            default: value = Double(Float(Double.random(in: 0...1, using: &random)))
            }
            chunk.append(Timestamp(milliseconds: time), value)
            expected.append(Stored(Timestamp(milliseconds: time), value))
            let distance = [1, 1000, 1000, 1000, 60_000, Int64.random(in: 1...1 << 45, using: &random)]
            time += distance.randomElement(using: &random) ?? 1
        }
        #expect(contents(of: chunk) == expected, "seed \(seed)")
        #expect(chunk.count == Chunk.samplesMax)
        let middle = Timestamp(milliseconds: expected[60].milliseconds)
        #expect(contents(of: chunk.prefix(through: middle)) == Array(expected[...60]), "seed \(seed)")
    }

    /// What a sample takes, so that the bound of the head is known in hours: prints the figures.
    @Test func `takes a few bytes a sample`() {
        var random = SeededRandom(seed: 7)
        var (flat, counter, share) = (Chunk(), Chunk(), Chunk())
        var total = 1_000_000.0
        for second in 0..<Chunk.samplesMax {
            let time = Timestamp(seconds: Int64(second))
            total += Double(Int.random(in: 0..<100, using: &random))
            flat.append(time, 16e9)
            counter.append(time, total)
            share.append(time, Double(Float(Double.random(in: 0...1, using: &random))))
        }
        let figures = [flat, counter, share].map { Double($0.bytes) / Double(Chunk.samplesMax) }
        print("bytes a sample: flat \(figures[0]), counter \(figures[1]), share \(figures[2])")
        #expect(figures[0] < 2)
        #expect(figures[1] < 5)
        #expect(figures[2] < 7)
    }
}
