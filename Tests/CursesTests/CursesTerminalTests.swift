import Canvas
import Curses
import Glibc
import TestSupport
import Testing
import Text

/// ncurses keeps its state in globals, so one at a time.
@Suite(.serialized) struct `A terminal under curses` {
    private static let texts: [SafeText] = [
        "plain text that is long", "文字列の幅", "e\u{301}a\u{300}o", "█▇▆ · mixed 文", "─────────────",
        "          ",
        "aaaaaaaaaaaaaaaaaaaaaaaa", "⣀⣠⣴⣶⣿⣿", "ก\u{E37}\u{E49}ข",
    ]

    @Test(arguments: ["xterm-256color", "tmux-256color", "linux", "vt100", "xterm", "screen-256color"])
    func `shows each frame as it was drawn`(_ type: String) throws {
        let sizes = [(80, 24, 20), (2, 1, 20), (7, 3, 100), (160, 48, 4)]
        for (seed, (width, height, rounds)) in sizes.enumerated() {
            var random = SeededRandom(seed: UInt64(seed))
            let test = try TerminalUnderTest(type, width: width, height: height)
            #expect(test.terminal.type == type)
            var frame = test.frame()
            for round in 0..<rounds {
                if round % 7 == 6 { frame.clear() }
                for _ in 0..<12 { Self.scribble(on: &frame, &random) }
                test.present(frame)
                let differences = test.differences(from: frame)
                #expect(differences.isEmpty, "\(type) \(width)x\(height) seed \(seed) round \(round)")
                if !differences.isEmpty { return }
            }
            #expect(test.screen.unknown.isEmpty && test.screen.commands.isEmpty && test.screen.bells == 0)
            test.terminal.close()
        }
    }

    @Test func `is sent fewer bytes for graphs that keep their pairs of samples in place`() throws {
        let free = try bytesPerFrame(isAligned: false)
        let aligned = try bytesPerFrame(isAligned: true)
        print("a moving Host-like screen, 160x48: \(aligned) bytes a frame, \(free) with graphs not aligned")
        #expect(aligned < 1600 && free < 2600)
    }

    private func bytesPerFrame(isAligned: Bool) throws -> Int {
        let test = try TerminalUnderTest("xterm-256color", width: 160, height: 48)
        var moving = MovingScreen(seed: 1, isAligned: isAligned)
        var frame = test.frame()
        var bytes = 0
        for round in 0...40 {
            moving.next(&frame)
            test.present(frame)
            bytes += round > 0 ? test.frameBytes : 0
        }
        let differences = test.differences(from: frame)
        #expect(differences.isEmpty)
        return bytes / 40
    }

    @Test(arguments: [
        (type: "xterm-256color", whileOpen: Set([7, 2004, 1049])),
        (type: "tmux-256color", whileOpen: Set([7, 2004, 1049])), (type: "linux", whileOpen: Set([7, 2004])),
        (type: "vt100", whileOpen: Set([7, 25])),
    ])
    func `is given back as it was`(_ row: (type: String, whileOpen: Set<Int>)) throws {
        let pty = try PseudoTerminal(width: 20, height: 4)
        let before = try pty.modes()
        let test = try TerminalUnderTest(row.type, width: 20, height: 4, pty: pty)
        test.read()
        #expect(test.screen.modes.isSuperset(of: row.whileOpen))
        #expect(try pty.modes() != before)
        test.terminal.setMouse(true)
        test.read()
        #expect(test.screen.modes.contains(1006) == (row.type != "vt100"))
        var frame = test.frame()
        frame.fill(frame.bounds, with: "x", style: Style(.critical, on: .selection, bold: true))
        test.present(frame)
        test.terminal.close()
        test.terminal.close()
        test.terminal.present(frame)
        test.read()
        #expect(test.screen.modes == [7, 25])
        #expect(test.screen.isCursorShown && !test.screen.isAlternateScreen)
        #expect(test.screen.look == VTLook())
        #expect(test.screen.unknown.isEmpty)
        #expect(try pty.modes() == before)
    }

    @Test func `is lent to a shell and taken back, drawn whole`() throws {
        let test = try TerminalUnderTest("xterm-256color", width: 20, height: 4)
        var frame = test.frame()
        frame.draw("ours", x: 2, y: 1, style: Style(.good))
        frame.placeCursor(x: 6, y: 1)
        test.terminal.setMouse(true)
        test.present(frame)
        #expect(test.screen.cursor == (6, 1) && test.screen.isCursorShown)
        test.terminal.leave()
        test.terminal.leave()
        test.read()
        #expect(!test.screen.isAlternateScreen && test.screen.modes == [7, 25])
        test.terminal.enter()
        test.terminal.enter()
        test.present(frame)
        #expect(test.differences(from: frame).isEmpty)
        #expect(test.screen.isAlternateScreen && test.screen.modes.isSuperset(of: [2004, 1000, 1006, 25]))
        #expect(test.screen.cursor == (6, 1))
    }

    @Test func `leaves an empty row to whoever comes after, where the terminal has but one screen`() throws {
        let test = try TerminalUnderTest("vt100", width: 20, height: 3)
        var frame = test.frame()
        frame.draw("above", x: 0, y: 1)
        frame.draw("the hints of keys", x: 0, y: 2)
        test.present(frame)
        test.terminal.leave()
        test.read()
        #expect(test.screen[0, 1].letter == UInt32(UInt8(ascii: "a")))
        #expect((0..<20).allSatisfy { [0, 32].contains(test.screen[$0, 2].letter) })
    }

    @Test func `follows its size and is drawn whole when that is asked`() throws {
        let test = try TerminalUnderTest("xterm-256color", width: 30, height: 5)
        #expect(test.terminal.size == (30, 5))
        var frame = test.frame()
        frame.draw("before", x: 1, y: 1)
        test.present(frame)
        for (width, height) in [(50, 9), (4, 2), (30, 5)] {
            test.resize(width: width, height: height)
            #expect(test.terminal.size == (width, height))
            var next = test.frame()
            next.draw("after 文", x: 0, y: 1)
            test.present(next)
            #expect(test.differences(from: next).isEmpty)
            test.resize(width: width, height: height)  // a screen that lost everything
            test.terminal.repaint()
            test.present(next)
            #expect(test.differences(from: next).isEmpty)
        }
    }

    @Test func `is sent nothing when nothing changed, and little for little`() throws {
        let test = try TerminalUnderTest("xterm-256color", width: 80, height: 24)
        var frame = test.frame()
        frame.draw("cpu 41%", x: 3, y: 3)
        test.present(frame)
        test.present(frame)
        #expect(test.frameBytes == 0)
        frame.draw("2", x: 8, y: 3)
        test.present(frame)
        #expect(test.frameBytes < 12)
    }

    @Test func `shows its own cursor only where a frame has one`() throws {
        let test = try TerminalUnderTest("xterm-256color", width: 20, height: 3)
        var frame = test.frame()
        test.present(frame)
        #expect(!test.screen.isCursorShown)
        frame.placeCursor(x: 3, y: 2)
        test.present(frame)
        #expect(test.screen.isCursorShown && test.screen.cursor == (3, 2))
        frame.draw("far", x: 10, y: 0)
        test.present(frame)
        #expect(test.screen.cursor == (3, 2))
        frame.clear()
        test.present(frame)
        #expect(!test.screen.isCursorShown)
        test.terminal.bell()
        test.read()
        #expect(test.screen.bells == 1)
    }

    @Test func `marks whole frames where the terminal is known to take that`() throws {
        let plain = try TerminalUnderTest("xterm-256color", width: 20, height: 3)
        var frame = plain.frame()
        frame.draw("a", x: 0, y: 0)
        plain.present(frame)
        #expect(plain.screen.modesSet[2026] == nil)
        plain.terminal.close()
        let known = try TerminalUnderTest(
            "xterm-256color", width: 20, height: 3, environment: ["TERM_PROGRAM": "WezTerm"])
        known.present(frame)
        #expect(known.screen.modesSet[2026] == 1 && !known.screen.modes.contains(2026))
        known.present(frame)
        #expect(known.frameBytes == 0)
    }

    @Test(arguments: ["xterm-256color", "linux", "vt100"])
    func `receives no sequence from hostile text`(_ type: String) throws {
        let test = try TerminalUnderTest(type, width: 60, height: 10)
        var random = SeededRandom(seed: 21)
        let tricks = [
            "\u{1B}[2J", "\u{1B}]0;title\u{7}", "\u{9B}31m", "\u{1B}P$q\u{1B}\\", "\r\n\u{8}", "\u{202E}",
            "\u{E}lqk",
            "\u{1B}[?1049l", "\u{200B}\u{FEFF}", "e\u{301}\u{301}\u{301}\u{301}",
        ].map { Array($0.utf8) }
        test.read()
        let modes = test.screen.modes
        for _ in 0..<50 {
            var frame = test.frame()
            for y in 0..<10 {
                let bytes =
                    Bool.random(using: &random)
                    ? tricks.randomElement(using: &random) ?? []
                    : (0..<70).map { _ in UInt8.random(in: 0...255, using: &random) }
                frame.draw(SafeText(bytes: bytes), x: 0, y: y)
            }
            test.present(frame)
            #expect(test.screen.modes.subtracting([25]) == modes.subtracting([25]))
        }
        #expect(test.screen.unknown.isEmpty && test.screen.commands.isEmpty && test.screen.bells == 0)
        #expect(test.screen.isAlternateScreen == (type == "xterm-256color"))
    }

    @Test(arguments: [
        (type: "no-such-terminal", colorterm: "", used: "xterm-256color"),
        (type: "xterm", colorterm: "truecolor", used: "xterm-256color"),
        (type: "xterm", colorterm: "", used: "xterm"),
        (type: "dumb", colorterm: "", used: "xterm-256color"),
    ])
    func `falls back to a type that can place a cursor`(
        _ row: (type: String, colorterm: String, used: String)
    ) throws {
        let test = try TerminalUnderTest(
            row.type, width: 20, height: 3, environment: ["COLORTERM": row.colorterm])
        #expect(test.terminal.type == row.used)
    }

    @Test func `refuses what is no terminal`() throws {
        let descriptor = open("/dev/null", O_RDWR)
        defer { close(descriptor) }
        #expect(throws: TerminalError.notATerminal) {
            _ = try CursesTerminal(
                TerminalOptions(environment: { _ in nil }),
                descriptors: TerminalDescriptors(input: descriptor, output: descriptor))
        }
        #expect("\(TerminalError.notATerminal)".contains("martlet snapshot"))
        #expect("\(TerminalError.noDescription(types: ["a", "b"]))".contains("a, b"))
    }

    private static func scribble(on frame: inout CellBuffer, _ random: inout SeededRandom) {
        let style = Style(
            Role.all.randomElement(using: &random) ?? .text,
            on: Bool.random(using: &random) ? nil : Role.all.randomElement(using: &random),
            bold: Int.random(in: 0..<4, using: &random) == 0,
            reverse: Int.random(in: 0..<8, using: &random) == 0,
            underline: Int.random(in: 0..<8, using: &random) == 0)
        let x = Int.random(in: -3..<frame.width, using: &random)
        let y = Int.random(in: 0..<frame.height, using: &random)
        if Bool.random(using: &random) {
            frame.draw(texts.randomElement(using: &random) ?? "", x: x, y: y, style: style)
        } else {
            frame.fill(
                Rect(
                    x: x, y: y, width: Int.random(in: 0..<30, using: &random),
                    height: Int.random(in: 0..<4, using: &random)),
                with: [" ", "a", "█"].randomElement(using: &random) ?? " ", style: style)
        }
    }
}
