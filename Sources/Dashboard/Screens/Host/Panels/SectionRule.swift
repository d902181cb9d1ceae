import Canvas
import Text

/// The heading of a section: a rule that carries its title and its most important figures, so that a section of one
/// row still says what matters.
///
///     ─ CPU  92% ─ user 76 sys 12 irq 4 ─ p95 94 ─────────────── load 16 15 14 ─
struct SectionRule: Widget {
    var title: SafeText = ""
    /// Right after the title; never left out.
    var figures: [TextLine.Span] = []
    /// Groups of figures, as many of them as have room, in this order.
    var notes: [[TextLine.Span]] = []
    /// At the right end, where it has room.
    var trailing: [TextLine.Span] = []
    var isFocused = false

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        guard !rect.isEmpty else { return }
        let row = rect.row(0)
        let rule = Unicode.Scalar(buffer.glyphs.horizontal) ?? "-"
        buffer.clipped(to: row) { buffer in
            buffer.fill(row, with: rule, style: Style(isFocused ? .focus : .border))
            let isReverse = isFocused && buffer.colors == .mono
            let titleStyle = Style(isFocused ? .focus : .title, bold: true, reverse: isReverse)
            var head = title.isEmpty ? [] : [TextLine.Span(title, titleStyle)]
            if !head.isEmpty, !figures.isEmpty { head.append(.figure(" ")) }
            head += figures
            // Two cells of rule at either end, a space around each group.
            var x = group(head, x: row.x + 1, on: &buffer, in: row)
            let end = row.right - 1
            let trailingWidth = trailing.isEmpty ? 0 : TextLine(trailing).width + 2
            let hasTrailing = trailingWidth > 0 && x + 1 + trailingWidth <= end
            let limit = hasTrailing ? end - trailingWidth - 1 : end
            for note in notes {
                let width = TextLine(note).width + 2
                guard x + 1 + width <= limit else { break }
                x = group(note, x: x + 1, on: &buffer, in: row)
            }
            if hasTrailing { _ = group(trailing, x: end - trailingWidth, on: &buffer, in: row) }
        }
    }

    /// Draws a group with a space on either side; returns the column behind it.
    private func group(_ spans: [TextLine.Span], x: Int, on buffer: inout CellBuffer, in row: Rect) -> Int {
        let line = TextLine(spans)
        let width = min(line.width + 2, row.right - x)
        let space = Rect(x: x, y: row.y, width: width, height: 1)
        buffer.fill(space)
        line.draw(on: &buffer, in: space.inset(left: 1))
        return space.right
    }
}
