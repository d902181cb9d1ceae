import Canvas
import Curses
import TestSupport
import Testing
import Text

@Suite struct `A frame as text` {
    @Test func `has colours and ends each row plain`() {
        var frame = CellBuffer(width: 12, height: 3)
        frame.draw("ok", x: 1, y: 0, style: Style(.good))
        frame.draw("文x", x: 4, y: 0, style: Style(.critical, bold: true))
        frame.draw("plain", x: 0, y: 1)
        #expect(
            FrameText(theme: Theme(.palette256)).lines(of: frame) == [
                " \u{1B}[0;38;5;114mok\u{1B}[0m \u{1B}[0;1;38;5;203m文x\u{1B}[0m", "plain", "",
            ])
        #expect(
            FrameText(theme: Theme(.ansi16, colorCount: 16)).lines(of: frame)[0]
                == " \u{1B}[0;32mok\u{1B}[0m \u{1B}[0;1;31m文x\u{1B}[0m")
        #expect(FrameText(theme: Theme(.mono)).lines(of: frame)[0] == " ok \u{1B}[0;1m文x\u{1B}[0m")
    }

    @Test func `keeps spaces at a row's end that have a ground`() {
        var frame = CellBuffer(width: 6, height: 1)
        frame.ground(frame.bounds, .selection)
        #expect(
            FrameText(theme: Theme(.palette256)).lines(of: frame) == [
                "\u{1B}[0;38;5;255;48;5;24m      \u{1B}[0m"
            ])
    }

    @Test(arguments: [ColorDepth.palette256, .ansi16, .mono])
    func `shows on a terminal what the frame says`(_ depth: ColorDepth) {
        var random = SeededRandom(seed: 31)
        let theme = Theme(depth, colorCount: depth == .palette256 ? 256 : 16)
        for _ in 0..<40 {
            var frame = CellBuffer(width: 30, height: 6, colors: depth)
            for _ in 0..<14 {
                let style = Style(
                    Role.all.randomElement(using: &random) ?? .text,
                    on: Bool.random(using: &random) ? nil : Role.all.randomElement(using: &random),
                    dim: Bool.random(using: &random), underline: Bool.random(using: &random))
                let text: [SafeText] = ["text", "文字", "e\u{301}x", "█▇⣿"]
                frame.draw(
                    text.randomElement(using: &random) ?? "", x: Int.random(in: -1..<30, using: &random),
                    y: Int.random(in: 0..<6, using: &random), style: style)
            }
            var screen = VTParser(width: 30, height: 6)
            for (y, line) in FrameText(theme: theme).lines(of: frame).enumerated() {
                screen.feed(Array("\u{1B}[\(y + 1)H\(line)".utf8))
            }
            #expect(screen.lines == frame.lines)
            #expect(screen.unknown.isEmpty && screen.look == VTLook())
            for y in 0..<6 {
                for x in 0..<30 where frame[x, y] != .blank() {
                    let look = theme.look(of: frame[x, y].style)
                    let shown = screen[x, y].look
                    #expect(shown.foreground == look.foreground && shown.background == look.background)
                    #expect(shown.isBold == look.isBold && shown.isDim == look.isDim)
                    #expect(shown.isReverse == look.isReverse && shown.isUnderlined == look.isUnderlined)
                }
            }
        }
    }
}
