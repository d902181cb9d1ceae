package import Text

/// A box with a title in its top edge and a detail at its right end; of one row only the top edge is left.
///
///     ╭─ CPU ──────────────────── 16 cores ─╮
///     │                                     │
///     ╰─────────────────────────────────────╯
///
/// The panel with the focus has its frame's colour, and without colours a title in reverse.
package struct Panel: Widget {
    private let title: SafeText
    private let detail: SafeText
    private let isFocused: Bool

    package init(title: SafeText, detail: SafeText = "", isFocused: Bool = false) {
        self.title = title
        self.detail = detail
        self.isFocused = isFocused
    }

    /// What the frame leaves for contents.
    package static func inner(of rect: Rect) -> Rect {
        rect.inset(by: 1)
    }

    package func draw(on buffer: inout CellBuffer, in rect: Rect) {
        guard !rect.isEmpty else { return }
        buffer.clipped(to: rect) { buffer in
            drawFrame(on: &buffer, in: rect)
            drawTitle(on: &buffer, in: rect)
        }
    }

    private func drawFrame(on buffer: inout CellBuffer, in rect: Rect) {
        let style = Style(isFocused ? .focus : .border)
        let horizontal = Unicode.Scalar(buffer.glyphs.horizontal) ?? "-"
        let vertical = Unicode.Scalar(buffer.glyphs.vertical) ?? "|"
        buffer.fill(rect.row(0), with: horizontal, style: style)
        guard rect.width > 1, rect.height > 1 else { return }
        buffer.fill(rect.row(rect.height - 1), with: horizontal, style: style)
        let sides = rect.inset(top: 1, bottom: 1)
        buffer.fill(sides.splitLeft(1).left, with: vertical, style: style)
        buffer.fill(sides.splitRight(1).right, with: vertical, style: style)
        // Round where the font is known to have more than the console's.
        let corners: (UInt32, UInt32, UInt32, UInt32) =
            buffer.glyphs == .braille ? (0x256D, 0x256E, 0x2570, 0x256F) : (0x250C, 0x2510, 0x2514, 0x2518)
        buffer.put(corners.0, x: rect.x, y: rect.y, style: style)
        buffer.put(corners.1, x: rect.right - 1, y: rect.y, style: style)
        buffer.put(corners.2, x: rect.x, y: rect.bottom - 1, style: style)
        buffer.put(corners.3, x: rect.right - 1, y: rect.bottom - 1, style: style)
    }

    /// Corner, line and space stand on both sides of the title: six cells that are not its own.
    private func drawTitle(on buffer: inout CellBuffer, in rect: Rect) {
        let room = rect.width - 6
        guard room > 0 else { return }
        if !title.isEmpty {
            let space = Rect(x: rect.x + 2, y: rect.y, width: min(title.width, room) + 2, height: 1)
            buffer.fill(space)
            let isReverse = isFocused && buffer.colors == .mono
            let style = Style(isFocused ? .focus : .title, bold: true, reverse: isReverse)
            buffer.draw(title, in: space.inset(left: 1, right: 1), alignment: .left, style: style)
        }
        let left = room - title.width - (title.isEmpty ? 0 : 3)
        guard !detail.isEmpty, detail.width <= left else { return }
        let space = Rect(x: rect.right - 4 - detail.width, y: rect.y, width: detail.width + 2, height: 1)
        buffer.fill(space)
        buffer.draw(detail, x: space.x + 1, y: space.y, style: Style(.muted))
    }
}
