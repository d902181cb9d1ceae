/// What a person did at the terminal.
package enum InputEvent: Hashable, Sendable {
    case key(KeyPress)
    /// Pasted text: never keys.
    case paste(String)
    case mouse(MouseEvent)
    case resize(width: Int, height: Int)
    case focus(Bool)
}

/// A mouse button or wheel, at a cell counted from zero.
package struct MouseEvent: Hashable, Sendable {
    /// Buttons are 0 for the left one, 1 for the middle, 2 for the right.
    package enum Action: Hashable, Sendable {
        case press(button: Int)
        case release
        case wheelUp
        case wheelDown
    }

    package var x: Int
    package var y: Int
    package var action: Action

    package init(x: Int, y: Int, action: Action) {
        self.x = x
        self.y = y
        self.action = action
    }
}
