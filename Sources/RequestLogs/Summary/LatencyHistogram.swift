package import Telemetry

/// Durations of one series: exact count, sum, least and greatest, and buckets of schema 5 in a flat array.
///
/// Where the buckets lie is found with whole numbers: the exponent of the duration, and its place among 32
/// bounds by a table over the leading bits. The bounds are those of `ExponentialHistogram`, to which it converts.
package struct LatencyHistogram: Sendable {
    /// Buckets from 2^-30 s (about a nanosecond) to 2^18 s (three days); what is beyond goes to the outermost.
    static let indexMin = -30 * 32
    static let bucketCount = 48 * 32

    package private(set) var count: UInt64 = 0
    /// Nanoseconds; in two halves, so that it cannot overflow.
    private var sumLow: UInt64 = 0
    private var sumHigh: UInt64 = 0
    /// Durations of exactly zero, as clocks of a millisecond give them.
    package private(set) var zeroCount: UInt64 = 0
    package private(set) var least: Int64 = .max
    package private(set) var greatest: Int64 = 0
    private var buckets: [UInt32] = []
    /// What overflowed a bucket's 32 bits, by index; empty for all but absurd logs.
    private var overflows: [Int: UInt64] = [:]

    package init() {}

    /// Counts one duration in nanoseconds, which is not negative.
    @inline(__always)
    package mutating func observe(_ nanoseconds: Int64) {
        count &+= 1
        let (sum, overflow) = sumLow.addingReportingOverflow(UInt64(truncatingIfNeeded: nanoseconds))
        sumLow = sum
        if overflow { sumHigh &+= 1 }
        if nanoseconds < least { least = nanoseconds }
        if nanoseconds > greatest { greatest = nanoseconds }
        guard nanoseconds > 0 else {
            zeroCount &+= 1
            return
        }
        if buckets.isEmpty { buckets = [UInt32](repeating: 0, count: Self.bucketCount) }
        let place = Self.place(of: nanoseconds)
        buckets[place] &+= 1
        if buckets[place] == 0 { overflows[place, default: 0] += 1 << 32 }
    }

    /// Begins anew and keeps the memory.
    package mutating func reset() {
        guard count > 0 else { return }
        let used = usedPlaces
        for place in used { buckets[place] = 0 }
        if !overflows.isEmpty { overflows = [:] }
        (count, sumLow, sumHigh, zeroCount, least, greatest) = (0, 0, 0, 0, .max, 0)
    }

    /// The buckets that hold something, and some between them.
    private var usedPlaces: Range<Int> {
        guard !buckets.isEmpty, greatest > 0 else { return 0..<0 }
        return (least > 0 ? Self.place(of: least) : 0)..<Self.place(of: greatest) + 1
    }

    package mutating func merge(_ other: LatencyHistogram) {
        guard other.count > 0 else { return }
        count &+= other.count
        zeroCount &+= other.zeroCount
        let (sum, overflow) = sumLow.addingReportingOverflow(other.sumLow)
        sumLow = sum
        sumHigh &+= other.sumHigh &+ (overflow ? 1 : 0)
        least = min(least, other.least)
        greatest = max(greatest, other.greatest)
        if buckets.isEmpty { buckets = [UInt32](repeating: 0, count: Self.bucketCount) }
        for (place, value) in other.buckets.enumerated() where value > 0 {
            let (total, overflow) = buckets[place].addingReportingOverflow(value)
            buckets[place] = total
            if overflow { overflows[place, default: 0] += 1 << 32 }
        }
        for (place, value) in other.overflows { overflows[place, default: 0] += value }
    }

    /// The sum in seconds.
    package var sum: Double { (Double(sumHigh) * 0x1p64 + Double(sumLow)) / 1e9 }

    /// The duration in seconds at rank ⌈share × count⌉: the geometric middle of its bucket, held between least and
    /// greatest; nil where nothing was counted.
    package func quantile(_ share: Double) -> Double? { wire.quantile(share) }

    /// The same as a histogram that can be sent and stored.
    package var wire: ExponentialHistogram {
        var found: [ExponentialHistogram.Bucket] = []
        for place in usedPlaces {
            let count = UInt64(buckets[place]) + (overflows.isEmpty ? 0 : overflows[place] ?? 0)
            guard count > 0 else { continue }
            found.append(.init(index: Int32(place + Self.indexMin), count: count))
        }
        guard count > 0 else { return ExponentialHistogram() }
        return ExponentialHistogram(
            buckets: found, zeroCount: zeroCount, sum: sum, min: Double(least) / 1e9,
            max: Double(greatest) / 1e9)
            ?? ExponentialHistogram()
    }

    /// Counts by bucket from `indexMin` on; empty where all durations were zero.
    package func counts() -> [UInt64] {
        buckets.indices.map { UInt64(buckets[$0]) + (overflows[$0] ?? 0) }
    }

    /// The upper bound in seconds of the bucket at `place` of `counts`.
    package static func bound(_ place: Int) -> Double {
        LatencyBounds.powerOfTwo(Double(place + indexMin) / 32)
    }

    /// Where a duration's bucket is in the array.
    @inline(__always)
    static func place(of nanoseconds: Int64) -> Int {
        let bits = (Double(nanoseconds) * 1e-9).bitPattern
        let exponent = Int(bits >> 52) &- 1023
        let mantissa = bits & 0xF_FFFF_FFFF_FFFF
        var step = Int(LatencyBounds.firstStep[Int(mantissa >> 46)])
        while mantissa > LatencyBounds.mantissas[step] { step &+= 1 }
        let place = exponent &* 32 &+ step &- indexMin
        return Swift.min(Swift.max(place, 0), bucketCount &- 1)
    }
}
