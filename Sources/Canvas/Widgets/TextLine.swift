package import Text

/// Pieces of text in one row, each in its own style; where they have no room the last cell says so with `…`.
package struct TextLine: Widget {
    /// A piece of the line in one style.
    package struct Span: Hashable, Sendable {
        package let text: SafeText
        package let style: Style

        package init(_ text: SafeText, _ style: Style = .plain) {
            self.text = text
            self.style = style
        }
    }

    private let spans: [Span]
    private let alignment: TextAlignment

    package init(_ spans: [Span], alignment: TextAlignment = .left) {
        self.spans = spans
        self.alignment = alignment
    }

    /// Cells that the whole line takes.
    package var width: Int {
        spans.reduce(0) { $0 + $1.text.width }
    }

    package func draw(on buffer: inout CellBuffer, in rect: Rect) {
        guard !rect.isEmpty else { return }
        let free = rect.width - width
        var x = rect.x
        switch alignment {
        case .left: break
        case .center: x += max(0, free / 2)
        case .right: x += max(0, free)
        }
        for span in spans {
            let left = rect.right - x
            buffer.draw(span.text, x: x, y: rect.y, style: span.style, maxWidth: left)
            if span.text.width > left || left == 0 && !span.text.isEmpty {
                let style = left == 0 ? nil : span.style
                return buffer.putEllipsis(x: rect.right - 1, y: rect.y, style: style)
            }
            x += span.text.width
        }
    }
}

extension CellBuffer {
    /// Says that text goes on where it was cut; without a style it keeps that of what is there.
    mutating func putEllipsis(x: Int, y: Int, style: Style?) {
        guard clip.contains(x: x, y: y) else { return }
        put(0x2026, x: x, y: y, style: style ?? self[x, y].style)
    }

    /// Draws one text in `rect`'s first row, aligned, ending in `…` where it was cut.
    mutating func draw(_ text: SafeText, in rect: Rect, alignment: TextAlignment, style: Style) {
        guard !rect.isEmpty else { return }
        var x = rect.x
        switch alignment {
        case .left: break
        case .center: x += max(0, (rect.width - text.width) / 2)
        case .right: x += max(0, rect.width - text.width)
        }
        draw(text, x: x, y: rect.y, style: style, maxWidth: rect.right - x)
        if text.width > rect.width { putEllipsis(x: rect.right - 1, y: rect.y, style: style) }
    }
}
