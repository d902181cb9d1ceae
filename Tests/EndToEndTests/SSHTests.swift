import Fleet
import Foundation
import Glibc
import HubClient
import TestSupport
import Testing

/// martlet and OpenSSH's own sshd, as users have them.
@Suite(.serialized, .timeLimit(.minutes(3))) struct `Hosts over ssh` {
    @Test func `are live whatever their greetings, user's files and login say`() async throws {
        guard let world = try SSHWorld.make() else { return }
        let agent = try #require(Program.built("martlet-agent"))
        try "Welcome to web1!\nPermission denied (to the bored).\n".write(
            toFile: world.path("banner"), atomically: true, encoding: .utf8)
        try world.start(
            "web1", agent: agent, server: "Banner \(world.path("banner"))",
            client: """
                  RemoteCommand tmux attach
                  PermitLocalCommand yes
                  LocalCommand echo hello from here
                  RequestTTY force
                  ForwardAgent yes
                  LogLevel QUIET
                """)
        let martlet = try #require(Program.built("martlet"))
        try await world.hub(martlet, ["web1"]) { (client) async throws in
            let host = await client.host("web1") { $0.state == .live }
            #expect(host?.state == .live)
            #expect(host?.restarts == 0)
        }
    }

    @Test func `without an agent get a copy for the run, once, and old copies go`() async throws {
        guard let world = try SSHWorld.make(), let martlet = try world.install() else { return }
        try world.start("bare")
        let folder = world.path("hosts/bare/cache/martlet")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data().write(to: URL(filePath: "\(folder)/martlet-agent-0123456789abcdef"))
        try await world.hub(martlet, ["bare"]) { (client) async throws in
            let host = await client.host("bare") { $0.state == .live }
            #expect(host?.state == .live)
            #expect(host?.agentVersion.isEmpty == false)
        }
        let copies = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(copies.count == 1 && copies[0].hasPrefix("martlet-agent-"), "\(copies)")
        #expect(copies != ["martlet-agent-0123456789abcdef"])
        let inode = try Self.inode("\(folder)/\(copies[0])")
        try await world.hub(martlet, ["bare"]) { (client) async throws in
            #expect(await client.host("bare") { $0.state == .live }?.state == .live)
        }
        #expect(try Self.inode("\(folder)/\(copies[0])") == inode, "it was copied again")
    }

    private static func inode(_ path: String) throws -> UInt64 {
        let found = try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? NSNumber
        return try #require(found).uint64Value
    }

    @Test func `behind a jump host share one connection to it, which ends with the hub`() async throws {
        guard let world = try SSHWorld.make() else { return }
        let agent = try #require(Program.built("martlet-agent"))
        try world.start("bastion", server: "MaxStartups 1:100:1\nMaxSessions 1")
        let names = ["db1", "db2", "db3", "db4"]
        for name in names { try world.start(name, agent: agent, client: "  ProxyJump bastion") }
        let martlet = try #require(Program.built("martlet"))
        try await world.hub(martlet, names) { (client) async throws in
            for name in names {
                let state = await client.host(name) { $0.state == .live }?.state
                #expect(state == .live, "\(name)")
            }
            #expect(world.log("bastion").split(separator: "Accepted publickey").count == 2)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: world.path("run/martlet/ssh")).count == 1)
        }
        #expect(await Eventually.comes { World.processes(of: world.folder).isEmpty })
        #expect(try FileManager.default.contentsOfDirectory(atPath: world.path("run/martlet/ssh")).isEmpty)
    }

    @Test func `that cannot be reached say why, and what mends it`() async throws {
        guard let world = try SSHWorld.make() else { return }
        try world.start("stranger", known: false)
        try world.start("changed", known: false)
        let other = try String(contentsOfFile: world.path("id.pub"), encoding: .utf8)
        try world.append("[127.0.0.1]:\(world.port("changed")) \(other)", to: "known_hosts")
        try world.start("locked", server: "AuthorizedKeysFile none")
        try world.start("asks", server: "AuthorizedKeysFile none\nPasswordAuthentication yes")
        try world.start("bare", sessions: "XDG_RUNTIME_DIR=/proc/none")
        try world.dial("gone", port: try Loopback.freePort())
        try world.dial("behind", port: world.port("bare"), "  ProxyJump stranger")
        // A program that needs libraries, so that it is not given away as an agent.
        let martlet = try #require(try world.install(agent: "/bin/sh"))
        try await world.hub(martlet, ["stranger", "changed", "locked", "asks", "bare", "gone", "behind"]) {
            client in
            for (name, part) in [
                ("stranger", "accept it: ssh stranger"), ("changed", "ssh-keygen -f"),
                ("locked", "refuses the login; try it by hand: ssh locked"), ("asks", "martlet --ask asks"),
                ("gone", "refuses connections to its ssh port"),
                ("bare", "make agent"), ("behind", "its jump host stranger has a host key that is not known"),
            ] {
                let reason = await client.failure(of: name, containing: part)
                #expect(reason.contains(part), "\(name): \(reason)")
            }
        }
    }

    @Test func `come back at once when a person mended them and says so`() async throws {
        guard let world = try SSHWorld.make() else { return }
        let agent = try #require(Program.built("martlet-agent"))
        try world.start("web1", agent: agent, known: false)
        let martlet = try #require(Program.built("martlet"))
        try await world.hub(martlet, ["web1"]) { (client) async throws in
            // Long enough failed that its next turn is far.
            var turn: Int64 = 0
            _ = await client.host("web1", within: 90) {
                guard case .failed(_, let at) = $0.state else { return false }
                turn = at
                return at > Self.now + 8000
            }
            let key = try String(contentsOfFile: world.path("hosts/web1/key.pub"), encoding: .utf8)
            try world.append("[127.0.0.1]:\(world.port("web1")) \(key)", to: "known_hosts")
            try await client.retry(["web1"])
            var seen: [LinkState] = []
            let host = await client.host("web1") { host in
                if seen.last != host.state { seen.append(host.state) }
                return host.state == .live
            }
            #expect(host?.state == .live)
            #expect(Self.now < turn, "\(seen) \(world.log("web1").suffix(600))")
        }
    }

    /// In milliseconds since 1970.
    private static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

    @Test func `that no longer answer are cut off, disturb nobody, and are live again when they do`()
        async throws
    {
        guard let world = try SSHWorld.make() else { return }
        let agent = try #require(Program.built("martlet-agent"))
        try world.start("web1", agent: agent)
        try world.start("web2", agent: agent)
        let martlet = try #require(Program.built("martlet"))
        try await world.hub(martlet, ["web1", "web2"]) { (client) async throws in
            for name in ["web1", "web2"] {
                #expect(await client.host(name) { $0.state == .live }?.state == .live)
            }
            world.signal("web1", SIGSTOP)
            defer { world.signal("web1", SIGCONT) }
            #expect(await client.host("web1") { $0.state == .stale }?.state == .stale)
            let part = "no longer answers"
            #expect(await client.failure(of: "web1", containing: part).contains(part))
            world.signal("web1", SIGCONT)
            #expect(await client.host("web1", within: 60) { $0.state == .live }?.state == .live)
            #expect(await client.host("web2") { _ in true }?.restarts == 0)
        }
    }

    @Test func `whose login asks a person are asked for before the screen, and then live`() throws {
        guard let world = try SSHWorld.make() else { return }
        let agent = try #require(Program.built("martlet-agent"))
        let martlet = try #require(Program.built("martlet"))
        try world.start("bastion")
        try world.start("db1", agent: agent, client: "  ProxyJump bastion")
        try world.lockKey("open sesame")
        guard let session = try TmuxSession(world: world.folder) else { return }
        try session.line("\(martlet) --ask db1")
        // Once for the jump host, once for the host itself.
        try session.expect("martlet: db1 is asked for")
        try session.expect("Enter passphrase")
        try session.line("open sesame")
        #expect(
            try Eventually.holds(within: 30) {
                try session.screen().components(separatedBy: "Enter passphrase").count == 3
            })
        try session.line("open sesame")
        try session.expect("LIVE")
        try session.expect("CPU")
    }

    @Test func `are opened by ! for a person, and the screen comes back`() throws {
        guard let world = try SSHWorld.make() else { return }
        let agent = try #require(Program.built("martlet-agent"))
        let martlet = try #require(Program.built("martlet"))
        try world.start("web1", agent: agent)
        guard let session = try TmuxSession(world: world.folder) else { return }
        try session.line("\(martlet) web1")
        try session.expect("LIVE")
        try session.type("!")
        // A prompt, whoever logs in.
        #expect(
            try Eventually.holds(within: 30) {
                try session.screen().contains { $0 == "$" || $0 == "#" } && !session.screen().contains("LIVE")
            })
        try session.line("echo $((6*7)) on $HOME")
        try session.expect("42 on \(world.path("hosts/web1"))")
        try session.line("exit")
        try session.expect("LIVE")
    }

    @Test func `tell martlet discover what runs there, with a copy of the agent`() throws {
        guard let world = try SSHWorld.make(), let martlet = try world.install() else { return }
        try world.start("bare")
        let variables = ProcessInfo.processInfo.environment.merging(World.variables(of: world.folder)) { $1 }
        let found = try Program.run(
            martlet, ["discover", "bare", "--output", "json"], environment: variables, seconds: 60)
        #expect(found.status == 0, "\(found.errors)")
        #expect(found.output.hasPrefix(#"{"host":"bare","#), "\(found.output.prefix(200))")
        #expect(found.output.split(separator: "\n").count == 1)
        let absent = try Program.run(
            martlet, ["discover", "nobody.invalid"], environment: variables, seconds: 60)
        #expect(absent.status == 69)
        #expect(absent.errors.contains("nobody.invalid has no address"), "\(absent.errors)")
    }
}
