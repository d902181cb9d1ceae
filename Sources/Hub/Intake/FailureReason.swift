import Telemetry

/// Says why a source ended, and with which command a person mends it.
enum FailureReason {
    /// `errors` is the end of what the child wrote to its standard error.
    static func text(_ command: SourceCommand, session: String?, status: Int32, errors: String) -> String {
        let host = command.host.name
        let said = errors.split(separator: "\n").last.map(String.init) ?? ""
        if command.arguments.first == "ssh" {
            if let known = ssh(host, errors) { return known }
            if exitStatus(status) == 127 || errors.contains("martlet-agent: not found")
                || errors.contains("command not found")
            {
                return "no martlet-agent on \(host); install it: scp bin/martlet-agent \(host):bin/"
            }
        }
        if let session { return session }
        if !said.isEmpty { return said }
        if let code = exitStatus(status) { return "ended with status \(code)" }
        return "ended by signal \(status & 0x7F)"
    }

    private static func ssh(_ host: String, _ errors: String) -> String? {
        if errors.contains("Host key verification failed") {
            return "the host key of \(host) is not known or has changed; look at it: ssh \(host)"
        }
        if errors.contains("Permission denied") {
            return "\(host) refuses the login; try it by hand: ssh \(host)"
        }
        if errors.contains("Could not resolve hostname") {
            return "no address for \(host); check the name or ~/.ssh/config"
        }
        if errors.contains("Connection refused") || errors.contains("timed out")
            || errors.contains("No route to host")
        {
            return "\(host) does not answer on its ssh port"
        }
        return nil
    }

    private static func exitStatus(_ status: Int32) -> Int32? {
        status & 0x7F == 0 ? (status >> 8) & 0xFF : nil
    }
}
