import Canvas
import Fleet
import Telemetry
import Text

/// Something that happened at one moment: what the time bar marks, and where `(` and `)` go.
struct TimeEvent: Hashable, Sendable {
    /// From the least to the gravest, which is the one that a cell of the time bar shows.
    enum Kind: Int, Hashable, Sendable, CaseIterable, Comparable {
        case note, action, back, deploy, booted, killed, silent, unitFailed

        static func < (left: Kind, right: Kind) -> Bool { left.rawValue < right.rawValue }

        /// A character first, a colour second; the characters are those of a host's state and of marks.
        var mark: SafeText {
            switch self {
            case .note: Mark.Kind.note.letter
            case .action: Mark.Kind.action.letter
            case .back: "+"
            case .deploy: Mark.Kind.deploy.letter
            case .booted, .killed: "!"
            case .silent: "?"
            case .unitFailed: "X"
            }
        }

        var style: Style {
            switch self {
            case .note: Mark.Kind.note.style
            case .action: Mark.Kind.action.style
            case .back: Style(.good, bold: true)
            case .deploy: Mark.Kind.deploy.style
            case .booted, .killed: Style(.warning, bold: true)
            case .silent: Style(.stale, bold: true)
            case .unitFailed: Style(.critical, bold: true)
            }
        }
    }

    /// The end of the step in which it was seen, or the moment that a mark has.
    let time: Timestamp
    let kind: Kind
    /// What happened, for the row of hints.
    let text: String

    init(time: Timestamp, host: HostID, kind: Kind) {
        self.time = time
        self.kind = kind
        text =
            switch kind {
            case .back: "data of \(host.name) again"
            case .booted: "\(host.name) started anew"
            case .killed: "\(host.name) killed a process for want of memory"
            case .silent: "no data of \(host.name) from here"
            case .unitFailed: "a unit of \(host.name) failed"
            case .note, .action, .deploy: "\(kind) on \(host.name)"
            }
    }

    init(_ mark: Mark) {
        time = mark.at
        kind =
            switch mark.kind {
            case .deploy: .deploy
            case .action: .action
            case .note: .note
            }
        text = mark.sentence + (mark.link.isEmpty ? "" : "  \(mark.link)")
    }
}
