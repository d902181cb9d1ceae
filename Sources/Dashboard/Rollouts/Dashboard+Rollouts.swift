import Canvas
import Fleet
import Telemetry

/// What the dashboard does about rollouts: it takes the hub's lists, says what turned, and tells the hub what people decide.
extension Dashboard {
    mutating func take(_ news: RolloutNews) -> [Effect] {
        switch news {
        case .list(let list):
            let before = rollouts
            rollouts.take(list)
            if case .rollout(var dialog) = prompt, let now = rollouts[dialog.rollout.id],
                let digest = rollouts.digest(of: now.id)
            {
                dialog.take(now, digest)
                prompt = .rollout(dialog)
            }
            return tell(RolloutTurns(from: before, to: rollouts).rollouts)
        case .done(let request, let rollout):
            if case .rollout(let dialog) = prompt, dialog.asked(request) { prompt = nil }
            let what =
                rollout.id == request.id ? rollout.state.words : "\(request.verb.words), as \(rollout.id)"
            say("\(rollout.title): \(what)")
        case .refused(let request, let reason):
            guard case .rollout(var dialog) = prompt, dialog.asked(request) else {
                say(reason)
                return []
            }
            dialog.refuse(reason)
            prompt = .rollout(dialog)
        case .start(let news): take(news)
        case .outputBegins(let order): change(order) { $0.begin() }
        case .output(let order, let updates): change(order) { $0.take(updates) }
        case .outputFailed(let order, let reason): change(order) { $0.fail(reason) }
        }
        return []
    }

    private mutating func change(_ order: String, _ body: (inout RolloutOutput) -> Void) {
        guard rollouts.output?.order == order else { return }
        rollouts.output.map { output in
            var output = output
            rollouts.output = nil  // so that it is changed in place
            body(&output)
            rollouts.output = output
        }
    }

    /// A line over the hints, and what the user wants to hear by severity.
    private mutating func tell(_ turns: [RolloutView]) -> [Effect] {
        guard let worst = turns.max(by: { $0.state.severity < $1.state.severity }) else { return [] }
        let more = turns.count > 1 ? ", and \(turns.count - 1) more" : ""
        let why = worst.text.isEmpty ? "" : ": \(worst.text)"
        let words = "rollout \(worst.title) \(worst.state.words)\(why)\(more)"
        say(words)
        var effects: [Effect] = []
        if let least = options.bell, worst.state.severity >= least { effects.append(.bell) }
        if let least = options.notification, worst.state.severity >= least {
            effects.append(.notify("martlet: \(words)"))
        }
        return effects
    }

    // MARK: Who has seen what

    /// What stands on the screen is seen.
    mutating func seeRollouts() {
        guard screen == .deploys, rolloutsSeenVersion != rollouts.version else { return }
        rolloutsSeenVersion = rollouts.version
        rolloutsSeen = Set(rollouts.rollouts.filter { $0.state.isFinal }.map(\.id))
    }

    /// Whether a rollout waits for somebody, or came to a bad end within a day that nobody has seen here.
    var rolloutNeedsLook: Bool {
        rollouts.rollouts.contains { rollout in
            if rollout.state == .held { return true }
            guard rollout.state.isFinal, rollout.state.isGrave, let end = rollout.endedAt else {
                return false
            }
            return now.milliseconds.subtractingReportingOverflow(end).partialValue < Self.newsMilliseconds
                && !rolloutsSeen.contains(rollout.id)
        }
    }

    private static let newsMilliseconds: Int64 = 86_400_000

    // MARK: Decisions

    mutating func openRollout(_ verb: RolloutOrderRequest.Verb? = nil) {
        guard let rollout = deploys.rollout, let digest = rollouts.digest(of: rollout.id) else {
            return say("no rollout is selected")
        }
        prompt = .rollout(RolloutDialog(rollout, digest, verb: verb))
    }

    mutating func takeInRollout(_ press: KeyPress, _ dialog: RolloutDialog) -> [Effect] {
        var dialog = dialog
        switch dialog.take(press) {
        case .stays: prompt = .rollout(dialog)
        case .closes: prompt = nil
        case .orders(let request):
            prompt = .rollout(dialog)
            return [.rollout(request)]
        }
        return []
    }

    /// Asks for what the order of the host says that is looked at, and for nothing where none is.
    mutating func followOutput() -> [Effect] {
        let order = screen == .deploys ? deploys.shownOrder : nil
        guard rollouts.output?.order != order else { return [] }
        rollouts.output = order.map { RolloutOutput(order: $0) }
        return [.followOrder(order)]
    }
}
