/// A filled curve, two samples a column and four steps a row, the newest at the right edge; the cell patterns are
/// btop's.
///
///     ⡀⣀⣠⣴⣶⣿⣿⣷⣶⣦⣀··⣀⣀⣤        a value of `low` still draws its lowest dots, a gap is `·` on the base row
///
/// Each row is one colour, so a graph that moves changes only the cells along its curve. It moves by whole cells
/// when it is told the number of its newest step: samples 2k and 2k+1 then share a column for as long as they are
/// seen, and every second sample changes the last column alone, which halves what the terminal is sent.
package struct Graph: Widget {
    /// What a cell's colour follows.
    package enum Coloring: Hashable, Sendable {
        /// By the height of the row; in a single row by the higher of a cell's two samples.
        case heat
        case role(Role)
    }

    /// From which edge the columns grow.
    package enum Direction: Sendable {
        case rising
        /// Grows downwards from the top row, under a rising one: what is sent under what is received.
        case hanging
    }

    private let values: [Double]
    private let scale: ValueScale
    private let coloring: Coloring
    private let direction: Direction
    private let newestStep: Int?

    /// - Parameters:
    ///   - values: oldest first; what is not a number is a gap. Only the last 2 × width of them are drawn, and where
    ///     there are fewer the left stays empty.
    ///   - newestStep: how many steps of time the last value is from any fixed beginning; nil always ends the graph
    ///     with a full column.
    package init(
        _ values: [Double], low: Double = 0, high: Double, coloring: Coloring = .heat,
        direction: Direction = .rising, newestStep: Int? = nil
    ) {
        self.values = values
        scale = ValueScale(low: low, high: high)
        self.coloring = coloring
        self.direction = direction
        self.newestStep = newestStep
    }

    package func draw(on buffer: inout CellBuffer, in rect: Rect) {
        let table = direction == .rising ? buffer.glyphs.rising : buffer.glyphs.hanging
        let gapStyle = Style(.muted)
        // The last column lacks its right half when the newest step is the first of its pair.
        var right = values.count - 1
        if let newestStep, newestStep & 1 == 0 { right += 1 }
        var x = rect.right - 1
        while x >= rect.x, right >= 0 {
            let newer = steps(right, rows: rect.height)
            let older = steps(right - 1, rows: rect.height)
            if newer.isGap || older.isGap, newer.steps + older.steps == 0 {
                buffer.put(buffer.glyphs.gap, x: x, y: baseRow(rect), style: gapStyle, within: rect)
            } else {
                drawColumn(older.steps, newer.steps, x: x, table, on: &buffer, in: rect)
            }
            x -= 1
            right -= 2
        }
    }

    private func drawColumn(
        _ left: Int, _ right: Int, x: Int, _ table: [UInt32], on buffer: inout CellBuffer, in rect: Rect
    ) {
        let single = rect.height == 1 ? style(share: Double(max(left, right)) / 4) : nil
        for row in 0..<min(rect.height, (max(left, right) + 3) / 4) {
            let glyph = table[5 * max(0, min(left - 4 * row, 4)) + max(0, min(right - 4 * row, 4))]
            let style = single ?? style(share: (Double(row) + 0.5) / Double(rect.height))
            let y = direction == .rising ? rect.bottom - 1 - row : rect.y + row
            buffer.put(glyph, x: x, y: y, style: style)
        }
    }

    /// How high the sample at `index` is in quarters of a row, at least one; nothing where there is no sample.
    private func steps(_ index: Int, rows: Int) -> (steps: Int, isGap: Bool) {
        guard values.indices.contains(index) else { return (0, false) }
        guard let steps = scale.steps(of: values[index], count: 4 * rows) else { return (0, true) }
        return (max(1, steps), false)
    }

    private func style(share: Double) -> Style {
        switch coloring {
        case .heat: Style(.heat(share: share))
        case .role(let role): Style(role)
        }
    }

    private func baseRow(_ rect: Rect) -> Int {
        direction == .rising ? rect.bottom - 1 : rect.y
    }
}

extension CellBuffer {
    /// Draws one character where it lies in `rect`.
    fileprivate mutating func put(_ scalar: UInt32, x: Int, y: Int, style: Style, within rect: Rect) {
        if rect.contains(x: x, y: y) { put(scalar, x: x, y: y, style: style) }
    }
}
