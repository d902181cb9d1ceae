import Foundation
package import Telemetry

/// The command that feeds the hub with one host's frames.
package struct SourceCommand: Hashable, Sendable {
    package let host: HostID
    package let arguments: [String]
    /// For people: `local`, `ssh web1`.
    package let summary: String

    package init(host: HostID, arguments: [String], summary: String) {
        self.host = host
        self.arguments = arguments
        self.summary = summary
    }

    /// What this machine is called at the hub: the kernel's name for it.
    package static let localName: String = {
        let text = (try? String(contentsOfFile: "/proc/sys/kernel/hostname", encoding: .utf8)) ?? "localhost"
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }()

    /// This machine's own agent.
    package static func local(_ host: HostID, agent: String) -> SourceCommand {
        SourceCommand(host: host, arguments: [agent, "stream"], summary: "local")
    }

    /// The agent of another host, over the user's own ssh.
    ///
    /// The options stand because ordinary lines of an ssh_config break a plain run: RemoteCommand ends it, LocalCommand
    /// writes before the first frame, ControlMaster would tie the user's other sessions to ours.
    package static func ssh(_ destination: String) throws(HubError) -> SourceCommand {
        guard isValidName(destination) else { throw .invalidHost(destination) }
        let options = [
            "BatchMode=yes", "RequestTTY=no", "RemoteCommand=none", "PermitLocalCommand=no",
            "ClearAllForwardings=yes",
            "ForwardAgent=no", "ForwardX11=no", "EscapeChar=none", "ControlMaster=no",
            "ServerAliveInterval=5",
            "ServerAliveCountMax=3", "ConnectTimeout=10",
        ]
        return SourceCommand(
            host: HostID(destination),
            arguments: ["ssh", "-T"] + options.flatMap { ["-o", $0] } + [
                "--", destination, "martlet-agent stream",
            ],
            summary: "ssh \(destination)")
    }

    /// A letter or digit first, then letters, digits and `._:%-`, up to 253: nothing that could become an option.
    package static func isValidName(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= 253, isAlphanumeric(first) else { return false }
        return name.utf8.allSatisfy { isAlphanumeric($0) || "._:%-".utf8.contains($0) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
