import Canvas
import Fleet
import Text

/// What people do at a host now: the actions and rollouts that run there, and the alerts that they silenced.
struct HostWork {
    struct Part {
        let grade: FleetHealth.Grade
        let words: SafeText
    }

    private(set) var parts: [Part] = []

    /// Of the past nothing is known of it.
    init(_ host: HostState, _ context: ScreenContext) {
        guard context.isLive else { return }
        if let names = host.summary?.work, !names.isEmpty {
            parts.append(
                Part(
                    grade: .working,
                    words: "\(SafeText(names.joined(separator: ", "))) \(names.count == 1 ? "runs" : "run")"))
        }
        let silenced = context.alerts.silencedCount(of: host.id)
        if silenced > 0 {
            parts.append(
                Part(
                    grade: .silenced,
                    words: "\(Format.integer(silenced)) \(silenced == 1 ? "alert" : "alerts") silenced"))
        }
    }

    /// For a title: each with its mark.
    var spans: [TextLine.Span] {
        parts.map { TextLine.Span("\($0.grade.mark) \($0.words)", $0.grade.style) }
    }
}
