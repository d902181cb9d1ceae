import CLinux
import Glibc
import Telemetry

/// The logs that streams with a state folder have found, in the order in which they were found, as sections of agent.conf
/// in DIR/found.conf.
enum FoundLogs {
    private static let name = "found.conf"

    /// None where the file is missing or is none of ours.
    static func load(from folder: String, _ paths: AgentPaths) -> [LogSpec] {
        guard let bytes = DiscoveryFiles.bytes("\(folder)/\(name)", limit: ConfigurationText.bytesMax) else {
            return []
        }
        // Its paths are ours already.
        return DiscoveryProposal(bytes, AgentPaths()).specs.map { spec in
            var spec = spec
            spec.root = paths.rootfs
            return spec
        }
    }

    /// Whether a round is to look for logs: the last one that did was an hour ago.
    static func isLookDue(_ folder: String, at now: Timestamp) -> Bool {
        var facts = clinux_facts()
        guard unsafe clinux_facts_at(AT_FDCWD, "\(folder)/\(name)", 0, &facts) == 0 else { return true }
        let age = now.milliseconds &- facts.modified / 1_000_000
        return age < 0 || age >= lookMilliseconds
    }

    private static let lookMilliseconds: Int64 = 3_600_000

    /// Notes that a look has ended, whether it found anything or not.
    static func noteLook(_ folder: String) {
        let descriptor = unsafe open("\(folder)/\(name)", O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return }
        futimens(descriptor, nil)
        close(descriptor)
    }

    /// Replaces the file as a whole; where that fails, the next process finds the logs anew.
    static func save(_ specs: [LogSpec], in folder: String) {
        var text = "# Logs that were found; written by martlet-agent stream.\n"
        for (place, spec) in specs.enumerated() {
            text += "\n[log \(place + 1)]\nservice = \(spec.service)\nformat = \(spec.format)\n"
            if let container = spec.container { text += "docker = \(container)\n" }
            for path in spec.paths { text += "path = \(path)\n" }
        }
        let bytes = Array(text.utf8)
        let new = "\(folder)/\(name).new"
        let descriptor = unsafe open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return }
        let written = unsafe bytes.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
        fsync(descriptor)
        close(descriptor)
        if written == bytes.count { _ = unsafe rename(new, "\(folder)/\(name)") }
    }
}
