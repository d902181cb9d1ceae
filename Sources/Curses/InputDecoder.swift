package import Canvas

/// Turns the terminal's bytes into events, wherever they were split; pure.
///
/// A chunk may hold many keys: each becomes an event. What a terminal answers to queries (device attributes, colours,
/// cursor reports) is swallowed however late it comes, and pasted text is one event, never keys. A lone escape and
/// the first half of a sequence look alike, so time decides: after ``waitMilliseconds`` without a byte the caller
/// calls ``flush()``.
package struct InputDecoder: Sendable {
    /// Longer sequences are no key of any terminal: they are read to their end and dropped.
    static let sequenceMax = 64
    /// A paste's bytes are cut here; the rest is read and dropped.
    package static let pasteMax = 65_536

    /// What the next byte belongs to.
    enum State: Sendable, Equatable {
        case ground
        /// In a UTF-8 character that lacks so many bytes.
        case text(missing: Int)
        /// After ESC; `alt` after two.
        case escape(alt: Bool)
        /// After ESC [.
        case control(alt: Bool)
        /// After ESC O.
        case single(alt: Bool)
        /// In an answer that BEL or ESC \ ends.
        case string
        case stringEscape
        /// In the three bytes of an old mouse report.
        case mouse
        /// In pasted text, with so many bytes of its end mark seen.
        case paste(matched: Int)
    }

    private static let pasteEnd = Array("\u{1B}[201~".utf8)

    private(set) var state = State.ground
    /// The sequence's or the character's bytes so far, or the paste's.
    private var body: [UInt8] = []
    private var textHasAlt = false

    package init() {}

    /// How long to wait for more before `flush`; nil when nothing hangs on it. A sequence may come in two packets over
    /// a slow line, so only the lone escape, which a person waits for, is decided quickly.
    package var waitMilliseconds: Int? {
        switch state {
        case .ground, .text, .paste: nil
        case .escape: 25
        case .control, .single, .string, .stringEscape, .mouse: 250
        }
    }

    /// The events that these bytes complete.
    package mutating func decode(_ bytes: [UInt8]) -> [InputEvent] {
        var events: [InputEvent] = []
        for byte in bytes { take(byte, &events) }
        return events
    }

    /// Nothing followed in time: a lone escape is the key, an unfinished sequence is dropped.
    package mutating func flush() -> [InputEvent] {
        let waiting = state
        guard waitMilliseconds != nil else { return [] }
        state = .ground
        let escape = InputEvent.key(KeyPress(.escape))
        switch waiting {
        case .escape(let alt): return alt ? [escape, escape] : [escape]
        case .control where body.isEmpty: return [.key(KeyPress(.character("["), alt: true))]
        case .single where body.isEmpty: return [.key(KeyPress(.character("O"), alt: true))]
        case .control, .single, .string, .stringEscape, .mouse, .ground, .text, .paste: return []
        }
    }

    private mutating func take(_ byte: UInt8, _ events: inout [InputEvent]) {
        switch state {
        case .ground: takeGround(byte, &events)
        case .text(let missing): takeText(byte, missing: missing, &events)
        case .escape(let alt): takeEscaped(byte, alt: alt, &events)
        case .control(let alt): takeControl(byte, alt: alt, &events)
        case .single(let alt): takeSingle(byte, alt: alt, &events)
        case .string, .stringEscape: takeString(byte, &events)
        case .mouse: takeOldMouse(byte, &events)
        case .paste(let matched): takePasted(byte, matched: matched, &events)
        }
    }

    /// Leaves a sequence that `byte` cannot belong to; the byte itself still counts.
    private mutating func abandon(for byte: UInt8, _ events: inout [InputEvent]) {
        state = .ground
        take(byte, &events)
    }

    // MARK: Text

    private mutating func takeGround(_ byte: UInt8, _ events: inout [InputEvent]) {
        switch byte {
        case 0x1B: state = .escape(alt: false)
        case 0x80...: beginText(byte, alt: false)
        default: events.append(.key(KeyPress(byte: byte)))
        }
    }

    private mutating func beginText(_ byte: UInt8, alt: Bool) {
        body = [byte]
        textHasAlt = alt
        switch byte {
        case 0xC2...0xDF: state = .text(missing: 1)
        case 0xE0...0xEF: state = .text(missing: 2)
        case 0xF0...0xF4: state = .text(missing: 3)
        default: state = .ground  // never the first byte of a character
        }
    }

    private mutating func takeText(_ byte: UInt8, missing: Int, _ events: inout [InputEvent]) {
        guard byte & 0xC0 == 0x80 else { return abandon(for: byte, &events) }
        body.append(byte)
        guard missing == 1 else {
            state = .text(missing: missing - 1)
            return
        }
        state = .ground
        guard let text = String(validating: body, as: UTF8.self), let scalar = text.unicodeScalars.first,
            !(0x80...0x9F).contains(scalar.value)
        else { return }
        events.append(.key(KeyPress(.character(Character(scalar)), alt: textHasAlt)))
    }

    // MARK: Sequences

    private mutating func takeEscaped(_ byte: UInt8, alt: Bool, _ events: inout [InputEvent]) {
        switch byte {
        case UInt8(ascii: "["): begin(.control(alt: alt))
        case UInt8(ascii: "O"): begin(.single(alt: alt))
        case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "X"):
            if alt { events.append(.key(KeyPress(.escape))) }
            begin(.string)
        case 0x1B:
            // rxvt sends alt with an arrow as ESC ESC [ A: two may still begin something, of three the first was a key.
            if alt { events.append(.key(KeyPress(.escape))) }
            state = .escape(alt: true)
        default:
            if alt { events.append(.key(KeyPress(.escape))) }
            guard byte < 0x80 else { return beginText(byte, alt: true) }
            state = .ground
            // The console's shift-tab; alt-tab is the window manager's and never comes.
            if byte == 0x09 { return events.append(.key(KeyPress(.backTab))) }
            var press = KeyPress(byte: byte)
            press.alt = true
            events.append(.key(press))
        }
    }

    private mutating func begin(_ next: State) {
        body.removeAll(keepingCapacity: true)
        state = next
    }

    private mutating func takeControl(_ byte: UInt8, alt: Bool, _ events: inout [InputEvent]) {
        if body == [UInt8(ascii: "[")] {
            // ESC [ [ A to E: F1 to F5 of the Linux console.
            guard byte >= 0x20, byte < 0x7F else { return abandon(for: byte, &events) }
            state = .ground
            let number = Int(byte) - 0x40
            if (1...5).contains(number) { events.append(.key(KeyPress(.function(number), alt: alt))) }
            return
        }
        switch byte {
        case UInt8(ascii: "[") where body.isEmpty: body = [byte]
        case UInt8(ascii: "M") where body.isEmpty: begin(.mouse)
        case 0x24 where !body.isEmpty && body.allSatisfy { (0x30...0x39).contains($0) }:
            finishControl(byte, alt: alt, &events)  // rxvt ends shifted keys with $
        case 0x20...0x3F:
            if body.count < Self.sequenceMax { body.append(byte) }
        case 0x40...0x7E: finishControl(byte, alt: alt, &events)
        default: abandon(for: byte, &events)
        }
    }

    private mutating func finishControl(_ final: UInt8, alt: Bool, _ events: inout [InputEvent]) {
        state = .ground
        guard body.count < Self.sequenceMax else { return }
        switch ControlSequence(body: body, final: final).meaning {
        case .pasteBegins: begin(.paste(matched: 0))
        case .event(.key(var press)):
            press.alt = press.alt || alt
            events.append(.key(press))
        case .event(let event): events.append(event)
        case .nothing: break
        }
    }

    private mutating func takeSingle(_ byte: UInt8, alt: Bool, _ events: inout [InputEvent]) {
        // Some terminals put a modifier's digit between: ESC O 5 A.
        if body.isEmpty, (0x31...0x39).contains(byte) {
            body = [byte]
            return
        }
        guard byte >= 0x20, byte < 0x7F else { return abandon(for: byte, &events) }
        state = .ground
        guard var press = ControlSequence.keypadPress(byte, modifiers: body.first.map { Int($0) - 0x30 } ?? 1)
        else { return }
        press.alt = press.alt || alt
        events.append(.key(press))
    }

    private mutating func takeString(_ byte: UInt8, _ events: inout [InputEvent]) {
        switch (state, byte) {
        case (.stringEscape, UInt8(ascii: "\\")), (.string, 0x07): state = .ground
        case (.stringEscape, _):
            state = .escape(alt: false)
            take(byte, &events)
        case (_, 0x1B): state = .stringEscape
        // No answer holds other controls, but a person who meant alt-] may press ctrl-c.
        case (_, 0x00...0x08), (_, 0x0E...0x1A): abandon(for: byte, &events)
        default: break
        }
    }

    /// ESC [ M and three bytes, each 32 more than its number: terminals without SGR reports.
    private mutating func takeOldMouse(_ byte: UInt8, _ events: inout [InputEvent]) {
        guard byte >= 0x20 else { return abandon(for: byte, &events) }
        body.append(byte)
        guard body.count == 3 else { return }
        state = .ground
        let numbers = body.map { Int($0) - 0x20 }
        if let event = ControlSequence.mouse(
            button: numbers[0], column: numbers[1], row: numbers[2], isPress: true)
        {
            events.append(.mouse(event))
        }
    }

    // MARK: Paste

    private mutating func takePasted(_ byte: UInt8, matched: Int, _ events: inout [InputEvent]) {
        if byte == Self.pasteEnd[matched] {
            guard matched + 1 == Self.pasteEnd.count else {
                state = .paste(matched: matched + 1)
                return
            }
            return finishPaste(&events)
        }
        // Not the end after all. Only its first byte is an escape, so nothing of what matched begins it anew.
        keepPasted(Self.pasteEnd[..<matched])
        switch byte {
        case 0x1B: state = .paste(matched: 1)
        case 0x03:
            // Terminals take controls out of what they paste: this is a person whose paste lost its end.
            finishPaste(&events)
            events.append(.key(KeyPress(byte: byte)))
        default:
            state = .paste(matched: 0)
            keepPasted([byte])
        }
    }

    private mutating func keepPasted(_ bytes: some Collection<UInt8>) {
        body.append(contentsOf: bytes.prefix(max(0, Self.pasteMax - body.count)))
    }

    private mutating func finishPaste(_ events: inout [InputEvent]) {
        state = .ground
        // Terminals send a line's end as a return.
        var text: [UInt8] = []
        for (place, byte) in body.enumerated() where byte != 0x0A || place == 0 || body[place - 1] != 0x0D {
            text.append(byte == 0x0D ? 0x0A : byte)
        }
        events.append(.paste(String(decoding: text, as: UTF8.self)))
        body = []
    }
}
