import Fleet
import Rollouts

/// A rollout whose hub answers by itself: every order well, every probe good, until it is told otherwise.
struct RolloutFixture {
    var rollout: Rollout
    var now: Int64 = 0
    /// Every order that was wanted, in the order in which they first were.
    private(set) var orders: [RolloutOrder] = []
    /// What an order on a host is answered with, by `host action`.
    var outcomes: [String: OrderOutcome] = [:]
    var readings: [String: HealthReading] = [:]
    var verdict = GateVerdict.passed(evidence: "0.1% < 2%")
    /// Orders that are left without an answer, by `host action`.
    var silent: Set<String> = []

    static func web(_ count: Int, _ change: (inout RolloutDefinition) -> Void = { _ in }) -> RolloutFixture {
        var definition = RolloutDefinition("web", hosts: "role=web", action: "deploy")
        definition.batches = [.hosts(1), .percent(50), .all]
        definition.health = RolloutDefinition.Health(
            probe: "web", version: "{version}", within: 60_000, steady: 10_000)
        definition.bake = 30_000
        definition.gate = ["http.error_ratio < 2%"]
        definition.rollback = RolloutDefinition.Rollback(action: "back")
        change(&definition)
        let hosts = (1...count).map { "web\($0)" }
        let plan = RolloutPlan(
            id: "r1", definition, parameters: ["version": "4.12.1"],
            batches: BatchStep.batches(of: hosts, definition.batches), actor: "ops", createdAt: 0,
            versionsBefore: Dictionary(uniqueKeysWithValues: hosts.map { ($0, "4.11.0") }))
        return RolloutFixture(rollout: Rollout(plan, at: 0))
    }

    /// One second: what is wanted is answered.
    mutating func step() {
        now += 1000
        for order in rollout.openOrders {
            if !orders.contains(where: { $0.id == order.id }) { orders.append(order) }
            let key = "\(order.host) \(order.action)"
            if !silent.contains(key) {
                rollout.take(.order(id: order.id, outcomes[key] ?? .succeeded), at: now)
            }
        }
        for wish in rollout.healthWishes {
            rollout.take(.health(host: wish.host, readings[wish.host] ?? .good), at: now)
        }
        if rollout.gateWish != nil, now % GateWish.everyMilliseconds == 0 {
            rollout.take(.gate(verdict), at: now)
        }
        rollout.take(.time, at: now)
    }

    /// Until it is over, or nothing has changed for `limit` seconds.
    mutating func run(limit: Int = 2000) {
        for _ in 0..<limit where !rollout.state.isFinal { step() }
    }

    /// Until `isThere`, or for an hour.
    mutating func run(until isThere: (Rollout) -> Bool) {
        for _ in 0..<3600 where !isThere(rollout) { step() }
    }

    func orders(_ action: String) -> [String] {
        orders.filter { $0.action == action }.map(\.host)
    }
}
