import Glibc
import RequestLogs
import Text
import Wire

/// `martlet-agent check --sent FILE`: whether a file that hosts.yaml's `agent_conf` names can be sent to hosts. The logs
/// and probes that it names are theirs, so nothing of it is tried here.
struct SentCheck {
    let path: String
    let isJSON: Bool

    /// 0 without findings, 65 where the file is wrong, 66 where it cannot be read.
    func run() -> Int32 {
        let files = ConfigurationFiles(alone: path)
        guard let file = files.files.first else {
            for finding in files.findings { CommandOutput.complain("martlet-agent: \(finding)\n") }
            return 66
        }
        let (configuration, findings) = AgentConfiguration.sent(file.bytes, file: path)
        CommandOutput.write(isJSON ? json(configuration, findings) : text(configuration, findings))
        return findings.isEmpty ? 0 : 65
    }

    private func text(
        _ configuration: AgentConfiguration, _ findings: [ConfigurationFinding]
    ) -> String {
        guard findings.isEmpty else {
            return findings.map { "\(SafeText($0.description))\n" }.joined()
        }
        return "\(SafeText(path)): may be sent: \(Format.counted(configuration.logs.count, "log")), "
            + "\(Format.counted(configuration.probes.count, "probe"))\n"
    }

    private func json(
        _ configuration: AgentConfiguration, _ findings: [ConfigurationFinding]
    ) -> String {
        let interval = configuration.intervalMilliseconds.map { String($0) } ?? "null"
        return "{\"file\":\(SummaryJSON.quoted(path)),\"findings\":\(ConfigurationFinding.json(findings)),"
            + "\"interval_ms\":\(interval)}\n"
    }
}
