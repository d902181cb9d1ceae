package import Canvas

/// Turns the terminal's bytes into events, wherever they were split; pure.
///
/// A chunk may hold many keys: each becomes an event. A lone escape is a key once the caller says, by `flush`,
/// that nothing followed it in time. What a terminal answers to queries (device attributes, colours, cursor reports)
/// is swallowed, and pasted text is one event, never keys.
package struct InputDecoder: Sendable {
    /// Longer sequences are nobody's key: they are dropped.
    private static let sequenceMax = 256
    /// A paste's text is cut here; the rest is read and dropped.
    package static let pasteMax = 65_536

    private static let pasteEnd = Array("\u{1B}[201~".utf8)

    private var pending: [UInt8] = []
    private var paste: [UInt8]?
    private var pasteTail: [UInt8] = []

    package init() {}

    /// Whether an escape waits for what may follow it: call `flush` when nothing comes for 25 ms.
    package var isWaiting: Bool { !pending.isEmpty && paste == nil }

    package mutating func decode(_ bytes: [UInt8]) -> [InputEvent] {
        var events: [InputEvent] = []
        for byte in bytes { take(byte, &events) }
        return events
    }

    /// Nothing followed: a lone escape is the key, an unfinished sequence is dropped.
    package mutating func flush() -> [InputEvent] {
        guard paste == nil, !pending.isEmpty else { return [] }
        let rest = pending
        pending = []
        if rest == [0x1B] { return [.key(KeyPress(.escape))] }
        if rest == [0x1B, 0x1B] { return [.key(KeyPress(.escape)), .key(KeyPress(.escape))] }
        // Alt with a letter that could also have begun a sequence.
        if rest.count == 2, rest[0] == 0x1B, rest[1] == 0x5B || rest[1] == 0x4F || rest[1] == 0x50 || rest[1] == 0x5D {
            return [.key(KeyPress(.character(Character(Unicode.Scalar(rest[1]))), alt: true))]
        }
        return []
    }

    private mutating func take(_ byte: UInt8, _ events: inout [InputEvent]) {
        if paste != nil { return takePasted(byte, &events) }
        if pending.isEmpty {
            if byte == 0x1B || byte >= 0x80 { pending = [byte] } else { events.append(.key(Self.plain(byte))) }
        } else if pending[0] == 0x1B {
            takeEscaped(byte, &events)
        } else {
            takeUTF8(byte, &events)
        }
    }

    // MARK: Text

    private mutating func takeUTF8(_ byte: UInt8, _ events: inout [InputEvent]) {
        guard byte & 0xC0 == 0x80 else {
            // The character was cut off: it is dropped, and this byte begins anew.
            pending = []
            return take(byte, &events)
        }
        pending.append(byte)
        finishUTF8(&events, alt: false)
    }

    private mutating func finishUTF8(_ events: inout [InputEvent], alt: Bool) {
        let letters = alt ? Array(pending.dropFirst()) : pending
        let length = letters[0] >= 0xF0 ? 4 : letters[0] >= 0xE0 ? 3 : letters[0] >= 0xC0 ? 2 : 1
        guard letters.count >= length else { return }
        pending = []
        let text = String(decoding: letters, as: UTF8.self)
        guard let character = text.first, text.count == 1, character != "\u{FFFD}" else { return }
        // C1 controls in UTF-8 are no text.
        if let scalar = character.unicodeScalars.first, (0x80...0x9F).contains(scalar.value) { return }
        events.append(.key(KeyPress(.character(character), alt: alt)))
    }

    private static func plain(_ byte: UInt8, alt: Bool = false) -> KeyPress {
        switch byte {
        case 0x0D, 0x0A: return KeyPress(.enter, alt: alt)
        case 0x09: return KeyPress(.tab, alt: alt)
        case 0x08, 0x7F: return KeyPress(.backspace, alt: alt)
        case 0x00: return KeyPress(.character(" "), control: true, alt: alt)
        case 0x01...0x1A: return KeyPress(.character(Character(Unicode.Scalar(byte + 0x60))), control: true, alt: alt)
        case 0x1C...0x1F: return KeyPress(.character(Character(Unicode.Scalar(byte + 0x40))), control: true, alt: alt)
        default: return KeyPress(.character(Character(Unicode.Scalar(byte))), alt: alt)
        }
    }

    // MARK: Escape sequences, ECMA-48 and XTerm Control Sequences

    private mutating func takeEscaped(_ byte: UInt8, _ events: inout [InputEvent]) {
        if pending.count == 1 {
            switch byte {
            case 0x5B, 0x4F, 0x50, 0x5D, 0x5E, 0x5F, 0x58:  // [ O P ] ^ _ X
                pending.append(byte)
            case 0x1B:
                // The first escape was a key of its own.
                events.append(.key(KeyPress(.escape)))
            case 0x80...0xFF:
                pending.append(byte)
            default:
                pending = []
                events.append(.key(Self.plain(byte, alt: true)))
            }
            return
        }
        switch pending[1] {
        case 0x5B: takeCSI(byte, &events)
        case 0x4F: takeSS3(byte, &events)
        case 0x80...0xFF:
            guard byte & 0xC0 == 0x80 else {
                pending = []
                return take(byte, &events)
            }
            pending.append(byte)
            finishUTF8(&events, alt: true)
        default: takeString(byte)
        }
    }

    /// The answer to a query: up to BEL or ESC \, swallowed.
    private mutating func takeString(_ byte: UInt8) {
        let isEnd = byte == 0x07 || (byte == 0x5C && pending.last == 0x1B)
        pending.append(byte)
        if isEnd {
            pending = []
        } else if pending.count > Self.sequenceMax {
            // Keep what it is, drop what it said.
            pending = [pending[0], pending[1], byte]
        }
    }

    private mutating func takeSS3(_ byte: UInt8, _ events: inout [InputEvent]) {
        // Linux and rxvt put a modifier's digit between.
        if (0x30...0x39).contains(byte), pending.count == 2 { return pending.append(byte) }
        let modifiers = pending.count == 3 ? Int(pending[2] - 0x30) : 1
        pending = []
        if let key = Self.letterKey(byte) {
            events.append(.key(Self.press(key, modifiers)))
        } else if byte == 0x4D {
            events.append(.key(KeyPress(.enter)))
        } else if byte == 0x1B {
            pending = [byte]
        }
    }

    private mutating func takeCSI(_ byte: UInt8, _ events: inout [InputEvent]) {
        switch byte {
        case 0x1B: pending = [byte]
        case 0x5B where pending.count == 2: pending.append(byte)  // ESC [ [ A: F1 of the Linux console
        case 0x40...0x7E:
            let body = Array(pending.dropFirst(2))
            pending = []
            finishCSI(body, final: byte, &events)
        case 0x20...0x3F:
            if pending.count < Self.sequenceMax { pending.append(byte) }
        default:
            // A control character inside a sequence ends it; the character itself still counts.
            pending = []
            take(byte, &events)
        }
    }

    private mutating func finishCSI(_ body: [UInt8], final: UInt8, _ events: inout [InputEvent]) {
        if body.first == 0x5B {
            if (0x41...0x45).contains(final) { events.append(.key(KeyPress(.function(Int(final - 0x40))))) }
            return
        }
        if body.first == 0x3C { return finishMouse(body, final, &events) }
        // Answers to queries begin with ? or > or end with c, R, n, t, y.
        guard body.allSatisfy({ (0x30...0x3B).contains($0) }) else { return }
        let numbers = body.split(separator: 0x3B, omittingEmptySubsequences: false)
            .map { Int(String(decoding: $0, as: UTF8.self)) ?? 1 }
        let modifiers = numbers.count > 1 ? numbers[1] : 1
        switch final {
        case 0x7E: finishTilde(numbers.first ?? 0, modifiers, &events)
        case 0x5A: events.append(.key(KeyPress(.backTab)))
        case 0x49: events.append(.focus(true))
        case 0x4F: events.append(.focus(false))
        case 0x52 where numbers.count == 2 && numbers[0] != 1: break  // a cursor report
        default: if let key = Self.letterKey(final) { events.append(.key(Self.press(key, modifiers))) }
        }
    }

    private mutating func finishTilde(_ number: Int, _ modifiers: Int, _ events: inout [InputEvent]) {
        let key: Key
        switch number {
        case 1, 7: key = .home
        case 2: key = .insert
        case 3: key = .delete
        case 4, 8: key = .end
        case 5: key = .pageUp
        case 6: key = .pageDown
        case 11...15: key = .function(number - 10)
        case 17...21: key = .function(number - 11)
        case 23...26: key = .function(number - 12)
        case 28, 29: key = .function(number - 13)
        case 31...34: key = .function(number - 14)
        case 200:
            paste = []
            pasteTail = []
            return
        default: return
        }
        events.append(.key(Self.press(key, modifiers)))
    }

    /// SGR mouse reports: ESC [ < button ; column ; row, then M or m.
    private func finishMouse(_ body: [UInt8], _ final: UInt8, _ events: inout [InputEvent]) {
        let numbers = body.dropFirst().split(separator: 0x3B).compactMap { Int(String(decoding: $0, as: UTF8.self)) }
        guard numbers.count == 3, final == 0x4D || final == 0x6D, numbers[1] > 0, numbers[2] > 0 else { return }
        let action: MouseEvent.Action
        switch numbers[0] & 0b1100_0011 {
        case 64: action = .wheelUp
        case 65: action = .wheelDown
        case let button where button < 3 && numbers[0] & 32 == 0:
            action = final == 0x4D ? .press(button: button) : .release
        default: return
        }
        events.append(.mouse(MouseEvent(x: numbers[1] - 1, y: numbers[2] - 1, action: action)))
    }

    private static func letterKey(_ final: UInt8) -> Key? {
        switch final {
        case 0x41: .up
        case 0x42: .down
        case 0x43: .right
        case 0x44: .left
        case 0x46: .end
        case 0x48: .home
        case 0x50...0x53: .function(Int(final - 0x4F))
        default: nil
        }
    }

    /// xterm's modifier number less one: 1 shift, 2 alt, 4 control.
    private static func press(_ key: Key, _ modifiers: Int) -> KeyPress {
        let bits = max(0, min(15, modifiers - 1))
        return KeyPress(key, control: bits & 4 != 0, alt: bits & 2 != 0, shift: bits & 1 != 0)
    }

    // MARK: Paste

    private mutating func takePasted(_ byte: UInt8, _ events: inout [InputEvent]) {
        pasteTail.append(byte)
        if pasteTail == Self.pasteEnd {
            events.append(.paste(String(decoding: paste ?? [], as: UTF8.self)))
            paste = nil
            pasteTail = []
            return
        }
        guard !Self.pasteEnd.starts(with: pasteTail) else { return }
        // Not the end after all: everything but what may still begin it is text.
        var kept = pasteTail
        while !kept.isEmpty, !Self.pasteEnd.starts(with: kept) {
            let first = kept.removeFirst()
            if (paste?.count ?? 0) < Self.pasteMax { paste?.append(first) }
        }
        pasteTail = kept
    }
}
