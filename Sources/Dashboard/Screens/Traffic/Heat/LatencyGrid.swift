import Telemetry

/// Durations by column and band: what the heatmap draws.
struct LatencyGrid: Hashable, Sendable {
    /// The requests of one column's time by duration; `median` and `slowest` are rows from the bottom.
    struct Column: Hashable, Sendable {
        /// Requests of each row, from the bottom; empty where nothing was observed.
        var counts: [UInt64] = []
        var median: Int?
        var slowest: Int?
        /// Whether any step of it is known; a column of which nothing is known is a gap.
        var isKnown = false
    }

    private(set) var columns: [Column] = []
    private(set) var largest: UInt64 = 0

    init() {}

    init(_ histograms: [(latency: ExponentialHistogram, isKnown: Bool)], _ bands: LatencyBands) {
        columns = histograms.map { histogram, isKnown in
            var column = Column(isKnown: isKnown)
            guard histogram.count > 0, bands.rows > 0 else { return column }
            column.counts = Array(repeating: 0, count: bands.rows)
            column.counts[0] = histogram.zeroCount
            for bucket in histogram.buckets { column.counts[bands.row(of: bucket.index)] &+= bucket.count }
            column.median = histogram.bucket(atQuantile: 0.5).map(bands.row(of:)) ?? 0
            column.slowest = histogram.bucket(atQuantile: 0.99).map(bands.row(of:)) ?? 0
            return column
        }
        largest = columns.reduce(0) { max($0, $1.counts.max() ?? 0) }
    }
}
