package import Telemetry

/// A line on everybody's charts: something that somebody did at one moment, so that what the charts do next has a reason.
package struct Mark: Hashable, Sendable, Codable, Identifiable {
    /// What a mark on the time bar stands for.
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        /// A new version, of ours or of another tool.
        case deploy
        /// An action that was started on hosts.
        case action
        /// Words.
        case note
    }

    /// Eight hexadecimal digits.
    package var id: String
    package var at: Timestamp
    package var kind: Kind
    /// What happened, in a few words: `web 4.12.1`.
    package var title: String
    /// Empty where it is about no one service.
    package var service: String
    /// By name, as they were when it was made; none for all hosts.
    package var hosts: [String]
    /// How the hosts were chosen: a group, a selector; empty where they were named, or all are meant.
    package var group: String
    package var actor: String
    /// An address, or the id of a rollout or of orders, for more; empty for none.
    package var link: String

    package init(
        id: String = "", at: Timestamp, kind: Kind, title: String, service: String = "", hosts: [String] = [],
        group: String = "", actor: String = "", link: String = ""
    ) {
        self.id = id
        self.at = at
        self.kind = kind
        self.title = title
        self.service = service
        self.hosts = hosts
        self.group = group
        self.actor = actor
        self.link = link
    }

    /// Whether it says something of a host.
    package func isAbout(_ host: HostID) -> Bool {
        hosts.isEmpty || hosts.contains(host.name)
    }

    /// Whether it says something of a service.
    package func isAbout(service name: String) -> Bool {
        service.isEmpty || service == name
    }

    /// Where it belongs, in words; empty where it is everywhere.
    package var place: String {
        if !group.isEmpty { return group }
        guard let first = hosts.first else { return service }
        return hosts.count == 1 ? first : "\(first) and \(hosts.count - 1) more"
    }
}
