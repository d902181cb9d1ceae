package import Telemetry

/// What one run of a hook came to.
package enum HookOutcome: Sendable, Equatable {
    /// It ended with 0.
    case done
    /// It ended with 75, or something passing kept it from starting: it is to run again.
    case later
    /// Its time was over before it had ended; all its processes got TERM, and KILL where they stayed.
    case late
    /// It ended with this status, or 128 and the signal that ended it.
    case failed(status: Int32)
    /// It cannot be run as it is.
    case notStarted(reason: String)
    /// How it ended is not known: its supervisor was killed, or the machine went down.
    case lost

    /// Whether it is tried again, for as long as the hook says.
    package var isRetried: Bool {
        switch self {
        case .later, .late, .lost: true
        case .done, .failed, .notStarted: false
        }
    }

    /// As it is shown behind the hook's name.
    package var text: String {
        switch self {
        case .done: "ok"
        case .later: "later (exit 75)"
        case .late: "took too long and was ended"
        case .failed(let status) where status > 128: "ended by signal \(status - 128)"
        case .failed(let status): "failed (exit \(status))"
        case .notStarted(let reason): "not started: \(reason)"
        case .lost: "lost: how it ended is not known"
        }
    }
}

/// One run of a hook: how it ended, and the end of what it said.
package struct HookResult: Sendable, Equatable {
    package let outcome: HookOutcome
    /// Its standard output and errors as they came, the last `outputBytesMax` of them.
    package let output: String
    /// When its process was there; nil where none ever was.
    package let started: Timestamp?
    /// From when it was to start until it had ended.
    package let milliseconds: Int64

    package static let outputBytesMax = 4096

    package init(
        outcome: HookOutcome, output: String = "", started: Timestamp? = nil, milliseconds: Int64 = 0
    ) {
        self.outcome = outcome
        self.output = output
        self.started = started
        self.milliseconds = milliseconds
    }
}
