package import Telemetry

/// What the next shift must know, as lines of text: fired and whose it is, silenced and until when, out of reach, hooks that
/// failed; then what happened.
package struct Handover {
    private let board: AlertBoard
    private let hosts: [HostSummary]
    private let clock: (Timestamp) -> String
    private let minute: (Timestamp) -> String
    private let age: (Timestamp, Timestamp) -> String

    /// `clock` writes a moment for people, `minute` its time of day, `age` the time from one to another.
    package init(
        board: AlertBoard, hosts: [HostSummary], clock: @escaping (Timestamp) -> String,
        minute: @escaping (Timestamp) -> String, age: @escaping (Timestamp, Timestamp) -> String
    ) {
        self.board = board
        self.hosts = hosts
        self.clock = clock
        self.minute = minute
        self.age = age
    }

    package var lines: [String] {
        section("FIRING", board.alerts.filter { $0.state == .firing }.map(firing))
            + section("SILENCED", board.silences.map(silenced)) + section("OUT OF REACH", unreachable)
            + section("HOOKS", hooks)
    }

    /// The events of the board and these marks of its time, the newest last.
    package func happened(_ marks: [Mark]) -> [String] {
        section(
            "HAPPENED",
            Happening.list(board.events, marks).map { event in
                [
                    clock(event.at), event.kind, event.id, event.subject, event.place, event.by,
                    event.words(minute),
                ]
                .filter { !$0.isEmpty }.joined(separator: " ")
            })
    }

    private func section(_ title: String, _ rows: [String]) -> [String] {
        rows.isEmpty ? ["\(title)  none"] : [title] + rows.map { "  " + $0 }
    }

    private func firing(_ alert: Alert) -> String {
        let owner = alert.acknowledged.map {
            " - \($0.by) has it\($0.note.isEmpty ? "" : ": \($0.note)")"
        }
        let since = age(alert.firedAt ?? alert.since, board.time)
        return
            "\(alert.id) \(alert.severity.rawValue) for \(since): \(alert.summary)\(owner ?? " - nobody has it")"
    }

    private func silenced(_ silence: Silence) -> String {
        let note = silence.note.isEmpty ? "" : ": \(silence.note)"
        return "\(silence.id) \(silence.selector) until \(clock(silence.until)) by \(silence.by)\(note)"
    }

    private var unreachable: [String] {
        hosts.compactMap { host in
            switch host.state {
            case .failed(let reason, _): "\(host.host): \(reason)"
            case .stale: "\(host.host): silent"
            case .live, .connecting, .off: nil
            }
        }
    }

    private var hooks: [String] {
        guard board.runsHooks else { return ["off: this hub runs none"] }
        // What was tried by hand is no alert that somebody did not hear of.
        return board.reports.filter { !$0.isDone && $0.status != "test" }.map {
            "\(clock($0.at)) \($0.hook): \($0.outcome)"
        }
    }
}
