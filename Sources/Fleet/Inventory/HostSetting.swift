/// One field of a host, as hosts.yaml gives it to a host, a group, the defaults, or an inventory to a host.
package enum HostSetting: Hashable, Sendable {
    case address(String)
    case user(String)
    case port(UInt16)
    case identity(String)
    case jump([String])
    case connect(HostTarget.Connect)
    case agent(HostTarget.AgentPolicy)
    case agentFolder(String)
    case agentConfiguration(String)
    case usesSudo(Bool)
    case interval(milliseconds: UInt32)
    case expectation(HostTarget.Expectation)
    case silentAfter(milliseconds: Int64)
    case isProtected(Bool)
    case note(String)
    case tag(String, String)
    case link(String, String)

    /// What two values of may not come from two groups; the key in the file.
    package var key: String {
        switch self {
        case .address: "address"
        case .user: "user"
        case .port: "port"
        case .identity: "identity"
        case .jump: "jump"
        case .connect: "connect"
        case .agent: "agent"
        case .agentFolder: "agent_dir"
        case .agentConfiguration: "agent_conf"
        case .usesSudo: "sudo"
        case .interval: "interval"
        case .expectation: "expect"
        case .silentAfter: "silent_after"
        case .isProtected: "protect"
        case .note: "note"
        case .tag(let key, _): "tags.\(key)"
        case .link(let key, _): "links.\(key)"
        }
    }

    /// As people write it.
    package var value: String {
        switch self {
        case .address(let text), .user(let text), .identity(let text), .agentFolder(let text),
            .agentConfiguration(let text), .note(let text), .tag(_, let text), .link(_, let text):
            text
        case .port(let port): "\(port)"
        case .jump(let hosts): hosts.joined(separator: ", ")
        case .connect(let connect): connect.rawValue
        case .agent(let policy):
            switch policy {
            case .automatic: "auto"
            case .installed: "installed"
            case .copy: "copy"
            case .path(let path): path
            }
        case .usesSudo(let isSet), .isProtected(let isSet): isSet ? "yes" : "no"
        case .interval(let milliseconds): "\(milliseconds)ms"
        case .expectation(let expectation): expectation.rawValue
        case .silentAfter(let milliseconds): "\(milliseconds)ms"
        }
    }

    package func apply(to target: inout HostTarget) {
        switch self {
        case .address(let address): target.destination.address = address
        case .user(let user): target.destination.user = user
        case .port(let port): target.destination.port = port
        case .identity(let path): target.destination.identity = path
        case .jump(let hosts): target.jumps = hosts.map { SSHDestination($0) }
        case .connect(let connect): target.connect = connect
        case .agent(let policy): target.agent = policy
        case .agentFolder(let path): target.agentFolder = path
        case .agentConfiguration(let path): target.agentConfiguration = path
        case .usesSudo(let isSet): target.usesSudo = isSet
        case .interval(let milliseconds): target.intervalMilliseconds = milliseconds
        case .expectation(let expectation): target.expectation = expectation
        case .silentAfter(let milliseconds): target.silentAfterMilliseconds = milliseconds
        case .isProtected(let isSet): target.isProtected = isSet
        case .note(let text): target.note = text
        case .tag(let key, let value): target.tags[key] = value
        case .link(let key, let value): target.links[key] = value
        }
    }
}

/// The settings that one place gives, by their keys.
package struct HostSettings: Hashable, Sendable {
    /// A setting and where it is written.
    package struct Placed: Hashable, Sendable {
        package let setting: HostSetting
        package let place: Place
    }

    package private(set) var byKey: [String: Placed] = [:]

    var tagKeys: [String] {
        byKey.values.compactMap { if case .tag(let key, _) = $0.setting { key } else { nil } }
    }

    package init() {}

    package mutating func set(_ setting: HostSetting, _ place: Place) {
        byKey[setting.key] = Placed(setting: setting, place: place)
    }

    /// What the other says wins.
    package mutating func override(with other: HostSettings) {
        byKey.merge(other.byKey) { $1 }
    }

    package func apply(to target: inout HostTarget) {
        for placed in byKey.values { placed.setting.apply(to: &target) }
    }
}
