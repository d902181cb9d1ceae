/// One order to one host, and what became of it; what the API tells, the hub's journal keeps and screens draw.
package struct OrderRun: Codable, Hashable, Sendable {
    /// How far the order is, as the hub knows; those after `running` are ends.
    package enum State: String, Codable, Sendable, CaseIterable {
        /// In the hub's journal, not sent yet.
        case queued
        /// Sent; the host has not answered, so it may have been started or not.
        case offered
        /// In the host's ledger.
        case accepted
        case running
        case succeeded
        case failed
        /// Ended by the host, because its time was up.
        case timedOut = "timed_out"
        /// Never started, and never will be.
        case notStarted = "not_started"
        /// The host cannot tell how it ended; never guessed into success or failure.
        case unknown

        /// Whether it has come to its end.
        package var isOver: Bool {
            switch self {
            case .queued, .offered, .accepted, .running: false
            case .succeeded, .failed, .timedOut, .notStarted, .unknown: true
            }
        }

        /// For people: `timed out`.
        package var words: String {
            switch self {
            case .timedOut: "timed out"
            case .notStarted: "not started"
            default: rawValue
            }
        }
    }

    /// 32 hexadecimal digits.
    package var id: String
    package var host: String
    package var action: String
    package var parameters: [String: String]
    /// Who asked: `uid`, `user`, and `as` where a name was given beside it.
    package var actor: [String: String]
    package var state: State
    /// A word for why it is so, where the exit status does not say it: `busy`, `timeout`, `forbidden`, `unreachable` …;
    /// empty for none.
    package var cause: String
    /// A sentence for people; empty where there is nothing to say.
    package var text: String
    /// The script's exit status, or the signal's number below zero; nil before its end.
    package var exitStatus: Int32?
    /// Whether what it started could get away when it was ended.
    package var isWeaklyContained: Bool
    /// The hub's place of it: rises from order to order.
    package var sequence: UInt64
    package var fence: UInt64
    /// Milliseconds since 1970, by the hub's clock.
    package var orderedAt: Int64
    package var notAfter: Int64
    /// By the host's clock.
    package var startedAt: Int64?
    package var endedAt: Int64?
    package var outputBytes: UInt64
    /// Of these, how many are not kept.
    package var droppedBytes: UInt64
    /// Done when the host comes back; within so many milliseconds of the order.
    package var returnsWithin: Int64?
    /// Not started because the host was busy, and free after so many milliseconds from its answer; nil where it cannot tell.
    package var freeIn: Int64?

    package init(
        id: String, host: String, action: String, parameters: [String: String] = [:],
        actor: [String: String] = [:], state: State = .queued, sequence: UInt64 = 0, fence: UInt64 = 0,
        orderedAt: Int64 = 0, notAfter: Int64 = 0, returnsWithin: Int64? = nil
    ) {
        self.id = id
        self.host = host
        self.action = action
        self.parameters = parameters
        self.actor = actor
        self.state = state
        cause = ""
        text = ""
        isWeaklyContained = false
        self.sequence = sequence
        self.fence = fence
        self.orderedAt = orderedAt
        self.notAfter = notAfter
        outputBytes = 0
        droppedBytes = 0
        self.returnsWithin = returnsWithin
    }

    /// How long it ran, in milliseconds; nil where it did not, or has not ended.
    package var milliseconds: Int64? {
        guard let startedAt, let endedAt else { return nil }
        return max(0, endedAt.subtractingReportingOverflow(startedAt).partialValue)
    }

    /// What became of it in few words: `succeeded`, `failed: status 3`, `not started: …`.
    package var words: String {
        var words = state.words
        if cause == "cancelled" { return "cancelled: \(text)" }
        if state == .failed, let exitStatus {
            words += exitStatus < 0 ? ": signal \(-Int64(exitStatus))" : ": status \(exitStatus)"
            if !text.isEmpty { words += ", \(text)" }
            return words
        }
        return text.isEmpty ? words : "\(words): \(text)"
    }
}

/// What is asked of the hub: one action on each of some hosts.
package struct OrderRequest: Codable, Hashable, Sendable {
    package var action: String
    package var parameters: [String: String]
    package var hosts: [String]
    /// A name beside the uid, for accounts that several people share.
    package var actor: String?

    package init(action: String, parameters: [String: String], hosts: [String], actor: String? = nil) {
        self.action = action
        self.parameters = parameters
        self.hosts = hosts
        self.actor = actor
    }
}

/// What is asked of the hub: to end these orders.
package struct CancelRequest: Codable, Hashable, Sendable {
    package var ids: [String]
    package var actor: String?

    package init(ids: [String], actor: String? = nil) {
        self.ids = ids
        self.actor = actor
    }
}

/// What follows some orders: their states as they change, and their output as it comes.
package enum OrderUpdate: Hashable, Sendable {
    case run(OrderRun)
    /// `offset` is its place in all that was written; what lies between two parts was dropped.
    case output(id: String, offset: UInt64, bytes: [UInt8])
}
