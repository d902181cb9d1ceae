package import Fleet

/// Says why a source ended, and with which command a person mends it.
package enum FailureReason {
    /// `errors` is the end of what the child wrote to its standard error; `status` is as from waitpid(2).
    package static func of(_ command: SourceCommand, status: Int32, errors: String) -> DialFailure {
        let code = exitStatus(status)
        if command.child == nil {
            let target = command.target
            let found = ofHost(
                name: target.name, target.destination, jumps: target.jumps, code: code, errors: errors)
            if let found { return found }
        }
        return DialFailure(name: "ended", reason: lastWords(status: status, errors: errors))
    }

    /// The same for an ssh that was to reach `destination`, which people call `name`.
    static func ofSSH(
        name: String, _ destination: SSHDestination, jumps: [SSHDestination], status: Int32, errors: String
    ) -> DialFailure {
        ofHost(name: name, destination, jumps: jumps, code: exitStatus(status), errors: errors)
            ?? DialFailure(name: "ended", reason: "\(name): " + lastWords(status: status, errors: errors))
    }

    /// What the host itself said of its agent.
    package static func of(
        _ word: HostWord, on target: HostTarget, agent: AgentFile?
    ) -> DialFailure {
        let name = target.name
        let hand = SSHWords.byHand(target.destination, jumps: target.jumps)
        switch word {
        case .none(let system, let machine, let path):
            return DialFailure(name: "no_agent", reason: noAgent(target, system, machine, path, hand, agent))
        case .copy(let system, let machine, _):
            let ours = (try? agent?.copy())?.machine ?? "none"
            return DialFailure(
                name: "architecture",
                reason: """
                    \(name) is \(system) \(machine), and the agent here is for Linux \(ours); build one there (make agent), \
                    put it on its PATH, or name it in hosts.yaml: agent: /opt/martlet/martlet-agent
                    """)
        case .nowhere(let folders):
            let isNoexec = folders.contains { $0.hasPrefix("noexec:") }
            return DialFailure(
                name: isNoexec ? "noexec" : "unwritable",
                reason: """
                    \(name) has no folder that takes a program (\(folders.joined(separator: ", "))); install martlet-agent \
                    there, or name a folder in hosts.yaml: agent_dir: /opt/martlet
                    """)
        case .run:
            return DialFailure(name: "ended", reason: "the agent on \(name) ended by itself")
        case .spoilt(let folder):
            return DialFailure(
                name: "spoilt",
                reason: "the agent's copy came to \(name):\(folder) spoilt and was removed; it is sent again")
        case .unwritten(let folder):
            return DialFailure(
                name: "unwritten",
                reason:
                    "\(name):\(folder) took no copy of the agent; look at its room: \(hand) df\(pasted(folder))"
            )
        }
    }

    /// What a host calls a path of its own, as a word of a command that a person may paste here; nothing where it is no plain path.
    private static func pasted(_ path: String) -> String { HostTarget.isPath(path) ? " \(path)" : "" }

    private static func noAgent(
        _ target: HostTarget, _ system: String, _ machine: String, _ path: String, _ hand: String,
        _ agent: AgentFile?
    ) -> String {
        let name = target.name
        if case .path(let named) = target.agent {
            return "no martlet-agent runs at \(named) on \(name); look: \(hand) \(named) --version"
        }
        if !path.isEmpty {
            let look = HostTarget.isPath(path) ? "\(path) --version" : "command -v martlet-agent"
            return "\(path) on \(name), a \(machine), cannot be run; look: \(hand) \(look)"
        }
        if target.agent == .installed {
            return
                "no martlet-agent on \(name), and agent: installed copies none; install it: \(install(target))"
        }
        var why = "there is none here to copy"
        if let agent {
            do throws(AgentFileError) { _ = try agent.copy() } catch { why = "\(error)" }
        }
        return "no martlet-agent on \(name), and \(why); install it there: \(install(target))"
    }

    /// scp wants its port and user said otherwise than ssh.
    private static func install(_ target: HostTarget) -> String {
        let port = target.destination.port.map { "-P \($0) " } ?? ""
        let user = target.destination.user.map { "\($0)@" } ?? ""
        return "scp \(port)bin/martlet-agent \(user)\(target.destination.address):bin/"
    }

    /// ssh(1) gives the remote command's status, or 255 for an error of its own.
    private static func ofHost(
        name: String, _ destination: SSHDestination, jumps: [SSHDestination], code: Int32?, errors: String
    ) -> DialFailure? {
        let hand = SSHWords.byHand(destination, jumps: jumps)
        func said(_ kind: String, _ means: String) -> DialFailure {
            DialFailure(
                name: kind,
                reason: means.replacing("{host}", with: destination.address)
                    .replacing("{key}", with: keyName(destination)).replacing("{ssh}", with: hand)
                    .replacing("{verbose}", with: "ssh -v" + hand.dropFirst("ssh".count))
                    .replacing("{ask}", with: "martlet --ask \(name)"))
        }
        if errors.contains("sudo:"), code != 255,
            let line = errors.split(whereSeparator: \.isNewline).last(where: { $0.hasPrefix("sudo:") })
        {
            return DialFailure(
                name: "sudo",
                reason: """
                    \(name) does not let the agent run as root (\(line)); a line for sudoers there: \
                    \(destination.user ?? "USER") ALL=(root) NOPASSWD: /usr/local/bin/martlet-agent stream
                    """)
        }
        // Of another status it is what the host said, and a person may paste what stands there.
        guard code == 255 else { return nil }
        if errors.contains("REMOTE HOST IDENTIFICATION HAS CHANGED"), let remedy = remedy(errors) {
            return said(
                "key_changed",
                "\(name) shows another host key than before; if that is right: \(remedy), then {ssh}")
        }
        return table.first { errors.contains($0.said) }.map { row in said(row.name, "\(name) " + row.means) }
    }

    /// ssh writes the very command that takes the old key away, `ssh-keygen -f "FILE" -R "KEY"`, and a host may write it too: it is
    /// written anew of its words, and only where these are a path and a host. Lines end with CR LF, one character of Swift.
    private static func remedy(_ errors: String) -> String? {
        for line in errors.split(whereSeparator: \.isNewline) {
            let words = line.split(separator: " ")
            guard words.count == 5, words[0] == "ssh-keygen", words[1] == "-f", words[3] == "-R" else {
                continue
            }
            let (file, key) = (bare(words[2]), bare(words[4]))
            guard HostTarget.isPath(file),
                key.utf8.allSatisfy({
                    $0 != 0x5C
                        && ($0 >= 0x2D && $0 <= 0x3A || $0 >= 0x41 && $0 <= 0x5D || $0 == 0x5F
                            || $0 >= 0x61 && $0 <= 0x7A)
                })
            else { continue }
            return "ssh-keygen -f \"\(file)\" -R \"\(key)\""
        }
        return nil
    }

    private static func bare(_ word: Substring) -> String {
        guard let mark = word.first, mark == "\"" || mark == "'", word.count > 2, word.last == mark else {
            return String(word)
        }
        return String(word.dropFirst().dropLast())
    }

    /// known_hosts has other ports than 22 in brackets.
    private static func keyName(_ destination: SSHDestination) -> String {
        guard let port = destination.port, port != 22 else { return destination.address }
        return "'[\(destination.address)]:\(port)'"
    }

    /// What OpenSSH 7 to 10 say, the more particular first.
    private static let table: [(said: String, name: String, means: String)] = [
        (
            "REMOTE HOST IDENTIFICATION HAS CHANGED", "key_changed",
            "shows another host key than before; if that is right: ssh-keygen -R {key}, then {ssh}"
        ),
        (
            "Host key verification failed", "key_unknown",
            "has a host key that is not known; look at it and accept it: {ssh}"
        ),
        (
            "Too many authentication failures", "login_refused",
            "refuses the login after too many keys; try it by hand: {verbose}"
        ),
        ("user presence", "needs_person", "wants its key touched; open it once: {ask}"),
        (
            "Permission denied (publickey).", "login_refused",
            "refuses the login; try it by hand: {ssh}; if that asks for something: {ask}"
        ),
        (
            "Permission denied (", "needs_person",
            "refuses the login without a person; try it by hand: {ssh}; if that asks and lets you in: {ask}"
        ),
        ("Could not resolve hostname", "no_address", "has no address; check the name, DNS or ~/.ssh/config"),
        ("Connection refused", "no_sshd", "refuses connections to its ssh port; look from here: {verbose}"),
        ("timed out", "no_answer", "does not answer on its ssh port; look from here: {verbose}"),
        ("No route to host", "no_route", "cannot be reached from here; look at the way: ip route get {host}"),
        (
            "Network is unreachable", "no_route",
            "cannot be reached from here; look at the way: ip route get {host}"
        ),
        ("not responding", "link_lost", "no longer answers; the link is tried again"),
        (
            "Connection closed by UNKNOWN port 65535", "jump_closed",
            "is behind a jump host that closed the connection; look from here: {verbose}"
        ),
        (
            "stdio forwarding failed", "jump_closed",
            "cannot be reached from its jump host; look from here: {verbose}"
        ),
        (
            "Connection closed by", "closed_early",
            "closed the connection before the login; look from here: {verbose}"
        ),
        (
            "Connection reset by", "closed_early",
            "closed the connection before the login; look from here: {verbose}"
        ),
        (
            "Bad owner or permissions", "ssh_config",
            "is not dialled: ~/.ssh/config must be yours alone; chmod 600 ~/.ssh/config"
        ),
        (
            "Bad configuration option", "ssh_config",
            "is not dialled: ssh does not know a line of its configuration; try {ssh}"
        ),
    ]

    /// Longer than any message that a list shows.
    private static let reasonCharactersMax = 200

    private static func lastWords(status: Int32, errors: String) -> String {
        if let said = lastLine(errors) { return said }
        guard let code = exitStatus(status) else { return "it was ended by signal \(status & 0x7F)" }
        return code == 0 ? "it ended by itself" : "it ended with status \(code)"
    }

    private static func lastLine(_ errors: String) -> String? {
        let line = errors.split(whereSeparator: \.isNewline).last { $0.contains { !$0.isWhitespace } }
        return line.map { String($0.prefix(reasonCharactersMax)) }
    }

    private static func exitStatus(_ status: Int32) -> Int32? {
        status & 0x7F == 0 ? (status >> 8) & 0xFF : nil
    }
}
