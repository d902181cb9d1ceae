import Canvas
import TestSupport
import Testing
import Text

@Suite struct `Any widget` {
    private static let odd: [Double] = [
        0, -0.0, 1, 0.5, 100, -7, .nan, .signalingNaN, .infinity, -.infinity, .greatestFiniteMagnitude,
        -.greatestFiniteMagnitude, .leastNonzeroMagnitude, 1e-300,
    ]
    private static let texts: [SafeText] = [
        "", "a", "plain text that is long", "文字列の幅", "e\u{301}a\u{300}o", "…",
    ]

    @Test(arguments: GlyphSet.allCases)
    func `draws nothing outside its rectangle, whatever it is given`(_ glyphs: GlyphSet) {
        var random = SeededRandom(seed: 12)
        for round in 0..<1500 {
            let colors = ColorDepth.allCases.randomElement(using: &random) ?? .mono
            var buffer = CellBuffer(width: 30, height: 8, glyphs: glyphs, colors: colors)
            buffer.fill(buffer.bounds, with: "#", style: Style(.series(1)))
            let before = buffer
            let rect = Rect.random(around: buffer.bounds, using: &random)
            let widget = Self.widget(&random)
            widget.draw(on: &buffer, in: rect)
            for y in 0..<8 {
                for x in 0..<30 where !rect.contains(x: x, y: y) {
                    #expect(buffer[x, y] == before[x, y], "round \(round): \(type(of: widget))")
                }
            }
            if let cursor = buffer.cursor { #expect(rect.contains(x: cursor.x, y: cursor.y)) }
        }
    }

    private static func widget(_ random: inout SeededRandom) -> any Widget {
        switch Int.random(in: 0..<8, using: &random) {
        case 0:
            Graph(
                values(&random), low: value(&random), high: value(&random),
                coloring: Bool.random(using: &random) ? .heat : .role(.good),
                direction: Bool.random(using: &random) ? .rising : .hanging,
                newestStep: [nil, 0, 1, .min, .max].randomElement(using: &random) ?? nil)
        case 1: Sparkline(values(&random), low: value(&random), high: value(&random))
        case 2: Gauge(share: value(&random), text: text(&random))
        case 3:
            StackedBar(
                values(&random).prefix(6).map { .init(share: $0, role: .good, letter: "u") },
                text: text(&random))
        case 4: Panel(title: text(&random), detail: text(&random), isFocused: Bool.random(using: &random))
        case 5:
            TextLine(
                (0..<3).map { _ in .init(text(&random), Style(.key)) },
                alignment: [.left, .center, .right].randomElement(using: &random) ?? .left)
        case 6:
            PromptLine(
                label: text(&random), text: text(&random), cursor: Int.random(in: -5...40, using: &random),
                ghost: text(&random), note: .init(text(&random)))
        default: table(&random)
        }
    }

    private static func table(_ random: inout SeededRandom) -> Table {
        let cells: [Table.Cell] = [
            .text(text(&random), .plain), .spark(values(&random), low: value(&random), high: value(&random)),
            .gauge(share: value(&random), text: text(&random), role: .good), .empty,
        ]
        let columns: [Table.Column] = (0..<Int.random(in: 0...5, using: &random)).map { _ in
            Table.Column(
                text(&random), width: .flexible(minimum: Int.random(in: 0...9, using: &random), weight: 1),
                alignment: [.left, .center, .right].randomElement(using: &random) ?? .left,
                sort: [.none, .ascending, .descending].randomElement(using: &random) ?? .none)
        }
        return Table(
            columns: columns, rowCount: Int.random(in: 0...20, using: &random),
            firstRow: Int.random(in: 0...5, using: &random), selected: 3,
            hasHeader: Bool.random(using: &random)
        ) { row, column in cells[(row + column) % cells.count] }
    }

    private static func values(_ random: inout SeededRandom) -> [Double] {
        (0..<Int.random(in: 0...80, using: &random)).map { _ in value(&random) }
    }

    private static func value(_ random: inout SeededRandom) -> Double {
        Bool.random(using: &random)
            ? odd.randomElement(using: &random) ?? 0 : Double.random(in: -10...200, using: &random)
    }

    private static func text(_ random: inout SeededRandom) -> SafeText {
        texts.randomElement(using: &random) ?? ""
    }
}
