import Telemetry

/// The command that `!` runs on a host: the user's own ssh, or the user's shell where the host is this machine.
enum ShellCommand {
    static func arguments(for host: HostID, localHost: HostID, shell: String?) -> [String] {
        if host == localHost { return [shell ?? "/bin/sh"] }
        return ["ssh", "-t", "--", host.name]
    }
}
