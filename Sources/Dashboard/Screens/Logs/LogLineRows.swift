import Canvas
import Text

/// A line of a log cut into rows: its head and the beginning of its text in the first, what is left of the text below, a
/// little to the right.
struct LogLineRows: Sendable {
    /// Rows that a line has at most; the rest is in the detail.
    static let rowsMax = 8
    static let indent = 2

    let rows: [[TextLine.Span]]

    /// - Parameters:
    ///   - head: what stands before the text.
    ///   - text: the text in parts that differ in style.
    init(head: [TextLine.Span], text: [TextLine.Span], width: Int) {
        var rows: [[TextLine.Span]] = []
        var row = head
        var room = max(1, width - TextLine(head).width)
        for span in text {
            var left = span.text
            while !left.isEmpty {
                var part = left.prefix(columns: room)
                // A glyph that is wider than the whole row is not cut: it is left out.
                if part.isEmpty, room >= width - Self.indent { part = left.prefix(columns: 2) }
                if !part.isEmpty {
                    row.append(TextLine.Span(part, span.style))
                    left = left.dropping(columns: part.width)
                    room -= part.width
                }
                guard !left.isEmpty, room <= 0 || part.isEmpty else { continue }
                rows.append(row)
                guard rows.count < Self.rowsMax else {
                    self.rows = rows
                    return
                }
                row = [TextLine.Span(SafeText.spaces(Self.indent))]
                room = max(1, width - Self.indent)
            }
        }
        self.rows = rows + [row]
    }

    /// The rows that a text takes, without cutting it.
    static func count(textWidth: Int, headWidth: Int, width: Int) -> Int {
        let first = max(1, width - headWidth)
        guard textWidth > first else { return 1 }
        let below = max(1, width - indent)
        return min(rowsMax, 1 + (textWidth - first + below - 1) / below)
    }
}

extension SafeText {
    fileprivate static func spaces(_ count: Int) -> SafeText { (" " as SafeText).repeated(count) }
}
