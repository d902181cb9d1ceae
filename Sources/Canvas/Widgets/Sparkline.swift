/// One row of eighth-blocks, one sample a cell, the newest at the right edge; a gap is `·`. Heat is that of the step,
/// so that what has one height has one colour and the terminal is not sent more of them than can be told apart.
///
///     ▁▂▃▅▇█··▃▂
package struct Sparkline: Widget {
    /// A character in place of a value: something that happened then.
    package struct Mark: Hashable, Sendable {
        /// Of the values.
        package let place: Int
        package let scalar: UInt32
        package let style: Style

        package init(place: Int, scalar: UInt32, style: Style) {
            self.place = place
            self.scalar = scalar
            self.style = style
        }
    }

    private let values: [Double]
    private let scale: ValueScale
    private let coloring: Graph.Coloring
    private let marks: [Mark]

    /// - Parameter values: oldest first; the last of them that have room are drawn, and where there are fewer the left
    ///   stays empty.
    package init(
        _ values: [Double], low: Double = 0, high: Double, coloring: Graph.Coloring = .heat,
        marks: [Mark] = []
    ) {
        self.values = values
        self.marks = marks
        scale = ValueScale(low: low, high: high)
        self.coloring = coloring
    }

    package func draw(on buffer: inout CellBuffer, in rect: Rect) {
        guard !rect.isEmpty else { return }
        let steps = buffer.glyphs.steps
        let count = min(rect.width, values.count)
        for offset in 0..<count {
            let value = values[values.count - count + offset]
            let x = rect.right - count + offset
            guard let step = scale.steps(of: value, count: steps.count) else {
                buffer.put(buffer.glyphs.gap, x: x, y: rect.y, style: Style(.muted))
                continue
            }
            let share = step <= 1 ? 0 : Double(step) / Double(steps.count)
            buffer.put(steps[max(0, step - 1)], x: x, y: rect.y, style: style(share: share))
        }
        for mark in marks where mark.place >= values.count - count && mark.place < values.count {
            buffer.put(mark.scalar, x: rect.right - values.count + mark.place, y: rect.y, style: mark.style)
        }
    }

    private func style(share: Double) -> Style {
        switch coloring {
        case .heat: Style(.heat(share: share))
        case .role(let role): Style(role)
        }
    }
}
