import Canvas
import Testing
import Text

@Suite struct `A panel` {
    @Test(arguments: [
        (
            glyphs: GlyphSet.braille,
            lines: [
                "╭─ CPU ─────────── 16 cores ─╮", "│                            │",
                "╰────────────────────────────╯",
            ]
        ),
        (
            glyphs: .block,
            lines: [
                "┌─ CPU ─────────── 16 cores ─┐", "│                            │",
                "└────────────────────────────┘",
            ]
        ),
        (
            glyphs: .ascii,
            lines: [
                "+- CPU ----------- 16 cores -+", "|                            |",
                "+----------------------------+",
            ]
        ),
    ])
    func `has its title and its detail in the top edge`(_ row: (glyphs: GlyphSet, lines: [String])) {
        #expect(Panel(title: "CPU", detail: "16 cores").lines(30, 3, glyphs: row.glyphs) == row.lines)
    }

    @Test(arguments: [
        (width: 0, top: ""), (width: 1, top: "─"), (width: 2, top: "╭╮"), (width: 6, top: "╭────╮"),
        (width: 7, top: "╭─ … ─╮"), (width: 9, top: "╭─ CPU ─╮"), (width: 14, top: "╭─ CPU ──────╮"),
        (width: 19, top: "╭─ CPU ───────────╮"), (width: 20, top: "╭─ CPU ─ 16 cores ─╮"),
    ])
    func `gives up the detail first, then the title`(_ row: (width: Int, top: String)) {
        #expect(Panel(title: "CPU", detail: "16 cores").lines(row.width, 2).first == row.top)
    }

    @Test func `is its top edge alone in a single row`() {
        #expect(Panel(title: "CPU").lines(12) == ["── CPU ─────"])
        #expect(Panel(title: "", detail: "4").lines(9, 2) == ["╭─── 4 ─╮", "╰───────╯"])
    }

    @Test func `shows the focus by colour, and by a reversed title without colours`() {
        let panel = Panel(title: "CPU", isFocused: true)
        #expect(panel.drawn(10).styledLines.last == "  | 0-1 focus, 3-5 focus bold, 7-9 focus")
        #expect(
            panel.drawn(10, colors: .mono).styledLines.last
                == "  | 0-1 focus, 3-5 focus bold reverse, 7-9 focus")
    }

    @Test func `leaves what is inside its frame`() {
        #expect(
            Panel.inner(of: Rect(x: 2, y: 3, width: 10, height: 5))
                == Rect(x: 3, y: 4, width: 8, height: 3))
        for side in 0...2 {
            #expect(Panel.inner(of: Rect(x: 0, y: 0, width: side, height: 4)).isEmpty)
        }
    }
}

@Suite struct `A line of spans` {
    private static let spans: [TextLine.Span] = [
        .init("ab", Style(.key)), .init("", Style(.critical)), .init("文c", Style(.hint)), .init("de"),
    ]

    @Test(arguments: [
        (width: 0, line: ""), (width: 1, line: "…"), (width: 2, line: "a…"), (width: 3, line: "ab…"),
        (width: 4, line: "ab …"), (width: 5, line: "ab文…"), (width: 6, line: "ab文c…"),
        (width: 7, line: "ab文cde"),
        (width: 9, line: "ab文cde"),
    ])
    func `says where it was cut`(_ row: (width: Int, line: String)) {
        #expect(TextLine(Self.spans).lines(row.width) == [row.line])
    }

    @Test func `stands where it is aligned`() {
        #expect(TextLine(Self.spans).width == 7)
        #expect(TextLine(Self.spans, alignment: .right).lines(9) == ["  ab文cde"])
        #expect(TextLine(Self.spans, alignment: .center).lines(10) == [" ab文cde"])
        #expect(TextLine(Self.spans, alignment: .right).lines(3) == ["ab…"])
        #expect(
            TextLine(Self.spans).drawn(9).styledLines.last == "  | 0-1 key, 2-4 hint")
    }
}

@Suite struct `A prompt` {
    @Test(arguments: [
        (width: 0, cursor: 15, line: "", place: nil),
        (width: 1, cursor: 15, line: "%", place: 0),
        (width: 2, cursor: 15, line: "…%", place: 1),
        (width: 3, cursor: 15, line: "/ %", place: 2),
        (width: 8, cursor: 15, line: "/ …0%  …", place: 4),
        (width: 20, cursor: 15, line: "/ … cpu>80%  no such", place: 10),
        (width: 30, cursor: 15, line: "/ role=web cpu>80%     no such", place: 17),
        (width: 20, cursor: 0, line: "/ role=web   no such", place: 2),
        (width: 30, cursor: 4, line: "/ role=web cpu>80%     no such", place: 6),
    ])
    func `shows its cursor, and its note in half of the room at most`(
        _ row: (width: Int, cursor: Int, line: String, place: Int?)
    ) {
        let prompt = PromptLine(
            label: "/ ", text: "role=web cpu>80", cursor: row.cursor, ghost: "%",
            note: .init("no such", Style(.critical)))
        let drawn = prompt.drawn(row.width)
        #expect(drawn.lines == [row.line])
        #expect(drawn.cursor?.x == row.place)
    }

    @Test func `keeps its cursor in sight wherever it is`() {
        for width in 1...24 {
            for cursor in -2...20 {
                let drawn = PromptLine(label: "> ", text: "a文字b long text", cursor: cursor).drawn(width)
                #expect(drawn.cursor != nil)
            }
        }
    }

    @Test func `tells what is typed from what is offered`() {
        let prompt = PromptLine(label: ":", text: "so", cursor: 2, ghost: "rt")
        #expect(prompt.drawn(8).styledLines == [":sort", "  | 0 accent bold, 3-4 ghost"])
    }
}
