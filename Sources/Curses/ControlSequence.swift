import Canvas

/// What ESC [ … means as input; ECMA-48 section 5.4 for the form, XTerm Control Sequences and the terminfo entries of
/// xterm, rxvt, screen and linux for the keys.
///
///     ESC [ 1 ; 5 A       control-up: xterm's number for modifiers is 1 + shift 1 + alt 2 + control 4
///     ESC [ 3 ~           delete        3 $ shift, 3 ^ control, 3 @ both: rxvt
///     ESC [ 97 ; 5 u      control-a     27 ; 5 ; 97 ~ the same in xterm's modifyOtherKeys
///     ESC [ < 0 ; x ; y M a press       m a release
///     ESC [ ? … c         an answer
struct ControlSequence {
    /// What a sequence that has ended stands for.
    enum Meaning {
        case event(InputEvent)
        case pasteBegins
        case nothing
    }

    let body: [UInt8]
    let final: UInt8

    var meaning: Meaning {
        if body.first == UInt8(ascii: "<") { return sgrMouse }
        // With other marks, or bytes between the numbers and the end, it is an answer to a query.
        guard let numbers = Self.numbers(body[...]) else { return .nothing }
        let modifiers = numbers.count > 1 ? numbers[1] : 1
        switch final {
        case UInt8(ascii: "~"), UInt8(ascii: "$"), UInt8(ascii: "^"), UInt8(ascii: "@"):
            return numbered(numbers)
        case UInt8(ascii: "u"): return press(of: numbers.first ?? 0, modifiers: modifiers)
        case UInt8(ascii: "Z"): return .event(.key(KeyPress(.backTab)))
        case UInt8(ascii: "I") where body.isEmpty: return .event(.focus(true))
        case UInt8(ascii: "O") where body.isEmpty: return .event(.focus(false))
        case UInt8(ascii: "M") where numbers.count == 3: return oldNumberedMouse(numbers)
        // F3 with modifiers looks like a report of the cursor in the first row: a modifier is 2 to 16.
        case UInt8(ascii: "R") where !(numbers == [0] || numbers[0] == 1 && (2...16).contains(modifiers)):
            return .nothing
        case UInt8(ascii: "a")...UInt8(ascii: "d"):
            return Self.arrow(final - 0x20).map { .event(.key(KeyPress($0, shift: true))) } ?? .nothing
        default:
            guard numbers.count <= 2, let key = Self.letterKey(final) else { return .nothing }
            return .event(.key(Self.modified(key, modifiers)))
        }
    }

    /// The numbers between semicolons, 0 where one is left out; nil when there is anything else. Of numbers with
    /// colons the first counts.
    private static func numbers(_ body: ArraySlice<UInt8>) -> [Int]? {
        guard body.allSatisfy({ (0x30...0x3B).contains($0) }) else { return nil }
        return body.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map { field in
            let digits = field.prefix { $0 != UInt8(ascii: ":") }
            return digits.isEmpty ? 0 : Int(String(decoding: digits, as: UTF8.self)) ?? Int.max
        }
    }

    // MARK: Keys

    private func numbered(_ numbers: [Int]) -> Meaning {
        let number = numbers.first ?? 0
        if final == UInt8(ascii: "~") {
            if number == 200 { return .pasteBegins }
            if number == 27, numbers.count == 3 { return press(of: numbers[2], modifiers: numbers[1]) }
        }
        guard let key = Self.numberedKey(number) else { return .nothing }
        var press = Self.modified(key, numbers.count > 1 ? numbers[1] : 1)
        if final == UInt8(ascii: "$") || final == UInt8(ascii: "@") { press.shift = true }
        if final == UInt8(ascii: "^") || final == UInt8(ascii: "@") { press.control = true }
        return .event(.key(press))
    }

    private static func numberedKey(_ number: Int) -> Key? {
        switch number {
        case 1, 7: .home
        case 2: .insert
        case 3: .delete
        case 4, 8: .end
        case 5: .pageUp
        case 6: .pageDown
        case 11...15: .function(number - 10)
        case 17...21: .function(number - 11)
        case 23...26: .function(number - 12)
        case 28, 29: .function(number - 13)
        case 31...34: .function(number - 14)
        default: nil
        }
    }

    /// A key given by its character's number, as terminals do that tell all keys apart.
    private func press(of code: Int, modifiers: Int) -> Meaning {
        guard (0...0x10_FFFF).contains(code), let scalar = Unicode.Scalar(UInt32(code)) else {
            return .nothing
        }
        var press: KeyPress
        switch code {
        case 0x1B: press = KeyPress(.escape)
        case 0..<0x20, 0x7F: press = KeyPress(byte: UInt8(code))
        case 0x80...0x9F, 0xE000...0xF8FF: return .nothing  // C1 controls, and keys of kitty's own
        default: press = KeyPress(.character(Character(scalar)))
        }
        let held = Self.modified(press.key, modifiers)
        press.control = press.control || held.control
        press.alt = held.alt
        if held.shift, case .character(let character) = press.key, !press.control {
            let upper = character.uppercased()
            press.key = .character(upper.count == 1 ? Character(upper) : character)
        } else {
            press.shift = held.shift
        }
        return .event(.key(press))
    }

    /// ESC O … : the keypad and the first function keys.
    static func keypadPress(_ byte: UInt8, modifiers: Int) -> KeyPress? {
        switch byte {
        case UInt8(ascii: "M"): KeyPress(.enter)
        case UInt8(ascii: "I"): KeyPress(.tab)
        case UInt8(ascii: "X"): KeyPress(.character("="))
        // * + , - . / and the digits, 64 above themselves.
        case UInt8(ascii: "j")...UInt8(ascii: "y"): KeyPress(byte: byte - 0x40)
        case UInt8(ascii: "a")...UInt8(ascii: "d"): arrow(byte - 0x20).map { KeyPress($0, control: true) }
        default: letterKey(byte).map { modified($0, modifiers) }
        }
    }

    private static func letterKey(_ final: UInt8) -> Key? {
        switch final {
        case UInt8(ascii: "F"): .end
        case UInt8(ascii: "H"): .home
        case UInt8(ascii: "P")...UInt8(ascii: "S"): .function(Int(final) - 0x4F)
        default: arrow(final)
        }
    }

    private static func arrow(_ final: UInt8) -> Key? {
        switch final {
        case UInt8(ascii: "A"): .up
        case UInt8(ascii: "B"): .down
        case UInt8(ascii: "C"): .right
        case UInt8(ascii: "D"): .left
        default: nil
        }
    }

    private static func modified(_ key: Key, _ modifiers: Int) -> KeyPress {
        let bits = (1...256).contains(modifiers) ? modifiers - 1 : 0
        return KeyPress(key, control: bits & 4 != 0, alt: bits & 2 != 0, shift: bits & 1 != 0)
    }

    // MARK: Mouse

    private var sgrMouse: Meaning {
        guard final == UInt8(ascii: "M") || final == UInt8(ascii: "m"),
            let numbers = Self.numbers(body.dropFirst()),
            numbers.count == 3,
            let event = Self.mouse(
                button: numbers[0], column: numbers[1], row: numbers[2], isPress: final == UInt8(ascii: "M"))
        else { return .nothing }
        return .event(.mouse(event))
    }

    /// rxvt's reports: the same numbers, the button 32 more.
    private func oldNumberedMouse(_ numbers: [Int]) -> Meaning {
        Self.mouse(button: max(0, numbers[0]) - 32, column: numbers[1], row: numbers[2], isPress: true)
            .map { .event(.mouse($0)) } ?? .nothing
    }

    /// A report's numbers, columns and rows from one; nil for moves, buttons beyond the third and nonsense. The bits
    /// of shift, alt and control are left out.
    static func mouse(button: Int, column: Int, row: Int, isPress: Bool) -> MouseEvent? {
        guard (0..<128).contains(button), (1...CellBuffer.sideMax).contains(column),
            (1...CellBuffer.sideMax).contains(row), button & 32 == 0
        else { return nil }
        let action: MouseEvent.Action
        switch button & 0b1100_0011 {
        case 0...2: action = isPress ? .press(button: button & 3) : .release
        case 3: action = .release
        case 64 where isPress: action = .wheelUp
        case 65 where isPress: action = .wheelDown
        default: return nil
        }
        return MouseEvent(x: column - 1, y: row - 1, action: action)
    }
}

extension KeyPress {
    /// The key of one byte below 0x80; ctrl-letters come as the controls below 0x20.
    init(byte: UInt8) {
        switch byte {
        case 0x0D, 0x0A: self.init(.enter)
        case 0x09: self.init(.tab)
        case 0x08, 0x7F: self.init(.backspace)
        case 0x1B: self.init(.escape)
        case 0x00: self.init(.character(" "), control: true)
        case 0x01...0x1A: self.init(.character(Character(Unicode.Scalar(byte + 0x60))), control: true)
        case 0x1C...0x1F: self.init(.character(Character(Unicode.Scalar(byte + 0x40))), control: true)
        default: self.init(.character(Character(Unicode.Scalar(byte))))
        }
    }
}
