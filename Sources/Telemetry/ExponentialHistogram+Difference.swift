extension ExponentialHistogram {
    /// What was observed since `earlier`, an older state of the same cumulative histogram; nil where a count shrank, which
    /// is a restart of what counts.
    ///
    /// Counts and sum are exact. A cumulative histogram tells least and greatest of all its life: they are exact where they
    /// moved, and else the middle of the outermost bucket that did, at most 1.09 % from the truth.
    package func difference(since earlier: ExponentialHistogram) -> ExponentialHistogram? {
        guard zeroCount >= earlier.zeroCount, count >= earlier.count else { return nil }
        var changed: [Bucket] = []
        var own = 0
        for before in earlier.buckets {
            while own < buckets.count, buckets[own].index < before.index {
                changed.append(buckets[own])
                own += 1
            }
            guard own < buckets.count, buckets[own].index == before.index,
                buckets[own].count >= before.count
            else { return nil }
            if buckets[own].count > before.count {
                changed.append(
                    Bucket(index: before.index, count: buckets[own].count - before.count))
            }
            own += 1
        }
        changed.append(contentsOf: buckets[own...])
        let zeros = zeroCount - earlier.zeroCount
        guard zeros > 0 || !changed.isEmpty else { return ExponentialHistogram() }
        let lowest = zeros > 0 ? 0 : held(changed.first)
        return ExponentialHistogram(
            buckets: changed, zeroCount: zeros, sum: sum - earlier.sum,
            min: min < earlier.min ? min : lowest, max: max > earlier.max ? max : held(changed.last))
    }

    /// The middle of a bucket, held between the least and the greatest; 0 for none, as for values that are not above zero.
    private func held(_ bucket: Bucket?) -> Double {
        guard let bucket else { return 0 }
        return Swift.min(Swift.max(Self.middle(of: bucket.index), min), max)
    }

    /// Whether it is one that durations give: what a peer sends may have any bits.
    package var isPlausible: Bool {
        guard count > 0 else { return sum == 0 && buckets.isEmpty }
        guard sum.isFinite, sum >= 0 else { return false }
        // Values that are no numbers count among the zeros and may leave least and greatest unset.
        return min >= 0 && max.isFinite && min <= max || buckets.isEmpty && sum == 0
    }
}
