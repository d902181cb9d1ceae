import RequestLogs
package import Telemetry

/// What `discover` proposes for agent.conf, as a stream without one takes it: logs to follow, and those that it may not
/// read.
package struct DiscoveryProposal: Sendable {
    /// One for each log, in the order of the proposal.
    package private(set) var specs: [LogSpec] = []
    /// Paths of logs, each with what must be done so that they can be read.
    package private(set) var closed: [Label] = []

    /// How a log that cannot be read is written in the proposal's comments: `# PATH: permission denied…`.
    static let refusal = "permission denied"
    private static let closedMax = 32

    /// Paths are those of the watched root. What is no proposal gives nothing.
    package init(_ bytes: [UInt8], _ paths: AgentPaths) {
        let (configuration, findings) = AgentConfiguration.parse([("discover", bytes)])
        guard findings.isEmpty else { return }
        let zone = HostZone.rules(nil) ?? .utc
        for log in configuration.logs {
            var spec = log.spec
            spec.paths = spec.paths.map(paths.root)
            spec.root = paths.rootfs
            spec.options.zone = zone
            specs.append(spec)
        }
        let mark = Array(": \(Self.refusal)".utf8)
        for line in bytes.split(separator: 0x0A) where line.starts(with: Array("# /".utf8)) {
            let text = line.dropFirst(2)
            guard closed.count < Self.closedMax,
                let place = text.indices.first(where: { text[$0...].starts(with: mark) })
            else { continue }
            closed.append(
                Label(
                    String(decoding: text[..<place], as: UTF8.self),
                    String(decoding: text[(place + 2)...], as: UTF8.self)))
        }
    }
}
