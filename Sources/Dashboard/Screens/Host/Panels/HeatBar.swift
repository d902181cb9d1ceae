import Canvas

/// A bar of squares whose colours are those of their places, so that a change of the value changes only the squares at
/// its tip. Squares leave a little air, so that bars one under another stay apart; the empty ones are hollow, so that
/// a bar can be read without its colours.
///
///     ■■■■■■■■■■■■■□□□
struct HeatBar: Widget {
    let share: Double

    /// `■`, in ASCII `#`.
    private static let filledSquare: UInt32 = 0x25A0
    /// `□`, in ASCII `.`.
    private static let hollowSquare: UInt32 = 0x25A1

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        guard !rect.isEmpty else { return }
        guard share.isFinite else {
            for x in rect.x..<rect.right {
                buffer.put(buffer.glyphs.gap, x: x, y: rect.y, style: Style(.muted))
            }
            return
        }
        let filled = Int((max(0, min(share, 1)) * Double(rect.width)).rounded())
        for offset in 0..<rect.width {
            let heat = Role.heat(share: (Double(offset) + 0.5) / Double(rect.width))
            buffer.put(
                offset < filled ? Self.filledSquare : Self.hollowSquare, x: rect.x + offset, y: rect.y,
                style: Style(offset < filled ? heat : .trough))
        }
    }
}
