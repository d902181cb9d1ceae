package import Canvas

/// The colours and attributes of the roles, at each depth. Numbers are palette indices; -1 is the terminal's own.
package struct Theme: Sendable {
    package struct Look: Hashable, Sendable {
        package var foreground: Int
        package var background: Int
        package var isBold: Bool
        package var isDim: Bool
        package var isReverse: Bool
        package var isUnderlined: Bool
    }

    private let depth: ColorDepth

    package init(_ depth: ColorDepth) {
        self.depth = depth
    }

    package func look(of style: Style) -> Look {
        var look = Look(
            foreground: foreground(style.role), background: style.ground.map(background) ?? -1, isBold: style.isBold,
            isDim: style.isDim, isReverse: style.isReverse, isUnderlined: style.isUnderlined)
        guard depth == .mono else { return look }
        // Without colours a ground is reverse video, and what matters is bold.
        look.foreground = -1
        look.background = -1
        look.isReverse = look.isReverse || style.ground.map(isLoud) ?? false
        look.isBold = look.isBold || [.critical, .title, .key, .warning].contains(style.role)
        return look
    }

    private func isLoud(_ ground: Role) -> Bool {
        switch ground {
        case .cursor, .selection, .past, .focus, .title: true
        default: false
        }
    }

    private func foreground(_ role: Role) -> Int {
        depth == .palette256 ? wide(role) : narrow(role)
    }

    private func background(_ role: Role) -> Int {
        switch depth {
        case .mono: -1
        case .ansi16:
            switch role {
            case .cursor, .selection, .focus: 4
            case .past: 5
            case .critical: 1
            default: narrow(role)
            }
        case .palette256:
            switch role {
            case .cursor, .selection: 24
            case .focus: 31
            case .past: 54
            case .marked: 58
            case .critical: 88
            case .warning: 94
            case .trough: 236
            case .title: 236
            default: wide(role)
            }
        }
    }

    /// Of the 256-colour palette.
    private func wide(_ role: Role) -> Int {
        switch role {
        case .text: -1
        case .muted, .hint: 245
        case .title: 255
        case .accent: 80
        case .good: 114
        case .warning: 221
        case .critical: 203
        case .stale: 180
        case .silenced: 103
        case .selection, .cursor: 255
        case .marked: 222
        case .border: 240
        case .focus: 117
        case .key: 117
        case .ghost: 241
        case .past: 219
        case .worse: 209
        case .better: 114
        case .trough: 238
        case .onBar: 232
        case .series(let number): [80, 114, 221, 176, 209, 75, 150, 181][Int(number) % Role.seriesCount]
        case .heat(let level): Self.heat[Int(level) * Self.heat.count / 256]
        }
    }

    /// From calm to alarming: teal, green, yellow, orange, red.
    private static let heat = [30, 36, 72, 71, 107, 143, 179, 215, 214, 208, 202, 203, 197, 196]

    /// Of the 16 colours.
    private func narrow(_ role: Role) -> Int {
        switch role {
        case .text: -1
        case .muted, .hint, .ghost, .border, .trough: 8
        case .title: 15
        case .accent, .focus, .key: 6
        case .good, .better: 2
        case .warning, .marked: 3
        case .critical, .worse: 1
        case .stale: 3
        case .silenced: 4
        case .selection, .cursor: 15
        case .past: 5
        case .onBar: 0
        case .series(let number): [6, 2, 3, 5, 1, 4, 2, 7][Int(number) % Role.seriesCount]
        case .heat(let level): level < 128 ? 2 : level < 204 ? 3 : 1
        }
    }
}
