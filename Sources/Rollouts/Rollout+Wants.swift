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
}

/// Over what a rollout wants its gate judged.
package struct GateWish: Hashable, Sendable {
    package let conditions: [String]
    package let changed: [String]
    /// Hosts that are not changed yet.
    package let rest: [String]
    /// When the bake began, in milliseconds; the gate looks from here to now.
    package let since: Int64
    /// Looked at again after so long.
    package static let everyMilliseconds: Int64 = 10_000
}

extension Rollout {
    /// Orders that have no answer yet.
    package var openOrders: [RolloutOrder] {
        guard !state.isFinal else { return [] }
        return plan.hosts.enumerated().compactMap { place, name in
            guard let host = hosts[name], let action = action(of: host.step) else { return nil }
            let takesParameters = host.step == .action
            // An order's id names the round only where there was more than one.
            let round = host.round == 0 || host.isTouched ? "" : "-\(host.round)"
            return RolloutOrder(
                id: "\(plan.id)-\(place)-\(host.step.rawValue)\(round)", host: name, action: action,
                parameters: takesParameters ? plan.parameters : [:])
        }
    }

    private func action(of step: HostProgress.Step) -> String? {
        switch step {
        case .before: plan.definition.before
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
            case .health:
                HealthWish(host: name, probe: health.probe, version: health.version.map(plan.filled))
            case .done where isBaking:
                HealthWish(host: name, probe: health.probe, version: health.version.map(plan.filled))
            case .undoHealth:
                HealthWish(
                    host: name, probe: health.probe,
                    version: health.version == nil ? nil : plan.versionsBefore[name])
            default: nil
            }
        }
    }

    /// The gate, while a batch bakes.
    package var gateWish: GateWish? {
        guard case .baking = state, !plan.definition.gate.isEmpty else { return nil }
        let changed = changedHosts
        let untouched = plan.hosts.filter { hosts[$0]?.isTouched == false }
        return GateWish(conditions: plan.definition.gate, changed: changed, rest: untouched, since: bakeBegan)
    }
}
