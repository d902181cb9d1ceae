package import Fleet
package import Telemetry

/// Hosts that go, and hosts that get other words, when the folder of configuration is read again.
extension HubCore {
    /// Forgets a host; its source must have ended. What the head has of it goes by age.
    package func remove(_ id: HostID) {
        guard hosts.removeValue(forKey: id) != nil else { return }
        order.removeAll { $0.id == id }
        tellStates()
    }

    /// Other groups, tags, links, notes for a host whose link stays.
    package func update(_ target: HostTarget) {
        guard let host = hosts[target.id] else { return }
        let before = host.attributes
        host.target = target
        host.summary.take(target)
        // Rules that look at these take other series of it from now on.
        if host.attributes != before { watch(host)?.isDirty = true }
        tellStates()
    }

    /// By what a host is selected; its name alone where it is not known.
    package func attributes(of host: String) -> HostAttributes {
        hosts[HostID(host)]?.attributes ?? HostAttributes(name: host)
    }

    package func summaries(of ids: [HostID]) -> [HostSummary] {
        ids.compactMap { hosts[$0]?.summary }
    }
}

extension HostSummary {
    /// What is known of the host beforehand.
    mutating func take(_ target: HostTarget) {
        groups = target.groups
        tags = target.tags
        note = target.note
        inventoryAnsweredAt = target.inventoryAnsweredAt
        destination = target.connect == .ssh ? target.destination : nil
        jumps = target.connect == .ssh ? target.jumps : nil
        links = target.links.isEmpty ? nil : target.links
    }
}
