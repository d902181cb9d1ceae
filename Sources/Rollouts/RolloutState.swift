/// Where a rollout stands.
package enum RolloutState: Hashable, Sendable, Codable {
    /// Hosts of the batch, counted from 0, are at work.
    case running(batch: Int)
    /// The batch is healthy; the gate looks at it until `until`, in milliseconds.
    case baking(batch: Int, until: Int64)
    /// A person must answer; after the definition's `holdFor` it ends as halted.
    case held(HoldReason, batch: Int, since: Int64)
    case rollingBack(reason: String)
    case succeeded
    /// Every touched host runs the old version again and is healthy.
    case rolledBack(reason: String)
    /// Hosts are on both versions, or nobody can tell: a person is needed.
    case mixed(reason: String)
    case halted(reason: String)
    case aborted(actor: String, reason: String)

    package var isFinal: Bool {
        switch self {
        case .running, .baking, .held, .rollingBack: false
        case .succeeded, .rolledBack, .mixed, .halted, .aborted: true
        }
    }
}

/// Why a rollout waits for a person.
package enum HoldReason: Hashable, Sendable, Codable {
    case noVerdict(reason: String)
    case unknownHosts([String])
    case approval
}

/// Who stopped the rollout from starting more hosts.
package struct Pause: Hashable, Sendable, Codable {
    package let actor: String
    package let reason: String
    package let since: Int64

    /// The actor where no person paused it: no hub ran for too long.
    package static let hubRestart = "hub restart"
}
