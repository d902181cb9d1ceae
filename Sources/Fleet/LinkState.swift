import Telemetry

/// How the hub stands with a host's source.
package enum LinkState: Hashable, Sendable, Codable {
    /// The child was started and has not said hello.
    case connecting
    case live
    /// No frame for longer than three intervals.
    case stale
    /// The source ended; `reason` says why and what mends it. Tried again at `retryAt`.
    case failed(reason: String, retryAt: Int64)
    /// Listed, not dialled.
    case off
}

/// One host as lists show it.
package struct HostSummary: Hashable, Sendable, Codable {
    /// The name the hub knows it by (`HostID.name`).
    package var host: String
    /// The command that feeds it, for people: `local`, or `ssh web1`.
    package var source: String
    package var state: LinkState
    package var agentVersion: String
    /// What kind of failure ended its source, as `key_unknown`, `needs_person` or `noexec`; nil while there is none, or from a hub
    /// that says nothing of it.
    package var failure: String?
    /// Milliseconds since the epoch of the last frame; nil before the first.
    package var lastFrame: Int64?
    package var groups: [String]
    package var tags: [String: String]
    /// One line for people, from hosts.yaml.
    package var note: String?
    /// Name and address: runbooks and the like.
    package var links: [String: String]?
    /// Frames that came broken, and times the source was started again.
    package var malformedFrames: Int
    package var restarts: Int
    /// The way to it over ssh, for a person's own login; nil where it is none, or from a hub that says nothing of it.
    package var destination: SSHDestination?
    package var jumps: [SSHDestination]?
    /// When the inventory that it is known from answered last, milliseconds since 1970; nil while that answers.
    package var inventoryAnsweredAt: Int64?
    /// The actions and rollouts that run there now, by name; nil for none, or from a hub that says nothing of it.
    package var work: [String]?

    package init(
        host: String, source: String, state: LinkState, agentVersion: String = "",
        lastFrame: Int64? = nil, groups: [String] = [], tags: [String: String] = [:],
        malformedFrames: Int = 0, restarts: Int = 0
    ) {
        self.host = host
        self.source = source
        self.state = state
        self.agentVersion = agentVersion
        self.lastFrame = lastFrame
        self.groups = groups
        self.tags = tags
        self.malformedFrames = malformedFrames
        self.restarts = restarts
    }

    /// By what it is selected.
    package var attributes: HostAttributes {
        HostAttributes(name: host, groups: groups, tags: Labels(tags.map { Label($0.key, $0.value) }))
    }
}
