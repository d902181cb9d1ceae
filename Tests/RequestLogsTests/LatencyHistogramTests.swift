import RequestLogs
import Telemetry
import TestSupport
import Testing

@Suite struct `A latency histogram` {
    @Test func `has the buckets of the histogram that is sent`() {
        var random = SeededRandom(seed: 3)
        var ours = LatencyHistogram()
        var theirs = ExponentialHistogram()
        for _ in 0..<20_000 {
            let exponent = Double.random(in: 0...15, using: &random)
            var nanoseconds: Int64 = 1
            for _ in 0..<Int(exponent) { nanoseconds *= 10 }
            nanoseconds += Int64.random(in: 0...nanoseconds, using: &random)
            ours.observe(nanoseconds)
            theirs.observe(Double(nanoseconds) * 1e-9)
        }
        let wire = ours.wire
        #expect(wire.count == theirs.count)
        #expect(wire.buckets == theirs.buckets)
        #expect(abs(wire.sum - theirs.sum) < 1e-6 * theirs.sum)
    }

    @Test func `finds quantiles within 1.1 percent, and keeps the ends exact`() {
        var random = SeededRandom(seed: 5)
        var histogram = LatencyHistogram()
        var values: [Int64] = []
        for _ in 0..<5000 {
            let value = Int64.random(in: 20_000...3_000_000_000, using: &random)
            values.append(value)
            histogram.observe(value)
        }
        values.sort()
        #expect(histogram.least == values.first)
        #expect(histogram.greatest == values.last)
        for share in [0.01, 0.5, 0.9, 0.99, 1] {
            let rank = Int((share * Double(values.count)).rounded(.up))
            let truth = Double(values[rank - 1]) / 1e9
            let found = histogram.quantile(share) ?? 0
            #expect(abs(found - truth) <= 0.011 * truth, "p\(share): \(found), not \(truth)")
        }
    }

    @Test func `counts zeros, merges exactly and is empty at first`() {
        var left = LatencyHistogram()
        #expect(left.quantile(0.5) == nil)
        left.observe(0)
        left.observe(0)
        var right = LatencyHistogram()
        right.observe(Int64.max)
        right.observe(5)
        left.merge(right)
        #expect(left.count == 4)
        #expect(left.zeroCount == 2)
        #expect(left.quantile(0.5) == 0)
        #expect(left.least == 0)
        #expect(left.greatest == .max)
    }
}
