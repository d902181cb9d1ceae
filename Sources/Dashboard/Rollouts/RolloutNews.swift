package import Fleet

/// What the hub says of rollouts, at first and at each change, and what it answers.
package enum RolloutNews: Hashable, Sendable {
    /// Those that go on and the last ones that ended.
    case list([RolloutView])
    /// What was said to a rollout holds: as it stood at once, which for the way back of one that has ended is a new one.
    case done(RolloutOrderRequest, RolloutView)
    /// The hub refused, and why; nothing was changed by it.
    case refused(RolloutOrderRequest, reason: String)
    /// What the hub answers to who starts one.
    case start(StartNews)
    /// What follows of the order's output is told from its beginning.
    case outputBegins(order: String)
    case output(order: String, [OrderUpdate])
    /// Why there is no output.
    case outputFailed(order: String, reason: String)
}
