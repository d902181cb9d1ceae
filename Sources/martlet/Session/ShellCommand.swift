import Fleet
import Hub
import Telemetry

/// The command that `!` runs on a host: the user's own ssh, or the user's shell where the host is this machine.
enum ShellCommand {
    /// `summary` is what the hub says of the host; what it says of the way there is checked before ssh gets it.
    static func arguments(
        for host: HostID, summary: HostSummary?, localHost: HostID, shell: String?, sockets: SSHSockets?
    ) -> [String] {
        if host == localHost || summary?.source == "local" { return [shell ?? "/bin/sh"] }
        var target = HostTarget(host.name)
        if let destination = summary?.destination { target.destination = destination }
        target.jumps = summary?.jumps ?? []
        guard (try? target.check()) != nil else { return ["ssh", "-t", "--", host.name] }
        return SSHWords.interactive(
            target, socket: sockets?.present(target.destination, behind: target.jumps))
    }
}
