import Wire

/// An agent.conf that comes from the hub, for a host without a file of its own (docs/hosts-yaml.md).
///
/// It says what is looked at, and nothing that starts a program or stays on the disk: those are the host's own to say.
extension AgentConfiguration {
    /// The keys of `[agent]` that may be sent.
    package static let sentKeys = ["interval", "processes", "command_lines"]

    /// Reads it as a file is read; `file` is what findings call it. With one finding nothing of it is to be used.
    package static func sent(
        _ bytes: [UInt8], file: String
    ) -> (configuration: AgentConfiguration, findings: [ConfigurationFinding]) {
        guard bytes.count <= WireLimits.configurationBytes else {
            let most = WireLimits.configurationBytes >> 10
            let text = "has more than \(most) KiB, which is the most that is sent; put it on the hosts"
            return (AgentConfiguration(), [ConfigurationFinding(file: file, text)])
        }
        let (configuration, findings) = parse([(file, bytes)])
        let sections = ConfigurationText(bytes, file: file).sections
        return (configuration, findings + sections.flatMap { refusals(of: $0) })
    }

    private static func refusals(of section: ConfigurationText.Section) -> [ConfigurationFinding] {
        let finding = { (entry: ConfigurationText.Entry?, text: String) in
            ConfigurationFinding(
                file: section.file, line: entry?.line ?? section.line, column: entry?.keyColumn ?? 1, text)
        }
        let remedy = "write it into the host's own agent.conf: martlet setup HOST --conf FILE puts one there"
        switch section.kind {
        case "action", "record":
            let owner = section.kind == "action" ? "actions live on the host" : "what is recorded stays there"
            return [finding(nil, "[\(section.title)] is not sent to hosts, because \(owner); \(remedy)")]
        case "agent":
            return section.entries.filter { !sentKeys.contains($0.key) }.map {
                finding(
                    $0, "\($0.key) is not sent to hosts, only \(sentKeys.joined(separator: ", ")); \(remedy)")
            }
        case "probe":
            return section.entries.filter { $0.key == "run" }.map {
                finding($0, "run is not sent to hosts, only http, tcp and tls are; \(remedy)")
            }
        default:
            return section.entries.filter { $0.key == "path" && $0.value.utf8.first != UInt8(ascii: "/") }
                .map { finding($0, "path = \($0.value): is sent to hosts, so it must be absolute") }
        }
    }
}
