package import Fleet
import Telemetry

/// What the hub says of rollouts now, whatever moment is shown.
package struct RolloutsState: Sendable {
    /// Those that go on first, then those that ended; the newest first in both.
    package private(set) var rollouts: [RolloutView] = []
    /// Whether the hub has told of them at all.
    package private(set) var isKnown = false
    /// Counts the lists: what was worked out from one is done anew with the next.
    package private(set) var version = 0
    /// Of the order that somebody looks at.
    var output: RolloutOutput?
    private var digests: [String: RolloutDigest] = [:]
    private var places: [String: Int] = [:]

    package init() {}

    package subscript(id: String) -> RolloutView? { places[id].map { rollouts[$0] } }

    func digest(of id: String) -> RolloutDigest? { digests[id] }

    mutating func take(_ list: [RolloutView]) {
        let known = self
        rollouts = list.enumerated().sorted { left, right in
            if left.element.state.isFinal != right.element.state.isFinal {
                return right.element.state.isFinal
            }
            if left.element.createdAt != right.element.createdAt {
                return left.element.createdAt > right.element.createdAt
            }
            return left.offset > right.offset
        }.map(\.element)
        isKnown = true
        version += 1
        places = Dictionary(
            rollouts.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        digests = Dictionary(
            rollouts.map { rollout in
                if let digest = known.digests[rollout.id], known[rollout.id]?.hosts == rollout.hosts,
                    known[rollout.id]?.batches == rollout.batches, known[rollout.id]?.state == rollout.state
                {
                    return (rollout.id, digest)
                }
                return (rollout.id, RolloutDigest(rollout))
            }, uniquingKeysWith: { first, _ in first })
    }
}

/// Rollouts that came into a state about which somebody should know, since the list before.
struct RolloutTurns {
    let rollouts: [RolloutView]

    /// On the first list nothing is new: whoever opens a screen is not told of what has been so for hours.
    init(from old: RolloutsState, to new: RolloutsState) {
        guard old.isKnown else {
            rollouts = []
            return
        }
        rollouts = new.rollouts.filter { rollout in
            rollout.state.isGrave && old[rollout.id]?.state != rollout.state
        }
    }
}

extension RolloutView.State {
    /// Somebody is waited for, or what was to be deployed is not.
    var isGrave: Bool { severity > .info }

    /// How loud its news are.
    var severity: Severity {
        switch self {
        case .mixed, .halted: .critical
        case .held, .rollingBack, .rolledBack: .warning
        case .running, .baking, .paused, .succeeded, .aborted: .info
        }
    }
}
