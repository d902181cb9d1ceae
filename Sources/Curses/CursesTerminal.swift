import CLinux
import CNcurses
package import Canvas
import Glibc

/// The terminal, taken over while this value lives: cells go out, and on every way out it is given back.
///
/// ncurses finds the cheapest bytes for what changed; only cells that differ from the last frame are handed to it.
package final class CursesTerminal {
    package enum Failure: Error, Equatable, CustomStringConvertible {
        case notATerminal
        case noDescription(term: String)

        package var description: String {
            switch self {
            case .notATerminal:
                "standard input and output are no terminal; for text without one use: martlet snapshot"
            case .noDescription(let term):
                "no terminfo entry for TERM=\(term) nor for xterm-256color, xterm or vt100; apt-get install ncurses-base"
            }
        }
    }

    package let colors: ColorDepth
    package let glyphs: GlyphSet
    /// The terminal type that was used, after falling back.
    package let type: String
    private let screen: OpaquePointer
    private let theme: Theme
    private var last: CellBuffer
    private var looks: [UInt32: (attributes: Int32, pair: Int32)] = [:]
    private var isActive = true
    private var usesMouse = false
    private let restoreBytes: [UInt8]

    private static let pasteOn = "\u{1B}[?2004h"
    private static let pasteOff = "\u{1B}[?2004l"
    private static let mouseOn = "\u{1B}[?1000h\u{1B}[?1006h"
    private static let mouseOff = "\u{1B}[?1006l\u{1B}[?1000l"

    package init(_ options: TerminalOptions = TerminalOptions()) throws(Failure) {
        guard isatty(0) == 1, isatty(1) == 1, clinux_terminal_save(1) == 0 else { throw .notATerminal }
        setlocale(LC_ALL, "")
        let term = Self.variable("TERM") ?? "xterm-256color"
        guard let (screen, type) = Self.open(term) else { throw .noDescription(term: term) }
        self.screen = screen
        self.type = type
        cnc_prepare()
        colors = options.depth(colorCount: Int(cnc_colors()), environment: Self.variable)
        glyphs = options.glyphSet(environment: Self.variable)
        theme = Theme(colors)
        last = CellBuffer(width: 0, height: 0, glyphs: glyphs, colors: colors)
        restoreBytes = Self.restoration(speaksXterm: Self.speaksXterm(type))
        guardTerminal()
        write(Self.speaksXterm(type) ? Self.pasteOn : "")
    }

    deinit {
        close()
    }

    /// Columns and rows now; 80x24 where the terminal does not say.
    package var size: (width: Int, height: Int) {
        var columns: Int32 = 0
        var rows: Int32 = 0
        guard clinux_terminal_size(1, &columns, &rows) == 0, columns > 0, rows > 0 else { return (80, 24) }
        return (Int(columns), Int(rows))
    }

    /// A buffer of the terminal's size to draw the next frame on.
    package func buffer() -> CellBuffer {
        let size = size
        return CellBuffer(width: size.width, height: size.height, glyphs: glyphs, colors: colors)
    }

    /// Shows a frame: one write of what changed.
    package func present(_ frame: CellBuffer) {
        guard isActive else { return }
        if frame.width != last.width || frame.height != last.height {
            cnc_resize(Int32(frame.height), Int32(frame.width))
            last = CellBuffer(width: frame.width, height: frame.height, glyphs: glyphs, colors: colors)
        }
        CellDiff.forEachRun(from: last, to: frame) { run in
            for x in run.x..<run.x + run.count { put(frame[x, run.y], x: x, y: run.y) }
        }
        if let cursor = frame.cursor {
            cnc_cursor(Int32(cursor.y), Int32(cursor.x), 1)
        } else if last.cursor != nil {
            cnc_cursor(0, 0, 0)
        }
        cnc_flush()
        last = frame
    }

    /// Draws the next frame whole, as ctrl-l asks.
    package func repaint() {
        cnc_forget()
        last = CellBuffer(width: last.width, height: last.height, glyphs: glyphs, colors: colors)
    }

    package func setMouse(_ isOn: Bool) {
        usesMouse = isOn && Self.speaksXterm(type)
        write(usesMouse ? Self.mouseOn : Self.mouseOff)
    }

    package func bell() {
        write("\u{07}")
    }

    /// Gives the terminal to somebody else, a shell or the job control.
    package func leave() {
        guard isActive else { return }
        isActive = false
        cnc_end()
        clinux_terminal_restore()
    }

    /// Takes it back and draws everything anew.
    package func enter() {
        guard !isActive else { return }
        isActive = true
        guardTerminal()
        repaint()
        cnc_flush()
        if Self.speaksXterm(type) { write(Self.pasteOn + (usesMouse ? Self.mouseOn : "")) }
    }

    package func close() {
        leave()
    }

    // MARK: How

    private func put(_ cell: Cell, x: Int, y: Int) {
        guard cell.width > 0 else { return }
        let look = look(of: cell.style)
        cnc_put(
            Int32(y), Int32(x), wchar_t(cell.scalar), wchar_t(cell.firstMark), wchar_t(cell.secondMark),
            look.attributes, look.pair)
    }

    private func look(of style: Style) -> (attributes: Int32, pair: Int32) {
        if let known = looks[style.code] { return known }
        let look = theme.look(of: style)
        var attributes: Int32 = 0
        if look.isBold { attributes |= Int32(CNC_BOLD) }
        if look.isDim { attributes |= Int32(CNC_DIM) }
        if look.isReverse { attributes |= Int32(CNC_REVERSE) }
        if look.isUnderlined { attributes |= Int32(CNC_UNDERLINE) }
        let found = (attributes, cnc_pair(Int32(look.foreground), Int32(look.background)))
        looks[style.code] = found
        return found
    }

    private func guardTerminal() {
        restoreBytes.withUnsafeBufferPointer { clinux_terminal_guard($0.baseAddress, $0.count) }
    }

    private static func open(_ term: String) -> (OpaquePointer, String)? {
        for name in [term, "xterm-256color", "xterm", "vt100"] {
            // newterm exits for a description that cannot move the cursor, as `dumb`: such names are passed over.
            guard name != "dumb", name != "unknown", let screen = cnc_open(name, 1, 0) else { continue }
            return (screen, name)
        }
        return nil
    }

    /// What undoes our modes: mouse, paste, attributes, cursor, the alternate screen.
    private static func restoration(speaksXterm: Bool) -> [UInt8] {
        var bytes: [UInt8] = speaksXterm ? Array((mouseOff + pasteOff).utf8) : []
        for name in ["sgr0", "cnorm", "rmcup"] {
            var buffer = [CChar](repeating: 0, count: 128)
            let count = Int(cnc_capability(name, &buffer, Int32(buffer.count)))
            bytes += withoutPadding(buffer.prefix(count).map { UInt8(bitPattern: $0) })
        }
        return bytes
    }

    /// terminfo's `$<5>` asks for a pause, which no terminal of today needs.
    private static func withoutPadding(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var isPadding = false
        for (place, byte) in bytes.enumerated() {
            if byte == 0x24, place + 1 < bytes.count, bytes[place + 1] == 0x3C { isPadding = true }
            if !isPadding { result.append(byte) }
            if byte == 0x3E { isPadding = false }
        }
        return result
    }

    /// Whether the terminal takes xterm's private modes; others would show them.
    private static func speaksXterm(_ type: String) -> Bool {
        ["xterm", "screen", "tmux", "rxvt", "alacritty", "foot", "kitty", "st-", "konsole", "vte", "linux"]
            .contains { type.hasPrefix($0) }
    }

    private static func variable(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }

    private func write(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(1, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
