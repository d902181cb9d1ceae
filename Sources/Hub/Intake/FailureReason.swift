import Telemetry

/// Says why a source ended, and with which command a person mends it.
package enum FailureReason {
    /// `session` is what the hub itself found wrong; `status` is as from waitpid(2); `errors` is the end of what the
    /// child wrote to its standard error.
    package static func text(
        _ command: SourceCommand, session: String?, status: Int32, errors: String
    ) -> String {
        if let session { return session }
        let host = command.host.name
        let code = exitStatus(status)
        if command.arguments.first == "ssh", let reason = ssh(host, code, errors) { return reason }
        if let said = lastLine(errors) { return said }
        if let code { return code == 0 ? "it ended by itself" : "it ended with status \(code)" }
        return "it was ended by signal \(status & 0x7F)"
    }

    /// ssh(1) gives the remote command's status, or 255 for an error of its own.
    private static func ssh(_ host: String, _ code: Int32?, _ errors: String) -> String? {
        switch code {
        case 127: "no martlet-agent on \(host); install it: scp bin/martlet-agent \(host):bin/"
        case 126: "martlet-agent on \(host) cannot be run; look at it: ssh \(host) martlet-agent --version"
        case 255:
            table.first { errors.contains($0.said) }.map {
                "\(host) " + $0.means.replacing("HOST", with: host)
            }
        default: nil
        }
    }

    /// What OpenSSH 7 to 10 say, the more particular first.
    private static let table: [(said: String, means: String)] = [
        (
            "REMOTE HOST IDENTIFICATION HAS CHANGED",
            "shows another host key than before; if that is right: ssh-keygen -R HOST, then ssh HOST"
        ),
        (
            "Host key verification failed",
            "has a host key that is not known; look at it and accept it: ssh HOST"
        ),
        (
            "Too many authentication failures",
            "refuses the login after too many keys; try it by hand: ssh -v HOST"
        ),
        ("Permission denied (", "refuses the login; try it by hand: ssh HOST"),
        ("Could not resolve hostname", "has no address; check the name, DNS or ~/.ssh/config"),
        ("Connection refused", "refuses connections to its ssh port; look from here: ssh -v HOST"),
        ("timed out", "does not answer on its ssh port; look from here: ssh -v HOST"),
        ("No route to host", "cannot be reached from here; look at the way: ip route get HOST"),
        ("Network is unreachable", "cannot be reached from here; look at the way: ip route get HOST"),
        ("not responding", "no longer answers; the link is tried again"),
        ("Connection closed by", "closed the connection before the login; look from here: ssh -v HOST"),
        ("Connection reset by", "closed the connection before the login; look from here: ssh -v HOST"),
        (
            "Bad owner or permissions",
            "is not dialled: ~/.ssh/config must be yours alone; chmod 600 ~/.ssh/config"
        ),
        (
            "Bad configuration option",
            "is not dialled: ssh does not know a line of its configuration; try ssh HOST"
        ),
    ]

    /// Longer than any message that a list shows.
    private static let reasonCharactersMax = 200

    private static func lastLine(_ errors: String) -> String? {
        let line = errors.split(whereSeparator: \.isNewline).last { $0.contains { !$0.isWhitespace } }
        return line.map { String($0.prefix(reasonCharactersMax)) }
    }

    private static func exitStatus(_ status: Int32) -> Int32? {
        status & 0x7F == 0 ? (status >> 8) & 0xFF : nil
    }
}
