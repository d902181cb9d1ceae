package import Text

/// A screen of cells, and the only way to draw on it.
///
/// Drawing is cut to the current clip, so a widget that was given a rectangle cannot reach beyond it whatever it
/// computes. Coordinates are always those of the whole screen. Cells stand row by row in one array that is reused
/// from frame to frame; drawing allocates nothing.
package struct CellBuffer: Sendable {
    /// Columns and rows that a screen has at most; larger terminals are drawn in part.
    package static let sideMax = 1000

    package private(set) var width: Int
    package private(set) var height: Int
    /// Which characters may be drawn; in ASCII everything else is drawn as its stand-in.
    package let glyphs: GlyphSet
    /// How many colours the result will have, for widgets that draw differently without them.
    package let colors: ColorDepth
    /// Where drawing is cut.
    package private(set) var clip: Rect
    /// Where the terminal's own cursor belongs, for prompts and screen readers; nil hides it.
    package private(set) var cursor: CellPosition?
    var cells: [Cell]

    package init(
        width: Int, height: Int, glyphs: GlyphSet = .braille, colors: ColorDepth = .palette256
    ) {
        self.width = max(0, min(width, Self.sideMax))
        self.height = max(0, min(height, Self.sideMax))
        self.glyphs = glyphs
        self.colors = colors
        clip = Rect(x: 0, y: 0, width: self.width, height: self.height)
        cells = Array(repeating: .blank(), count: self.width * self.height)
    }

    /// The whole screen.
    package var bounds: Rect { Rect(x: 0, y: 0, width: width, height: height) }

    /// The cell at a place on the screen.
    package subscript(x: Int, y: Int) -> Cell {
        precondition(bounds.contains(x: x, y: y), "no such cell")
        return cells[y * width + x]
    }

    /// Empties the screen for the next frame, keeping its storage.
    package mutating func clear() {
        clip = bounds
        cursor = nil
        for index in cells.indices {
            cells[index] = .blank()
        }
    }

    /// Runs `body` with drawing cut to `rect` as well as to what it was cut to before.
    package mutating func clipped<Result>(
        to rect: Rect, _ body: (inout CellBuffer) throws -> Result
    ) rethrows -> Result {
        let outer = clip
        clip = clip.intersection(rect)
        defer { clip = outer }
        return try body(&self)
    }

    /// Puts the terminal's cursor here when the place is inside the clip.
    package mutating func placeCursor(x: Int, y: Int) {
        if clip.contains(x: x, y: y) {
            cursor = CellPosition(x: x, y: y)
        }
    }

    /// Draws `text` from a place to the right, in at most `maxWidth` cells; a wide character that would be cut in
    /// half is drawn as a space. Returns the column after the last cell that the text takes, clipped or not.
    @discardableResult
    package mutating func draw(
        _ text: SafeText, x: Int, y: Int, style: Style = .plain, maxWidth: Int = .max
    ) -> Int {
        let columns = max(0, min(text.width, maxWidth))
        guard x > -Rect.farthest, x < Rect.farthest else { return x }
        let first = max(x, clip.x)
        let end = min(x + columns, clip.right)
        guard first < end, y >= clip.y, y < clip.bottom else { return x + columns }
        if text.isASCII {
            drawASCII(text, skipping: first - x, into: first..<end, y: y, style: style)
        } else {
            drawScalars(text, x: x, into: first..<end, y: y, style: style)
        }
        return x + columns
    }

    /// Fills a rectangle with a character of width one.
    package mutating func fill(_ rect: Rect, with scalar: Unicode.Scalar = " ", style: Style = .plain) {
        let part = clip.intersection(rect)
        guard !part.isEmpty, DisplayWidth.of(scalar) == 1 else { return }
        let cell = Cell(glyph: UInt64(shown(scalar.value)), style: style, width: 1)
        for y in part.y..<part.bottom {
            mendEdges(part.x..<part.right, y: y)
            let indices = (y * width + part.x)..<(y * width + part.right)
            var span = cells.mutableSpan
            for index in indices {
                span[index] = cell
            }
        }
    }

    /// Draws one character of width one, given by its scalar's value: the way for graphs.
    package mutating func put(_ scalar: UInt32, x: Int, y: Int, style: Style) {
        guard clip.contains(x: x, y: y) else { return }
        let index = y * width + x
        if cells[index].width != 1 { mendEdges(x..<x + 1, y: y) }
        cells[index] = Cell(glyph: UInt64(shown(scalar)), style: style, width: 1)
    }

    /// Changes the style of what is drawn already, character by character.
    package mutating func restyle(_ rect: Rect, _ change: (Style) -> Style) {
        let part = clip.intersection(rect)
        guard !part.isEmpty else { return }
        for y in part.y..<part.bottom {
            for index in (y * width + part.x)..<(y * width + part.right) {
                cells[index] = cells[index].styled(change(cells[index].style))
            }
        }
    }

    /// Gives what is drawn already a ground, as a cursor row has.
    package mutating func ground(_ rect: Rect, _ role: Role) {
        restyle(rect) { $0.on(role) }
    }

    private mutating func drawASCII(
        _ text: SafeText, skipping: Int, into columns: Range<Int>, y: Int, style: Style
    ) {
        mendEdges(columns, y: y)
        let start = y * width + columns.lowerBound
        let string = text.string
        let bytes = string.utf8Span.span
        var span = cells.mutableSpan
        for offset in 0..<columns.count {
            span[start + offset] = Cell(glyph: UInt64(bytes[skipping + offset]), style: style, width: 1)
        }
    }

    private mutating func drawScalars(
        _ text: SafeText, x: Int, into columns: Range<Int>, y: Int, style: Style
    ) {
        mendEdges(columns, y: y)
        var at = x
        var letter: Int?
        for scalar in text.string.unicodeScalars {
            let scalarWidth = DisplayWidth.of(scalar)
            if scalarWidth == 0 {
                if let letter { cells[letter] = cells[letter].adding(mark: scalar.value) }
                continue
            }
            if at >= columns.upperBound { return }
            if at >= columns.lowerBound, at + scalarWidth <= columns.upperBound {
                let index = y * width + at
                putLetter(scalar.value, width: scalarWidth, at: index, style: style)
                letter = glyphs == .ascii ? nil : index
            } else {
                letter = nil
                for half in at..<at + scalarWidth where columns.contains(half) {
                    cells[y * width + half] = .blank(style)
                }
            }
            at += scalarWidth
        }
    }

    private mutating func putLetter(_ scalar: UInt32, width letterWidth: Int, at index: Int, style: Style) {
        let glyph = UInt64(shown(scalar))
        if glyphs == .ascii {
            for half in index..<index + letterWidth {
                cells[half] = Cell(glyph: glyph, style: style, width: 1)
            }
        } else {
            cells[index] = Cell(glyph: glyph, style: style, width: letterWidth)
            if letterWidth == 2 { cells[index + 1] = .tail(style) }
        }
    }

    /// Where `columns` begin or end in the middle of a wide character, its other half becomes a space.
    private mutating func mendEdges(_ columns: Range<Int>, y: Int) {
        let row = y * width
        let first = row + columns.lowerBound
        let last = row + columns.upperBound - 1
        if cells[first].width == 0 {
            cells[first - 1] = .blank(cells[first - 1].style)
        }
        if cells[last].width == 2 {
            cells[last + 1] = .blank(cells[last + 1].style)
        }
    }

    private func shown(_ scalar: UInt32) -> UInt32 {
        glyphs == .ascii && scalar > 0x7E ? UInt32(GlyphSet.standIn(for: scalar)) : scalar
    }
}
