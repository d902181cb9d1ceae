import Archive
import Telemetry
import Testing

@Suite struct `The head` {
    private static let host = HostID("web1")
    private static let key = SeriesKey("node_load1")
    /// Some Tuesday, at a whole minute.
    private static let start = Timestamp(seconds: 1_785_594_720)

    private static func at(_ seconds: Int64) -> Timestamp {
        start.advanced(byMilliseconds: seconds * 1000)
    }

    private static func put(
        _ values: [(Int64, Double)], into head: inout Head, _ key: SeriesKey = key, isCounter: Bool = false,
        isRate: Bool = false
    ) throws {
        let found = head.id(host, key, isCounter: isCounter, isRate: isRate)
        let id = try #require(found)
        for (seconds, value) in values { head.append(id, at(seconds), value) }
    }

    @Test func `gives one value for each step, and none where there was no sample`() throws {
        var head = Head()
        try Self.put([(1, 1), (2, 2), (4, 4), (5, 5)], into: &head)
        let values = head.range(
            Self.host, Self.key, from: Self.start, to: Self.at(6), stepMilliseconds: 1000, .last)
        #expect(values.map { $0.isNaN ? -1 : $0 } == [1, 2, -1, 4, 5, -1])
    }

    @Test(arguments: [
        (Aggregate.average, [1.5, 4.5]), (.minimum, [1, 4]), (.maximum, [2, 5]), (.last, [2, 5]),
    ])
    func `sums up a step's samples`(aggregate: Aggregate, expected: [Double]) throws {
        var head = Head()
        try Self.put([(1, 1), (2, 2), (4, 4), (5, 5)], into: &head)
        let values = head.range(
            Self.host, Self.key, from: Self.start, to: Self.at(6), stepMilliseconds: 3000, aggregate)
        #expect(values == expected)
    }

    @Test(
        arguments: [
            (0, 0, 1000), (10, 0, 1000), (0, 100_000, 1000), (0, 10, 0), (0, 10, -5), (.min, .max, 1),
            (.max, .min, 1),
        ] as [(Int64, Int64, Int64)])
    func `gives nothing for absurd ranges`(from: Int64, to: Int64, step: Int64) {
        let head = Head()
        let values = head.range(
            Self.host, Self.key, from: Timestamp(milliseconds: from), to: Timestamp(milliseconds: to),
            stepMilliseconds: step, .average)
        #expect(values.allSatisfy { $0.isNaN })
        #expect(values.count <= Head.stepsMax)
    }

    @Test func `leaves out repeats and what is older, and counts them`() throws {
        var head = Head()
        try Self.put([(1, 1), (1, 9), (3, 3), (2, 9)], into: &head)
        #expect(head.samples == 2)
        #expect(head.repeatedSamples == 2)
        let values = head.range(
            Self.host, Self.key, from: Self.start, to: Self.at(3), stepMilliseconds: 1000, .last)
        #expect(values[0] == 1 && values[1].isNaN && values[2] == 3)
    }

    @Test func `forgets what came after a clock was set back`() throws {
        var head = Head()
        try Self.put((0..<500).map { (Int64($0), Double($0)) }, into: &head)
        let before = head.storedBytes
        head.forget(Self.host, after: Self.at(250))
        try Self.put((251..<300).map { (Int64($0), 7) }, into: &head)
        let values = head.range(
            Self.host, Self.key, from: Self.at(248), to: Self.at(254), stepMilliseconds: 1000, .last)
        #expect(values == [249, 250, 7, 7, 7, 7])
        #expect(head.storedBytes < before)
    }

    @Test func `keeps an hour of samples, and three days by the minute`() throws {
        var head = Head()
        // Four hours by the second would do too, but slower: every tenth second, with the minute in the value.
        let seconds = stride(from: Int64(0), to: 4 * 3600, by: 10)
        try Self.put(seconds.map { ($0, Double($0 / 60)) }, into: &head)
        head.expire(at: Self.at(4 * 3600))
        let recent = head.range(
            Self.host, Self.key, from: Self.at(3 * 3600 + 600), to: Self.at(3 * 3600 + 660),
            stepMilliseconds: 10_000, .last)
        #expect(recent.allSatisfy { $0 == 190 || $0 == 191 })
        let old = head.range(
            Self.host, Self.key, from: Self.at(600), to: Self.at(1200), stepMilliseconds: 60_000, .average)
        #expect(old == (10..<20).map(Double.init))
        let tenths = head.range(
            Self.host, Self.key, from: Self.at(600), to: Self.at(660), stepMilliseconds: 10_000, .average)
        #expect(tenths.count { !$0.isNaN } == 1)
        head.expire(at: Self.at(80 * 3600))
        let gone = head.range(
            Self.host, Self.key, from: Self.at(600), to: Self.at(1200), stepMilliseconds: 60_000, .average)
        #expect(gone.allSatisfy { $0.isNaN })
        head.expire(at: Self.at(90 * 3600))
        #expect(head.keys(of: Self.host) { _ in true }.count <= 1)
    }

    @Test(arguments: [
        (false, [Aggregate.minimum: 0.0, .maximum: 59, .average: 29.5, .last: 59]), (true, [.last: 59]),
    ])
    func `keeps of an old minute what its kind of series needs`(
        isCounter: Bool, expected: [Aggregate: Double]
    ) throws {
        var head = Head()
        let values = (0..<60).map { (Int64($0), Double($0)) } + [(4000, 1), (4001, 1)]
        try Self.put(values + (4002..<8000).map { ($0, 1) }, into: &head, isCounter: isCounter)
        head.expire(at: Self.at(8000))
        for (aggregate, value) in expected {
            let found = head.range(
                Self.host, Self.key, from: Self.start, to: Self.at(60), stepMilliseconds: 60_000, aggregate)
            #expect(found == [value], "\(aggregate)")
        }
    }

    @Test func `passes over samples that are no number when it sums up a minute`() throws {
        var head = Head()
        try Self.put([(0, .nan), (1, 4), (2, .nan), (3, 6)] + (60..<4000).map { ($0, 1) }, into: &head)
        head.expire(at: Self.at(4000 + 3600))
        let found = head.range(
            Self.host, Self.key, from: Self.start, to: Self.at(60), stepMilliseconds: 60_000, .average)
        #expect(found == [5])
    }

    @Test(
        arguments: [
            // Ten seconds at 3, then a second at 9.
            (values: [(0, .nan), (10, 3), (11, 9)], step: 11, expected: [39.0 / 11]),
            // A value is true of all the steps that it covers.
            (values: [(0, .nan), (20, 3)], step: 10, expected: [3, 3]),
            // Of which a part may be all that is known.
            (values: [(0, 1), (14, .nan), (15, 4), (20, 2)], step: 10, expected: [.nan, 14.0 / 6]),
            // The first of all stands for a second, and so does one behind a gap of a day.
            (values: [(5, 7), (90_000, 8)], step: 90_000, expected: [7.5]),
            (values: [(-5, .nan), (5, 7)], step: 10, expected: [7]),
            (values: [(-5, .nan), (15, 7)], step: 10, expected: [7]),
        ] as [(values: [(Int64, Double)], step: Int64, expected: [Double])])
    func `weighs a rate by the time since the value before`(
        _ row: (values: [(Int64, Double)], step: Int64, expected: [Double])
    ) throws {
        var head = Head()
        try Self.put(row.values, into: &head, isRate: true)
        let found = head.range(
            Self.host, Self.key, from: Self.start, to: Self.at(row.step * Int64(row.expected.count)),
            stepMilliseconds: row.step * 1000, .average)
        #expect(found.count == row.expected.count)
        for (value, expected) in zip(found, row.expected) {
            #expect(value.isNaN && expected.isNaN || abs(value - expected) < 1e-9, "\(row): \(found)")
        }
    }

    @Test func `keeps a rate's minutes as true as its seconds`() throws {
        var head = Head()
        // Windows of ten seconds that end with ten requests in one; then an hour and more of nothing.
        var values: [(Int64, Double)] = [(0, .nan)] + (1...6).map { ($0 * 10, 1) }
        values += [(61, 60)] + (62...120).map { ($0, 0) }
        values += [(299, .nan)] + (300..<9000).map { ($0, 2) }
        try Self.put(values, into: &head, isRate: true)
        head.expire(at: Self.at(9000))
        let found = head.range(
            Self.host, Self.key, from: Self.start, to: Self.at(360), stepMilliseconds: 60_000, .average)
        #expect(found.count == 6)
        for (value, expected) in zip(found, [1.0, 1, 0, .nan, 2, 2]) {
            #expect(value.isNaN && expected.isNaN || abs(value - expected) < 0.05, "\(found) \(expected)")
        }
    }

    @Test func `drops the oldest where its bound is reached, and counts what it dropped`() throws {
        let bound = 256 * 1024
        var head = Head(bytesMax: bound)
        for second in Int64(0)..<3000 {
            for series in 0..<20 {
                let found = head.id(Self.host, SeriesKey("s\(series)"), isCounter: true)
                let id = try #require(found)
                head.append(id, Self.at(second), Double.random(in: 0...1))
            }
            #expect(head.storedBytes <= bound)
        }
        #expect(head.droppedChunks > 0)
        let oldest = head.range(
            Self.host, SeriesKey("s3"), from: Self.start, to: Self.at(60), stepMilliseconds: 1000, .last)
        let newest = head.range(
            Self.host, SeriesKey("s3"), from: Self.at(2900), to: Self.at(2999), stepMilliseconds: 1000, .last)
        #expect(oldest.allSatisfy { $0.isNaN })
        #expect(newest.allSatisfy { !$0.isNaN })
    }

    @Test func `refuses series beyond what its bound can hold, and counts them`() {
        var head = Head(bytesMax: 64 * 1024)
        for number in 0..<200 { _ = head.id(Self.host, SeriesKey("s\(number)"), isCounter: false) }
        #expect(head.seriesCount == head.seriesMax)
        #expect(head.refusedSeries == UInt64(200 - head.seriesMax))
    }

    @Test func `never takes the id of a forgotten series for another's`() throws {
        var head = Head()
        let oldFound = head.id(Self.host, SeriesKey("old"), isCounter: false)
        let old = try #require(oldFound)
        head.append(old, Self.start, 1)
        head.expire(at: Self.at(100 * 3600))
        #expect(head.seriesCount == 0)
        let newFound = head.id(Self.host, SeriesKey("new"), isCounter: false)
        let new = try #require(newFound)
        let isTaken = head.append(new, Self.at(2), 3)
        let isStale = head.append(old, Self.at(3), 4)
        #expect(isTaken && !isStale)
        #expect(new != old)
    }

    @Test func `lists a host's series by name`() throws {
        var head = Head()
        for name in ["b", "a", "signal:cpu"] { try Self.put([(1, 1)], into: &head, SeriesKey(name)) }
        #expect(head.keys(of: Self.host) { !$0.hasPrefix("signal:") } == [SeriesKey("a"), SeriesKey("b")])
        #expect(head.keys(of: HostID("other")) { _ in true }.isEmpty)
    }
}
