/// How far a host of a rollout is, as the strip of hosts shows it: a character each, so that it reads without colour.
enum HostSign: Int, Hashable, Sendable, CaseIterable, Comparable {
    // From the least to what needs somebody most: a cell that stands for several hosts shows the last of them.
    case done
    case undone
    case waiting
    case watched
    case working
    case goingBack
    case unknown
    case failed
    case stuck

    /// A step that this build does not know is one that nobody can tell about.
    init(step: String) {
        self =
            switch step {
            case "waiting": .waiting
            case "before", "action", "after": .working
            case "health": .watched
            case "done": .done
            case "failed": .failed
            case "undoBefore", "undo", "undoHealth", "undoAfter": .goingBack
            case "undone": .undone
            case "stuck": .stuck
            default: .unknown
            }
    }

    static func < (left: HostSign, right: HostSign) -> Bool { left.rawValue < right.rawValue }

    /// Whether a person is needed.
    var isTrouble: Bool {
        switch self {
        case .unknown, .failed, .stuck: true
        case .done, .undone, .waiting, .watched, .working, .goingBack: false
        }
    }

    /// Whether something happens there now.
    var isActive: Bool {
        switch self {
        case .watched, .working, .goingBack: true
        case .done, .undone, .waiting, .unknown, .failed, .stuck: false
        }
    }
}
