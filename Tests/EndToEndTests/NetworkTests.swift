import Fleet
import Foundation
import Glibc
import HubClient
import TestSupport
import Testing

/// Hosts in networks of their own, one of whose cables is pulled out; and all that may sample one host, at once.
@Suite(.serialized, .timeLimit(.minutes(6))) struct `Hosts in networks of their own` {
    @Test
    func `are live through noise, copies and a jump host, and one that is cut off comes back by itself`()
        async throws
    {
        guard let world = try SSHWorld.make(), let martlet = try world.install(),
            let networks = try TestNetworks(in: world.folder)
        else {
            return
        }
        try "Welcome!\nIt is \(String(repeating: "noisy ", count: 2000))\n".write(
            toFile: world.path("banner"), atomically: true, encoding: .utf8)
        try world.start(
            "noisy", agent: world.agent, server: "Banner \(world.path("banner"))",
            client: "  RemoteCommand tmux attach\n  RequestTTY force", place: networks.add("noisy"))
        try world.start("bare", place: networks.add("bare"))
        try world.start("bastion", place: networks.add("bastion"))
        try world.start(
            "db1", agent: world.agent, client: "  ProxyJump bastion",
            place: networks.add("db1", behind: "bastion"))
        // A dead link is found in three seconds instead of fifteen.
        let folder = world.path("home/.config/martlet")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try "version: 1\nssh: {keepalive: 1s}\nhosts: {noisy: , bare: , db1: }\n".write(
            toFile: "\(folder)/hosts.yaml", atomically: true, encoding: .utf8)
        try await world.hub(martlet, [], in: networks.hub) { (client) async throws in
            for name in ["noisy", "bare", "db1"] {
                let host = await client.host(name) { $0.state == .live }
                #expect(
                    host?.state == .live && host?.restarts == 0, "\(name): \(String(describing: host?.state))"
                )
            }
            try networks.cable(of: "noisy", isIn: false)
            let lost = "no longer answers"
            #expect(await client.failure(of: "noisy", containing: lost).contains(lost))
            try networks.cable(of: "noisy", isIn: true)
            #expect(await client.host("noisy", within: 60) { $0.state == .live }?.state == .live)
            for name in ["bare", "db1"] {
                let host = await client.host(name) { _ in true }
                #expect(host?.restarts == 0 && host?.state == .live, "\(name) was disturbed")
            }
        }
    }

    /// A recorder, a round of cron and the streams of two hubs: who is first reads the logs and keeps the ledger.
    @Test func `have their requests counted once and each order started once, whoever samples them`()
        async throws
    {
        guard let world = try SSHWorld.make() else { return }
        let agent = try #require(Program.built("martlet-agent"))
        let martlet = try #require(Program.built("martlet"))
        try world.start("web1", agent: agent)
        let home = world.path("hosts/web1")
        let log = world.path("shop.log")
        try Data().write(to: URL(filePath: log))
        try Program.script(
            "echo $MARTLET_ACTION_ID >>'\(home)/started'; echo $$ >'\(home)/act.pid'; sleep 3",
            at: "\(home)/act")
        try write(
            """
            [agent]
            audit = none
            [record]
            path = \(home)/state
            keep_free = 0%
            [log shop]
            path = \(log)
            format = nginx
            [action act]
            about = Act
            run = \(home)/act
            danger = look

            """, to: "\(home)/.config/martlet/agent.conf")
        let variables = ["HOME": home, "XDG_CONFIG_HOME": "\(home)/.config"]
        let recorder = try SpawnedProgram([agent, "run"], environment: variables, log: "\(home)/run.log")
        defer { recorder.end() }
        #expect(Eventually.holds { Self.socket(in: "\(home)/state") })
        let round = try Program.run(
            agent, ["once"], environment: ProcessInfo.processInfo.environment.merging(variables) { $1 },
            seconds: 60)
        #expect(round.status == 0, "a round beside a recorder has nothing to do: \(round.errors)")

        var first = try Self.startHub(martlet, world, "one")
        let second = try Self.startHub(martlet, world, "two")
        defer { second.program.end() }
        for hub in [first, second] {
            #expect(await Eventually.comes { await hub.client.isAlive() })
            #expect(await hub.client.host("web1") { $0.state == .live }?.state == .live)
            #expect(
                await Eventually.comes {
                    ((try? await hub.client.actions(["web1"])) ?? []).first?.isConnected ?? false
                })
        }
        try Self.serve(137, log)
        // Whoever joins hears the one count of the one who reads the log, in his own session.
        for _ in 0..<2 {
            var text = ""
            let isCounted = try Eventually.holds(within: 30) {
                text = try Program.run(
                    world.path("bin/ssh"),
                    ["web1", "$HOME/bin/martlet-agent stream --text --ticks 3 --processes 0 </dev/null"],
                    environment: ProcessInfo.processInfo.environment, seconds: 30
                ).output
                return text.split(separator: "\n").contains {
                    $0.contains("martlet_http_requests_total{") && $0.contains("shop") && $0.hasSuffix(" 137")
                }
            }
            #expect(
                isCounted,
                "\(text.split(separator: "\n").filter { $0.contains("martlet_http_requests_total") })")
        }
        for hub in [first, second] {
            let screen = try Eventually.holds(within: 30) {
                try Self.traffic(martlet, world, hub.name).contains("/a ")
            }
            #expect(screen, "\(hub.name) shows them")
        }
        // Killed while the action runs, the hub asks for it again under its id when it is back.
        let order = try await first.client.order(
            OrderRequest(action: "act", parameters: [:], hosts: ["web1"], actor: nil))
        #expect(await Eventually.comes { Self.lines("\(home)/started") == 1 })
        kill(first.program.pid, SIGKILL)
        first = try Self.startHub(martlet, world, "one")
        defer { first.program.end() }
        #expect(await Eventually.comes { await first.client.isAlive() })
        let id = try #require(order.first?.id)
        #expect(
            await Eventually.comes(within: 40) {
                (try? await first.client.orders([id]).first?.state == .succeeded) ?? false
            })
        #expect(Self.lines("\(home)/started") == 1)
        // The other hub's own order is another id, and started once as well.
        _ = try await second.client.order(
            OrderRequest(action: "act", parameters: [:], hosts: ["web1"], actor: nil))
        #expect(await Eventually.comes { Self.lines("\(home)/started") == 2 })
    }

    private struct RunningHub {
        let name: String
        let program: SpawnedProgram
        let client: HubClient
    }

    private static func variables(_ world: SSHWorld, _ name: String) throws -> [String: String] {
        var variables = World.variables(of: world.folder)
        for (variable, folder) in [("XDG_RUNTIME_DIR", "run"), ("XDG_STATE_HOME", "state")] {
            let path = world.path("\(name)/\(folder)")
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            variables[variable] = path
        }
        return variables
    }

    private static func startHub(_ martlet: String, _ world: SSHWorld, _ name: String) throws -> RunningHub {
        let variables = try variables(world, name)
        let program = try SpawnedProgram(
            [martlet, "hub", "web1"], environment: variables, log: world.path("hub-\(name).log"))
        return RunningHub(
            name: name, program: program,
            client: HubClient(socketPath: world.path("\(name)/run/martlet/hub.sock")))
    }

    private static func traffic(_ martlet: String, _ world: SSHWorld, _ name: String) throws -> String {
        try Program.run(
            martlet, ["snapshot", "--screen", "traffic", "--size", "120x30", "--wait", "5"],
            environment: ProcessInfo.processInfo.environment.merging(try variables(world, name)) { $1 },
            seconds: 30
        ).output
    }

    private static func socket(in folder: String) -> Bool {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).contains("socket")
    }

    private static func lines(_ path: String) -> Int {
        (try? String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").count) ?? 0
    }

    private static func serve(_ count: Int, _ path: String) throws {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "UTC")
        format.dateFormat = "dd/MMM/yyyy:HH:mm:ss Z"
        let line = "192.0.2.7 - - [\(format.string(from: Date()))] \"GET /a HTTP/1.1\" 200 5 \"-\" \"-\"\n"
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        try file.seekToEnd()
        try file.write(contentsOf: Data(String(repeating: line, count: count).utf8))
    }

    private func write(_ text: String, to path: String) throws {
        try FileManager.default.createDirectory(
            at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: path))
        chmod(path, 0o600)
    }
}
