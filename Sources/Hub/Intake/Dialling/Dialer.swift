package import Fleet
package import NIOCore
import Synchronization

/// Makes the words that dial a host, each time anew: by which way, which agent, on whose connection.
package struct Dialer: Sendable {
    package let gate: DialGate
    package let agent: AgentFile?
    package let sockets: SSHSockets
    private let jumps: JumpMasters
    private let group: any EventLoopGroup
    private let options: Setting

    /// The options in force and what is sent to hosts, which a reload changes.
    private final class Setting: Sendable {
        let value: Mutex<DialOptions>
        let sent = Mutex(SentFiles())

        init(_ options: DialOptions) {
            value = Mutex(options)
        }
    }

    private static let settingsMilliseconds: Int64 = 5000

    /// `agent` is the static program to copy to hosts that have none.
    package init(
        options: DialOptions = DialOptions(), agent: String?, sockets: SSHSockets, group: any EventLoopGroup
    ) {
        gate = DialGate(limit: options.atOnce)
        self.agent = agent.map(AgentFile.init)
        self.sockets = sockets
        jumps = JumpMasters(sockets: sockets, group: group)
        self.group = group
        self.options = Setting(options)
    }

    package func set(_ options: DialOptions, sent: SentFiles) async {
        self.options.value.withLock { $0 = options }
        self.options.sent.withLock { $0 = sent }
        await gate.set(limit: options.atOnce)
    }

    /// The agent.conf for a host that has none; nil where none is to be sent.
    func configuration(for target: HostTarget) -> [UInt8]? {
        guard let path = target.agentConfiguration else { return nil }
        return options.sent.withLock { $0.files[path]?.bytes }
    }

    /// The child to start for one attempt. `mustCopy` leaves an installed agent aside.
    package func words(
        _ target: HostTarget, mustCopy: Bool = false, arguments: [String] = ["stream"],
        readsScript: Bool = false
    ) async throws(DialFailure) -> [String] {
        let words = SSHWords(options.value.withLock { $0 })
        do {
            try target.check()
        } catch {
            throw DialFailure(name: "refused", reason: "it is not dialled: \(error)")
        }
        var route = target.jumps.reduce(SSHWords.Route.direct) { .through($1, socket: nil, behind: $0) }
        var chain = target.jumps
        if words.options.sharesJumps {
            if chain.isEmpty { chain = await configuredJumps(target.destination) }
            route = try await jumps.route(chain, words)
        }
        let script = AgentScript.command(
            target, copy: try? agent?.copy(), mustCopy: mustCopy, arguments: arguments,
            readsScript: readsScript)
        return words.run(
            script, on: target, by: route, socket: sockets.present(target.destination, behind: target.jumps))
    }

    /// The agent to send where `word` asks for the one that is here; nil where it asks for another, or says something else.
    func agent(for word: HostWord) -> AgentFile? {
        guard case .copy(let system, let machine, _) = word, let agent, let copy = try? agent.copy(),
            system == "Linux", machine == copy.machine
        else { return nil }
        return agent
    }

    /// Ends what only this hub needed.
    package func end() async {
        await jumps.end()
    }

    /// The jump hosts that ssh's own configuration names; none where it names none, or a proxy of another kind.
    private func configuredJumps(_ destination: SSHDestination) async -> [SSHDestination] {
        let settings = try? await ShortRun.run(
            SSHWords.settings(destination), milliseconds: Self.settingsMilliseconds, group: group)
        guard let settings, settings.isWell else { return [] }
        return ConfiguredJumps.read(settings.output)
    }
}

/// Reads what `ssh -G` prints of ProxyJump.
package enum ConfiguredJumps {
    /// The chain, the first from here; empty where a part of it is not as ssh_config(5) has it, which leaves it to ssh.
    package static func read(_ settings: String) -> [SSHDestination] {
        let mark = "proxyjump "
        let lines = settings.split(separator: "\n")
        guard let line = lines.first(where: { $0.lowercased().hasPrefix(mark) }) else { return [] }
        let value = line.dropFirst(mark.count)
        guard value != "none" else { return [] }
        var chain: [SSHDestination] = []
        for part in value.split(separator: ",", omittingEmptySubsequences: false) {
            guard let jump = destination(part), (try? jump.check()) != nil else { return [] }
            chain.append(jump)
        }
        return chain
    }

    /// `[user@]host[:port]`, or the same behind `ssh://`; an IPv6 address stands in brackets.
    private static func destination(_ text: Substring) -> SSHDestination? {
        var rest = text.hasPrefix("ssh://") ? text.dropFirst("ssh://".count) : text
        var user: String?
        if let at = rest.lastIndex(of: "@") {
            user = String(rest[..<at])
            rest = rest[rest.index(after: at)...]
        }
        if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
            let address = String(rest[rest.index(after: rest.startIndex)..<end])
            let tail = rest[rest.index(after: end)...]
            guard tail.isEmpty || tail.hasPrefix(":") else { return nil }
            if tail.isEmpty { return SSHDestination(address, user: user) }
            return UInt16(tail.dropFirst()).map { SSHDestination(address, user: user, port: $0) }
        }
        let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return SSHDestination(String(rest), user: user) }
        return UInt16(parts[1]).map { SSHDestination(String(parts[0]), user: user, port: $0) }
    }
}
