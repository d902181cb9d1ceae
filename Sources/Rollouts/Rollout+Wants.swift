import Fleet

/// An action that a rollout wants started on a host; offered again with the same id for as long as it is wanted.
package struct RolloutOrder: Hashable, Sendable {
    /// Of the rollout, the host's place in it, and the step: the same whenever it is asked.
    package let id: String
    package let host: String
    package let action: String
    package let parameters: [String: String]
}

/// Whose health a rollout wants to know.
package struct HealthWish: Hashable, Sendable {
    package let host: String
    package let probe: String
    /// The version that the probe must name; nil where any is right.
    package let version: String?
    /// The version that it must not name any more: on the way back of a host of which nobody knows what it had before.
    package let taken: String?
}

/// Over what a rollout wants its gate judged.
package struct GateWish: Hashable, Sendable {
    package let conditions: [String]
    package let changed: [String]
    /// Hosts that are not changed yet.
    package let rest: [String]
    /// When the bake began, in milliseconds; the gate looks from here to now.
    package let since: Int64

    package init(conditions: [String], changed: [String], rest: [String], since: Int64) {
        self.conditions = conditions
        self.changed = changed
        self.rest = rest
        self.since = since
    }

    /// Looked at again after so long.
    package static let everyMilliseconds: Int64 = 10_000
}

extension Rollout {
    /// Orders that have no answer yet.
    package var openOrders: [RolloutOrder] {
        guard !state.isFinal else { return [] }
        return plan.hosts.enumerated().compactMap { place, name in
            guard let host = hosts[name], host.putOff?.until == nil, let action = action(of: host.step) else {
                return nil
            }
            let takesParameters = host.step == .action
            // An order's id names the round only where there was more than one.
            let round = host.round == 0 || host.isTouched ? "" : "-\(host.round)"
            let again = host.putOff.map { "-again\($0.times)" } ?? ""
            return RolloutOrder(
                id: "\(plan.id)-\(place)-\(host.step.rawValue)\(round)\(again)", host: name, action: action,
                parameters: takesParameters ? plan.parameters : [:])
        }
    }

    /// The order that each host works on, or worked on last; none for a host that never had one.
    package var lastOrders: [String: String] {
        var orders = hosts.compactMapValues { $0.lastOrder.isEmpty ? nil : $0.lastOrder }
        for order in openOrders { orders[order.host] = order.id }
        return orders
    }

    private func action(of step: HostProgress.Step) -> String? {
        switch step {
        case .before, .undoBefore: plan.definition.before
        case .action: plan.definition.action
        case .after, .undoAfter: plan.definition.after
        case .undo: plan.definition.rollback?.action
        case .waiting, .health, .done, .failed, .unknown, .undoHealth, .undone, .stuck: nil
        }
    }

    /// Hosts whose health is asked for, about once a second.
    package var healthWishes: [HealthWish] {
        guard let health = plan.definition.health, !state.isFinal else { return [] }
        var isBaking = false
        if case .baking = state { isBaking = true }
        return plan.hosts.compactMap { name in
            switch hosts[name]?.step {
            case .health: wish(name, health, isBack: plan.undoes != nil)
            case .done where isBaking: wish(name, health, isBack: plan.undoes != nil)
            case .undoHealth: wish(name, health, isBack: true)
            default: nil
            }
        }
    }

    /// On the way back, and where the whole takes another back, each host is to name the version that it had before.
    private func wish(_ host: String, _ health: RolloutDefinition.Health, isBack: Bool) -> HealthWish {
        let new = health.version.map(plan.filled)
        guard isBack, new != nil else {
            return HealthWish(host: host, probe: health.probe, version: new, taken: nil)
        }
        let old = plan.versionsBefore[host]
        return HealthWish(host: host, probe: health.probe, version: old, taken: old == nil ? new : nil)
    }

    /// The gate, while a batch bakes.
    package var gateWish: GateWish? {
        guard case .baking = state, !plan.definition.gate.isEmpty else { return nil }
        // A host that failed, and may, says nothing of the version.
        let changed = changedHosts.filter { hosts[$0]?.step != .failed }
        let untouched = plan.hosts.filter { hosts[$0]?.isTouched == false }
        return GateWish(conditions: plan.definition.gate, changed: changed, rest: untouched, since: bakeBegan)
    }
}
