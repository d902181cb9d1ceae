package import Text

/// A share as a bar, and a text beside it: `▓▓▓▓▓▓▓░░░ 71%`, in ASCII `[#######...] 71%`. Where both have no room the
/// text has it; a share that is not a number is a row of gaps.
package struct Gauge: Widget {
    /// Bars shorter than this say nothing.
    private static let barMin = 3

    private let share: Double
    private let role: Role
    private let text: SafeText

    package init(share: Double, role: Role = .good, text: SafeText = "") {
        self.share = share
        self.role = role
        self.text = text
    }

    package func draw(on buffer: inout CellBuffer, in rect: Rect) {
        guard !rect.isEmpty else { return }
        let line = rect.row(0)
        guard !text.isEmpty else { return drawBar(on: &buffer, in: line) }
        let bar = line.width - text.width - 1
        guard bar >= Self.barMin else {
            return TextLine([.init(text)], alignment: .right).draw(on: &buffer, in: line)
        }
        drawBar(on: &buffer, in: line.splitLeft(bar).left)
        buffer.draw(text, x: line.x + bar + 1, y: line.y)
    }

    private func drawBar(on buffer: inout CellBuffer, in rect: Rect) {
        var bar = rect
        if buffer.glyphs == .ascii, rect.width >= Self.barMin + 2 {
            buffer.put(0x5B, x: rect.x, y: rect.y, style: Style(.muted))
            buffer.put(0x5D, x: rect.right - 1, y: rect.y, style: Style(.muted))
            bar = rect.inset(left: 1, right: 1)
        }
        let filled = ValueScale(low: 0, high: 1).steps(of: share, count: bar.width)
        for offset in 0..<bar.width {
            let x = bar.x + offset
            guard let filled else {
                buffer.put(buffer.glyphs.gap, x: x, y: bar.y, style: Style(.muted))
                continue
            }
            if offset < filled {
                buffer.put(buffer.glyphs.filled, x: x, y: bar.y, style: Style(role))
            } else {
                buffer.put(buffer.glyphs.unfilled, x: x, y: bar.y, style: Style(.trough))
            }
        }
    }
}
