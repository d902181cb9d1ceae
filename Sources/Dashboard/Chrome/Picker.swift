import Canvas
import Text

/// A panel with rows of which one is chosen, over the screen.
struct Picker: Widget {
    let title: SafeText
    let rows: [[TextLine.Span]]
    let chosen: Int
    /// At the bottom, over the prompt that narrows it, instead of in the middle.
    let isAtBottom: Bool

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        let height = min(rows.count + 2, rect.height)
        let width = min(rect.width, (rows.map { TextLine($0).width }.max() ?? 0) + 4)
        let box = Rect(
            x: rect.x + (isAtBottom ? 0 : (rect.width - width) / 2),
            y: isAtBottom ? rect.bottom - height : rect.y + (rect.height - height) / 2,
            width: isAtBottom ? rect.width : max(width, min(rect.width, title.width + 6)), height: height)
        buffer.fill(box)
        Panel(title: title, isFocused: true).draw(on: &buffer, in: box)
        let inner = Panel.inner(of: box)
        let first = Table.firstRow(0, selected: chosen, rowCount: rows.count, visibleRows: inner.height)
        for (offset, row) in rows.dropFirst(first).prefix(inner.height).enumerated() {
            TextLine([TextLine.Span(" ")] + row).draw(on: &buffer, in: inner.row(offset))
            if first + offset == chosen { buffer.ground(inner.row(offset), .selection) }
        }
    }
}
