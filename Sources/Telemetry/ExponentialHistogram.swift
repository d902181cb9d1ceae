import Glibc

/// A native histogram of schema 5: bucket i holds values in (2^((i-1)/32), 2^(i/32)], with exact count, sum, min and max.
///
/// Prometheus's native histograms (specification `native_histograms`, schema 5) have these bounds; the middle of
/// a bucket is at most 1.09 % from any value in it. Values that are not above zero or not finite count in
/// `zeroCount`. Two histograms merge exactly.
package struct ExponentialHistogram: Hashable, Sendable {
    package struct Bucket: Hashable, Sendable {
        package var index: Int32
        package var count: UInt64

        package init(index: Int32, count: UInt64) {
            self.index = index
            self.count = count
        }
    }

    package static let bucketsPerDoubling = 32.0
    /// From 2^-64 to 2^64, in seconds from far below a nanosecond to the age of the universe. Values
    /// beyond are put in the outermost bucket, so a histogram has at most 4,096.
    package static let indexRange: ClosedRange<Int32> = -2047...2048

    /// Buckets that hold something, by rising index.
    package private(set) var buckets: [Bucket] = []
    package private(set) var zeroCount: UInt64 = 0
    package private(set) var count: UInt64 = 0
    package private(set) var sum: Double = 0
    /// Infinity where nothing was observed.
    package private(set) var min: Double = .infinity
    /// Negative infinity where nothing was observed.
    package private(set) var max: Double = -.infinity

    package init() {}

    /// A histogram as a peer sent it; nil where indices do not rise, counts overflow or a number is not one.
    package init?(buckets: [Bucket], zeroCount: UInt64, sum: Double, min: Double, max: Double) {
        var total = zeroCount
        var last: Int32?
        for bucket in buckets {
            if let last, bucket.index <= last { return nil }
            last = bucket.index
            let (next, overflow) = total.addingReportingOverflow(bucket.count)
            guard !overflow, bucket.count > 0, Self.indexRange.contains(bucket.index) else { return nil }
            total = next
        }
        guard !sum.isNaN, !min.isNaN, !max.isNaN else { return nil }
        self.buckets = buckets
        self.zeroCount = zeroCount
        count = total
        self.sum = sum
        self.min = min
        self.max = max
    }

    package mutating func observe(_ value: Double) {
        count &+= 1
        guard value > 0, value.isFinite else {
            zeroCount &+= 1
            if value == 0 { (min, max) = (Swift.min(min, 0), Swift.max(max, 0)) }
            return
        }
        sum += value
        min = Swift.min(min, value)
        max = Swift.max(max, value)
        add(1, to: Self.index(of: value))
    }

    package mutating func merge(_ other: ExponentialHistogram) {
        count &+= other.count
        zeroCount &+= other.zeroCount
        sum += other.sum
        min = Swift.min(min, other.min)
        max = Swift.max(max, other.max)
        for bucket in other.buckets { add(bucket.count, to: bucket.index) }
    }

    /// The value at rank ⌈share × count⌉: its bucket's geometric middle, held between min and max; nil when empty.
    package func quantile(_ share: Double) -> Double? {
        guard count > 0 else { return nil }
        let rank = Swift.max(1, (Swift.min(Swift.max(share, 0), 1) * Double(count)).rounded(.up))
        var seen = Double(zeroCount)
        if seen >= rank { return Swift.max(0, Swift.min(min, 0)) }
        for bucket in buckets {
            seen += Double(bucket.count)
            if seen >= rank {
                let middle = exp2((Double(bucket.index) - 0.5) / Self.bucketsPerDoubling)
                return Swift.min(Swift.max(middle, min), max)
            }
        }
        return max
    }

    /// The bucket whose bounds hold `value`, which is above zero.
    package static func index(of value: Double) -> Int32 {
        let exact = (log2(value) * bucketsPerDoubling).rounded(.up)
        guard exact > Double(indexRange.lowerBound) else { return indexRange.lowerBound }
        guard exact < Double(indexRange.upperBound) else { return indexRange.upperBound }
        return Int32(exact)
    }

    private mutating func add(_ observations: UInt64, to index: Int32) {
        var low = 0
        var high = buckets.count
        while low < high {
            let middle = (low + high) / 2
            if buckets[middle].index < index { low = middle + 1 } else { high = middle }
        }
        if low < buckets.count, buckets[low].index == index {
            buckets[low].count &+= observations
        } else {
            buckets.insert(Bucket(index: index, count: observations), at: low)
        }
    }
}
