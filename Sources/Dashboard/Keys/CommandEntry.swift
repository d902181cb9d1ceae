package import Canvas
package import Text

/// What a command can do to a host.
package enum Danger: Int, Sendable, Comparable {
    /// Looks.
    case view
    /// Opens what can change things, or changes what can be changed back.
    case reversible

    package static func < (left: Danger, right: Danger) -> Bool { left.rawValue < right.rawValue }
}

/// A line of the table of commands.
package struct CommandEntry: Sendable {
    /// The headings of the help, in its order.
    package enum Section: String, Sendable, CaseIterable {
        case screens = "Screens"
        case rows = "Rows"
        case order = "Order and marks"
        case time = "Time"
        case other = "Everything else"
    }

    package let command: Command
    package let keys: [KeyPress]
    package let screens: Set<ScreenID>
    package let danger: Danger
    package let section: Section
    /// One or two words for the row of hints.
    package let hint: SafeText
    /// What it does, for help, palette and documents; no full stop.
    package let help: SafeText

    init(
        _ command: Command, _ keys: [KeyPress], on screens: Set<ScreenID> = Set(ScreenID.allCases),
        danger: Danger = .view, in section: Section, _ hint: SafeText, _ help: SafeText
    ) {
        self.command = command
        self.keys = keys
        self.screens = screens
        self.danger = danger
        self.section = section
        self.hint = hint
        self.help = help
    }

    /// What the palette calls it.
    package var name: SafeText { SafeText(command.rawValue) }

    /// Its keys as help lists them: `j down`.
    package var keyNames: SafeText { keys.map(\.name).joined(separator: " ") }
}
