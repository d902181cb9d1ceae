import Canvas

/// A bar whose cells have the heat of their place, so that a change of the value changes only the cells at its tip.
struct HeatBar: Widget {
    let share: Double

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
                offset < filled ? buffer.glyphs.filled : buffer.glyphs.unfilled, x: rect.x + offset,
                y: rect.y,
                style: Style(offset < filled ? heat : .trough))
        }
    }
}
