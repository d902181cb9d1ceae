/// What names a series: the metric's name and its labels.
package struct SeriesKey: Hashable, Comparable, Sendable {
    package let name: String
    package let labels: Labels

    package init(_ name: String, _ labels: Labels = [:]) {
        self.name = name
        self.labels = labels
    }

    package static func < (left: SeriesKey, right: SeriesKey) -> Bool {
        left.name == right.name ? left.labels < right.labels : left.name < right.name
    }
}

/// How a series behaves, as in the OpenMetrics and Prometheus text formats.
package enum MetricType: UInt8, Sendable {
    case counter = 0
    case gauge = 1
    case untyped = 2
    /// A native (exponential) histogram.
    case histogram = 3
}
