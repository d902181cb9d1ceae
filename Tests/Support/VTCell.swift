/// One cell of the terminal that ``VTParser`` plays.
package struct VTCell: Hashable, Sendable {
    /// The letter's scalar value; 0 in the right half of a wide character.
    package var letter: UInt32 = 0x20
    /// Combining marks on the letter.
    package var marks: [UInt32] = []
    /// 1 or 2, or 0 in the right half of a wide character.
    package var width = 1
    package var look = VTLook()

    /// Whether anybody would see something here.
    package var isFilled: Bool {
        letter != 0x20 && letter != 0 || look.background != -1 || look.isReverse || look.isUnderlined
    }

    /// The character with its marks; nothing for the right half of a wide one.
    package var text: String {
        var text = ""
        for value in [letter] + marks where value != 0 {
            text.unicodeScalars.append(Unicode.Scalar(value) ?? "\u{FFFD}")
        }
        return text
    }
}

/// Colours and attributes, as Select Graphic Rendition sets them.
package struct VTLook: Hashable, Sendable {
    /// An index of the palette, -1 for the terminal's own; 0x100_0000 + RGB for a direct colour.
    package var foreground = -1
    package var background = -1
    package var isBold = false
    package var isDim = false
    package var isItalic = false
    package var isUnderlined = false
    package var isBlinking = false
    package var isReverse = false
    package var isHidden = false
    package var isStruck = false

    package init() {}

    /// SGR's numbers (ECMA-48 8.3.117; 38, 48 and 90 to 107 as xterm has them); those that mean nothing here.
    mutating func apply(_ numbers: [Int]) -> [Int] {
        var unknown: [Int] = []
        var rest = (numbers.isEmpty ? [0] : numbers)[...]
        while let number = rest.popFirst() {
            switch number {
            case 0: self = VTLook()
            case 1: isBold = true
            case 2: isDim = true
            case 3: isItalic = true
            case 4: isUnderlined = true
            case 5: isBlinking = true
            case 7: isReverse = true
            case 8: isHidden = true
            case 9: isStruck = true
            case 10, 11, 12: break  // fonts: the console's way to other characters
            case 22: (isBold, isDim) = (false, false)
            case 23: isItalic = false
            case 24: isUnderlined = false
            case 25: isBlinking = false
            case 27: isReverse = false
            case 28: isHidden = false
            case 29: isStruck = false
            case 30...37: foreground = number - 30
            case 39: foreground = -1
            case 40...47: background = number - 40
            case 49: background = -1
            case 90...97: foreground = number - 90 + 8
            case 100...107: background = number - 100 + 8
            case 38, 48:
                guard let color = Self.takeColor(&rest) else { return unknown + [number] }
                if number == 38 { foreground = color } else { background = color }
            default: unknown.append(number)
            }
        }
        return unknown
    }

    private static func takeColor(_ rest: inout ArraySlice<Int>) -> Int? {
        switch rest.popFirst() {
        case 5: return rest.popFirst().flatMap { (0...255).contains($0) ? $0 : nil }
        case 2:
            let parts = Array(rest.prefix(3))
            rest = rest.dropFirst(3)
            guard parts.count == 3, parts.allSatisfy({ (0...255).contains($0) }) else { return nil }
            return 0x100_0000 + parts[0] << 16 + parts[1] << 8 + parts[2]
        default: return nil
        }
    }
}
