package import Fleet

/// What is asked of the hub to start a rollout.
package enum StartQuestion: Hashable, Sendable {
    /// What rollouts.yaml describes.
    case definitions
    /// What it would do; nothing is started.
    case plan(RolloutRequest)
    /// Start it, in the name of whoever sits here.
    case start(RolloutRequest)
}

/// What the hub answers.
package enum StartNews: Hashable, Sendable {
    case definitions([RolloutDefinition])
    case planned(RolloutRequest, RolloutProspect)
    /// It goes on without this screen.
    case started(RolloutRequest, RolloutView)
    /// Why there is no such answer; nothing was started.
    case refused(StartQuestion, reason: String)
}
