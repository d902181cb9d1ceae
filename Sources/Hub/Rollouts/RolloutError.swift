/// Why a rollout was not started, or not told what somebody wanted: nothing has happened anywhere.
package enum RolloutError: Error, Equatable, CustomStringConvertible {
    case unknownName(String, known: [String])
    case unknownRollout(String)
    case ambiguous(String, [String])
    /// A parameter is missing, unknown, or not of its type.
    case parameter(String)
    /// The hosts cannot do it.
    case hosts(String)
    /// More hosts are away than may fail.
    case away(String)
    /// Another rollout holds the lock.
    case locked(String)
    case closed(String)
    /// Its state does not allow what is asked.
    case state(String)
    case journal(String)

    package var description: String {
        switch self {
        case .unknownName(let name, let known):
            known.isEmpty
                ? "no rollout \"\(name)\": rollouts.yaml describes none"
                : "no rollout \"\(name)\" in rollouts.yaml; it has \(known.joined(separator: ", "))"
        case .unknownRollout(let id): "no rollout \"\(id)\" is known to this hub; see martlet rollout list"
        case .ambiguous(let id, let ids): "\"\(id)\" begins more than one: \(ids.joined(separator: ", "))"
        case .parameter(let text), .hosts(let text), .away(let text), .locked(let text), .closed(let text),
            .state(let text),
            .journal(let text):
            text
        }
    }
}
