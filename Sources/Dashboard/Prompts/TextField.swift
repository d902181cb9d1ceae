package import Canvas
import Text

/// One line of text that somebody edits, and where the caret is.
package struct TextField: Hashable, Sendable {
    /// Characters that a field takes; more are dropped.
    package static let lengthMax = 500

    package private(set) var characters: [Character]
    /// The caret stands before this character.
    package private(set) var caret: Int

    package init(_ text: String = "") {
        characters = Array(text.prefix(Self.lengthMax))
        caret = characters.count
    }

    package var text: String { String(characters) }
    package var isEmpty: Bool { characters.isEmpty }

    /// The caret's distance from the start of the text, in cells.
    package var caretColumn: Int { SafeText(String(characters[..<caret])).width }

    /// Takes pasted text in at the caret, as one line.
    package mutating func paste(_ pasted: String) {
        for character in pasted.prefix(Self.lengthMax) { insert(character.isNewline ? " " : character) }
    }

    /// Replaces everything, as a completion does.
    package mutating func set(_ text: String) {
        self = TextField(text)
    }

    /// Puts `text` in the place of some characters, with the caret behind it.
    package mutating func replace(_ range: Range<Int>, with text: String) {
        let range = range.clamped(to: 0..<characters.count)
        let room = Self.lengthMax - (characters.count - range.count)
        let new = Array(text.prefix(room))
        characters.replaceSubrange(range, with: new)
        caret = range.lowerBound + new.count
    }

    package mutating func clear() {
        self = TextField()
    }

    /// Does what the key does to a text; false when it is not an editing key.
    package mutating func edit(_ press: KeyPress) -> Bool {
        if press.control { return editControl(press.key) }
        guard !press.alt else { return false }
        switch press.key {
        case .character(let character): insert(character)
        case .backspace:
            if caret > 0 { characters.remove(at: caret - 1) }
            caret = max(0, caret - 1)
        case .delete:
            if caret < characters.count { characters.remove(at: caret) }
        case .left: caret = max(0, caret - 1)
        case .right: caret = min(characters.count, caret + 1)
        case .home: caret = 0
        case .end: caret = characters.count
        default: return false
        }
        return true
    }

    private mutating func editControl(_ key: Key) -> Bool {
        switch key {
        case .character("u"):
            characters.removeFirst(caret)
            caret = 0
        case .character("k"): characters.removeLast(characters.count - caret)
        case .character("w"): removeWord()
        case .character("e"): caret = characters.count
        case .left: caret = wordStart
        case .right: caret = characters[caret...].dropFirst().firstIndex(of: " ") ?? characters.count
        default: return false
        }
        return true
    }

    private mutating func insert(_ character: Character) {
        guard characters.count < Self.lengthMax else { return }
        characters.insert(character, at: caret)
        caret += 1
    }

    private mutating func removeWord() {
        let start = wordStart
        characters.removeSubrange(start..<caret)
        caret = start
    }

    private var wordStart: Int {
        var start = caret
        while start > 0, characters[start - 1] == " " { start -= 1 }
        while start > 0, characters[start - 1] != " " { start -= 1 }
        return start
    }
}
