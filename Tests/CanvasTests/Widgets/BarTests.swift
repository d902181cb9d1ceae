import Canvas
import Testing
import Text

@Suite struct `A gauge` {
    @Test(arguments: [
        (width: 0, line: "", ascii: ""),
        (width: 1, line: "…", ascii: "~"),
        (width: 2, line: "7…", ascii: "7~"),
        (width: 3, line: "71%", ascii: "71%"),
        (width: 4, line: " 71%", ascii: " 71%"),
        (width: 6, line: "   71%", ascii: "   71%"),
        (width: 7, line: "▓▓░ 71%", ascii: "##. 71%"),
        (width: 9, line: "▓▓▓▓░ 71%", ascii: "[##.] 71%"),
        (width: 14, line: "▓▓▓▓▓▓▓░░░ 71%", ascii: "[######..] 71%"),
    ])
    func `is a bar and a text, which has the room where there is little`(
        _ row: (width: Int, line: String, ascii: String)
    ) {
        #expect(Gauge(share: 0.71, text: "71%").lines(row.width) == [row.line])
        #expect(Gauge(share: 0.71, text: "71%").lines(row.width, glyphs: .ascii) == [row.ascii])
    }

    @Test(arguments: [
        (share: 0.0, line: "░░░░░░░░░░"), (share: 0.001, line: "▓░░░░░░░░░"),
        (share: 0.44, line: "▓▓▓▓░░░░░░"),
        (share: 1, line: "▓▓▓▓▓▓▓▓▓▓"), (share: 7, line: "▓▓▓▓▓▓▓▓▓▓"), (share: -1, line: "░░░░░░░░░░"),
        (share: .nan, line: "··········"), (share: .infinity, line: "▓▓▓▓▓▓▓▓▓▓"),
    ])
    func `fills its share, and something of it for the least above zero`(_ row: (share: Double, line: String))
    {
        #expect(Gauge(share: row.share).lines(10) == [row.line])
    }

    @Test func `is drawn in its role`() {
        #expect(
            Gauge(share: 0.5, role: .warning).drawn(4).styledLines == ["▓▓░░", "  | 0-1 warning, 2-3 trough"])
    }
}

@Suite struct `A stacked bar` {
    private static let memory = [
        StackedBar.Segment(share: 0.3, role: .good, letter: "u"),
        StackedBar.Segment(share: 0.001, role: .critical, letter: "s"),
        StackedBar.Segment(share: 0.2, role: .series(1), letter: "c"),
    ]

    @Test(arguments: [
        (glyphs: GlyphSet.braille, colors: ColorDepth.palette256, line: "▓▓▓▓▓▓▓▓▓▓▓░░░░░ 62%"),
        (glyphs: .ascii, colors: .ansi16, line: "###########..... 62%"),
        (glyphs: .braille, colors: .mono, line: "uuuuuuscccc░░░░░ 62%"),
        (glyphs: .ascii, colors: .mono, line: "uuuuuuscccc..... 62%"),
    ])
    func `loses no segment, and names each where there is no colour`(
        _ row: (glyphs: GlyphSet, colors: ColorDepth, line: String)
    ) {
        let bar = StackedBar(Self.memory, text: "62%")
        #expect(bar.lines(20, glyphs: row.glyphs, colors: row.colors) == [row.line])
    }

    @Test func `shows its text in the colours of what it covers`() {
        let bar = StackedBar([.init(share: 0.9, role: .critical, letter: "u")], text: "14.1G")
        #expect(
            bar.drawn(10).styledLines == [
                "▓▓▓▓ 14.1G", "  | 0-3 critical, 5-8 critical bold, 9 text bold",
            ])
    }

    @Test func `is cut to its width`() {
        let shares: [Double] = [0.5, 0.8, .nan, -1, .infinity, 3]
        let bar = StackedBar(
            shares.map { StackedBar.Segment(share: $0, role: .good, letter: "x") }, text: "9")
        #expect(bar.lines(6, colors: .mono) == ["xxxx 9"])
        #expect(bar.lines(1, colors: .mono) == ["9"])
        #expect(bar.lines(0) == [""])
        #expect(StackedBar([], text: "wide").lines(2) == ["wi"])
        #expect(StackedBar([]).lines(3) == ["░░░"])
    }
}
