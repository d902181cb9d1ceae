/// One cell of the screen in 16 bytes: up to three scalars, a style, and how wide the character is.
///
///     glyph  bits  0…20  the letter        look  bits  0…23  style's code
///            bits 21…41  a mark on it            bits 32…33  width: 1, 2, or 0 for the right half of a wide one
///            bits 42…62  a second mark
package struct Cell: Hashable, Sendable {
    private static let scalarMask: UInt64 = 0x1F_FFFF

    /// The scalars, 21 bits each, the letter lowest; 0 in the right half of a wide character.
    package let glyph: UInt64
    /// The style's code and the width.
    package let look: UInt64

    init(glyph: UInt64, style: Style, width: Int) {
        self.glyph = glyph
        look = UInt64(style.code) | UInt64(width) << 32
    }

    private init(glyph: UInt64, look: UInt64) {
        self.glyph = glyph
        self.look = look
    }

    /// An empty cell of a style.
    package static func blank(_ style: Style = .plain) -> Cell {
        Cell(glyph: 0x20, style: style, width: 1)
    }

    /// The right half of a wide character.
    static func tail(_ style: Style) -> Cell {
        Cell(glyph: 0, style: style, width: 0)
    }

    package var style: Style { Style(code: UInt32(truncatingIfNeeded: look)) }

    /// Cells the character takes: 1, 2, or 0 for the right half of a wide one.
    package var width: Int { Int(look >> 32) }

    /// The letter's value, 0 in the right half of a wide character.
    package var scalar: UInt32 { UInt32(truncatingIfNeeded: glyph & Self.scalarMask) }
    /// Whether nothing is drawn in it but its ground.
    package var isSpace: Bool { glyph == 0x20 }

    /// The first combining mark on the letter, 0 for none.
    package var firstMark: UInt32 { UInt32(truncatingIfNeeded: glyph >> 21 & Self.scalarMask) }
    /// The second combining mark on the letter, 0 for none.
    package var secondMark: UInt32 { UInt32(truncatingIfNeeded: glyph >> 42 & Self.scalarMask) }

    /// The same character in another style.
    package func styled(_ style: Style) -> Cell {
        Cell(glyph: glyph, look: look & ~0xFFFF_FFFF | UInt64(style.code))
    }

    /// With one more mark on the letter; a third one is left out.
    func adding(mark: UInt32) -> Cell {
        let shift: UInt64 = firstMark == 0 ? 21 : 42
        guard secondMark == 0 else { return self }
        return Cell(glyph: glyph | UInt64(mark) << shift, look: look)
    }

    /// Appends the character to `text`; nothing for the right half of a wide one.
    package func write(to text: inout String) {
        for value in [scalar, firstMark, secondMark] where value != 0 {
            text.unicodeScalars.append(Unicode.Scalar(value) ?? "\u{FFFD}")
        }
    }
}
