import Canvas
import Text

/// The last-but-one row: the window's density, and at the right how far a step goes.
///
///     15m ▁▁▁▂▂▃▅▇█··▃▂                                      , . 15s   p live
struct TimeBar: Widget {
    let span: SafeText
    /// One value a step, 0 to 1; NaN for a gap.
    let values: [Double]
    let right: [TextLine.Span]
    let isPast: Bool

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        guard !rect.isEmpty else { return }
        let rightLine = TextLine(right, alignment: .right)
        let parts = rect.splitRight(min(rightLine.width + 1, rect.width))
        rightLine.draw(on: &buffer, in: parts.right)
        let head = parts.rest.splitLeft(min(span.width + 2, parts.rest.width))
        TextLine([TextLine.Span(span, Style(isPast ? .past : .muted))]).draw(on: &buffer, in: head.left)
        Sparkline(values, high: 1, coloring: isPast ? .role(.past) : .heat).draw(on: &buffer, in: head.rest)
    }
}
