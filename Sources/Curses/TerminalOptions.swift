package import Canvas

/// What is known of the terminal before it is opened: from the user's flags, then the environment.
package struct TerminalOptions: Sendable, Equatable {
    /// nil: as TERM, COLORTERM and NO_COLOR say.
    package var colors: ColorDepth?
    /// nil: as the locale says.
    package var glyphs: GlyphSet?

    package init(colors: ColorDepth? = nil, glyphs: GlyphSet? = nil) {
        self.colors = colors
        self.glyphs = glyphs
    }

    /// The depth to draw with on a terminal that has `colorCount` colours.
    package func depth(colorCount: Int, environment: (String) -> String?) -> ColorDepth {
        if let colors { return colorCount < 8 ? .mono : colors }
        if environment("NO_COLOR")?.isEmpty == false { return .mono }
        if colorCount >= 256 { return .palette256 }
        return colorCount >= 8 ? .ansi16 : .mono
    }

    /// Braille where the locale is UTF-8. The Linux console has no braille in its fonts.
    package func glyphSet(environment: (String) -> String?) -> GlyphSet {
        if let glyphs { return glyphs }
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { environment($0) }.first { !$0.isEmpty } ?? "C"
        let isUTF8 = locale.uppercased().hasSuffix("UTF-8") || locale.uppercased().hasSuffix("UTF8")
        guard isUTF8 else { return .ascii }
        return environment("TERM") == "linux" ? .block : .braille
    }
}
