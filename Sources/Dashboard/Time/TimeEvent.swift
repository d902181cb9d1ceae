import Canvas
import Telemetry
import Text

/// Something that happened to a host at one moment: what the time bar marks, and where `(` and `)` go.
struct TimeEvent: Hashable, Sendable {
    /// From the least to the gravest, which is the one that a cell of the time bar shows.
    enum Kind: Int, Hashable, Sendable, CaseIterable, Comparable {
        case back, booted, killed, silent, unitFailed

        static func < (left: Kind, right: Kind) -> Bool { left.rawValue < right.rawValue }

        /// A character first, a colour second; the characters are those of a host's state.
        var mark: SafeText {
            switch self {
            case .back: "+"
            case .booted, .killed: "!"
            case .silent: "?"
            case .unitFailed: "X"
            }
        }

        var style: Style {
            switch self {
            case .back: Style(.good, bold: true)
            case .booted, .killed: Style(.warning, bold: true)
            case .silent: Style(.stale, bold: true)
            case .unitFailed: Style(.critical, bold: true)
            }
        }
    }

    /// The end of the step in which it was seen.
    let time: Timestamp
    let host: HostID
    let kind: Kind

    /// What happened, for the row of hints.
    var text: String {
        switch kind {
        case .back: "data of \(host.name) again"
        case .booted: "\(host.name) started anew"
        case .killed: "\(host.name) killed a process for want of memory"
        case .silent: "no data of \(host.name) from here"
        case .unitFailed: "a unit of \(host.name) failed"
        }
    }
}
