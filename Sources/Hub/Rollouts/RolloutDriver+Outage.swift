import Fleet
import Rollouts
import Telemetry

/// What becomes of rollouts that no hub looked at for too long.
extension RolloutDriver {
    /// A hub, or its machine, that is started again takes its time: so much is no outage, however short the bake is.
    private static let restartMilliseconds: Int64 = 60_000
    /// The journal knows so exactly when an outage began.
    private static let noteMilliseconds: Int64 = 5000

    /// Pauses those that go forward where the outage was longer than their bake: what their gate would have judged nobody saw, so
    /// a person says that they go on. `seen` is when the hub before this one last looked at them, by the wall clock.
    func pauseAfterOutage(since seen: Int64?) {
        guard let seen else { return }
        let now = clock.now().milliseconds
        for id in ids {
            guard let rollout = tracks[id]?.record.rollout, rollout.goesForward else { continue }
            let outage = now - max(seen, rollout.plan.createdAt)
            guard outage > max(rollout.plan.definition.bake, Self.restartMilliseconds) else { continue }
            let span = RolloutPlanText.span(outage / 1000 * 1000)
            take(
                .pause(actor: Pause.hubRestart, reason: "no hub is known to have looked at it for \(span)"),
                id)
        }
    }

    /// Now and then while one goes forward; what waits to be written goes first.
    func noteThatItLooks() {
        let steady = clock.steadyMilliseconds()
        guard pending.isEmpty, steady - (notedAt ?? .min / 2) >= Self.noteMilliseconds,
            tracks.values.contains(where: \.record.rollout.goesForward)
        else { return }
        notedAt = steady
        pending.append(RolloutBook.seen(at: clock.now().milliseconds))
    }
}
