import Fleet
import Telemetry

/// A row of the list: a rollout, or what another tool deployed and people started.
enum DeployRow: Hashable, Sendable {
    case rollout(RolloutView)
    case mark(Mark)

    enum Identity: Hashable, Sendable {
        case rollout(String)
        case mark(Mark.ID)
    }

    var identity: Identity {
        switch self {
        case .rollout(let rollout): .rollout(rollout.id)
        case .mark(let mark): .mark(mark.id)
        }
    }

    private var time: Int64 {
        switch self {
        case .rollout(let rollout): rollout.createdAt
        case .mark(let mark): mark.at.milliseconds
        }
    }

    /// Rollouts that go on, then all others, the newest first in both. A mark that a rollout left is told by its row; notes
    /// are no deploys.
    static func rows(_ rollouts: RolloutsState, _ marks: [Mark], scope: Set<HostID>?) -> [DeployRow] {
        let names = scope.map { Set($0.map(\.name)) }
        func isInScope(_ hosts: some Sequence<String>) -> Bool {
            names.map { names in hosts.contains(where: names.contains) } ?? true
        }
        let known = rollouts.rollouts.filter { isInScope($0.hosts.lazy.map(\.name)) }
        let others = marks.reversed().filter { mark in
            mark.kind != .note && rollouts[mark.link] == nil && (mark.hosts.isEmpty || isInScope(mark.hosts))
        }
        let ended = known.filter(\.state.isFinal).map(DeployRow.rollout) + others.map(DeployRow.mark)
        return known.filter { !$0.state.isFinal }.map(DeployRow.rollout)
            + ended.enumerated().sorted { left, right in
                left.element.time != right.element.time
                    ? left.element.time > right.element.time : left.offset < right.offset
            }.map(\.element)
    }
}
