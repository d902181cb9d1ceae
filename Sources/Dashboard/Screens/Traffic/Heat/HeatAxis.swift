import Canvas
import Telemetry
import Text

/// Times under the heatmap, each label beginning under the first column of its moment.
struct HeatAxis: Widget {
    let columns: StepColumns
    let stepMilliseconds: Int64
    let offsetSeconds: Int

    /// Distances of labels, in milliseconds.
    private static let distances: [Int64] = [
        10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400,
    ].map { $0 * 1000 }
    private static let cellsBetween: Int64 = 12

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        let columnMilliseconds = max(1, stepMilliseconds) * Int64(columns.share)
        let distance =
            Self.distances.first { $0 / columnMilliseconds >= Self.cellsBetween } ?? Self.distances.last
        guard let distance, columns.count > 0 else { return }
        let offset = Int64(offsetSeconds) * 1000
        var last = Int64.min
        for column in 0..<min(columns.count, rect.width) {
            // A column's moment is its end, the time of its last values.
            let time = columns.steps(ofColumn: column).upperBound.multipliedReportingOverflow(
                by: stepMilliseconds)
            guard !time.overflow else { return }
            let (local, overflow) = time.partialValue.addingReportingOverflow(offset)
            guard !overflow else { return }
            let mark = (local - (local % distance + distance) % distance) / distance
            defer { last = mark }
            guard mark != last, column > 0 || local % distance == 0 else { continue }
            let moment = mark * distance - offset
            let label =
                distance < 60_000
                ? Format.clock(milliseconds: moment, offsetSeconds: offsetSeconds)
                : Format.clockMinute(milliseconds: moment, offsetSeconds: offsetSeconds)
            guard column + label.width <= rect.width else { return }
            buffer.draw(label, x: rect.x + column, y: rect.y, style: Style(.muted))
        }
    }
}
