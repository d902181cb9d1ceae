package import Text

/// A row in which somebody types: `/ role=web cpu>80_` with the terminal's own cursor in it. The text is scrolled so
/// that the cursor is seen; a note, such as what is wrong with the text, stands at the right end and has half of the
/// room at most.
package struct PromptLine: Widget {
    private let label: SafeText
    private let text: SafeText
    private let cursor: Int
    private let ghost: SafeText
    private let note: TextLine.Span?

    /// - Parameters:
    ///   - cursor: cells from the start of the text.
    ///   - ghost: a completion that is offered, drawn after the text.
    package init(
        label: SafeText, text: SafeText, cursor: Int, ghost: SafeText = "", note: TextLine.Span? = nil
    ) {
        self.label = label
        self.text = text
        self.cursor = max(0, min(cursor, text.width))
        self.ghost = ghost
        self.note = note
    }

    package func draw(on buffer: inout CellBuffer, in rect: Rect) {
        guard !rect.isEmpty else { return }
        // However narrow the row, one cell is left for the cursor.
        let parts = rect.row(0).splitLeft(min(label.width, rect.width - 1))
        buffer.draw(label, in: parts.left, alignment: .left, style: Style(.accent, bold: true))
        let noteWidth = note.map { min($0.text.width + 2, parts.rest.width / 2) } ?? 0
        let sides = parts.rest.splitRight(noteWidth)
        drawField(on: &buffer, in: sides.rest)
        if let note, noteWidth > 2 {
            let place = sides.right.inset(left: 2)
            buffer.draw(note.text, in: place, alignment: .right, style: note.style)
        }
    }

    private func drawField(on buffer: inout CellBuffer, in field: Rect) {
        let scrolled = max(0, cursor - field.width + 1)
        buffer.clipped(to: field) { buffer in
            let end = buffer.draw(text, x: field.x - scrolled, y: field.y)
            buffer.draw(ghost, x: end, y: field.y, style: Style(.ghost))
            if scrolled > 0, field.width > 1 {
                buffer.putEllipsis(x: field.x, y: field.y, style: Style(.muted))
            }
            buffer.placeCursor(x: field.x + cursor - scrolled, y: field.y)
        }
    }
}
