/// A terminal for tests and measurements: takes a program's bytes and keeps the screen that they make.
///
/// It understands what ncurses and full-screen programs send to xterm-256color, tmux-256color, vt100 and linux
/// (ECMA-48, DEC's VT100 manual, XTerm Control Sequences, console_codes(4)); whatever else comes is listed in
/// ``unknown``, so that a test can ask for none. Bytes may be split anywhere.
package struct VTParser: Sendable {
    /// A list that somebody else fills is cut here.
    private static let listMax = 1000
    private static let sequenceMax = 4096

    enum State: Sendable {
        case ground
        case escape
        /// ESC and an intermediate byte.
        case charset(UInt8)
        case control
        /// In an operating system command: its text is kept.
        case command
        /// In another string that ESC \ ends.
        case string(UInt8)
    }

    package let width: Int
    package let height: Int
    /// Sequences that mean nothing here, with `ESC` for the byte: `ESC[5y`.
    package private(set) var unknown: [String] = []
    /// What operating system commands said: titles, clipboards.
    package private(set) var commands: [String] = []
    /// Private modes that are on: 25 the cursor, 1049 the alternate screen, 2004 bracketed paste, 1000 and 1006 the
    /// mouse, 2026 a frame that has begun.
    package internal(set) var modes: Set<Int> = [7, 25]
    /// How often each private mode was set.
    package internal(set) var modesSet: [Int: Int] = [:]
    /// How often the bell rang.
    package private(set) var bells = 0

    var screen: VTScreen
    /// The screen that the alternate one hides.
    var hidden: VTScreen?
    var lastPut: Unicode.Scalar?
    private var state = State.ground
    private var body: [UInt8] = []
    private var text: [UInt8] = []
    private var missing = 0
    private var charsets: [UInt8] = [0x42, 0x42]
    private var shifted = 0

    package init(width: Int, height: Int) {
        screen = VTScreen(width: width, height: height)
        self.width = screen.width
        self.height = screen.height
    }

    /// Each row's characters, without the spaces at its end.
    package var lines: [String] {
        (0..<height).map { y in
            var line = ""
            for x in 0..<width { line += self[x, y].text }
            return String(line[..<(line.lastIndex { $0 != " " }.map(line.index(after:)) ?? line.startIndex)])
        }
    }

    /// Cells in which something is seen.
    package var filledCells: Int {
        screen.cells.count { $0.isFilled }
    }

    package subscript(x: Int, y: Int) -> VTCell {
        screen.cells[y * width + x]
    }

    package var cursor: (x: Int, y: Int) { (screen.x, screen.y) }
    package var isCursorShown: Bool { modes.contains(25) }
    package var isAlternateScreen: Bool { hidden != nil }
    /// The colours and attributes that the next character would get.
    package var look: VTLook { screen.look }

    package mutating func feed(_ bytes: [UInt8]) {
        for byte in bytes { take(byte) }
    }

    mutating func note(_ sequence: String) {
        if unknown.count < Self.listMax { unknown.append(sequence) }
    }

    // MARK: Bytes

    private mutating func take(_ byte: UInt8) {
        switch state {
        case .command, .string: return takeString(byte)
        default: break
        }
        switch byte {
        case 0x1B:
            endText()
            if case .ground = state {} else { note("ESC" + String(decoding: body, as: UTF8.self)) }
            begin(.escape)
        case 0x18, 0x1A: state = .ground
        case 0..<0x20:
            endText()
            control(byte)
        case 0x7F: break
        default: takePrintable(byte)
        }
    }

    private mutating func takePrintable(_ byte: UInt8) {
        switch state {
        case .ground: takeText(byte)
        case .escape: takeEscaped(byte)
        case .charset(let intermediate):
            state = .ground
            switch intermediate {
            case UInt8(ascii: "("): charsets[0] = byte
            case UInt8(ascii: ")"): charsets[1] = byte
            case UInt8(ascii: "%"), UInt8(ascii: " "): break  // UTF-8 on or off; 7-bit answers
            default: note("ESC\(Unicode.Scalar(intermediate))\(Unicode.Scalar(byte))")
            }
        case .control:
            guard byte < 0x40 else {
                state = .ground
                return finish(VTSequence(body, final: byte))
            }
            if body.count < Self.sequenceMax { body.append(byte) }
        case .command, .string: break
        }
    }

    private mutating func begin(_ next: State) {
        state = next
        body.removeAll(keepingCapacity: true)
    }

    private mutating func takeString(_ byte: UInt8) {
        if case .command = state, body.isEmpty, byte == UInt8(ascii: "R") {
            state = .ground  // the console's palette, which nothing ends
            return
        }
        let isEnd = byte == 0x07 || byte == UInt8(ascii: "\\") && body.last == 0x1B
        guard isEnd else {
            if body.count < Self.sequenceMax { body.append(byte) }
            return
        }
        if body.last == 0x1B { body.removeLast() }
        let content = String(decoding: body, as: UTF8.self)
        switch state {
        case .command: if commands.count < Self.listMax { commands.append(content) }
        case .string(let kind): note("ESC\(Unicode.Scalar(kind))\(content)")
        case .ground, .escape, .charset, .control: break
        }
        state = .ground
    }

    private mutating func control(_ byte: UInt8) {
        switch byte {
        case 0x00: break
        case 0x07: bells += 1
        case 0x08: screen.move(x: screen.x - 1, y: screen.y)
        case 0x09: screen.tab(1)
        case 0x0A, 0x0B, 0x0C: screen.lineFeed()
        case 0x0D: screen.move(x: 0, y: screen.y)
        case 0x0E: shifted = 1
        case 0x0F: shifted = 0
        default: note("control \(byte)")
        }
    }

    private mutating func takeEscaped(_ byte: UInt8) {
        state = .ground
        switch byte {
        case UInt8(ascii: "["): begin(.control)
        case UInt8(ascii: "]"): begin(.command)
        case UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "^"), UInt8(ascii: "_"): begin(.string(byte))
        case 0x20...0x2F: begin(.charset(byte))
        case UInt8(ascii: "7"): screen.save()
        case UInt8(ascii: "8"): screen.restore()
        case UInt8(ascii: "D"): screen.lineFeed()
        case UInt8(ascii: "E"):
            screen.lineFeed()
            screen.move(x: 0, y: screen.y)
        case UInt8(ascii: "M"): screen.reverseLineFeed()
        case UInt8(ascii: "H"): screen.tabs.insert(screen.x)
        case UInt8(ascii: "="), UInt8(ascii: ">"), UInt8(ascii: "\\"): break  // the keypad; an end of nothing
        case UInt8(ascii: "c"):
            screen = VTScreen(width: width, height: height)
            modes = [7, 25]
        default: note("ESC\(Unicode.Scalar(byte))")
        }
    }

    // MARK: Text

    private mutating func takeText(_ byte: UInt8) {
        if byte < 0x80 {
            endText()
            return put(Unicode.Scalar(byte))
        }
        if byte & 0xC0 != 0x80 {
            endText()
            missing = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : 1
        } else {
            missing -= 1
        }
        text.append(byte)
        if missing <= 0 { endText() }
    }

    /// Draws the character whose bytes are there; one that was cut off, or is none, as `�`.
    private mutating func endText() {
        guard !text.isEmpty else { return }
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars { put(scalar) }
        text.removeAll(keepingCapacity: true)
        missing = 0
    }

    private mutating func put(_ scalar: Unicode.Scalar) {
        if (0x80..<0xA0).contains(scalar.value) { return note("control \(scalar.value)") }
        var scalar = scalar
        if charsets[shifted] == UInt8(ascii: "0"), let drawn = Self.lineDrawing(scalar) { scalar = drawn }
        screen.put(scalar)
        lastPut = scalar
    }

    /// DEC's special graphics: what stands for ` to ~.
    private static func lineDrawing(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        guard (0x60...0x7E).contains(scalar.value) else { return nil }
        let index = Int(scalar.value - 0x60)
        let drawn = "◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·".unicodeScalars
        return drawn[drawn.index(drawn.startIndex, offsetBy: index)]
    }
}
