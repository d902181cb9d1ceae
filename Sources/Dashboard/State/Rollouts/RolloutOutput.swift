import Fleet

/// What the order says that is looked at.
struct RolloutOutput: Hashable, Sendable {
    let order: String
    private(set) var watch = OrderWatch()
    /// Why there is nothing to see; nil while there is.
    private(set) var failure: String?

    init(order: String) {
        self.order = order
    }

    mutating func begin() { self = RolloutOutput(order: order) }

    mutating func take(_ updates: [OrderUpdate]) { watch.take(updates) }

    mutating func fail(_ reason: String) { failure = reason }
}
