import Archive
import Telemetry
import TestSupport
import Testing

@Suite struct `Histograms in the head` {
    private static let host = HostID("web1")
    private static let key = SeriesKey(
        "martlet_http_request_duration_seconds", ["service": "shop", "route": "/", "method": "GET"])
    private static let start = Timestamp(seconds: 1_785_594_720)

    private static func at(_ seconds: Int64) -> Timestamp {
        start.advanced(byMilliseconds: seconds * 1000)
    }

    private static func histogram(_ values: [Double]) -> ExponentialHistogram {
        var histogram = ExponentialHistogram()
        for value in values { histogram.observe(value) }
        return histogram
    }

    private static func total(_ head: Head, from: Int64, to: Int64, step: Int64) -> ExponentialHistogram {
        var total = ExponentialHistogram()
        for (_, observed) in head.histograms(
            host, key, from: at(from), to: at(to), stepMilliseconds: step * 1000)
        { total.merge(observed) }
        return total
    }

    @Test func `are summed up by steps, and a quiet step is none`() throws {
        var head = Head()
        for (second, values) in [(1, [0.1]), (2, [0.2, 0.3]), (4, [0.4]), (6, [0.6])] as [(Int64, [Double])] {
            head.append(Self.histogram(values), of: Self.key, Self.host, at: Self.at(second))
        }
        let found = head.histograms(
            Self.host, Self.key, from: Self.start, to: Self.at(6), stepMilliseconds: 2000)
        #expect(found.map(\.step) == [0, 1, 2])
        #expect(found[0].observed.buckets == Self.histogram([0.1, 0.2, 0.3]).buckets)
        #expect(abs(found[0].observed.sum - 0.6) < 1e-12)
        #expect(found[1].observed == Self.histogram([0.4]))
        #expect(head.histogramKeys(of: Self.host) { $0.hasPrefix("martlet_") } == [Self.key])
        #expect(
            head.histograms(Self.host, SeriesKey("x"), from: Self.start, to: Self.at(6), stepMilliseconds: 1)
                .isEmpty)
    }

    @Test func `are the same at every resolution after hours, count for count`() {
        var head = Head()
        var random = SeededRandom(seed: 7)
        var all = ExponentialHistogram()
        let hours: Int64 = 5
        for second in Int64(1)...hours * 3600 where second % 3 != 0 {
            let observed = Self.histogram((0..<3).map { _ in Double.random(in: 0.001...2, using: &random) })
            all.merge(observed)
            head.append(observed, of: Self.key, Self.host, at: Self.at(second))
            if second % 600 == 0 { head.expire(at: Self.at(second)) }
        }
        for step in [10, 60, 3600] as [Int64] {
            let total = Self.total(head, from: 0, to: hours * 3600, step: step)
            #expect(total.buckets == all.buckets, "\(step)")
            #expect(abs(total.sum - all.sum) < all.sum * 1e-9)
            #expect(total.max == all.max)
            #expect(total.min == all.min)
        }
        // Fine steps of the last minutes, whole steps of the hours before.
        let recent = Self.total(head, from: hours * 3600 - 300, to: hours * 3600, step: 1)
        #expect(recent.count == 600)
        #expect(Self.total(head, from: 0, to: 3600, step: 60).count == 7200)
        print("a busy series of five hours takes \(head.storedBytes) bytes")
        #expect(head.storedBytes < 500_000)
    }

    @Test func `take a MiB a series at most, whatever they hold`() {
        var head = Head()
        for second in Int64(1)...400 {
            let buckets = (Int32(-2047)...2048).map {
                ExponentialHistogram.Bucket(index: $0, count: UInt64(second) << 40)
            }
            let full = ExponentialHistogram(buckets: buckets, zeroCount: 1, sum: 1, min: 0, max: 1)
            head.append(full ?? .init(), of: Self.key, Self.host, at: Self.at(second * 30))
        }
        #expect(head.storedBytes < 3 << 19)
        print("a series of full histograms takes \(head.storedBytes) bytes")
        #expect(Self.total(head, from: 0, to: 12_000, step: 60).count > 0)
    }

    @Test func `are left out where they repeat, and forgotten with a clock that is set back`() {
        var head = Head()
        let one = Self.histogram([1])
        for second in [1, 2, 2, 1, 3] as [Int64] {
            head.append(one, of: Self.key, Self.host, at: Self.at(second))
        }
        #expect(head.repeatedSamples == 2)
        #expect(Self.total(head, from: 0, to: 10, step: 1).count == 3)
        head.forget(Self.host, after: Self.at(1))
        #expect(Self.total(head, from: 0, to: 10, step: 1).count == 1)
        head.append(one, of: Self.key, Self.host, at: Self.at(2))
        #expect(Self.total(head, from: 0, to: 10, step: 1).count == 2)
        head.expire(at: Self.at(100 * 3600))
        #expect(head.storedBytes == 0)
        #expect(Self.total(head, from: 0, to: 10, step: 1).count == 0)
    }

    @Test(
        arguments: [(.min, .max, 1), (.max, .min, 1), (0, 1000, 0), (0, .max, 86_400_000)]
            as [(Int64, Int64, Int64)])
    func `give nothing for absurd ranges and times`(from: Int64, to: Int64, step: Int64) {
        var head = Head()
        for time in [Int64.min, 0, .max] {
            head.append(Self.histogram([1]), of: Self.key, Self.host, at: Timestamp(milliseconds: time))
        }
        let found = head.histograms(
            Self.host, Self.key, from: Timestamp(milliseconds: from), to: Timestamp(milliseconds: to),
            stepMilliseconds: step)
        #expect(found.isEmpty)
        head.expire(at: Timestamp(milliseconds: .max))
    }

    @Test func `give way, the oldest first, where the head is full`() {
        var head = Head(bytesMax: 64 << 10)
        for second in Int64(1)...20_000 {
            head.append(Self.histogram([0.1, 0.5, 1]), of: Self.key, Self.host, at: Self.at(second))
        }
        #expect(head.storedBytes <= 64 << 10)
        #expect(head.droppedChunks > 0)
        #expect(Self.total(head, from: 19_990, to: 20_000, step: 1).count == 30)
        for number in 0..<20 {
            head.append(Self.histogram([1]), of: SeriesKey("x\(number)"), Self.host, at: Self.at(20_001))
        }
        #expect(head.refusedSeries > 0)
    }
}

@Suite struct `Events in the head` {
    private static let host = HostID("web1")

    private static func event(_ second: Int64, _ kind: String, _ text: String = "GET / 500") -> HostEvent {
        HostEvent(time: Timestamp(seconds: second), kind: kind, labels: ["service": "shop"], text: text)
    }

    private static func events(_ head: Head, _ kinds: Set<String>, count: Int = 10_000) -> [HostEvent] {
        head.events(
            of: host, from: Timestamp(seconds: 0), to: Timestamp(milliseconds: .max), kinds: kinds,
            count: count)
    }

    @Test func `are given newest first, those of the kinds that are asked for`() {
        var head = Head()
        for second in [1, 3, 2] as [Int64] { head.append(Self.event(second, "error-sample"), of: Self.host) }
        head.append(Self.event(4, "line"), of: Self.host)
        head.append(Self.event(0, "error-sample"), of: Self.host)
        #expect(Self.events(head, ["error-sample"]).map(\.time.milliseconds) == [3000, 2000, 1000])
        #expect(
            Self.events(head, ["error-sample", "line"], count: 2).map(\.kind) == ["line", "error-sample"])
        #expect(Self.events(head, []).isEmpty)
    }

    @Test func `of a flood are the newest, and lines push no samples out`() {
        var head = Head()
        for second in Int64(1)...10 { head.append(Self.event(second, "error-sample"), of: Self.host) }
        for second in Int64(1)...10_000 { head.append(Self.event(second, "line"), of: Self.host) }
        #expect(head.droppedEvents == 8000)
        let lines = Self.events(head, ["line"])
        #expect(lines.count == 2000)
        #expect(lines.first?.time == Timestamp(seconds: 10_000))
        #expect(lines.last?.time == Timestamp(seconds: 8001))
        #expect(Self.events(head, ["error-sample"]).count == 10)
        let long = String(repeating: "ä", count: 1 << 16)
        for second in Int64(1)...5000 { head.append(Self.event(second, "error-sample", long), of: Self.host) }
        #expect(head.storedBytes < 5 << 20)
        #expect(Self.events(head, ["error-sample"]).allSatisfy { $0.text.utf8.count == 4096 })
        head.expire(at: Timestamp(seconds: 100 * 3600))
        #expect(head.storedBytes == 0)
    }

    @Test func `are cut on a character's border`() {
        let text = "x" + String(repeating: "€", count: 2000)
        let event = Self.event(1, "line", text)
        #expect(event.text.utf8.count == 4096)
        #expect(text.hasPrefix(event.text))
        let labels = Labels((0..<40).map { Label("l\($0)", "v") })
        #expect(HostEvent(time: event.time, kind: "line", labels: labels, text: "").labels.pairs.count == 16)
    }
}
