import Canvas
import Fleet
import Telemetry
import Text

/// Something that happened at one moment: what the time bar marks, and where `(` and `)` go.
struct TimeEvent: Hashable, Sendable {
    /// From the least to the gravest, which is the one that a cell of the time bar shows.
    enum Kind: Int, Hashable, Sendable, CaseIterable, Comparable {
        case note, acknowledged, resolved, action, info, back, deploy, booted, killed, warning, silent,
            unitFailed
        case critical

        static func < (left: Kind, right: Kind) -> Bool { left.rawValue < right.rawValue }

        init(_ severity: Severity) {
            switch severity {
            case .critical: self = .critical
            case .warning: self = .warning
            case .info: self = .info
            }
        }

        /// A character first, a colour second; the characters are those of a host's state, of alerts and of marks.
        var mark: SafeText {
            switch self {
            case .note: Mark.Kind.note.letter
            case .acknowledged: "a"
            case .resolved: "o"
            case .action: Mark.Kind.action.letter
            case .back: "+"
            case .deploy: Mark.Kind.deploy.letter
            case .booted, .killed: "!"
            case .silent: "?"
            case .unitFailed: "X"
            case .info: AlertMark(.info).text
            case .warning: AlertMark(.warning).text
            case .critical: AlertMark(.critical).text
            }
        }

        var style: Style {
            switch self {
            case .note: Mark.Kind.note.style
            case .acknowledged: Style(.muted)
            case .action: Mark.Kind.action.style
            case .resolved, .back: Style(.good, bold: true)
            case .deploy: Mark.Kind.deploy.style
            case .booted, .killed: Style(.warning, bold: true)
            case .silent: Style(.stale, bold: true)
            case .unitFailed: Style(.critical, bold: true)
            case .info: AlertMark(.info).style
            case .warning: AlertMark(.warning).style
            case .critical: AlertMark(.critical).style
            }
        }
    }

    /// The end of the step in which it was seen, or the moment that a mark has.
    let time: Timestamp
    let kind: Kind
    /// What happened, for the row of hints.
    let text: String

    /// What the histories of a host tell.
    enum Change: Hashable, Sendable {
        case back, booted, killed, silent, unitFailed
    }

    init(time: Timestamp, host: HostID, _ change: Change) {
        self.time = time
        (kind, text) =
            switch change {
            case .back: (.back, "data of \(host.name) again")
            case .booted: (.booted, "\(host.name) started anew")
            case .killed: (.killed, "\(host.name) killed a process for want of memory")
            case .silent: (.silent, "no data of \(host.name) from here")
            case .unitFailed: (.unitFailed, "a unit of \(host.name) failed")
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

    /// Of what happened to an alert; nil of what has no moment on the bar: a note is a mark, and a silence is nobody's fault.
    init?(_ event: AlertEvent) {
        let alert = event.place.isEmpty ? event.subject : "\(event.subject) \(event.place)"
        switch event.kind {
        case .firing:
            let severity = event.severity ?? .warning
            kind = Kind(severity)
            let summary = event.text.hasPrefix(event.subject) ? event.text : "\(alert): \(event.text)"
            text = "\(severity.rawValue) \(summary)"
        case .resolved: (kind, text) = (.resolved, "\(alert) is over")
        case .acknowledged:
            kind = .acknowledged
            text = "\(event.by) has \(alert)" + (event.text.isEmpty ? "" : ": \(event.text)")
        case .late:
            kind = Kind(event.severity ?? .warning)
            text = "told late: \(alert) would have fired here, and nobody was told"
        case .silenced, .expired, .note, .hook: return nil
        }
        time = event.at
    }
}
