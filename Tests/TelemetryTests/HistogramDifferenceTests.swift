import Telemetry
import Testing

@Suite struct `The difference of two histograms` {
    private static func histogram(_ values: [Double]) -> ExponentialHistogram {
        var histogram = ExponentialHistogram()
        for value in values { histogram.observe(value) }
        return histogram
    }

    @Test(
        arguments: [
            ([], [0.1, 0.2, 3]), ([0.1, 0.2], [0.1, 0.2, 0.2, 4]), ([5], [5, 0, 0, 0.001]),
            ([1, 2], [1, 2]), ([], []),
        ] as [([Double], [Double])])
    func `holds what was observed in between`(before: [Double], after: [Double]) throws {
        let earlier = Self.histogram(before)
        let later = Self.histogram(after)
        let difference = try #require(later.difference(since: earlier))
        let expected = Self.histogram(Array(after.dropFirst(before.count)))
        #expect(difference.count == expected.count)
        #expect(difference.zeroCount == expected.zeroCount)
        #expect(difference.buckets == expected.buckets)
        #expect(abs(difference.sum - expected.sum) < 1e-12)
        guard expected.count > 0 else { return }
        #expect(abs(difference.max - expected.max) <= expected.max * 0.011)
        #expect(abs(difference.min - expected.min) <= expected.min * 0.011)
        #expect(difference.isPlausible)
        var merged = earlier
        merged.merge(difference)
        #expect(merged.buckets == later.buckets)
        #expect(merged.max == later.max)
        #expect(merged.min == later.min)
    }

    @Test(
        arguments: [
            ([0.1, 0.2], [0.1]), ([0.1, 0.2], [0.1, 0.3, 0.4]), ([0, 0.1], [0.1, 0.1]), ([1], []),
        ] as [([Double], [Double])])
    func `is none where a count shrank`(before: [Double], after: [Double]) {
        #expect(Self.histogram(after).difference(since: Self.histogram(before)) == nil)
    }

    @Test(
        arguments: [
            (sum: .infinity, min: 1, max: 1), (sum: -1, min: 1, max: 1), (sum: 1, min: 2, max: 1),
            (sum: 1, min: -1, max: 1), (sum: 1, min: 1, max: .infinity),
        ] as [(sum: Double, min: Double, max: Double)])
    func `is asked only of plausible ones`(_ row: (sum: Double, min: Double, max: Double)) throws {
        let histogram = try #require(
            ExponentialHistogram(
                buckets: [.init(index: 0, count: 1)], zeroCount: 0, sum: row.sum, min: row.min, max: row.max))
        #expect(!histogram.isPlausible)
        #expect(ExponentialHistogram().isPlausible)
    }
}
