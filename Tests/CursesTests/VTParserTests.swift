import TestSupport
import Testing

@Suite struct `The tests' own terminal` {
    @Test(
        arguments: [
            (bytes: "ab\r\ncd", lines: ["ab", "cd", ""]),
            (bytes: "abcdefgh", lines: ["abcdef", "gh", ""]),
            (bytes: "abcdef\rX", lines: ["Xbcdef", "", ""]),
            (bytes: "\u{1B}[2;3Hx\u{1B}[Ay\u{1B}[3Dz", lines: [" z y", "  x", ""]),
            (bytes: "\u{1B}[2d\u{1B}[4Gx\u{1B}[2`y", lines: ["", " y x", ""]),
            (bytes: "abc\u{1B}[2D\u{1B}[Kx", lines: ["ax", "", ""]),
            (bytes: "abcdef\u{1B}[3G\u{1B}[1K", lines: ["   def", "", ""]),
            (bytes: "abcdef\u{1B}[2G\u{1B}[2X", lines: ["a  def", "", ""]),
            (bytes: "abcdef\u{1B}[2G\u{1B}[2P", lines: ["adef", "", ""]),
            (bytes: "abcdef\u{1B}[2G\u{1B}[2@", lines: ["a  bcd", "", ""]),
            (bytes: "ab\u{1B}[1G\u{1B}[4hx\u{1B}[4l", lines: ["xab", "", ""]),
            (bytes: "-\u{1B}[4b", lines: ["-----", "", ""]),
            (bytes: "a\r\nb\r\nc\r\nd", lines: ["b", "c", "d"]),
            (bytes: "a\r\nb\r\nc\u{1B}[H\u{1B}[L", lines: ["", "a", "b"]),
            (bytes: "a\r\nb\r\nc\u{1B}[H\u{1B}[M", lines: ["b", "c", ""]),
            (bytes: "a\r\nb\r\nc\u{1B}[H\u{1B}M", lines: ["", "a", "b"]),
            (bytes: "a\r\nb\r\nc\u{1B}[1;2r\u{1B}[2;1H\n", lines: ["b", "", "c"]),
            (bytes: "a\r\nb\r\nc\u{1B}[S", lines: ["b", "c", ""]),
            (bytes: "a\r\nb\u{1B}[T", lines: ["", "a", "b"]),
            (bytes: "abc\r\ndef\u{1B}[1;2H\u{1B}[J", lines: ["a", "", ""]),
            (bytes: "文字", lines: ["文字", "", ""]), (bytes: "文字\u{1B}[2Gx", lines: [" x字", "", ""]),
            (bytes: "abcde文", lines: ["abcde", "文", ""]), (bytes: "e\u{301}x", lines: ["e\u{301}x", "", ""]),
            (bytes: "a\tb", lines: ["a    b", "", ""]),
            (bytes: "\u{E}lqk\u{F}lqk", lines: ["lqklqk", "", ""]),
            (bytes: "\u{1B})0\u{E}lqk\u{F}l", lines: ["┌─┐l", "", ""]),
            (bytes: "\u{1B}(0x\u{1B}(Bx", lines: ["│x", "", ""]),
            (bytes: "\u{1B}]0;title\u{7}a\u{1B}]2;t\u{1B}\\b", lines: ["ab", "", ""]),
        ] as [(bytes: String, lines: [String])])
    func `draws as a terminal does, wherever bytes are split`(_ row: (bytes: String, lines: [String])) {
        let bytes = Array(row.bytes.utf8)
        for cut in 0...bytes.count {
            var screen = VTParser(width: 6, height: 3)
            screen.feed(Array(bytes[..<cut]))
            screen.feed(Array(bytes[cut...]))
            #expect(screen.lines == row.lines)
            #expect(screen.unknown.isEmpty)
        }
    }

    @Test func `keeps looks`() {
        var screen = VTParser(width: 8, height: 1)
        screen.feed(Array("\u{1B}[1;38;5;203;44ma\u{1B}[0;97;100mb\u{1B}[38;2;1;2;3mc\u{1B}[m".utf8))
        #expect(
            screen[0, 0].look.foreground == 203 && screen[0, 0].look.background == 4
                && screen[0, 0].look.isBold)
        #expect(
            screen[1, 0].look.foreground == 15 && screen[1, 0].look.background == 8
                && !screen[1, 0].look.isBold)
        #expect(screen[2, 0].look.foreground == 0x100_0000 + 0x010203)
        #expect(screen.look == VTLook() && screen.filledCells == 3)
    }

    @Test func `has an alternate screen that leaves the first as it was`() {
        var screen = VTParser(width: 8, height: 2)
        screen.feed(Array("shell\u{1B}[?1049hours\u{1B}[?25l".utf8))
        #expect(screen.isAlternateScreen && !screen.isCursorShown && screen.modes.contains(1049))
        screen.feed(Array("\u{1B}[?1049l\u{1B}[?25h".utf8))
        #expect(screen.lines == ["shell", ""] && screen.cursor == (5, 0) && screen.isCursorShown)
    }

    @Test(arguments: [
        "\u{1B}[5y", "\u{1B}[?7777h", "\u{1B}Pq\u{1B}\\", "\u{1B}_x\u{1B}\\", "\u{1B}Q", "\u{1B}[>1u",
        "\u{1B}[77m", "\u{11}",
        "\u{9B}",
    ])
    func `lists what it does not know`(_ bytes: String) {
        var screen = VTParser(width: 8, height: 2)
        screen.feed(Array(bytes.utf8))
        #expect(screen.unknown.count == 1)
    }

    @Test func `survives any bytes, at any size`() {
        var random = SeededRandom(seed: 41)
        let finals = Array("@ABCDEFGHIJKLMPSTXZ`abcdefghlmrsu".utf8)
        for _ in 0..<300 {
            var screen = VTParser(
                width: Int.random(in: 0...9, using: &random), height: Int.random(in: 0...4, using: &random))
            var bytes: [UInt8] = []
            for _ in 0..<60 {
                switch Int.random(in: 0..<4, using: &random) {
                case 0:
                    bytes +=
                        Array(
                            "\u{1B}[\(Int.random(in: 0...12, using: &random));\(Int.random(in: 0...99_999, using: &random))"
                                .utf8) + [finals.randomElement(using: &random) ?? 0x6D]
                case 1: bytes += Array("文".utf8)
                case 2: bytes.append(UInt8.random(in: 0...255, using: &random))
                default: bytes += [0x1B, UInt8.random(in: 0...255, using: &random)]
                }
            }
            screen.feed(bytes)
            #expect(screen.lines.count == screen.height)
        }
    }
}
