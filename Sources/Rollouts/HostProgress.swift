import Fleet

/// How far one host of a rollout is.
package struct HostProgress: Hashable, Sendable, Codable {
    /// Where the host is, on its way there or back.
    package enum Step: String, Hashable, Sendable, Codable, CaseIterable {
        /// Its batch, or its turn in it, has not come.
        case waiting
        /// The action before is ordered.
        case before
        /// The action itself is ordered.
        case action
        /// The action ended well; its health is being watched.
        case health
        /// It is healthy; the action after is ordered.
        case after
        /// On the new version, healthy, back in traffic.
        case done
        case failed
        /// The host cannot tell whether the action ran.
        case unknown
        /// The way back, in the same order; the action before is for a host that has its traffic.
        case undoBefore
        case undo
        case undoHealth
        case undoAfter
        case undone
        /// The way back failed: a person is needed.
        case stuck
    }

    package internal(set) var step = Step.waiting
    /// When the step began; milliseconds.
    package internal(set) var since: Int64
    /// Why it failed, is unknown or stuck; empty otherwise.
    package internal(set) var reason = ""
    /// Since when its health has been good, or bad, without a break; nil before the first reading of the step.
    package internal(set) var goodSince: Int64?
    package internal(set) var badSince: Int64?
    /// Whether a reading has said so that came long enough after the first.
    package internal(set) var isSteady = false
    /// Its action before ended well, and none has given it its traffic back.
    package internal(set) var isDrained = false
    /// The action was ordered, so the host may be on the new version.
    package internal(set) var isTouched = false
    /// Its turn among those touched, counted from 1: the way back goes from the highest.
    package internal(set) var turn = 0
    /// The last order that came to its end; empty for none.
    var lastOrder = ""
    /// Times that it was turned back before its action.
    var round = 0
    /// Its host was busy; nil where the step's first order has not been refused for that.
    package internal(set) var putOff: PutOff?

    /// An order that is given again.
    package struct PutOff: Hashable, Sendable, Codable {
        /// Times that it was refused.
        package internal(set) var times: Int
        /// It is wanted again from then on, in milliseconds; nil where it is wanted.
        package internal(set) var until: Int64?
        /// When it was wanted again last.
        package internal(set) var askedAt: Int64?
    }

    init(since: Int64) {
        self.since = since
    }

    /// An order to the host has no answer yet.
    package var isOrdered: Bool {
        switch step {
        case .before, .action, .after, .undoBefore, .undo, .undoAfter: true
        case .waiting, .health, .done, .failed, .unknown, .undoHealth, .undone, .stuck: false
        }
    }

    /// Whether something has been done on it in its present turn: a pause starts none on which nothing has.
    func isBegun(_ definition: RolloutDefinition) -> Bool {
        switch step {
        case .waiting, .before: false
        case .action: definition.before != nil
        case .health, .after, .done, .failed, .unknown, .undoBefore, .undo, .undoHealth, .undoAfter, .undone,
            .stuck:
            true
        }
    }

    /// Its host is busy, and what it is to be asked again would change it.
    var isPutOffBeforeChange: Bool { putOff?.until != nil && step.changesHosts }

    /// Its turn has come and is not over.
    package var isActive: Bool {
        isOrdered || step == .health || step == .undoHealth
    }
}

extension HostProgress.Step {
    /// Whether its order takes a host out of traffic or to another version.
    var changesHosts: Bool {
        switch self {
        case .before, .action, .undoBefore, .undo: true
        case .waiting, .health, .after, .done, .failed, .unknown, .undoHealth, .undoAfter, .undone, .stuck:
            false
        }
    }
}
