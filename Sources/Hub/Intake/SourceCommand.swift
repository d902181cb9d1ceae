package import Fleet
import Foundation
package import Telemetry

/// What feeds the hub with one host's frames: a child of this machine, or the host's own agent over ssh.
package struct SourceCommand: Hashable, Sendable {
    package let target: HostTarget
    /// The words of the child; nil dials `target`, with words that a ``Dialer`` makes anew each time.
    package let child: [String]?
    /// For people: `local`, `ssh web1`.
    package let summary: String

    package init(host: HostID, arguments: [String], summary: String) {
        target = HostTarget(host.name)
        child = arguments
        self.summary = summary
    }

    private init(_ target: HostTarget, child: [String]?, summary: String) {
        self.target = target
        self.child = child
        self.summary = summary
    }

    package var host: HostID { target.id }

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
    package static func ssh(_ name: String) throws(HubError) -> SourceCommand {
        try .to(HostTarget(name), localAgent: nil)
    }

    /// As the target says; `localAgent` is the program for one that is this machine.
    package static func to(_ target: HostTarget, localAgent: String?) throws(HubError) -> SourceCommand {
        do {
            try target.check()
        } catch {
            guard case .name(field: "name", let name) = error else {
                throw .invalidTarget(target.name, error)
            }
            throw .invalidHost(name)
        }
        switch target.connect {
        case .ssh:
            let words = SSHWords.byHand(target.destination, jumps: target.jumps)
            return SourceCommand(target, child: nil, summary: words)
        case .local:
            guard let localAgent else { throw .noAgent }
            let sudo = target.usesSudo ? ["sudo", "-n", "--"] : []
            return SourceCommand(target, child: sudo + [localAgent, "stream"], summary: "local")
        case .off: return SourceCommand(target, child: [], summary: "off")
        }
    }
}
