import Fleet
import Text

/// What can be said to a rollout, and what comes of it.
extension RolloutView {
    /// What its state allows, the mildest first.
    func verbs(_ digest: RolloutDigest?) -> [RolloutOrderRequest.Verb] {
        // What takes it back is told what is to be said; and what took another back is not taken back itself.
        if takenBack != nil || (undoes != nil && state.isFinal) { return [] }
        return switch state {
        case .running, .baking: [.pause, .abort, .rollback]
        case .held: [.resume, .pause, .abort, .rollback]
        case .paused: [.resume, .abort, .rollback]
        case .rollingBack: [.pause, .abort]
        case .succeeded, .halted, .aborted, .mixed: digest?.changed.isEmpty == false ? [.rollback] : []
        case .rolledBack: []
        }
    }

    /// What has to be typed for what hosts cannot be asked to forget: its name, or where that cannot be typed its id.
    var phrase: String {
        for text in [name, id] where !text.isEmpty && SafeText(text).string == text { return text }
        return "yes"
    }
}

extension RolloutOrderRequest.Verb {
    /// For a menu: `go on`.
    var words: SafeText {
        switch self {
        case .pause: "pause"
        case .resume: "go on"
        case .abort: "abort"
        case .rollback: "roll back"
        }
    }

    var help: SafeText {
        switch self {
        case .pause: "start no more hosts until somebody says so"
        case .resume: "end the pause, or answer the hold with yes"
        case .abort: "end it here; nothing is taken back"
        case .rollback: "bring the old version again to every host that was touched"
        }
    }

    /// Whether the rollout's name has to be typed.
    var isGrave: Bool {
        switch self {
        case .pause, .resume: false
        case .abort, .rollback: true
        }
    }
}

/// What saying a verb does to how many hosts, in sentences.
struct RolloutConsequence {
    let rollout: RolloutView
    let digest: RolloutDigest
    let verb: RolloutOrderRequest.Verb

    var lines: [SafeText] {
        switch verb {
        case .pause: [waiting(" and is not started", " and are not started"), active]
        case .resume: [goingOn]
        case .abort:
            [
                hosts(
                    digest.changed.count, "stays as the new version left it",
                    "stay as the new version left them")
                    + ", " + hosts(digest.signs.count - digest.changed.count, "as it was", "as they were"),
                active, "nothing is taken back",
            ]
        case .rollback where rollout.state.isFinal:
            [
                "a new rollout takes "
                    + hosts(digest.changed.count, "back", "back, the last first")
            ]
        case .rollback:
            [
                hosts(digest.changed.count, "is taken back", "are taken back, the last first"), active,
            ]
                + (rollout.state == .paused ? ["the pause ends with it"] : [])
        }
    }

    private var active: SafeText {
        let count = digest.active
        return count == 0
            ? "no host is at work"
            : hosts(count, "at work comes to an end first", "at work come to an end first")
    }

    /// `one` follows what waits where it is one host, `many` where it is another number of them.
    private func waiting(_ one: SafeText, _ many: SafeText) -> SafeText {
        hosts(digest.count(.waiting), "waits\(one)", "wait\(many)")
    }

    private var goingOn: SafeText {
        if rollout.state == .paused { return waiting("; it is started", "; the next are started") }
        let unknown = digest.count(.unknown)
        if unknown > 0 {
            return hosts(
                unknown, "of which nobody can tell counts as failed, and is not started again",
                "of which nobody can tell count as failed, and are not started again")
        }
        guard let batch = rollout.batch, batch >= 0, batch < digest.batches.count else {
            return waiting("; it is started", "; the next are started")
        }
        guard batch + 1 < digest.batches.count else { return "this was the last batch: the rollout succeeds" }
        let next = hosts(digest.batches[batch + 1].total, "gets it", "get it")
        return "batch \(Format.integer(batch + 2)) begins: \(next)"
    }

    /// So many hosts and what is said of one, or of another number of them.
    private func hosts(_ count: Int, _ one: SafeText, _ many: SafeText) -> SafeText {
        "\(Format.integer(count)) \(count == 1 ? "host \(one)" : "hosts \(many)")"
    }
}
