import Canvas

extension Widget {
    /// The widget alone on a screen.
    func drawn(
        _ width: Int, _ height: Int = 1, glyphs: GlyphSet = .braille, colors: ColorDepth = .palette256
    ) -> CellBuffer {
        var buffer = CellBuffer(width: width, height: height, glyphs: glyphs, colors: colors)
        draw(on: &buffer, in: buffer.bounds)
        return buffer
    }

    func lines(
        _ width: Int, _ height: Int = 1, glyphs: GlyphSet = .braille, colors: ColorDepth = .palette256
    ) -> [String] {
        drawn(width, height, glyphs: glyphs, colors: colors).lines
    }
}
