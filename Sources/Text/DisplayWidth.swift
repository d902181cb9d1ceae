/// How many terminal cells a piece of text takes: 0, 1 or 2 for each scalar, as wcwidth(3) counts.
///
/// Widths are summed over scalars, not over grapheme clusters, because that is what terminals, tmux and
/// ncurses do. East Asian "ambiguous" scalars (box drawing, blocks, Greek) count as one cell.
package enum DisplayWidth {
    /// The width of one scalar: 0 for combining marks and control characters, 2 for East Asian wide ones.
    package static func of(_ scalar: Unicode.Scalar) -> Int {
        of(scalarValue: scalar.value)
    }

    /// The width of a character as the sum of its scalars, so that it is what a terminal advances by.
    package static func of(_ character: Character) -> Int {
        var width = 0
        for scalar in character.unicodeScalars {
            width += of(scalar)
        }
        return width
    }

    /// The width of a whole string.
    package static func of(_ text: some StringProtocol) -> Int {
        var width = 0
        for scalar in text.unicodeScalars {
            width += of(scalar)
        }
        return width
    }

    /// The width of the scalar with this value.
    package static func of(scalarValue value: UInt32) -> Int {
        switch value {
        case 0x20...0x7E, 0xA0...0x2FF:
            return 1
        case 0..<0x20, 0x7F..<0xA0:
            return 0
        case 0x2500...0x25FC, 0x2800...0x28FF:
            return 1  // boxes, blocks and braille: what graphs are made of, so kept off the search
        default:
            if contains(WidthTables.wide, value) { return 2 }
            return contains(WidthTables.zero, value) ? 0 : 1
        }
    }

    /// Whether `value` lies in one of the ranges, given as first and last in turn, ascending.
    private static func contains(_ bounds: [UInt32], _ value: UInt32) -> Bool {
        var low = 0
        var high = bounds.count / 2
        while low < high {
            let middle = (low + high) / 2
            if value > bounds[2 * middle + 1] {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low < bounds.count / 2 && bounds[2 * low] <= value
    }
}
