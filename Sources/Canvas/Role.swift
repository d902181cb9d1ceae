/// What a cell means. Curses alone knows what colour that is at 256 colours, at 16 and at none.
package enum Role: Hashable, Sendable {
    /// Plain text on the terminal's own ground.
    case text
    /// What may be overlooked: units, labels, the parts of a path.
    case muted
    /// Titles of panels and columns.
    case title
    /// What the eye should find first: the host's name, the focused panel.
    case accent
    case good
    case warning
    case critical
    /// Data older than it should be.
    case stale
    case silenced
    /// The row under the cursor.
    case selection
    /// Rows marked for an action.
    case marked
    /// Frames and rules.
    case border
    /// The frame of the panel that has the focus.
    case focus
    /// The caret in a prompt.
    case cursor
    /// A key in a hint or in help.
    case key
    /// What a hint or a help line says of the key.
    case hint
    /// A completion that is offered, not typed.
    case ghost
    /// The bar that says the screen shows the past.
    case past
    /// A value that just rose, in the bad direction or the good one.
    case worse
    case better
    /// The unfilled part of a gauge or bar.
    case trough
    /// Text over a bar or on a filled ground.
    case onBar
    /// Series and bar segments, told apart: 0 to 7, then again from 0.
    case series(UInt8)
    /// A place on the scale from cold, 0, to hot, 255.
    case heat(UInt8)

    /// All roles, with eight series and the whole scale: what a theme must resolve.
    package static let all: [Role] =
        plain + (0..<UInt8(seriesCount)).map(Role.series) + (UInt8.min...UInt8.max).map(Role.heat)

    /// How many series a theme tells apart.
    package static let seriesCount = 8

    private static let plain: [Role] = [
        .text, .muted, .title, .accent, .good, .warning, .critical, .stale, .silenced, .selection, .marked,
        .border,
        .focus, .cursor, .key, .hint, .ghost, .past, .worse, .better, .trough, .onBar,
    ]

    /// A dense number below ``codeCount``, so that a theme can be an array.
    package var code: Int {
        switch self {
        case .text: 0
        case .muted: 1
        case .title: 2
        case .accent: 3
        case .good: 4
        case .warning: 5
        case .critical: 6
        case .stale: 7
        case .silenced: 8
        case .selection: 9
        case .marked: 10
        case .border: 11
        case .focus: 12
        case .cursor: 13
        case .key: 14
        case .hint: 15
        case .ghost: 16
        case .past: 17
        case .worse: 18
        case .better: 19
        case .trough: 20
        case .onBar: 21
        case .series(let index): Self.firstSeries + Int(index) % Self.seriesCount
        case .heat(let level): Self.firstHeat + Int(level)
        }
    }

    /// One more than the largest code.
    package static let codeCount = firstHeat + 256

    private static let firstSeries = 22
    private static let firstHeat = firstSeries + seriesCount

    /// The role with this code, or nil where there is none.
    package init?(code: Int) {
        switch code {
        case 0..<Self.firstSeries: self = Self.plain[code]
        case Self.firstSeries..<Self.firstHeat: self = .series(UInt8(code - Self.firstSeries))
        case Self.firstHeat..<Self.codeCount: self = .heat(UInt8(code - Self.firstHeat))
        default: return nil
        }
    }

    /// The heat of a share: 0 and below is cold, 1 and above is hot, and what is not a number is cold.
    package static func heat(share: Double) -> Role {
        .heat(share.isNaN ? 0 : UInt8(max(0, min(share, 1)) * 255))
    }
}

extension Role: CustomStringConvertible {
    package var description: String {
        switch self {
        case .text: "text"
        case .muted: "muted"
        case .title: "title"
        case .accent: "accent"
        case .good: "good"
        case .warning: "warning"
        case .critical: "critical"
        case .stale: "stale"
        case .silenced: "silenced"
        case .selection: "selection"
        case .marked: "marked"
        case .border: "border"
        case .focus: "focus"
        case .cursor: "cursor"
        case .key: "key"
        case .hint: "hint"
        case .ghost: "ghost"
        case .past: "past"
        case .worse: "worse"
        case .better: "better"
        case .trough: "trough"
        case .onBar: "onBar"
        case .series(let index): "series\(index)"
        case .heat(let level): "heat\(level)"
        }
    }
}
