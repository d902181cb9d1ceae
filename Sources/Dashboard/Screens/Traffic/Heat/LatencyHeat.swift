import Canvas
import Text

/// The heatmap: a column for some steps, a row for a band of durations, hotter the more requests a cell has; `o` where the
/// median is and `#` where the 99th percentile is.
///
///     500ms│.#.....# . ..#      a column of which nothing is known is `·` at the bottom, one without requests is empty
///      62ms│o@@@@@o@@@@@o@
struct LatencyHeat: Widget {
    /// Cells of the labels and the rule behind them.
    static let indent = 8

    let grid: LatencyGrid
    let bands: LatencyBands
    let scale: HeatScale
    /// The cell under the cursor, where the heatmap has the focus.
    let cursor: (column: Int, row: Int)?

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        let parts = rect.splitLeft(Self.indent)
        drawLabels(on: &buffer, in: parts.left)
        for (place, column) in grid.columns.enumerated() where place < parts.rest.width {
            draw(column, x: parts.rest.x + place, on: &buffer, in: parts.rest)
        }
        guard let cursor, cursor.row < rect.height, cursor.column < parts.rest.width else { return }
        let place = Rect(
            x: parts.rest.x + cursor.column, y: rect.bottom - 1 - cursor.row, width: 1, height: 1)
        let cell = buffer.bounds.contains(x: place.x, y: place.y) ? buffer[place.x, place.y] : nil
        let isEmpty = cell.map { $0.scalar == 0x20 } ?? true
        buffer.put(
            isEmpty || buffer.colors == .mono ? 0x58 : cell?.scalar ?? 0x58, x: place.x, y: place.y,
            style: Style(.cursor, on: .cursor, bold: true, reverse: buffer.colors == .mono))
    }

    private func drawLabels(on buffer: inout CellBuffer, in rect: Rect) {
        for row in 0..<min(rect.height, bands.rows) {
            let line = rect.row(rect.height - 1 - row)
            TextLine([TextLine.Span(bands.label(ofRow: row), Style(.muted))], alignment: .right)
                .draw(on: &buffer, in: line.inset(right: 1))
            buffer.put(buffer.glyphs.vertical, x: line.right - 1, y: line.y, style: Style(.border))
        }
    }

    private func draw(_ column: LatencyGrid.Column, x: Int, on buffer: inout CellBuffer, in rect: Rect) {
        if !column.isKnown {
            return buffer.put(buffer.glyphs.gap, x: x, y: rect.bottom - 1, style: Style(.muted))
        }
        for (row, count) in column.counts.enumerated() where row < rect.height {
            let y = rect.bottom - 1 - row
            let share = scale.share(of: count)
            if let mark = mark(row, of: column) {
                let style = Style(buffer.colors == .palette256 ? .onBar : .accent, bold: true)
                let isGround = buffer.colors == .palette256 && share != nil
                buffer.put(
                    mark, x: x, y: y, style: isGround ? style.on(.heat(share: share ?? 0)) : style)
            } else if let share {
                draw(share, x: x, y: y, on: &buffer)
            }
        }
    }

    /// With the palette a cell is a ground, else a character that says as much.
    private func draw(_ share: Double, x: Int, y: Int, on buffer: inout CellBuffer) {
        let heat = Role.heat(share: share)
        switch buffer.colors {
        case .palette256: buffer.put(0x20, x: x, y: y, style: Style(.text, on: heat))
        case .ansi16, .mono:
            buffer.put(HeatScale.character(share), x: x, y: y, style: Style(heat))
        }
    }

    private func mark(_ row: Int, of column: LatencyGrid.Column) -> UInt32? {
        if row == column.slowest { return 0x23 }
        return row == column.median ? 0x6F : nil
    }
}
