/// Which characters the terminal can draw.
package enum GlyphSet: Sendable, CaseIterable {
    /// Printable ASCII alone; everything else has a stand-in.
    case ascii
    /// Boxes and block elements.
    case block
    /// Braille patterns as well: four times the detail in graphs.
    case braille

    /// The 25 glyphs of a graph cell that grows upwards, by 5 × left level + right level, each level 0…4.
    package var rising: [UInt32] {
        switch self {
        case .ascii: GraphGlyphs.ascii
        case .block: GraphGlyphs.blockRising
        case .braille: GraphGlyphs.brailleRising
        }
    }

    /// The same for a graph that hangs from above.
    package var hanging: [UInt32] {
        switch self {
        case .ascii: GraphGlyphs.ascii
        case .block: GraphGlyphs.blockHanging
        case .braille: GraphGlyphs.brailleHanging
        }
    }

    /// Eight heights of a one-row graph.
    package var steps: [UInt32] {
        self == .ascii ? GraphGlyphs.asciiSteps : GraphGlyphs.blockSteps
    }

    /// What a place without data shows: `·`, in ASCII `-`.
    package var gap: UInt32 { self == .ascii ? 0x2D : 0xB7 }
    /// The filled part of a gauge: `▓`, in ASCII `#`.
    package var filled: UInt32 { self == .ascii ? 0x23 : 0x2593 }
    /// The empty part of a gauge: `░`, in ASCII `.`.
    package var unfilled: UInt32 { self == .ascii ? 0x2E : 0x2591 }
    /// A vertical rule: `│`, in ASCII `|`.
    package var vertical: UInt32 { self == .ascii ? 0x7C : 0x2502 }
    /// A horizontal rule: `─`, in ASCII `-`.
    package var horizontal: UInt32 { self == .ascii ? 0x2D : 0x2500 }
    /// A moment marked in a graph: `┊`, in ASCII `!`.
    package var moment: UInt32 { self == .ascii ? 0x21 : 0x250A }

    /// What ASCII shows for a scalar beyond it: a likeness for boxes, blocks, arrows and points, else `?`.
    package static func standIn(for scalar: UInt32) -> UInt8 {
        switch scalar {
        case 0x2502, 0x2503, 0x2551, 0x250A, 0x2506: UInt8(ascii: "|")
        case 0x2500, 0x2501, 0x2550, 0x2504, 0x2508, 0x2010...0x2015: UInt8(ascii: "-")
        case 0x250C...0x254B, 0x2552...0x2570: UInt8(ascii: "+")
        case 0x2581...0x2588: UInt8(GraphGlyphs.asciiSteps[Int(scalar - 0x2581)])
        case 0x2591, 0x25A1: UInt8(ascii: ".")
        case 0x2592, 0x2593, 0x25A0, 0x25AE: UInt8(ascii: "#")
        case 0x00B7, 0x2022, 0x25CF: UInt8(ascii: "*")
        case 0x25CB: UInt8(ascii: "o")
        case 0x2026: UInt8(ascii: "~")
        case 0x2191, 0x25B2, 0x25B4: UInt8(ascii: "^")
        case 0x2193, 0x25BC, 0x25BE: UInt8(ascii: "v")
        case 0x2192, 0x25B6, 0x25B8, 0x203A: UInt8(ascii: ">")
        case 0x2190, 0x25C0, 0x25C2, 0x25C4, 0x2039: UInt8(ascii: "<")
        case 0x2713, 0x2714: UInt8(ascii: "+")
        case 0x2717, 0x2718, 0x00D7: UInt8(ascii: "x")
        case 0x2018, 0x2019: UInt8(ascii: "'")
        case 0x201C, 0x201D: UInt8(ascii: "\"")
        case 0x00B0: UInt8(ascii: "o")
        case 0x00B5, 0x03BC: UInt8(ascii: "u")
        case 0x2265: UInt8(ascii: ">")
        case 0x2264: UInt8(ascii: "<")
        default: UInt8(ascii: "?")
        }
    }
}
