import Canvas
import TestSupport
import Testing

@Suite struct `A graph` {
    private static let hill: [Double] = [0, 10, 20, 30, 50, 70, 90, 100, 100, 80, 60, 40, 20, 10, 0, 0]
    private static let broken: [Double] = [
        .nan, .nan, 5, .nan, .nan, 7, 9, 100, 0, .nan, .nan, .nan, 0, 0, 3,
    ]

    @Test(arguments: [
        (glyphs: GlyphSet.braille, rows: 3, lines: ["     ⣾⣧", "    ⣼⣿⣿⣆", "  ⣀⣼⣿⣿⣿⣿⣄⣀"]),
        (glyphs: .block, rows: 3, lines: ["     █▙", "    ▟██▙", "  ▄▟████▄▄"]),
        (glyphs: .ascii, rows: 3, lines: ["     ##", "    ###+", "  .#####:."]),
        (glyphs: .braille, rows: 1, lines: ["  ⣀⣀⣴⣿⣷⣤⣀⣀"]),
        (glyphs: .block, rows: 1, lines: ["  ▄▄▟██▄▄▄"]),
        (glyphs: .ascii, rows: 1, lines: ["  ..+##:.."]),
        (glyphs: .braille, rows: 0, lines: []),
    ])
    func `has two samples a column and four steps a row, the newest at the right`(
        _ row: (glyphs: GlyphSet, rows: Int, lines: [String])
    ) {
        #expect(Graph(Self.hill, high: 100).lines(10, row.rows, glyphs: row.glyphs) == row.lines)
    }

    @Test(arguments: [
        (glyphs: GlyphSet.braille, lines: ["  ⠉⢻⣿⣿⣿⣿⠋⠉", "    ⢻⣿⣿⠏", "     ⢿⡟"]),
        (glyphs: .block, lines: ["  ▀▜████▀▀", "    ▜██▛", "     █▛"]),
        (glyphs: .ascii, lines: ["  .#####:.", "    ###+", "     ##"]),
    ])
    func `hangs from the top when told to`(_ row: (glyphs: GlyphSet, lines: [String])) {
        let graph = Graph(Self.hill, high: 100, direction: .hanging)
        #expect(graph.lines(10, 3, glyphs: row.glyphs) == row.lines)
    }

    @Test(arguments: [
        (glyphs: GlyphSet.braille, lines: ["      ⡇", "  ·⢀·⣀⣇·⢀⣀"]),
        (glyphs: .block, lines: ["      ▌", "  ·▗·▄▙·▗▄"]),
        (glyphs: .ascii, lines: ["      #", "  -.-.#-.."]),
    ])
    func `shows a gap where there was no sample, and the lowest step where it was zero`(
        _ row: (glyphs: GlyphSet, lines: [String])
    ) {
        #expect(Graph(Self.broken, high: 100).lines(10, 2, glyphs: row.glyphs) == row.lines)
    }

    @Test func `is coloured by the height of its rows`() {
        #expect(
            Graph(Self.hill, high: 100).drawn(8, 3).styledLines == [
                "   ⣾⣧", "  | 3-4 heat212", "  ⣼⣿⣿⣆", "  | 2-5 heat127", "⣀⣼⣿⣿⣿⣿⣄⣀", "  | 0-7 heat42",
            ])
        #expect(
            Graph(Self.hill, high: 100).drawn(8).styledLines == [
                "⣀⣀⣴⣿⣷⣤⣀⣀", "  | 0-1 heat63, 2 heat191, 3-4 heat255, 5 heat127, 6-7 heat63",
            ])
        #expect(
            Graph([9], high: 9, coloring: .role(.good)).drawn(1, 2).styledLines == [
                "⢸", "  | 0 good", "⢸", "  | 0 good",
            ])
    }

    @Test func `keeps pairs of steps in their columns, so that every second one changes the last alone`() {
        var random = SeededRandom(seed: 7)
        let values = (0..<200).map { _ in Double.random(in: 0...100, using: &random) }
        for newest in 60..<190 {
            let now = drawn(values, through: newest)
            let next = drawn(values, through: newest + 1)
            // Before an even step the last column is full, and a new one begins.
            let shift = newest.isMultiple(of: 2) ? 0 : 1
            for y in 0..<now.height {
                for x in 0..<now.width - 1 {
                    #expect(next[x, y] == now[x + shift, y])
                }
            }
        }
    }

    @Test func `of a number that is no multiple of two ends with half a column`() {
        #expect(Graph([100, 100, 100], high: 100, newestStep: 2).lines(4) == ["  ⣿⡇"])
        #expect(Graph([100, 100, 100], high: 100, newestStep: 3).lines(4) == ["  ⢸⣿"])
        #expect(Graph([100, 100, 100], high: 100, newestStep: -3).lines(4) == ["  ⢸⣿"])
        #expect(Graph([], high: 100, newestStep: 2).lines(4) == [""])
    }

    private func drawn(_ values: [Double], through newest: Int) -> CellBuffer {
        Graph(Array(values[...newest]), high: 100, newestStep: newest).drawn(20, 4)
    }
}

@Suite struct `A sparkline` {
    @Test(arguments: [
        (glyphs: GlyphSet.braille, line: " ▁▁▁▁▂▄·▇██▁"),
        (glyphs: .block, line: " ▁▁▁▁▂▄·▇██▁"),
        (glyphs: .ascii, line: " ____.;-*##_"),
    ])
    func `has one sample a cell, gaps, and a lowest step that nothing drops below`(
        _ row: (glyphs: GlyphSet, line: String)
    ) {
        let line = Sparkline([0, 1, 5, 12, 25, 50, .nan, 88, 100, .infinity, -3], high: 100)
        #expect(line.lines(12, glyphs: row.glyphs) == [row.line])
    }

    @Test func `shows the newest where there is room for some`() {
        let values: [Double] = [9, 9, 9, 1, 2, 3, 4, 5, 6, 7, 8]
        for width in 0...12 {
            let expected = width > 8 ? nil : String("▁▂▃▄▅▆▇█".suffix(width))
            if let expected { #expect(Sparkline(values, high: 8).lines(width) == [expected]) }
        }
        #expect(Sparkline(values, high: 8).lines(12) == [" ███▁▂▃▄▅▆▇█"])
    }

    @Test func `is coloured by its values, or in one role`() {
        #expect(
            Sparkline([0, 50, 100], high: 100).drawn(3).styledLines == [
                "▁▄█", "  | 0 heat0, 1 heat127, 2 heat255",
            ])
        #expect(
            Sparkline([0, .nan], high: 1, coloring: .role(.series(2))).drawn(2).styledLines == [
                "▁·", "  | 0 series2, 1 muted",
            ])
    }
}
