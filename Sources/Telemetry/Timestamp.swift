/// A moment, as milliseconds since the Unix epoch in UTC, as in Prometheus.
package struct Timestamp: Hashable, Comparable, Sendable {
    package let milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    package init(seconds: Int64) {
        milliseconds = seconds.multipliedReportingOverflow(by: 1000).partialValue
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// This moment moved by a whole number of milliseconds; saturates at the ends of the range.
    package func advanced(byMilliseconds distance: Int64) -> Timestamp {
        let (sum, overflow) = milliseconds.addingReportingOverflow(distance)
        return Timestamp(milliseconds: overflow ? (distance < 0 ? .min : .max) : sum)
    }

    /// Milliseconds from `earlier` to this moment, negative if this one comes first; saturates.
    package func milliseconds(since earlier: Timestamp) -> Int64 {
        let (distance, overflow) = milliseconds.subtractingReportingOverflow(earlier.milliseconds)
        return overflow ? (milliseconds < earlier.milliseconds ? .min : .max) : distance
    }
}
