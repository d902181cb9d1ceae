import Glibc

/// A native histogram of schema 5: bucket i holds values in (2^((i-1)/32), 2^(i/32)], with exact count, sum, min and max.
///
/// Prometheus's native histograms (specification `native_histograms`, schema 5) have these bounds; the middle of
/// a bucket is at most 1.09 % from any value in it. Values that are not above zero or not finite count in
/// `zeroCount`. Two histograms merge exactly.
package struct ExponentialHistogram: Hashable, Sendable {
    /// Holds values above 2^((index - 1)/32), up to 2^(index/32).
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
        mergeBuckets(other.buckets)
    }

    /// The value at rank ⌈share × count⌉: its bucket's geometric middle, held between min and max; nil when empty.
    package func quantile(_ share: Double) -> Double? {
        guard count > 0 else { return nil }
        guard let index = bucket(atQuantile: share) else { return Swift.max(0, Swift.min(min, 0)) }
        return Swift.min(Swift.max(Self.middle(of: index), min), max)
    }

    /// The bucket that holds the value at rank ⌈share × count⌉; nil when that is among the zeros, or there is none.
    package func bucket(atQuantile share: Double) -> Int32? {
        let rank = Swift.max(1, (Swift.min(Swift.max(share, 0), 1) * Double(count)).rounded(.up))
        var seen = Double(zeroCount)
        if seen >= rank { return nil }
        for bucket in buckets {
            seen += Double(bucket.count)
            if seen >= rank { return bucket.index }
        }
        return buckets.last?.index
    }

    /// How many of the values above zero are in these buckets: exact where the bounds are buckets' own.
    package func count(in indices: Range<Int32>) -> UInt64 {
        var total: UInt64 = 0
        for bucket in buckets where bucket.index >= indices.lowerBound {
            if bucket.index >= indices.upperBound { break }
            total &+= bucket.count
        }
        return total
    }

    /// A bucket's geometric middle.
    static func middle(of index: Int32) -> Double {
        exp2((Double(index) - 0.5) / bucketsPerDoubling)
    }

    /// The bucket whose bounds hold `value`, which is above zero.
    package static func index(of value: Double) -> Int32 {
        let exact = (log2(value) * bucketsPerDoubling).rounded(.up)
        guard exact > Double(indexRange.lowerBound) else { return indexRange.lowerBound }
        guard exact < Double(indexRange.upperBound) else { return indexRange.upperBound }
        return Int32(exact)
    }

    /// Adds to the buckets that exist, then moves those that do not into their places from the end: one pass each, and no
    /// allocation where two histograms of one kind of request are merged, which have the same buckets mostly.
    private mutating func mergeBuckets(_ others: [Bucket]) {
        guard !buckets.isEmpty else {
            buckets = others
            return
        }
        var own = 0
        var missing = 0
        for other in others {
            while own < buckets.count, buckets[own].index < other.index { own += 1 }
            if own < buckets.count, buckets[own].index == other.index {
                buckets[own].count &+= other.count
            } else {
                missing += 1
            }
        }
        guard missing > 0 else { return }
        own = buckets.count - 1
        buckets.append(contentsOf: repeatElement(Bucket(index: 0, count: 0), count: missing))
        var place = buckets.count - 1
        var other = others.count - 1
        while other >= 0, place > own {
            if own >= 0, buckets[own].index >= others[other].index {
                if buckets[own].index == others[other].index { other -= 1 }  // counted already
                buckets[place] = buckets[own]
                own -= 1
            } else {
                buckets[place] = others[other]
                other -= 1
            }
            place -= 1
        }
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
