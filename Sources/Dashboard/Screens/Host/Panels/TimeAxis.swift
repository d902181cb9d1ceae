import Canvas
import Telemetry
import Text

/// Times under a graph of two steps a column, each label beginning under the column of its moment.
struct TimeAxis: Widget {
    private let reading: HostReading

    init(_ reading: HostReading) {
        self.reading = reading
    }

    /// Distances of labels, in seconds.
    private static let distances: [Int64] = [
        10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400,
    ]
    private static let cellsBetween = 16

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        guard rect.width > 8, let newest = reading.step, let history = reading.host.history("cpu") else {
            return
        }
        let stepSeconds = max(1, history.stepMilliseconds / 1000)
        let columnSeconds = 2 * stepSeconds
        guard
            let distance = Self.distances.first(where: {
                $0 / columnSeconds >= Int64(Self.cellsBetween) && $0 % stepSeconds == 0
            })
        else { return }
        let newestSeconds = Int64(newest) * stepSeconds
        var moment =
            (newestSeconds + Int64(reading.offsetSeconds)) / distance * distance
            - Int64(reading.offsetSeconds)
        buffer.clipped(to: rect) { buffer in
            while true {
                let column = moment / stepSeconds / 2
                let x = rect.right - 1 - Int(clamping: Int64(newest) / 2 - column)
                guard x >= rect.x else { return }
                let label = label(moment, hasSeconds: distance < 60)
                if x + label.width <= rect.right { buffer.draw(label, x: x, y: rect.y, style: Style(.muted)) }
                moment -= distance
            }
        }
    }

    private func label(_ seconds: Int64, hasSeconds: Bool) -> SafeText {
        let milliseconds = Timestamp(seconds: seconds).milliseconds
        return hasSeconds
            ? Format.clock(milliseconds: milliseconds, offsetSeconds: reading.offsetSeconds)
            : Format.clockMinute(milliseconds: milliseconds, offsetSeconds: reading.offsetSeconds)
    }
}
