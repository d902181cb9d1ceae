/// A rollout of the list that a follower is told at each change.
///
/// A rollout of 1,000 hosts is a third of a MiB, and one that has ended changes no more unless it is taken back: a follower has it
/// once.
package enum RolloutTelling: Hashable, Sendable {
    case whole(RolloutView)
    /// The rollout of this id is as it was told before.
    case asBefore(String)
}

extension RolloutTelling: Codable {
    private enum Key: String, CodingKey {
        case id, asBefore
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        if try container.decodeIfPresent(Bool.self, forKey: .asBefore) == true {
            self = .asBefore(try container.decode(String.self, forKey: .id))
        } else {
            self = .whole(try RolloutView(from: decoder))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        switch self {
        case .whole(let rollout): try rollout.encode(to: encoder)
        case .asBefore(let id):
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(id, forKey: .id)
            try container.encode(true, forKey: .asBefore)
        }
    }
}

/// What one follower has been told, at the hub that tells it.
package struct RolloutTeller: Sendable {
    /// Of those that have ended, with how each was taken back.
    private var told: [String: RolloutView.TakenBack?] = [:]

    package init() {}

    /// The list as it is told next: what has ended and was told so is named only. One that is being taken back is told whole.
    package mutating func telling(_ rollouts: [RolloutView]) -> [RolloutTelling] {
        let before = told
        told = [:]
        for rollout in rollouts where rollout.state.isFinal && rollout.takenBack?.state.isFinal != false {
            told.updateValue(rollout.takenBack, forKey: rollout.id)
        }
        return rollouts.map { rollout in
            guard let now = told[rollout.id], let known = before[rollout.id], now == known else {
                return .whole(rollout)
            }
            return .asBefore(rollout.id)
        }
    }
}

/// What a follower has of the list.
package struct RolloutListener: Sendable {
    private var known: [String: RolloutView] = [:]

    package init() {}

    /// The whole list again; nil where it names a rollout that was not told: then the list has to be asked for anew.
    package mutating func list(_ tellings: [RolloutTelling]) -> [RolloutView]? {
        var list: [RolloutView] = []
        for telling in tellings {
            switch telling {
            case .whole(let rollout): list.append(rollout)
            case .asBefore(let id):
                guard let rollout = known[id] else { return nil }
                list.append(rollout)
            }
        }
        known = Dictionary(list.map { ($0.id, $0) }, uniquingKeysWith: { _, last in last })
        return list
    }
}
