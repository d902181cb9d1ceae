/// A key as people name it.
package enum Key: Hashable, Sendable {
    case character(Character)
    case enter, escape, tab, backTab, backspace, delete, insert
    case up, down, left, right, home, end, pageUp, pageDown
    /// F1 to F24.
    case function(Int)
}

/// A key with what was held down beside it. Ctrl-x is the character x with `control`.
package struct KeyPress: Hashable, Sendable {
    package var key: Key
    package var control: Bool
    package var alt: Bool
    package var shift: Bool

    package init(_ key: Key, control: Bool = false, alt: Bool = false, shift: Bool = false) {
        self.key = key
        self.control = control
        self.alt = alt
        self.shift = shift
    }
}
