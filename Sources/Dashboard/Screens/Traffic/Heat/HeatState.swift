import Telemetry

/// The heatmap's scale, rows and cursor, from one frame to the next.
struct HeatState: Sendable {
    /// A place that stays where it is in time and duration while the picture moves.
    struct Cursor: Hashable, Sendable {
        var step: Int64
        /// A bucket of the band.
        var bucket: Int32
    }

    private(set) var scale = HeatScale()
    private(set) var bands = LatencyBands()
    private(set) var grid = LatencyGrid()
    private(set) var columns = StepColumns(lastStep: 0, windowSteps: 0, width: 0)
    /// nil while the heatmap has no focus.
    private(set) var cursor: Cursor?

    /// The steps of the column under the cursor.
    var cursorSteps: ClosedRange<Int64>? {
        cursor.flatMap { columns.column(of: $0.step) }.map(columns.steps(ofColumn:))
    }

    var cursorPlace: (column: Int, row: Int)? {
        cursor.flatMap { cursor in columns.column(of: cursor.step).map { ($0, row(of: cursor)) } }
    }

    func row(of cursor: Cursor) -> Int { bands.rows > 0 ? bands.row(of: cursor.bucket) : 0 }

    mutating func toggleFrozen() { scale.toggleFrozen() }

    mutating func leave() { cursor = nil }

    mutating func refresh(_ board: TrafficBoard, rows: Int, columns width: Int, hasFocus: Bool) {
        columns = StepColumns(lastStep: board.lastStep, windowSteps: board.count, width: width)
        let merged = (0..<columns.count).map { column in
            var latency = ExponentialHistogram()
            var isKnown = false
            for cell in board.total.cells[board.places(of: columns.steps(ofColumn: column))] {
                guard let cell else { continue }
                latency.merge(cell.latency)
                isKnown = true
            }
            return (latency: latency, isKnown: isKnown)
        }
        fitBands(merged.map(\.latency), rows: rows)
        grid = LatencyGrid(merged, bands)
        scale.follow(grid.largest)
        if hasFocus { keepCursor() } else { cursor = nil }
    }

    /// Rows stay while they do for what is there; frozen, while they are as many.
    private mutating func fitBands(_ histograms: [ExponentialHistogram], rows: Int) {
        // All of the slow ones have rows; of the fast ones a hundredth may be in the lowest, for the sake of finer rows.
        let low = histograms.compactMap { $0.bucket(atQuantile: 0.01) }.min()
        let high = histograms.compactMap { $0.buckets.last?.index }.max()
        let wanted = (low ?? -191)...max(high ?? 0, low ?? 0)
        if scale.isFrozen, bands.rows == rows { return }
        if scale.isFrozen, bands.rows > 0 {
            bands = LatencyBands(bands.wanted, rows: rows)
        } else if !bands.suffices(for: wanted, rows: rows) {
            bands = LatencyBands(wanted, rows: rows)
        }
    }

    /// The cursor begins at the newest column and its slowest requests; one that time has left behind goes with it.
    private mutating func keepCursor() {
        guard columns.count > 0 else {
            cursor = nil
            return
        }
        guard var known = cursor else {
            let last = columns.count - 1
            let row = grid.columns.last?.slowest ?? bands.rows / 2
            cursor = Cursor(step: columns.steps(ofColumn: last).upperBound, bucket: bucket(ofRow: row))
            return
        }
        if columns.column(of: known.step) == nil {
            let edge = known.step > columns.lastStep ? columns.count - 1 : 0
            known.step = columns.steps(ofColumn: edge).upperBound
            cursor = known
        }
    }

    mutating func move(columns distance: Int, rows: Int) {
        guard let place = cursorPlace else { return }
        put(column: place.column + distance, row: place.row + rows)
    }

    /// Puts the cursor as near to a cell as there is one.
    mutating func put(column: Int, row: Int) {
        guard columns.count > 0, bands.rows > 0 else { return }
        let column = max(0, min(column, columns.count - 1))
        cursor = Cursor(
            step: columns.steps(ofColumn: column).upperBound,
            bucket: bucket(ofRow: max(0, min(row, bands.rows - 1))))
    }

    /// A bucket in the middle of a row, which stays in it when rows become finer.
    private func bucket(ofRow row: Int) -> Int32 {
        let buckets = bands.buckets(ofRow: row)
        if buckets.lowerBound == .min { return buckets.upperBound &- bands.bucketsPerRow / 2 - 1 }
        return buckets.lowerBound &+ bands.bucketsPerRow / 2
    }
}
