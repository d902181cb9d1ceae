package import Telemetry

/// One host as hosts.yaml, or a word of the command line, has it: how it is reached, and what is known of it before it
/// says a word. Groups, defaults and inventory are merged in already.
package struct HostTarget: Hashable, Sendable, Codable {
    /// The hub's name for it, and the label `instance`.
    package var name: String
    package var connect = Connect.ssh
    /// What ssh(1) is told; `destination.address` is the name unless the file says otherwise.
    package var destination: SSHDestination
    /// Dialled through, the first from here; empty leaves it to ssh's own ProxyJump.
    package var jumps: [SSHDestination] = []
    package var agent = AgentPolicy.automatic
    /// Where a copy of the agent goes, an absolute path; nil for the first folder that takes it.
    package var agentFolder: String?
    /// A file of [log] and [probe] sections for a host without one of its own; an absolute path here.
    package var agentConfiguration: String?
    /// SHA-256 of that file as it was read, in hexadecimal: another one is sent anew.
    package var agentConfigurationDigest: String?
    /// Runs the agent through `sudo -n`.
    package var usesSudo = false
    /// Between samples while the link is live; 1 s to 5 min.
    package var intervalMilliseconds: UInt32 = 1000
    package var expectation = Expectation.always
    /// How long a host that must be there may be silent.
    package var silentAfterMilliseconds: Int64 = 60_000
    /// Every action here asks for one danger level more.
    package var isProtected = false
    package var groups: [String] = []
    package var tags: [String: String] = [:]
    /// Name and address, shown on the host and on its alerts.
    package var links: [String: String] = [:]
    /// One line for people.
    package var note: String?
    /// When the inventory that it is known from answered last, milliseconds since 1970; nil while that answers.
    package var inventoryAnsweredAt: Int64?

    /// How the hub comes to the host's agent.
    package enum Connect: String, Hashable, Sendable, Codable, CaseIterable {
        case ssh, local
        /// Listed, not dialled, not alerted.
        case off
    }

    /// Which agent runs on the host.
    package enum AgentPolicy: Hashable, Sendable, Codable {
        /// The installed one if it speaks our wire version, else a copy for the run.
        case automatic
        /// Never a copy.
        case installed
        /// Always a copy.
        case copy
        /// That file, an absolute path on the host.
        case path(String)
    }

    /// Whether the host is meant to be there.
    package enum Expectation: String, Hashable, Sendable, Codable, CaseIterable {
        case always
        /// Silence is shown and not alerted.
        case sometimes
    }

    /// A host that is only a name, as a word of the command line is.
    package init(_ name: String) {
        self.name = name
        destination = SSHDestination(name)
    }

    package var id: HostID { HostID(name) }
}

/// What ssh(1) is told to reach one machine; whatever is nil is ssh's own choice.
package struct SSHDestination: Hashable, Sendable, Codable {
    package var address: String
    package var user: String?
    package var port: UInt16?
    /// The only key that is offered, a path here.
    package var identity: String?

    package init(_ address: String, user: String? = nil, port: UInt16? = nil, identity: String? = nil) {
        self.address = address
        self.user = user
        self.port = port
        self.identity = identity
    }
}

/// How the hub dials: `ssh:` of hosts.yaml.
package struct DialOptions: Hashable, Sendable, Codable {
    /// Connections being opened at one time, 1 to 256.
    package var atOnce = 32
    /// For one attempt.
    package var connectTimeoutSeconds = 10
    /// Between two questions whether the other side is there; three unanswered end the link.
    package var keepaliveSeconds = 5
    /// One connection to a jump host carries all hosts behind it.
    package var sharesJumps = true
    /// Takes a host key that nobody knows; no refuses and shows how to accept it. nil leaves it to ssh's own configuration, which
    /// refuses too unless it says otherwise.
    package var trustsNew: Bool?

    package static let atOnceRange = 1...256

    package init() {}
}
