package import Text

/// Shares of one whole side by side, as htop's meters: `▓▓▓▓▓▓▓▓▓░░░░░░░ 62%`. Each segment takes so many cells that
/// none of it is lost; without colours it is drawn with its letter: `uuuuuussw....... 62%`. The text stands over the
/// bar's right end, in the colours of what it covers.
package struct StackedBar: Widget {
    /// One share of the bar.
    package struct Segment: Hashable, Sendable {
        /// Of one; what is not above zero takes no cell.
        package let share: Double
        package let role: Role
        /// What stands for the segment where there is no colour; of width one.
        package let letter: Unicode.Scalar

        package init(share: Double, role: Role, letter: Unicode.Scalar) {
            self.share = share
            self.role = role
            self.letter = letter
        }
    }

    private let segments: [Segment]
    private let text: SafeText

    package init(_ segments: [Segment], text: SafeText = "") {
        self.segments = segments
        self.text = text
    }

    package func draw(on buffer: inout CellBuffer, in rect: Rect) {
        guard !rect.isEmpty else { return }
        var x = rect.x
        for segment in segments {
            let scalar = buffer.colors == .mono ? segment.letter.value : buffer.glyphs.filled
            let end = x + cells(of: segment, free: rect.right - x, width: rect.width)
            while x < end {
                buffer.put(scalar, x: x, y: rect.y, style: Style(segment.role))
                x += 1
            }
        }
        while x < rect.right {
            buffer.put(buffer.glyphs.unfilled, x: x, y: rect.y, style: Style(.trough))
            x += 1
        }
        drawText(on: &buffer, in: rect.row(0))
    }

    private func cells(of segment: Segment, free: Int, width: Int) -> Int {
        guard segment.share > 0 else { return 0 }
        // A hair less, so that 0.3 of 10 is three cells however the share was rounded.
        return min(free, Int((min(segment.share, 1) * Double(width) - 1e-9).rounded(.up)))
    }

    private func drawText(on buffer: inout CellBuffer, in rect: Rect) {
        guard !text.isEmpty else { return }
        let start = max(rect.x, rect.right - text.width)
        let covered = (start..<rect.right).compactMap { x -> Role? in
            buffer.bounds.contains(x: x, y: rect.y) ? buffer[x, rect.y].style.role : nil
        }
        buffer.draw(text, x: start, y: rect.y, style: Style(.text, bold: true), maxWidth: rect.right - start)
        for (offset, role) in covered.enumerated() where role != .trough {
            buffer.restyle(Rect(x: start + offset, y: rect.y, width: 1, height: 1)) { _ in
                Style(role, bold: true)
            }
        }
        if start > rect.x { buffer.put(0x20, x: start - 1, y: rect.y, style: .plain) }
    }
}
