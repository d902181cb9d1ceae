import Fleet
import Foundation
import Glibc
import HubClient
import TestSupport
import Testing

/// Real sshd on loopback ports, each a host with a home of its own, and an `ssh` that knows them and nobody else's
/// configuration.
final class SSHWorld {
    let folder: TemporaryFolder
    private var hosts: [String: (server: SpawnedProgram, port: UInt16)] = [:]
    private var configuration = ""
    private let sshd: String
    private let ssh: String

    /// nil, after saying so, where there is no sshd or it may not be run.
    static func make() throws -> SSHWorld? {
        guard let sshd = Program.find("sshd"), let ssh = Program.find("ssh"),
            Program.find("ssh-keygen") != nil
        else {
            print("skipped: no sshd here; make test-deps installs openssh-server")
            return nil
        }
        return try SSHWorld(sshd, ssh)
    }

    private init(_ sshd: String, _ ssh: String) throws {
        (self.sshd, self.ssh) = (sshd, ssh)
        folder = try TemporaryFolder()
        _ = World.variables(of: folder)
        // Where sshd of the distribution wants an empty folder, which its service would make.
        if geteuid() == 0 { mkdir("/run/sshd", 0o755) }
        try key("id")
        try FileManager.default.copyItem(atPath: path("id.pub"), toPath: path("authorized"))
        try Program.script("exec \(ssh) -F '\(path("ssh_config"))' \"$@\"", at: path("bin/ssh"))
    }

    deinit {
        World.endHubs(of: folder)
        hosts.values.forEach { $0.server.end() }
    }

    func path(_ name: String) -> String { folder.url.appending(path: name).path }

    /// Runs a host named `name`. `agent` is installed in its bin folder; `client` are more lines of ssh_config; `place` is
    /// where the host's processes live, if not simply here.
    func start(
        _ name: String, agent: String? = nil, server: String = "", client: String = "", known: Bool = true,
        sessions: String = "", place: HostPlace = HostPlace()
    ) throws {
        let home = path("hosts/\(name)")
        try FileManager.default.createDirectory(atPath: "\(home)/bin", withIntermediateDirectories: true)
        if let agent {
            try FileManager.default.createSymbolicLink(
                atPath: "\(home)/bin/martlet-agent", withDestinationPath: agent)
        }
        try key("hosts/\(name)/key")
        let port = try Loopback.freePort()
        // The first word on a setting holds.
        let settings = """
            \(server)
            ListenAddress \(place.address):\(port)
            HostKey \(home)/key
            AuthorizedKeysFile \(path("authorized"))
            PidFile none
            StrictModes no
            UsePAM no
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            PrintMotd no
            LogLevel VERBOSE
            SetEnv HOME=\(home) PATH=/usr/bin:/bin XDG_CACHE_HOME=\(home)/cache STATE_DIRECTORY=\(home)/state \(sessions)

            """
        try settings.write(toFile: "\(home)/sshd_config", atomically: true, encoding: .utf8)
        let server = try SpawnedProgram(
            place.words + [sshd, "-D", "-e", "-f", "\(home)/sshd_config"], environment: [:],
            log: "\(home)/log")
        hosts[name] = (server, port)
        // In a network of its own nobody here reaches it.
        #expect(Eventually.holds { log(name).contains("Server listening on") }, "\(log(name))")
        let publicKey = try String(contentsOfFile: "\(home)/key.pub", encoding: .utf8)
        if known { try append("[\(place.address)]:\(port) \(publicKey)", to: "known_hosts") }
        try dial(name, port: port, client, address: place.address)
    }

    /// What `ssh NAME` is to do.
    func dial(
        _ name: String, port: UInt16, _ more: String = "", address: String = "127.0.0.1"
    ) throws {
        configuration += """
            Host \(name)
              HostName \(address)
              Port \(port)
              IdentityFile \(path("id"))
              IdentitiesOnly yes
              UserKnownHostsFile \(path("known_hosts"))
              GlobalKnownHostsFile /dev/null
            \(more)

            """
        try configuration.write(toFile: path("ssh_config"), atomically: true, encoding: .utf8)
    }

    func append(_ line: String, to name: String) throws {
        let known = (try? String(contentsOfFile: path(name), encoding: .utf8)) ?? ""
        try (known + line).write(toFile: path(name), atomically: true, encoding: .utf8)
    }

    func port(_ name: String) -> UInt16 { hosts[name]?.port ?? 0 }

    func log(_ name: String) -> String {
        (try? String(contentsOfFile: path("hosts/\(name)/log"), encoding: .utf8)) ?? ""
    }

    /// Stops every process of the host and its connections, or lets them go on: to the other side the network is cut.
    func signal(_ name: String, _ number: Int32) {
        guard let host = hosts[name] else { return }
        for pid in [host.server.pid] + Self.children(of: host.server.pid) { kill(pid, number) }
    }

    /// From here on the one key that hosts take asks for `passphrase`, which only a person can give.
    func lockKey(_ passphrase: String) throws {
        let changed = try Program.run(
            try #require(Program.find("ssh-keygen")),
            ["-q", "-p", "-P", "", "-N", passphrase, "-f", path("id")])
        #expect(changed.status == 0, "\(changed.errors)")
    }

    private static func children(of pid: Int32) -> [Int32] {
        let text = try? String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)
        let own = (text ?? "").split(separator: " ").compactMap { Int32($0) }
        return own + own.flatMap { children(of: $0) }
    }

    /// Puts this build's martlet, what it gives to hosts and `agent`, else the one that `make agent` leaves, into the world;
    /// martlet's path, or nil, after saying so, where that agent was not made.
    func install(agent: String? = nil) throws -> String? {
        guard let agent = agent ?? Program.releaseAgent else {
            print("skipped: no static agent here; make agent builds it")
            return nil
        }
        let martlet = try #require(Program.built("martlet"), "swift build leaves martlet beside the tests")
        let agents = Repository.root.appending(path: "Agents").path
        // A link would be followed to the folder that it leads to. A child copies: see Program.write.
        for (from, to) in [(martlet, "bin/martlet"), (agent, "bin/martlet-agent"), (agents, "Agents")] {
            #expect(try Program.run("/bin/cp", ["-rL", from, path(to)]).status == 0)
        }
        return path("bin/martlet")
    }

    /// The agent that `install` put beside martlet, which gives it away.
    var agent: String { path("bin/martlet-agent") }

    /// Runs the martlet that `install` put here.
    func martlet(_ words: [String]) throws -> Program.Result {
        try Program.run(
            path("bin/martlet"), words, environment: World.variables(of: folder), seconds: 100)
    }

    /// A hub of this world that watches `names`, until the body ends.
    func hub(
        _ martlet: String, _ names: [String], in place: HostPlace = HostPlace(),
        _ body: (HubClient) async throws -> Void
    ) async throws {
        let hub = try SpawnedProgram(
            place.words + [martlet, "hub"] + names, environment: World.variables(of: folder),
            log: path("hub.log"))
        defer { hub.end() }
        let client = HubClient(socketPath: path("run/martlet/hub.sock"))
        #expect(
            await Eventually.comes { await client.isAlive() },
            "\((try? String(contentsOfFile: path("hub.log"), encoding: .utf8)) ?? "")")
        try await body(client)
    }

    private func key(_ name: String) throws {
        let made = try Program.run(
            try #require(Program.find("ssh-keygen")), ["-q", "-t", "ed25519", "-N", "", "-f", path(name)])
        #expect(made.status == 0, "\(made.errors)")
    }
}

extension HubClient {
    /// The host's summary once `condition` holds of it, or as it is when waiting becomes too long.
    func host(
        _ name: String, within seconds: Double = 40, when condition: (HostSummary) -> Bool
    ) async -> HostSummary? {
        var found: HostSummary?
        _ = await Eventually.comes(within: seconds) {
            found = try? await hosts().first { $0.host == name }
            return found.map(condition) ?? false
        }
        return found
    }

    /// Why the host failed, once it did.
    func failure(of name: String, containing part: String) async -> String {
        let summary = await host(name) {
            if case .failed(let reason, _) = $0.state { reason.contains(part) } else { false }
        }
        guard case .failed(let reason, _) = summary?.state else {
            return "\(String(describing: summary?.state))"
        }
        return reason
    }
}
