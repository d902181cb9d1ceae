import Telemetry
import Text

/// What to look at in a rollouts.yaml that can be used: words that select nobody, and hooks that there are not.
extension RolloutFile {
    /// Each as `file:line:column: what`. Without `hooks`, or any target, nothing is said of them: hosts may be known by other ways.
    package func warnings(_ targets: [HostTarget], hooks: HookSettings?) -> [String] {
        let hosts = targets.map(\.attributes)
        return rollouts.flatMap { rollout -> [String] in
            guard let places = places[rollout.name] else { return [] }
            return Self.selectors(rollout, places, hosts) + Self.gate(rollout, places, hosts)
                + Self.notify(rollout, places, hooks)
        }
    }

    private static func selectors(
        _ rollout: RolloutDefinition, _ places: Places, _ hosts: [HostAttributes]
    ) -> [String] {
        // The file's reader has held both against the grammar.
        guard !hosts.isEmpty, let selector = try? Selector(rollout.hosts) else { return [] }
        let chosen = hosts.filter { selector.matches($0) }
        if let fault = fault(selector, hosts, chosen) {
            return ["\(places.hosts): where of \(rollout.name): \(fault)"]
        }
        guard let place = places.first, let first = try? Selector(rollout.first),
            let fault = fault(first, chosen, chosen.filter { first.matches($0) })
        else { return [] }
        return ["\(place): first of \(rollout.name), among the hosts of its where: \(fault)"]
    }

    private static func gate(
        _ rollout: RolloutDefinition, _ places: Places, _ hosts: [HostAttributes]
    ) -> [String] {
        guard !hosts.isEmpty else { return [] }
        return rollout.gate.compactMap { text in
            let comparisons = (try? GateCondition(text, tags: nil))?.comparisons ?? []
            return comparisons.lazy.compactMap { $0.operand.firstUnknownTag(among: hosts) }.first.map {
                "\(places.hosts): gate of \(rollout.name): \(text): \($0)"
            }
        }
    }

    private static func fault(
        _ selector: Selector, _ hosts: [HostAttributes], _ chosen: [HostAttributes]
    ) -> String? {
        selector.firstUnknown(among: hosts)?.description ?? (chosen.isEmpty ? "no host is selected" : nil)
    }

    private static func notify(
        _ rollout: RolloutDefinition, _ places: Places, _ settings: HookSettings?
    ) -> [String] {
        guard let hooks = settings?.hooks else { return [] }
        return zip(rollout.notify, places.notify).compactMap { name, place in
            guard hooks[name] == nil else { return nil }
            let meant = EditDistance.meant(by: name, among: hooks.keys.sorted())
            return "\(place): notify of \(rollout.name): rules.yaml has no hook \"\(name)\"; "
                + (meant.map { "did you mean \"\($0)\"?" } ?? "declare it there under hooks")
        }
    }
}
