import Canvas
import Telemetry

/// Marks on the Host screen's graphs: each in the cell of its moment, in the row that is given.
extension HostReading {
    /// Over a graph of two steps a column whose newest step is `newest`; `phase` is what the graph adds to steps.
    func drawMarks(on buffer: inout CellBuffer, in row: Rect, phase: Int64 = 0) {
        drawMarks(on: &buffer, in: row, stepsACell: 2, phase: phase)
    }

    /// Over a row of `stepsACell` steps a cell, which begin at whole multiples of them.
    func drawMarks(on buffer: inout CellBuffer, in row: Rect, stepsACell: Int64, phase: Int64 = 0) {
        guard !marks.marks.isEmpty, !row.isEmpty, stepsACell > 0,
            let history = host.history("cpu") ?? host.history("memory.used")
        else { return }
        let newest = (history.step(of: time) &+ phase) / stepsACell
        marks.draw(on: &buffer, in: row) { moment in
            let back = newest &- (history.step(of: moment) &+ phase) / stepsACell
            return back >= 0 ? row.width - 1 - Int(clamping: back) : nil
        }
    }
}
