/// The characters that graphs are made of.
enum GraphGlyphs {
    /// Braille dots of the left column, from the bottom up: dots 7, 3, 2, 1; then of the right one: 8, 6, 5, 4.
    private static let leftDots: [UInt32] = [0x40, 0x04, 0x02, 0x01]
    private static let rightDots: [UInt32] = [0x80, 0x20, 0x10, 0x08]

    static let brailleRising = braille(left: leftDots, right: rightDots)
    static let brailleHanging = braille(left: leftDots.reversed(), right: rightDots.reversed())

    /// Quarters of a cell; two levels of four make one quarter, as in btop.
    static let blockRising = scalars(" ▗▗▐▐▖▄▄▟▟▖▄▄▟▟▌▙▙██▌▙▙██")
    static let blockHanging = scalars(" ▝▝▐▐▘▀▀▜▜▘▀▀▜▜▌▛▛██▌▛▛██")

    /// Ink by the higher of the two samples.
    static let ascii: [UInt32] = (0..<25).map { index in
        scalars(" .:+#")[max(index / 5, index % 5)]
    }

    static let blockSteps = scalars("▁▂▃▄▅▆▇█")
    static let asciiSteps = scalars("_.:;=+*#")

    private static func braille(left: [UInt32], right: [UInt32]) -> [UInt32] {
        (0..<25).map { index in
            if index == 0 { return 0x20 }  // a plain space: cheaper for the terminal than the empty pattern
            let dots = left.prefix(index / 5) + right.prefix(index % 5)
            return dots.reduce(0x2800, |)
        }
    }

    private static func scalars(_ text: String) -> [UInt32] {
        text.unicodeScalars.map(\.value)
    }
}
