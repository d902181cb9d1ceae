import Canvas
import Curses
import TestSupport
import Testing

/// A `CursesTerminal` on a pseudo terminal, and the screen that its bytes make.
final class TerminalUnderTest {
    let pty: PseudoTerminal
    let terminal: CursesTerminal
    private(set) var screen: VTParser
    /// Bytes of the last frame.
    private(set) var frameBytes = 0

    init(
        _ type: String, width: Int, height: Int, colors: ColorDepth? = nil,
        environment: [String: String] = [:], pty: PseudoTerminal? = nil
    ) throws {
        let pty = try pty ?? PseudoTerminal(width: width, height: height)
        self.pty = pty
        let variables = ["TERM": type, "LC_ALL": "C.UTF-8"].merging(environment) { $1 }
        terminal = try CursesTerminal(
            TerminalOptions(colors: colors, glyphs: .braille, environment: { variables[$0] }),
            descriptors: TerminalDescriptors(input: self.pty.descriptor, output: self.pty.descriptor))
        screen = VTParser(width: width, height: height)
    }

    /// A frame of the terminal's own kind.
    func frame(width: Int? = nil, height: Int? = nil) -> CellBuffer {
        CellBuffer(
            width: width ?? screen.width, height: height ?? screen.height, glyphs: terminal.glyphs,
            colors: terminal.colors)
    }

    func present(_ frame: CellBuffer) {
        terminal.present(frame)
        read()
    }

    func read() {
        let bytes = pty.received()
        frameBytes = bytes.count
        screen.feed(bytes)
    }

    func resize(width: Int, height: Int) {
        pty.resize(width: width, height: height)
        screen = VTParser(width: width, height: height)
    }

    /// Where the screen does not show what `frame` says, as sentences; attributes that the terminal lacks are left out.
    func differences(from frame: CellBuffer) -> [String] {
        var found: [String] = []
        for y in 0..<frame.height {
            for x in 0..<frame.width where found.count < 10 && !isReplaced(x, y, frame) {
                let cell = frame[x, y]
                let shown = screen[x, y]
                let marks = [cell.firstMark, cell.secondMark].filter { $0 != 0 }
                if shown.letter != cell.scalar || shown.marks != marks || shown.width != cell.width {
                    found.append("\(x),\(y) shows \(shown), not U+\(String(cell.scalar, radix: 16)) \(marks)")
                }
                let look = seen(SeenLook(terminal.theme.look(of: cell.style)), isSpace: cell.scalar == 0x20)
                let seen = seen(SeenLook(shown.look), isSpace: cell.scalar == 0x20)
                if look != seen { found.append("\(x),\(y) has \(seen), not \(look)") }
            }
        }
        return found
    }

    /// Where a wide character stands before the last cell of the screen, on terminals that wrap whatever they are told:
    /// it is drawn as two question marks.
    private func isReplaced(_ x: Int, _ y: Int, _ frame: CellBuffer) -> Bool {
        ["tmux", "screen"].contains { terminal.type.hasPrefix($0) } && y == frame.height - 1
            && [frame.width - 3, frame.width - 2].contains(x) && frame.width > 2
            && frame[frame.width - 3, y].width == 2 && screen[x, y].letter == 0x3F
    }

    /// What a person sees of it: of a space neither its colour nor its weight; on the console no underline and no dim
    /// beside a colour (its terminfo says so), on a vt100 no dim.
    private func seen(_ look: SeenLook, isSpace: Bool) -> SeenLook {
        var look = look
        if terminal.type == "linux" { look.isUnderlined = false }
        if terminal.type == "linux" || terminal.type == "vt100" || isSpace { look.isDim = false }
        if isSpace {
            look.isBold = false
            if !look.isReverse, !look.isUnderlined { look.foreground = -1 }
        }
        return look
    }
}

/// What a theme asks for and what a terminal shows, in the same words.
private struct SeenLook: Equatable {
    var foreground: Int
    var background: Int
    var isBold: Bool
    var isDim: Bool
    var isReverse: Bool
    var isUnderlined: Bool

    init(_ look: Theme.Look) {
        foreground = look.foreground
        background = look.background
        isBold = look.isBold
        isDim = look.isDim
        isReverse = look.isReverse
        isUnderlined = look.isUnderlined
    }

    init(_ look: VTLook) {
        foreground = look.foreground
        background = look.background
        isBold = look.isBold
        isDim = look.isDim
        isReverse = look.isReverse
        isUnderlined = look.isUnderlined
    }
}
