package import Canvas

/// The colours and attributes of the roles, at each depth: palette indices, -1 for the terminal's own. Plain text, its
/// titles and its ground are the terminal's own, so that light terminals stay light.
package struct Theme: Sendable {
    /// How one role looks.
    package struct Look: Hashable, Sendable {
        package var foreground: Int
        package var background: Int
        package var isBold: Bool
        package var isDim: Bool
        package var isReverse: Bool
        package var isUnderlined: Bool
    }

    private let depth: ColorDepth
    /// Whether colours 8 to 15 exist; where not, bold and dim stand for them.
    private let hasBright: Bool

    package init(_ depth: ColorDepth, colorCount: Int = 256) {
        self.depth = depth
        hasBright = colorCount >= 16
    }

    package func look(of style: Style) -> Look {
        var look = Look(
            foreground: -1, background: -1, isBold: style.isBold, isDim: style.isDim,
            isReverse: style.isReverse,
            isUnderlined: style.isUnderlined)
        switch depth {
        case .mono: makeMono(style, &look)
        case .ansi16:
            look.foreground = Self.narrow(style.role)
            look.background = style.ground.map(Self.narrowGround) ?? -1
            // The terminal's own text may be dark as well as light: on a ground of ours it is ours.
            if look.foreground < 0, look.background >= 0 {
                look.foreground = Self.isDark(look.background) ? 15 : 0
            }
            if !hasBright { avoidBright(&look) }
        case .palette256:
            look.foreground = Self.wide(style.role)
            look.background = style.ground.map(Self.wideGround) ?? -1
            if look.foreground < 0, look.background >= 0 {
                look.foreground = Self.isDark(look.background) ? 255 : 232
            }
        }
        if style.role == .title { look.isBold = true }
        return look
    }

    /// Without colours a ground is reverse video, and what matters is bold.
    private func makeMono(_ style: Style, _ look: inout Look) {
        switch style.ground {
        case .cursor, .selection, .past, .focus, .title, .critical: look.isReverse.toggle()
        default: break
        }
        switch style.role {
        case .critical, .key, .warning, .accent, .past: look.isBold = true
        case .muted, .hint, .ghost, .border, .trough: look.isDim = true
        default: break
        }
    }

    /// Whether light text reads better on this colour of the palette: greys below the middle, the dark ones of the
    /// sixteen, and of the cube (red 30 %, green 59 %, blue 11 % of what the eye sees) the lower half.
    private static func isDark(_ color: Int) -> Bool {
        switch color {
        case 0, 1, 4, 5, 8: return true
        case ..<16: return false
        case 232...: return color < 244
        default:
            let cube = color - 16
            return 30 * (cube / 36) + 59 * (cube / 6 % 6) + 11 * (cube % 6) < 250
        }
    }

    private func avoidBright(_ look: inout Look) {
        if look.foreground == 8 {
            look.foreground = -1
            look.isDim = true
        } else if look.foreground > 8 {
            look.foreground -= 8
            look.isBold = true
        }
        if look.background >= 8 { look.background -= 8 }
    }

    // MARK: The 256-colour palette

    private static func wide(_ role: Role) -> Int {
        switch role {
        case .text, .title: -1
        case .muted, .hint: 245
        case .accent: 80
        case .good: 114
        case .warning: 221
        case .critical: 203
        case .stale: 180
        case .silenced: 103
        case .selection, .cursor: 255
        case .marked: 222
        case .border: 240
        case .focus, .key: 117
        case .ghost: 241
        case .past: 219
        case .worse: 209
        case .better: 114
        case .trough: 238
        case .onBar: 232
        case .series(let number): series[Int(number) % series.count]
        case .heat(let level): heat[Int(level) * heat.count / 256]
        }
    }

    private static func wideGround(_ role: Role) -> Int {
        switch role {
        case .cursor, .selection: 24
        case .focus: 31
        case .past: 54
        case .marked: 58
        case .critical: 88
        case .warning: 94
        case .trough, .title: 236
        default: wide(role)
        }
    }

    private static let series = [80, 114, 221, 176, 209, 75, 150, 181]
    /// From calm to alarming: teal, green, yellow, orange, red.
    private static let heat = [30, 36, 72, 71, 107, 143, 179, 215, 214, 208, 202, 203, 197, 196]

    // MARK: The sixteen colours

    private static func narrow(_ role: Role) -> Int {
        switch role {
        case .text, .title: -1
        case .muted, .hint, .ghost, .border, .trough: 8
        case .accent, .focus, .key: 6
        case .good, .better: 2
        case .warning, .marked, .stale: 3
        case .critical, .worse: 1
        case .silenced: 4
        case .selection, .cursor: 15
        case .past: 5
        case .onBar: 0
        case .series(let number): narrowSeries[Int(number) % narrowSeries.count]
        case .heat(let level): level < 128 ? 2 : level < 204 ? 3 : 1
        }
    }

    private static func narrowGround(_ role: Role) -> Int {
        switch role {
        case .cursor, .selection, .focus: 4
        case .past: 5
        case .critical: 1
        case .warning, .marked: 3
        case .title, .trough: 8
        default: narrow(role)
        }
    }

    private static let narrowSeries = [6, 2, 3, 5, 1, 4, 10, 7]
}
