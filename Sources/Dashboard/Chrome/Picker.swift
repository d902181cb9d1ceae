import Canvas
import Text

/// A panel with rows of which one is chosen, over the screen.
struct Picker: Widget {
    private let title: SafeText
    private let rows: [[TextLine.Span]]
    /// A row's place; none has that of -1.
    private let chosen: Int
    /// At the bottom, over the prompt that narrows it, instead of in the middle.
    private let isAtBottom: Bool

    init(title: SafeText, rows: [[TextLine.Span]], chosen: Int, isAtBottom: Bool) {
        (self.title, self.rows, self.chosen, self.isAtBottom) = (title, rows, chosen, isAtBottom)
    }

    /// In the middle, with `head` above the rows that may be chosen.
    init(title: SafeText, head: [[TextLine.Span]] = [], rows: [[TextLine.Span]], chosen: Int?) {
        self.init(
            title: title, rows: head + rows, chosen: chosen.map { head.count + $0 } ?? -1, isAtBottom: false)
    }

    /// Rows that say why something was refused, broken at spaces to what fits into `rect`.
    static func refusal(_ reason: String, in rect: Rect) -> [[TextLine.Span]] {
        WrappedText.lines(SafeText(reason), width: max(20, rect.width - 8))
            .map { [TextLine.Span($0, Style(.warning))] }
    }

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
