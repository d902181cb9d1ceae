/// Builds safe text scalar by scalar.
struct SafeTextFilter {
    /// Marks that one letter may carry: enough for Vietnamese, Thai and Hebrew, too few to paint over neighbours.
    static let marksMax = 2
    private static let replacement: Unicode.Scalar = "\u{FFFD}"

    /// What a combining mark would meet.
    private enum Seam {
        /// The start of the text: nothing to join.
        case start
        /// A letter with so many marks on it.
        case letter(Unicode.Scalar, marks: Int)
        /// A replacement, which already says that something was left out.
        case replacement
    }

    private(set) var text = ""
    private(set) var width = 0
    private var seam = Seam.start

    init(capacity: Int) {
        text.reserveCapacity(capacity)
    }

    mutating func append(_ scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0x20...0x7E:
            putLetter(scalar, width: 1)
        case 0..<0x20:
            putLetter(Unicode.Scalar(0x2400 + scalar.value) ?? Self.replacement, width: 1)
        case 0x7F:
            putLetter("\u{2421}", width: 1)
        default:
            appendBeyondASCII(scalar)
        }
    }

    private mutating func appendBeyondASCII(_ scalar: Unicode.Scalar) {
        if isPartOfEmoji(scalar) { return }
        switch scalar.properties.generalCategory {
        case .unassigned, .privateUse, .surrogate, .control, .format, .lineSeparator, .paragraphSeparator:
            putReplacement()
        case .spaceSeparator where scalar.value != 0x3000:
            putLetter(" ", width: 1)
        default:
            let scalarWidth = DisplayWidth.of(scalar)
            if Self.isInvisible(scalar) {
                putReplacement()
            } else if scalarWidth == 0 {
                putMark(scalar)
            } else {
                putLetter(scalar, width: scalarWidth)
            }
        }
    }

    /// Emoji sequences are drawn as their parts: joiners, variation selectors and skin tones after a symbol
    /// are left out, since terminals disagree about the width of what they would make.
    private func isPartOfEmoji(_ scalar: Unicode.Scalar) -> Bool {
        guard case .letter(let base, _) = seam, base.value >= 0x2000 else { return false }
        switch scalar.value {
        case 0x200D, 0xFE00...0xFE0F, 0xE0100...0xE01EF:
            return true
        case 0x1F3FB...0x1F3FF:
            return DisplayWidth.of(base) == 2
        default:
            return false
        }
    }

    private mutating func putLetter(_ scalar: Unicode.Scalar, width scalarWidth: Int) {
        seam = scalar == Self.replacement ? .replacement : .letter(scalar, marks: 0)
        text.unicodeScalars.append(scalar)
        width += scalarWidth
    }

    private mutating func putMark(_ scalar: Unicode.Scalar) {
        switch seam {
        case .letter(let base, let marks) where marks < Self.marksMax:
            text.unicodeScalars.append(scalar)
            seam = .letter(base, marks: marks + 1)
        case .letter, .start:
            putReplacement()
        case .replacement:
            break
        }
    }

    private mutating func putReplacement() {
        putLetter(Self.replacement, width: 1)
    }

    /// Letters, marks and symbols that draw nothing: Hangul fillers, joiners by another name, tags, and the
    /// empty braille cell.
    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B...0x180F, 0x2800, 0x3164, 0xFFA0, 0xFFFC,
            0xFE00...0xFE0F, 0x16FE4, 0x1D159, 0xE0000...0xE0FFF:
            true
        default:
            false
        }
    }
}
