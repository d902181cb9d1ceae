import Canvas

/// A bar of squares whose colours are those of their places, so that a change of the value changes only the squares at
/// its tip. Squares leave a little air, so that bars one under another stay apart; without colours the empty ones are
/// other characters.
///
///     ■■■■■■■■■■■■■□□□
struct HeatBar: Widget {
    let share: Double

    /// `■`, in ASCII `#`.
    private static let square: UInt32 = 0x25A0

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        guard !rect.isEmpty else { return }
        guard share.isFinite else {
            for x in rect.x..<rect.right {
                buffer.put(buffer.glyphs.gap, x: x, y: rect.y, style: Style(.muted))
            }
            return
        }
        let filled = Int((max(0, min(share, 1)) * Double(rect.width)).rounded())
        let unfilled = buffer.colors == .mono ? buffer.glyphs.unfilled : Self.square
        for offset in 0..<rect.width {
            let heat = Role.heat(share: (Double(offset) + 0.5) / Double(rect.width))
            buffer.put(
                offset < filled ? Self.square : unfilled, x: rect.x + offset,
                y: rect.y,
                style: Style(offset < filled ? heat : .trough))
        }
    }
}
