package import Fleet

/// The words of ssh(1) for each thing that Martlet wants of it; pure.
package struct SSHWords: Sendable {
    package let options: DialOptions

    package init(_ options: DialOptions = DialOptions()) {
        self.options = options
    }

    /// The way to a host: what stands between here and it.
    package indirect enum Route: Hashable, Sendable {
        /// Whatever ssh's own configuration says.
        case direct
        /// Through `jump`, which is itself reached by `behind`. `socket` is that of Martlet's connection to it; nil
        /// leaves the connection to ssh, which rides on the user's own where there is one.
        case through(SSHDestination, socket: String?, behind: Route)
    }

    /// What every connection has, whatever ~/.ssh/config says.
    ///
    /// Ordinary lines of it break a plain run: RemoteCommand ends it, LocalCommand writes before the first frame,
    /// ControlMaster would tie the user's other sessions to ours, and a quiet LogLevel hides why a login failed.
    /// `ControlMaster=no` still rides on a master that is there, but never becomes one.
    private func fixed(isMaster: Bool = false, asks: Bool = false) -> [String] {
        [
            "BatchMode=\(asks ? "no" : "yes")", "RequestTTY=no", "RemoteCommand=none",
            "PermitLocalCommand=no",
            "ClearAllForwardings=yes", "ForwardAgent=no", "ForwardX11=no", "EscapeChar=none",
            "ControlMaster=\(isMaster ? "yes" : "no")",
            "ServerAliveInterval=\(options.keepaliveSeconds)", "ServerAliveCountMax=3",
            "ConnectTimeout=\(options.connectTimeoutSeconds)", "LogLevel=INFO",
        ].flatMap { ["-o", $0] } + unknownKeys(asks: asks)
    }

    /// What becomes of a host key that nobody knows, where hosts.yaml says so.
    private func unknownKeys(asks: Bool) -> [String] {
        guard let trustsNew = options.trustsNew else { return [] }
        return ["-o", "StrictHostKeyChecking=\(trustsNew ? "accept-new" : asks ? "ask" : "yes")"]
    }

    /// `command` on the host, as one word for its login shell; `socket` is that of a connection a person opened.
    package func run(_ command: String, on target: HostTarget, by route: Route, socket: String? = nil)
        -> [String]
    {
        ["ssh", "-T"] + fixed() + way(route) + control(socket) + Self.login(target.destination)
            + ["--", target.destination.address, command]
    }

    /// A connection that others ride on, in the background once it stands: ssh ends with 0 then. It leaves by itself
    /// when nobody rode on it for `lingerSeconds`. Asks a person where `asks`.
    package func master(
        _ destination: SSHDestination, by route: Route, socket: String, lingerSeconds: Int, asks: Bool = false
    ) -> [String] {
        ["ssh", "-T", "-f", "-N"] + fixed(isMaster: true, asks: asks)
            + ["-o", "ControlPath=\(Self.escaped(socket))", "-o", "ControlPersist=\(lingerSeconds)"]
            + way(route) + Self.login(destination) + ["--", destination.address]
    }

    /// Asks the connection at `socket`, or the user's own to `destination`, to do `what`: check or exit.
    package static func tell(_ what: String, socket: String?, _ destination: SSHDestination) -> [String] {
        ["ssh", "-O", what] + (socket.map { ["-o", "ControlPath=\(escaped($0))"] } ?? []) + login(destination)
            + ["--", destination.address]
    }

    /// What ssh's configuration says of the destination, one setting a line; connects to nobody.
    package static func settings(_ destination: SSHDestination) -> [String] {
        ["ssh", "-G"] + login(destination) + ["--", destination.address]
    }

    /// An ordinary login for a person, on the terminal that there is.
    package static func interactive(_ target: HostTarget, socket: String? = nil) -> [String] {
        let jumps = target.jumps
        var way: [String] = []
        if jumps.contains(where: { $0.identity != nil }) {
            let route = jumps.reduce(Route.direct) { .through($1, socket: nil, behind: $0) }
            way = SSHWords().way(route, asks: true)
        } else if !jumps.isEmpty {
            way = ["-J", jumps.map(jumpWord).joined(separator: ",")]
        }
        let control = socket.map { ["-o", "ControlPath=\(escaped($0))", "-o", "ControlMaster=no"] } ?? []
        return ["ssh", "-t"] + way + control + login(target.destination) + ["--", target.destination.address]
    }

    /// The same for reading and pasting: `ssh -p 2222 -l ops web1`.
    package static func byHand(_ destination: SSHDestination, jumps: [SSHDestination] = []) -> String {
        let way = jumps.isEmpty ? [] : ["-J", jumps.map(jumpWord).joined(separator: ",")]
        return (["ssh"] + way + login(destination) + [destination.address]).map(quoted).joined(separator: " ")
    }

    // MARK: Parts

    private func way(_ route: Route, asks: Bool = false) -> [String] {
        guard case .through(let jump, let socket, let behind) = route else { return [] }
        let words = ["ssh"] + fixed(asks: asks) + way(behind, asks: asks) + control(socket) + Self.login(jump)
        // ssh(1) expands %h and %p to where it wants to go, and %% to a per cent; the user's shell reads the rest.
        let inner = (words + ["-W"]).map { Self.quoted($0).replacing("%", with: "%%") }
        let line = inner + ["'[%h]:%p'", "--", Self.quoted(jump.address).replacing("%", with: "%%")]
        return ["-o", "ProxyCommand=" + line.joined(separator: " ")]
    }

    private func control(_ socket: String?) -> [String] {
        socket.map { ["-o", "ControlPath=\(Self.escaped($0))"] } ?? []
    }

    private static func login(_ destination: SSHDestination) -> [String] {
        var words: [String] = []
        if let port = destination.port { words += ["-p", "\(port)"] }
        if let identity = destination.identity { words += ["-i", identity, "-o", "IdentitiesOnly=yes"] }
        if let user = destination.user { words += ["-l", user] }
        return words
    }

    private static func jumpWord(_ jump: SSHDestination) -> String {
        let address = jump.address.contains(":") ? "[\(jump.address)]" : jump.address
        return (jump.user.map { "\($0)@" } ?? "") + address + (jump.port.map { ":\($0)" } ?? "")
    }

    /// ControlPath expands per cents.
    private static func escaped(_ path: String) -> String {
        path.replacing("%", with: "%%")
    }

    private static let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=:,@+%")

    /// One word for any shell.
    private static func quoted(_ word: String) -> String {
        if !word.isEmpty, word.allSatisfy(plain.contains) { return word }
        return "'" + word.replacing("'", with: #"'"'"'"#) + "'"
    }
}
