import Canvas
import Testing

@Suite struct `A role` {
    @Test func `has a code of its own, dense and below the count`() {
        let codes = Role.all.map(\.code)
        #expect(Set(codes).count == Role.all.count)
        #expect(codes.sorted() == Array(0..<Role.codeCount))
        for role in Role.all { #expect(Role(code: role.code) == role) }
        for code in [-1, Role.codeCount, Int.min, Int.max] { #expect(Role(code: code) == nil) }
    }

    @Test func `of a series comes round after eight`() {
        #expect(Role.series(9).code == Role.series(1).code)
        #expect(Role.series(255).code == Role.series(7).code)
    }

    @Test(arguments: [
        (share: 0.0, level: UInt8(0)), (share: 0.5, level: 127), (share: 1, level: 255),
        (share: -3, level: 0),
        (share: 9, level: 255), (share: .nan, level: 0), (share: .infinity, level: 255),
        (share: -.infinity, level: 0),
    ])
    func `of heat follows the share`(_ row: (share: Double, level: UInt8)) {
        #expect(Role.heat(share: row.share) == .heat(row.level))
    }

    @Test func `says its name in dumps`() {
        #expect(Set(Role.all.map(\.description)).count == Role.all.count)
    }
}

@Suite struct `A style` {
    @Test func `gives back what it was made of`() {
        for role in Role.all {
            for ground in [nil, Role.text, .selection, .series(3), .heat(0), .heat(255)] {
                let style = Style(role, on: ground, bold: true, underline: true)
                #expect(style.role == role && style.ground == ground)
                #expect(style.isBold && style.isUnderlined && !style.isDim && !style.isReverse)
                #expect(Style(code: style.code) == style)
                #expect(style.on(nil) == Style(role, bold: true, underline: true))
            }
        }
        #expect(Style(.good).bold.underlined == Style(.good, bold: true, underline: true))
        #expect(
            "\(Style(.critical, on: .selection, bold: true, dim: true))" == "critical on selection bold dim")
    }

    @Test func `of any code is some style`() {
        for code in [UInt32.max, 0x3FF, 0x3FF << 10, 0xFF00_0000] {
            #expect(Role.all.contains(Style(code: code).role))
        }
    }
}

@Suite struct `The glyphs` {
    @Test(arguments: GlyphSet.allCases)
    func `of each set are whole, of width one, and ASCII where that was asked`(_ glyphs: GlyphSet) {
        let rules = [
            glyphs.gap, glyphs.filled, glyphs.unfilled, glyphs.vertical, glyphs.horizontal, glyphs.moment,
        ]
        #expect(glyphs.rising.count == 25 && glyphs.hanging.count == 25 && glyphs.steps.count == 8)
        for glyph in glyphs.rising + glyphs.hanging + glyphs.steps + rules {
            #expect(glyphs != .ascii || (0x20...0x7E).contains(glyph))
            // A buffer fills with characters of width one alone.
            var buffer = CellBuffer(width: 1, height: 1, glyphs: glyphs)
            buffer.fill(buffer.bounds, with: Unicode.Scalar(glyph) ?? "\u{301}")
            #expect(buffer[0, 0].scalar == glyph)
        }
        #expect(glyphs.rising[0] == 0x20 && glyphs.hanging[0] == 0x20)
    }

    @Test func `grow with their two levels`() {
        for glyphs in [GlyphSet.braille] {
            for table in [glyphs.rising, glyphs.hanging] {
                for left in 0...4 {
                    for right in 0...4 where left + right > 0 {
                        #expect((table[5 * left + right] & 0xFF).nonzeroBitCount == left + right)
                    }
                }
            }
        }
    }

    @Test(arguments: [
        ("│┃║┊", "||||"), ("─━═…", "---~"), ("┌┐└┘├┤┬┴┼╭╮╰╯", "+++++++++++++"), ("▁▂▃▄▅▆▇█", "_.:;=+*#"),
        ("░▒▓", ".##"),
        ("·•●○", "***o"), ("▲▼▶◀↑↓→←", "^v><^v><"), ("✓✗×", "+xx"), ("‘’“”", "''\"\""), ("°µμ≥≤", "ouu><"),
        ("é文😀", "???"),
    ])
    func `have likenesses in ASCII`(_ characters: String, _ expected: String) {
        let drawn = characters.unicodeScalars.map { GlyphSet.standIn(for: $0.value) }
        #expect(String(decoding: drawn, as: UTF8.self) == expected)
    }

    @Test func `have a printable stand-in for every scalar`() {
        for value in UInt32(0)...0x3_0000 {
            #expect((0x20...0x7E).contains(GlyphSet.standIn(for: value)))
        }
        #expect(GlyphSet.standIn(for: .max) == UInt8(ascii: "?"))
    }
}
