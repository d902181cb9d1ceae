import Canvas
import Text

/// Row 1: where one is, counts, and at the right what time it is and how the hub stands.
struct TitleRow: Widget {
    let left: [TextLine.Span]
    /// What may not be cut off: the time state.
    let right: [TextLine.Span]

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        let rightLine = TextLine(right, alignment: .right)
        let parts = rect.splitRight(min(rightLine.width, rect.width))
        rightLine.draw(on: &buffer, in: parts.right)
        TextLine(left).draw(on: &buffer, in: parts.rest.inset(right: parts.rest.width > 8 ? 2 : 0))
    }
}
