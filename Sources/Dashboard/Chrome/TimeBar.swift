import Canvas
import Text

/// The last-but-one row: how busy the window was, and at the right where in it one is and how far a step goes.
///
///     15m cpu ▁▁▁▂▂▃▅▇█··▃▂                                  , . 15s  p pause
///     15m cpu ▁▁▁▂▂▃▅▇█?+▃▂             14:29:20 -2m47s   , . 15s  p live
///
/// What happened in the window is marked in the cell of its moment.
struct TimeBar: Widget {
    let span: SafeText
    /// What the line is of.
    let subject: SafeText
    let density: TimeDensity
    let events: TimeEvents
    let right: [TextLine.Span]
    let isPast: Bool
    /// Cells before the line, and cells that it is worked out for; nil where it has what is left.
    let columns: (indent: Int, width: Int)?

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        guard !rect.isEmpty else { return }
        let rightLine = TextLine(right, alignment: .right)
        let parts = rect.row(0).splitRight(min(rightLine.width + 1, rect.width))
        rightLine.draw(on: &buffer, in: parts.right)
        let indent = columns?.indent ?? span.width + subject.width + 2
        let head = parts.rest.splitLeft(min(indent, parts.rest.width))
        TextLine([TextLine.Span("\(span) \(subject)", Style(.muted))]).draw(on: &buffer, in: head.left)
        let width = columns?.width ?? head.rest.width
        let cells = StepBuckets.cells(
            density.values, lastStep: density.lastStep, windowSteps: density.values.count, width: width,
            .maximum)
        // From the left, so that the window has the same place whatever stands right of it.
        Sparkline(cells, high: 1, coloring: isPast ? .role(.text) : .heat)
            .draw(on: &buffer, in: head.rest.splitLeft(cells.count).left)
        drawEvents(on: &buffer, in: head.rest, width: width)
        if isPast { buffer.ground(rect.row(0), .past) }
    }

    private func drawEvents(on buffer: inout CellBuffer, in rect: Rect, width: Int) {
        var gravest: [Int: TimeEvent.Kind] = [:]
        let columns = StepColumns(
            lastStep: density.lastStep, windowSteps: density.values.count, width: width)
        for event in events.all {
            if let cell = columns.column(of: density.step(of: event.time)), cell < rect.width {
                gravest[cell] = max(gravest[cell] ?? event.kind, event.kind)
            }
        }
        for (cell, kind) in gravest {
            buffer.draw(kind.mark, x: rect.x + cell, y: rect.y, style: kind.style)
        }
    }
}
