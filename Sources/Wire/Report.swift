package import Telemetry

/// The host's answer to an order.
package struct Report: Equatable, Sendable {
    /// What became of the order; the numbers are on the wire.
    package enum State: UInt8, Sendable {
        /// Never started, and never will be; `text` says why.
        case refused = 0
        case started = 1
        case ended = 2
        /// The host cannot tell whether it ran.
        case unknown = 3
        /// In the ledger, not started yet.
        case accepted = 4
    }

    /// Why it is so, where the exit status does not say it.
    package enum Cause: UInt8, Sendable {
        case none = 0
        /// Ended by us: it took longer than its timeout.
        case timeout = 1
        /// Ended by us: somebody asked for it.
        case cancelled = 2
        /// It left processes behind, which were ended.
        case leftovers = 3
        /// Refused for now: the lock is held, the cooldown goes on, or too much runs.
        case busy = 4
        /// Refused: this user may not.
        case forbidden = 5
        /// Refused: the time to start it by has passed.
        case expired = 6
        /// Refused: no such action, or not with these parameters.
        case undeclared = 7
        /// Refused: the number is one that was seen before.
        case replayed = 8
        /// The host was started anew meanwhile.
        case reboot = 9
        /// The host's ledger cannot be read or written, so nothing is started.
        case ledger = 10
    }

    package var id: String
    package var state: State
    /// The exit status, or the signal's number below zero.
    package var exitStatus: Int32
    package var text: String
    package var cause: Cause
    /// Whether no control group of its own held it: what it started may have got away.
    package var isWeaklyContained: Bool
    /// By the host's clock; nil where it was not started, or did not end.
    package var startedAt: Timestamp?
    package var endedAt: Timestamp?
    /// Bytes that it wrote, and how many of them are not kept.
    package var outputBytes: UInt64
    package var droppedBytes: UInt64
    /// Refused for now, and no more after so many milliseconds; nil where nobody can tell.
    package var freeInMilliseconds: UInt64?

    package init(
        id: String, state: State, exitStatus: Int32, text: String, cause: Cause = .none,
        isWeaklyContained: Bool = false, startedAt: Timestamp? = nil, endedAt: Timestamp? = nil,
        outputBytes: UInt64 = 0, droppedBytes: UInt64 = 0, freeInMilliseconds: UInt64? = nil
    ) {
        self.id = id
        self.state = state
        self.exitStatus = exitStatus
        self.text = text
        self.cause = cause
        self.isWeaklyContained = isWeaklyContained
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.outputBytes = outputBytes
        self.droppedBytes = droppedBytes
        self.freeInMilliseconds = freeInMilliseconds
    }
}

extension Report.State {
    /// One word for logs and messages.
    package var word: String {
        switch self {
        case .refused: "refused"
        case .started: "started"
        case .ended: "ended"
        case .unknown: "unknown"
        case .accepted: "accepted"
        }
    }
}

extension Report.Cause {
    /// One word for logs and messages; empty for none.
    package var word: String {
        switch self {
        case .none: ""
        case .timeout: "timeout"
        case .cancelled: "cancelled"
        case .leftovers: "leftovers"
        case .busy: "busy"
        case .forbidden: "forbidden"
        case .expired: "expired"
        case .undeclared: "undeclared"
        case .replayed: "replayed"
        case .reboot: "reboot"
        case .ledger: "ledger"
        }
    }
}
