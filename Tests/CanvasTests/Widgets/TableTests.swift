import Canvas
import TestSupport
import Testing
import Text

@Suite struct `A table` {
    private static let columns: [Table.Column] = [
        .init("", width: .fixed(1)), .init("HOST", width: .flexible(minimum: 8, weight: 1)),
        .init("CPU%", width: .fixed(6), alignment: .right, priority: 1, sort: .descending),
        .init("15m", width: .fixed(6), priority: 3), .init("DISK", width: .fixed(10), priority: 2),
    ]

    private static func table(
        rowCount: Int = 20, firstRow: Int = 3, selected: Int? = 4, hasHeader: Bool = true,
        asked: @escaping (Int, Int) -> Void = { _, _ in }
    ) -> Table {
        Table(
            columns: columns, rowCount: rowCount, firstRow: firstRow, selected: selected, hasHeader: hasHeader
        ) {
            row, column in
            asked(row, column)
            return switch column {
            case 0: .text("X", Style(.critical))
            case 1: .text("web-eu-017-\(row)", .plain)
            case 2: .text("97.\(row)", .plain)
            case 3: row == 5 ? .empty : .spark([1, 2, 3, 4, .nan, 6], low: 0, high: 6)
            default: .gauge(share: 0.5, text: "50%", role: .good)
            }
        }
    }

    @Test(arguments: [
        (width: 0, lines: ["", "", ""]),
        (width: 1, lines: ["", "X", "X"]),
        (width: 5, lines: ["  HO…", "X we…", "X we…"]),
        (width: 10, lines: ["  HOST", "X web-eu-…", "X web-eu-…"]),
        (width: 20, lines: ["  HOST         CPU%▼", "X web-eu-017…   97.3", "X web-eu-017…   97.4"]),
        (
            width: 29,
            lines: [
                "  HOST       CPU%▼ DISK", "X web-eu-0…   97.3 ▓▓▓░░░ 50%",
                "X web-eu-0…   97.4 ▓▓▓░░░ 50%",
            ]
        ),
        (
            width: 40,
            lines: [
                "  HOST           CPU%▼ 15m    DISK", "X web-eu-017-3    97.3 ▁▃▄▅·█ ▓▓▓░░░ 50%",
                "X web-eu-017-4    97.4 ▁▃▄▅·█ ▓▓▓░░░ 50%",
            ]
        ),
    ])
    func `drops columns by priority as the width shrinks`(_ row: (width: Int, lines: [String])) {
        #expect(Self.table().lines(row.width, 3) == row.lines)
    }

    @Test func `grounds the selected row and marks the column it is sorted by`() {
        #expect(
            Self.table(rowCount: 5).drawn(20, 4).styledLines == [
                "  HOST         CPU%▼", "  | 2-5 title bold, 15-19 accent bold",
                "X web-eu-017…   97.3", "  | 0 critical",
                "X web-eu-017…   97.4", "  | 0 critical on selection, 1-19 text on selection",
                "",
            ])
    }

    @Test func `draws in ASCII and without a header`() {
        #expect(
            Self.table(hasHeader: false).lines(40, 1, glyphs: .ascii) == [
                "X web-eu-017-3    97.3 _:;=-# [##..] 50%"
            ])
    }

    @Test func `asks only for what is seen`() {
        var asked: Set<Int> = []
        _ = Self.table(rowCount: 10_000, firstRow: 9_000) { row, _ in asked.insert(row) }.drawn(40, 6)
        #expect(asked == Set(9_000..<9_005))
        asked = []
        for odd in [-7, 9_999, 10_000, Int.max, Int.min] {
            _ = Self.table(rowCount: 10_000, firstRow: odd) { row, _ in asked.insert(row) }.drawn(40, 6)
        }
        #expect(asked == Set(0..<5).union([9_999]))
    }

    @Test func `lays columns out without overlap, within the width, dropping the highest priority first`() {
        var random = SeededRandom(seed: 11)
        for _ in 0..<3000 {
            let columns = (0..<Int.random(in: 0...9, using: &random)).map { _ in Self.column(&random) }
            let width = Int.random(in: -3...120, using: &random)
            let places = Table.layout(columns, width: width)
            var end = 0
            for place in places {
                #expect(place.x >= end && place.width >= 0)
                end = place.x + place.width
            }
            #expect(end <= max(0, width))
            #expect(places.map(\.column) == places.map(\.column).sorted())
            let kept = Set(places.map(\.column))
            let dropped = columns.indices.filter { !kept.contains($0) && columns[$0].priority > 0 }
            if let least = dropped.map({ columns[$0].priority }).min() {
                #expect(kept.allSatisfy { columns[$0].priority <= least })
            }
        }
    }

    @Test func `gives all that is left to flexible columns, by weight`() {
        let columns: [Table.Column] = [
            .init("A", width: .flexible(minimum: 2, weight: 1)), .init("B", width: .fixed(3)),
            .init("C", width: .flexible(minimum: 2, weight: 2)),
            .init("D", width: .flexible(minimum: 1, weight: 0)),
        ]
        let places = Table.layout(columns, width: 41)
        #expect(places.map(\.width) == [12, 3, 22, 1])
        #expect(places.map(\.x) == [0, 13, 17, 40])
    }

    @Test func `copes with widths that make no sense`() {
        let columns: [Table.Column] = [
            .init("A", width: .fixed(.max)), .init("B", width: .flexible(minimum: .max, weight: .max)),
            .init("C", width: .flexible(minimum: .min, weight: .min), priority: .min),
            .init("D", width: .fixed(-1), priority: .max),
        ]
        #expect(Table.layout(columns, width: 10).map(\.width) == [10])
        #expect(Table.layout(columns, width: .min).isEmpty)
    }

    @Test(arguments: [
        (first: 0, selected: 3, rows: 10, visible: 5, result: 0),
        (first: 0, selected: 5, rows: 10, visible: 5, result: 1),
        (first: 4, selected: 2, rows: 10, visible: 5, result: 2),
        (first: 8, selected: 9, rows: 10, visible: 5, result: 5),
        (first: 3, selected: 0, rows: 0, visible: 5, result: 0),
        (first: 3, selected: 99, rows: 10, visible: 0, result: 9),
        (first: -4, selected: -1, rows: 10, visible: 20, result: 0),
        (first: .max, selected: .max, rows: .max, visible: 5, result: .max - 5),
    ])
    func `scrolls as little as keeps the selection in sight`(
        _ row: (first: Int, selected: Int, rows: Int, visible: Int, result: Int)
    ) {
        let first = Table.firstRow(
            row.first, selected: row.selected, rowCount: row.rows, visibleRows: row.visible)
        #expect(first == row.result)
    }

    private static func column(_ random: inout SeededRandom) -> Table.Column {
        let cells = Int.random(in: 0...30, using: &random)
        let width: Table.Column.Width =
            Bool.random(using: &random)
            ? .fixed(cells) : .flexible(minimum: cells, weight: Int.random(in: 0...3, using: &random))
        return Table.Column("T", width: width, priority: Int.random(in: 0...4, using: &random))
    }
}
