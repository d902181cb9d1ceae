import CLinux
import CNcurses
package import Canvas
import Glibc

/// The terminal, taken over while this value lives: cells go out, and on every way out it is given back.
///
/// ncurses finds the cheapest bytes for what changed; only cells that differ from the last frame are handed to it, so
/// a frame costs what changed and nothing is ever erased and drawn again. Nothing reaches the terminal but cells,
/// terminfo's capabilities and the modes of ``TerminalModes``. ncurses keeps its state in globals: one terminal a
/// process at a time, used by one thread.
package final class CursesTerminal {
    package let colors: ColorDepth
    package let glyphs: GlyphSet
    /// The terminal type that was used, after falling back.
    package let type: String
    package let theme: Theme
    /// Where keys come from: read it without blocking, as `poll` says.
    package let input: Int32
    /// Where frames go; waited on when ``takesOutput`` is false.
    package let output: Int32
    private let modes: TerminalModes
    private var terminal: cnc_terminal
    private var last: CellBuffer
    private var looks: [UInt32: PenLook] = [:]
    /// What the character that was put last looks like.
    private var lastLook = PenLook()
    /// The pair of the terminal's own colours.
    private let plainPair: Int32
    /// Whether ncurses writes the last cell of the screen by inserting the one before it, lest the screen scroll.
    private let insertsLastCell: Bool
    private var isActive = true
    private var usesMouse = false
    private let restoreBytes: [UInt8]
    /// Erases the last row, where the cursor is left on a terminal without an alternate screen: a prompt would stand in it.
    private let lastRowEnd: String

    /// Takes the terminal over: raw input, the alternate screen, no cursor, bracketed paste.
    package init(_ options: TerminalOptions, descriptors: TerminalDescriptors) throws(TerminalError) {
        guard clinux_terminal_save(descriptors.output) == 0 else { throw .notATerminal }
        Self.setLocale(for: options.glyphSet)
        (terminal, type) = try Self.open(options.terminalTypes, descriptors)
        input = descriptors.input
        output = descriptors.output
        plainPair = cnc_prepare()
        let colorCount = Int(cnc_colors())
        colors = options.depth(colorCount: colorCount)
        glyphs = options.glyphSet
        theme = Theme(colors, colorCount: colorCount)
        modes = TerminalModes(terminalType: type, synchronizes: options.hasSynchronizedOutput)
        last = CellBuffer(width: 0, height: 0, glyphs: glyphs, colors: colors)
        insertsLastCell = Self.capability("rmam").isEmpty
        let erasure = Self.capability("rmcup").isEmpty ? Self.capability("el") : []
        lastRowEnd = String(decoding: TerminalModes.withoutPadding(erasure), as: UTF8.self)
        restoreBytes = modes.restoration(capability: Self.capability)
        guardTerminal()
        send(modes.begin(mouse: false))
    }

    deinit {
        close()
    }

    /// Columns and rows now; 80x24 where the terminal does not say.
    package var size: (width: Int, height: Int) {
        var columns: Int32 = 0
        var rows: Int32 = 0
        guard clinux_terminal_size(output, &columns, &rows) == 0, columns > 0, rows > 0 else {
            return (80, 24)
        }
        return (min(Int(columns), CellBuffer.sideMax), min(Int(rows), CellBuffer.sideMax))
    }

    /// Whether the terminal reads: a frame for one that does not would keep us until it does.
    package var takesOutput: Bool {
        var state = pollfd(fd: output, events: Int16(POLLOUT), revents: 0)
        return poll(&state, 1, 0) == 1
    }

    /// Shows a frame: one write of what changed.
    package func present(_ frame: CellBuffer) {
        guard isActive else { return }
        if frame.width != last.width || frame.height != last.height {
            guard frame.width > 0, frame.height > 0 else { return }
            cnc_resize(Int32(frame.height), Int32(frame.width))
            last = CellBuffer(width: frame.width, height: frame.height, glyphs: glyphs, colors: colors)
        }
        var isMarked = false
        CellDiff.forEachRun(from: last, to: frame) { run in
            // ncurses holds nothing back between frames, so what is sent past it stays in order.
            if modes.synchronizes, !isMarked {
                send(TerminalModes.frameBegins)
                isMarked = true
            }
            put(run, of: frame)
        }
        if let cursor = frame.cursor {
            cnc_show_cursor(Int32(cursor.y), Int32(cursor.x))
        } else if last.cursor != nil {
            cnc_hide_cursor()
        }
        cnc_flush()
        if isMarked { send(TerminalModes.frameEnds) }
        last = frame
    }

    /// Draws the next frame whole, as ctrl-l asks and a resize needs.
    package func repaint() {
        guard isActive else { return }
        cnc_forget()
        let cursor = last.cursor
        last = CellBuffer(width: last.width, height: last.height, glyphs: glyphs, colors: colors)
        if let cursor { last.placeCursor(x: cursor.x, y: cursor.y) }
    }

    /// Has the terminal report its mouse, which then no longer selects text; off at first.
    package func setMouse(_ isOn: Bool) {
        usesMouse = isOn
        if isActive { send(modes.mouse(isOn)) }
    }

    package func bell() {
        if isActive { send("\u{07}") }
    }

    /// Asks the terminal to notify its user (OSC 9); one that does not know it says nothing. Inside tmux only with
    /// `allow-passthrough on`. Control characters would end the sequence, and are left out.
    package func notify(_ text: String) {
        let plain = String(
            text.unicodeScalars.filter { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
        if isActive { send("\u{1B}]9;\(plain)\u{07}") }
    }

    /// Puts a text, in base64, on the clipboard (OSC 52), where the terminal allows it.
    package func copy(base64 text: String) {
        if isActive { send("\u{1B}]52;c;\(text)\u{07}") }
    }

    /// Bytes that terminals take of a clipboard's text: about 75 kB in base64.
    package static let clipboardBytesMax = 55_000

    /// Gives the terminal to somebody else: a shell, or job control.
    package func leave() {
        guard isActive else { return }
        isActive = false
        send(modes.end)
        cnc_end()
        send(lastRowEnd)
        clinux_terminal_release()
    }

    /// Takes it back; the next frame is drawn whole.
    package func enter() {
        guard !isActive else { return }
        isActive = true
        guardTerminal()
        repaint()
        // The first refresh after endwin puts the modes back.
        cnc_flush()
        cnc_hide_cursor()
        last = CellBuffer(width: last.width, height: last.height, glyphs: glyphs, colors: colors)
        send(modes.begin(mouse: usesMouse))
    }

    /// Gives the terminal back for good; nothing is shown afterwards.
    package func close() {
        leave()
        cnc_close(&terminal)
    }

    // MARK: How

    private func put(_ run: CellRun, of frame: CellBuffer) {
        var gap = run.x..<run.x
        for x in run.x..<run.x + run.count {
            let cell = frame[x, run.y]
            guard cell.width > 0 else { continue }
            let look = look(of: cell.style)
            guard cell.isSpace else {
                lastLook = look
                put(cell, look, x: x, y: run.y)
                continue
            }
            if x >= gap.upperBound { gap = spaces(from: x, in: run, of: frame) }
            // Nobody sees what colour and weight a space has: between two texts it is not worth a change of them. A long
            // one ncurses erases, which needs the terminal's own.
            let keepsLook = gap.count <= Self.gapMax && look.isSameOnSpace(as: lastLook)
            put(cell, keepsLook ? lastLook : look, x: x, y: run.y)
        }
    }

    private func spaces(from start: Int, in run: CellRun, of frame: CellBuffer) -> Range<Int> {
        var end = start + 1
        while end < run.x + run.count, frame[end, run.y].isSpace { end += 1 }
        return start..<end
    }

    /// Spaces in a row that are sent as such.
    private static let gapMax = 8

    private func put(_ cell: Cell, _ look: PenLook, x: Int, y: Int) {
        guard cell.scalar > 0x7E || cell.scalar < 0x20 || cell.firstMark != 0 else {
            return cnc_put(Int32(y), Int32(x), wchar_t(cell.scalar), 0, 0, look.attributes, look.pair)
        }
        // Where the C library has another opinion of a character's width than we, ncurses would lose count of the
        // columns; and what it holds for a control must not go out, whoever put it in a cell.
        guard Int(cnc_width(wchar_t(cell.scalar))) == cell.width, !isBeforeInsertion(cell, x: x, y: y) else {
            for column in x..<x + cell.width {
                cnc_put(Int32(y), Int32(column), wchar_t(0x3F), 0, 0, look.attributes, look.pair)
            }
            return
        }
        guard cell.firstMark != 0 else {
            return cnc_put(Int32(y), Int32(x), wchar_t(cell.scalar), 0, 0, look.attributes, look.pair)
        }
        let marks = [cell.firstMark, cell.secondMark].filter { $0 != 0 && cnc_width(wchar_t($0)) == 0 }
        cnc_put(
            Int32(y), Int32(x), wchar_t(cell.scalar), wchar_t(marks.first ?? 0),
            wchar_t(marks.count > 1 ? marks[1] : 0), look.attributes, look.pair)
    }

    /// Whether it is a wide character whose right half ncurses would insert to write the last cell of the screen.
    private func isBeforeInsertion(_ cell: Cell, x: Int, y: Int) -> Bool {
        insertsLastCell && cell.width == 2 && y == last.height - 1 && x == last.width - 3
    }

    private func look(of style: Style) -> PenLook {
        if let known = looks[style.code] { return known }
        let look = theme.look(of: style)
        let isOwn = look.foreground < 0 && look.background < 0
        let found = PenLook(
            look, pair: isOwn ? plainPair : cnc_pair(Int32(look.foreground), Int32(look.background)))
        looks[style.code] = found
        return found
    }

    private func guardTerminal() {
        restoreBytes.withUnsafeBufferPointer { clinux_terminal_guard($0.baseAddress, $0.count) }
    }

    private static func open(
        _ types: [String], _ descriptors: TerminalDescriptors
    ) throws(TerminalError) -> (cnc_terminal, String) {
        var terminal = cnc_terminal()
        for type in types where cnc_knows(type, descriptors.output) == 1 {
            if cnc_open(type, descriptors.output, descriptors.input, &terminal) == 1 {
                return (terminal, type)
            }
        }
        throw .noDescription(types: types)
    }

    /// ncurses encodes by the locale. The glyphs asked for on the command line outweigh a locale that lacks them.
    private static func setLocale(for glyphs: GlyphSet) {
        setlocale(LC_ALL, "")
        if glyphs != .ascii, String(cString: nl_langinfo(Int32(CODESET))) != "UTF-8" {
            setlocale(LC_CTYPE, "C.UTF-8")
        }
    }

    private static func capability(_ name: String) -> [UInt8] {
        var buffer = [CChar](repeating: 0, count: 128)
        let count = Int(cnc_capability(name, &buffer, Int32(buffer.count)))
        return buffer.prefix(count).map { UInt8(bitPattern: $0) }
    }

    private func send(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(output, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
