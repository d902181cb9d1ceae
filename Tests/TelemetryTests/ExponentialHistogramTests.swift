import Foundation
import Telemetry
import TestSupport
import Testing

@Suite struct `An exponential histogram` {
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `gives quantiles within 1.1 percent of the nearest rank`(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var histogram = ExponentialHistogram()
        var values: [Double] = []
        for _ in 0..<Int.random(in: 1...2000, using: &random) {
            let value = exp(Double.random(in: -12...6, using: &random))
            values.append(value)
            histogram.observe(value)
        }
        values.sort()
        for share in [0, 0.01, 0.5, 0.9, 0.99, 1] {
            let rank = max(1, Int((share * Double(values.count)).rounded(.up)))
            let found = try #require(histogram.quantile(share))
            #expect(abs(found / values[rank - 1] - 1) <= 0.011)
        }
        #expect(histogram.min == values.first)
        #expect(histogram.max == values.last)
    }

    @Test func `merges exactly, in any order`() {
        var random = SeededRandom(seed: 5)
        var parts = [ExponentialHistogram](repeating: .init(), count: 3)
        var whole = ExponentialHistogram()
        for _ in 0..<500 {
            // Sums of quarters are exact, whatever their order.
            let value = Double(Int.random(in: 0...4000, using: &random)) / 4
            whole.observe(value)
            parts[Int.random(in: 0..<3, using: &random)].observe(value)
        }
        for order in [[0, 1, 2], [2, 0, 1]] {
            var merged = ExponentialHistogram()
            for part in order { merged.merge(parts[part]) }
            #expect(merged == whole)
        }
    }

    @Test(
        arguments: [
            (1.0, 0), (2.0, 32), (1.0000001, 1), (0.5, -32), (1e-300, -2047), (1e300, 2048),
            (Double.leastNonzeroMagnitude, -2047),
        ] as [(Double, Int32)])
    func `puts a value in the bucket whose upper bound holds it`(_ row: (value: Double, index: Int32)) {
        #expect(ExponentialHistogram.index(of: row.value) == row.index)
    }

    @Test func `counts what is not above zero or not finite as zero`() {
        var histogram = ExponentialHistogram()
        for value in [0, -1, .nan, .infinity, -.infinity, 2.0] { histogram.observe(value) }
        #expect(histogram.count == 6)
        #expect(histogram.zeroCount == 5)
        #expect(histogram.sum == 2)
        #expect(histogram.quantile(0.5) == 0)
        #expect(histogram.quantile(1).map { abs($0 / 2 - 1) <= 0.011 } == true)
        #expect(histogram.quantile(.nan) != nil)
    }

    @Test func `of nothing has no quantile`() {
        #expect(ExponentialHistogram().quantile(0.5) == nil)
    }

    @Test(
        arguments: [
            [(3, 1), (3, 1)], [(4, 1), (3, 1)], [(3, 0)], [(2049, 1)], [(1, .max), (2, 1)],
        ] as [[(Int32, UInt64)]])
    func `is not taken from a peer that breaks its rules`(_ pairs: [(Int32, UInt64)]) {
        let buckets = pairs.map { ExponentialHistogram.Bucket(index: $0.0, count: $0.1) }
        #expect(ExponentialHistogram(buckets: buckets, zeroCount: 0, sum: 1, min: 1, max: 1) == nil)
    }
}
