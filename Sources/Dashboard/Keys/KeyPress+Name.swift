package import Canvas
package import Text

/// How people write keys, and how the table of commands does.
extension KeyPress {
    package static func control(_ character: Character) -> KeyPress {
        KeyPress(.character(character), control: true)
    }

    /// `k`, `P`, `space`, `ctrl-l`, `F1`, `shift-tab`.
    package var name: SafeText {
        let prefix = (control ? "ctrl-" : "") + (alt ? "alt-" : "") + (showsShift ? "shift-" : "")
        return SafeText(prefix + keyName)
    }

    /// The same key as the table has it: shift is part of the character that it makes.
    var plain: KeyPress {
        var plain = self
        if case .character = key { plain.shift = false }
        return plain
    }

    private var showsShift: Bool {
        if case .character = key { return false }
        return shift
    }

    private var keyName: String {
        switch key {
        case .character(" "): "space"
        case .character(let character): String(character)
        case .enter: "enter"
        case .escape: "esc"
        case .tab: "tab"
        case .backTab: "shift-tab"
        case .backspace: "backspace"
        case .delete: "del"
        case .insert: "ins"
        case .up: "up"
        case .down: "down"
        case .left: "left"
        case .right: "right"
        case .home: "home"
        case .end: "end"
        case .pageUp: "pgup"
        case .pageDown: "pgdn"
        case .function(let number): "F\(number)"
        }
    }
}
