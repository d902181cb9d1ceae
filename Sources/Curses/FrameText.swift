package import Canvas

/// A frame as text with colours, for `martlet snapshot --color`: what a terminal would have shown, as lines that can be
/// printed anywhere. Cells hold no controls, so the only escapes are these.
package struct FrameText {
    private let theme: Theme

    package init(theme: Theme) {
        self.theme = theme
    }

    /// The rows, each ending in a plain look; without spaces at the end unless they have a ground.
    package func lines(of frame: CellBuffer) -> [String] {
        (0..<frame.height).map { line(y: $0, of: frame) }
    }

    private func line(y: Int, of frame: CellBuffer) -> String {
        let plain = theme.look(of: .plain)
        let end = (0..<frame.width).last { frame[$0, y] != .blank() }.map { $0 + 1 } ?? 0
        var text = ""
        var current = plain
        for x in 0..<end {
            let look = theme.look(of: frame[x, y].style)
            if look != current, frame[x, y].width > 0 {
                text += Self.escape(look)
                current = look
            }
            frame[x, y].write(to: &text)
        }
        return current == plain ? text : text + "\u{1B}[0m"
    }

    /// Select Graphic Rendition, ECMA-48 8.3.117 with xterm's 90, 100, 38;5 and 48;5; begins from plain each time.
    private static func escape(_ look: Theme.Look) -> String {
        var codes = ["0"]
        if look.isBold { codes.append("1") }
        if look.isDim { codes.append("2") }
        if look.isUnderlined { codes.append("4") }
        if look.isReverse { codes.append("7") }
        codes += color(look.foreground, base: 30) + color(look.background, base: 40)
        return "\u{1B}[\(codes.joined(separator: ";"))m"
    }

    private static func color(_ index: Int, base: Int) -> [String] {
        switch index {
        case ..<0: []
        case 0..<8: ["\(base + index)"]
        case 8..<16: ["\(base + 60 + index - 8)"]
        default: ["\(base + 8);5;\(index)"]
        }
    }
}
