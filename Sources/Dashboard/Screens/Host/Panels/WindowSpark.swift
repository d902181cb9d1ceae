import Canvas
import Telemetry

/// A signal over the whole window in one row, many steps a cell: it shows more of the past than a graph and changes
/// one cell at a time.
struct WindowSpark: Widget {
    private let reading: HostReading
    private let signal: String
    private let labels: Labels
    private let role: Role
    /// What a full cell is; nil is the largest value shown.
    private let high: Double?

    init(_ reading: HostReading, _ signal: String, _ labels: Labels = [:], role: Role, high: Double? = nil) {
        self.reading = reading
        self.signal = signal
        self.labels = labels
        self.role = role
        self.high = high
    }

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        guard rect.width > 3 else { return }
        let size = max(1, reading.stepCount / rect.width)
        let values = reading.averages(signal, labels, count: rect.width, of: size)
        let top = high ?? values.filter { !$0.isNaN }.max() ?? 1
        Sparkline(values, high: top > 0 ? top : 1, coloring: .role(role)).draw(on: &buffer, in: rect.row(0))
        reading.drawMarks(on: &buffer, in: rect.row(0), stepsACell: Int64(size))
    }
}
