import Canvas
import Telemetry
import Text

/// How busy each CPU is: as bars with figures, as figures, or as one cell each, whatever has room; on machines with
/// more CPUs than cells one cell is the busiest of several, and says so.
struct CoreMeters: Widget {
    private enum Form {
        /// So many bars side by side.
        case bars(columns: Int)
        case figures(columns: Int)
        /// One cell for so many CPUs.
        case cells(columns: Int, each: Int)
    }

    private let shares: [(name: String, share: Double)]

    private static let barMin = 15
    private static let barMax = 24
    private static let titleWidth = 6

    init(_ reading: HostReading) {
        let names = reading.host.subjects(of: "cpu.core").sorted { left, right in
            (Int(left) ?? .max, left) < (Int(right) ?? .max, right)
        }
        let all: [(name: String, share: Double)] = names.map { ($0, reading.value("cpu.core", ["cpu": $0])) }
        shares = reading.present(all) { $0.share }
    }

    /// Rows that show all CPUs best in so much room; 0 where there is only one.
    func rows(width: Int, atMost rows: Int) -> Int {
        guard shares.count > 1, rows > 0 else { return 0 }
        switch form(width: width, rows: rows) {
        case .bars(let columns), .figures(let columns): return (shares.count + columns - 1) / columns
        case .cells(let columns, let each):
            let cells = (shares.count + each - 1) / each
            return min(rows, (cells + columns - 1) / columns)
        }
    }

    private func form(width: Int, rows: Int) -> Form {
        let bars = max(1, (width + 1) / (Self.barMin + 1))
        if bars * rows >= shares.count {
            // As even as it comes, so that no row is half empty.
            let rowsNeeded = (shares.count + bars - 1) / bars
            return .bars(columns: (shares.count + rowsNeeded - 1) / rowsNeeded)
        }
        let room = max(1, width - Self.titleWidth)
        let figures = max(1, (room + 1) / 4)
        if figures * min(rows, 2) >= shares.count { return .figures(columns: figures) }
        let cells = room * rows
        let each = max(1, (shares.count + cells - 1) / cells)
        let count = (shares.count + each - 1) / each
        let rowsNeeded = (count + room - 1) / room
        return .cells(columns: (count + rowsNeeded - 1) / rowsNeeded, each: each)
    }

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        guard !rect.isEmpty, shares.count > 1 else { return }
        switch form(width: rect.width, rows: rect.height) {
        case .bars(let columns): drawBars(columns, on: &buffer, in: rect)
        case .figures(let columns): drawFigures(columns, on: &buffer, in: rect)
        case .cells(let columns, let each): drawCells(columns, each, on: &buffer, in: rect)
        }
    }

    private func drawBars(_ columns: Int, on buffer: inout CellBuffer, in rect: Rect) {
        let width = min(Self.barMax, (rect.width - columns + 1) / max(1, columns))
        let rows = (shares.count + columns - 1) / max(1, columns)
        for (place, core) in shares.enumerated() {
            // Downwards first: neighbours stand one under another, as people count them.
            let x = rect.x + place / max(1, rows) * (width + 1)
            let space = Rect(x: x, y: rect.y + place % max(1, rows), width: width, height: 1)
            let name = SafeText(core.name).padded(to: 3, alignment: .right)
            buffer.draw(name, x: space.x, y: space.y, style: Style(.muted), maxWidth: width)
            HeatBar(share: core.share).draw(on: &buffer, in: space.inset(left: 4, right: 4))
            let figure = Figure.percent(core.share)
            buffer.draw(
                figure, x: space.right - 3, y: space.y,
                style: Figure.style(core.share, warning: 2, critical: 2))
        }
    }

    private func drawFigures(_ columns: Int, on buffer: inout CellBuffer, in rect: Rect) {
        buffer.draw("cores", x: rect.x, y: rect.y, style: Style(.muted))
        for (place, core) in shares.enumerated() {
            let x = rect.x + Self.titleWidth + place % columns * 4
            let style = Style(.heat(share: core.share))
            buffer.draw(Figure.percent(core.share), x: x, y: rect.y + place / columns, style: style)
        }
    }

    private func drawCells(_ columns: Int, _ each: Int, on buffer: inout CellBuffer, in rect: Rect) {
        buffer.draw("cores", x: rect.x, y: rect.y, style: Style(.muted))
        if each > 1, rect.height > 1 {
            buffer.draw(SafeText("1:\(each)"), x: rect.x, y: rect.y + 1, style: Style(.muted), maxWidth: 5)
        }
        for cell in 0..<((shares.count + each - 1) / each) {
            let busiest = shares[(cell * each)..<min(shares.count, (cell + 1) * each)].map(\.share).max() ?? 0
            let x = rect.x + Self.titleWidth + cell % columns
            buffer.put(
                glyph(busiest, buffer.glyphs), x: x, y: rect.y + cell / columns,
                style: Style(.heat(share: busiest)))
        }
    }

    /// In ASCII the tenths as a digit, `X` for nine tenths and more.
    private func glyph(_ share: Double, _ glyphs: GlyphSet) -> UInt32 {
        guard !share.isNaN else { return glyphs.gap }
        let bounded = max(0, min(share, 1))
        if glyphs == .ascii {
            return bounded >= 0.95 ? 0x58 : 0x30 + UInt32(bounded * 10)
        }
        return glyphs.steps[min(glyphs.steps.count - 1, Int(bounded * Double(glyphs.steps.count)))]
    }
}
