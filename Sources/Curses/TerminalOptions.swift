package import Canvas

/// What is known of the terminal before it is opened: the user's flags first, then the environment.
package struct TerminalOptions: Sendable {
    /// nil: as TERM, COLORTERM and NO_COLOR say.
    package var colors: ColorDepth?
    /// nil: as the locale says.
    package var glyphs: GlyphSet?
    /// The variables to look at.
    package var environment: @Sendable (String) -> String?

    package init(
        colors: ColorDepth? = nil, glyphs: GlyphSet? = nil,
        environment: @escaping @Sendable (String) -> String?
    ) {
        self.colors = colors
        self.glyphs = glyphs
        // An empty variable counts as one that is not set, as NO_COLOR and the locale's rules have it.
        self.environment = { name in environment(name).flatMap { $0.isEmpty ? nil : $0 } }
    }

    /// The terminfo entries to try, in order: an unknown terminal is more likely to be like xterm than to be anything
    /// else, and a vt100 needs almost nothing.
    package var terminalTypes: [String] {
        let term = environment("TERM")
        var names = [term, "xterm-256color", "xterm", "vt100"].compactMap { $0 }
        // Old set-ups say xterm of a terminal with far more colours than eight.
        if term == "xterm", colors == .palette256 || environment("COLORTERM") != nil {
            names.insert("xterm-256color", at: 0)
        }
        return names.reduce(into: []) { known, name in
            if !known.contains(name) { known.append(name) }
        }
    }

    /// The depth to draw with on a terminal that has `colorCount` colours.
    package func depth(colorCount: Int) -> ColorDepth {
        let most: ColorDepth = colorCount >= 256 ? .palette256 : colorCount >= 8 ? .ansi16 : .mono
        if let colors { return colors == .palette256 ? most : colorCount >= 8 ? colors : .mono }
        return environment("NO_COLOR") != nil ? .mono : most
    }

    /// Braille where the locale is UTF-8; blocks on the Linux console, whose fonts have no braille.
    package var glyphSet: GlyphSet {
        if let glyphs { return glyphs }
        guard isUTF8 else { return .ascii }
        return environment("TERM") == "linux" ? .block : .braille
    }

    private var isUTF8: Bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment($0) }.first ?? "C"
        let name = locale.uppercased()
        return name.contains("UTF-8") || name.contains("UTF8")
    }

    /// Whether frames are marked for the terminal to show whole (mode 2026). Only where the terminal says its name and
    /// nothing stands between: multiplexers answer for terminals that cannot.
    package var hasSynchronizedOutput: Bool {
        guard environment("TMUX") == nil, environment("STY") == nil, environment("SSH_TTY") == nil else {
            return false
        }
        if environment("KITTY_WINDOW_ID") != nil || environment("TERM") == "foot" { return true }
        return ["WezTerm", "ghostty", "iTerm.app", "contour"].contains(environment("TERM_PROGRAM") ?? "")
    }
}
