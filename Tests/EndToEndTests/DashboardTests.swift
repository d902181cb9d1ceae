import Foundation
import TestSupport
import Testing

/// The programs as a user runs them: martlet from this build in a tmux of the test's own.
@Suite(.serialized) struct `The dashboard in a terminal` {
    /// A session with martlet started, or nil with the reason printed.
    private func started(
        columns: Int = 120, rows: Int = 36, _ arguments: String = "", environment: [String: String] = [:],
        world: TemporaryFolder? = nil
    ) throws -> TmuxSession? {
        let martlet = try #require(Program.built("martlet"), "swift build leaves martlet beside the tests")
        guard
            let session = try TmuxSession(
                columns: columns, rows: rows, environment: environment, world: world)
        else { return nil }
        try session.line("\(martlet) \(arguments)")
        return session
    }

    private static var hostName: String {
        let name = (try? String(contentsOfFile: "/proc/sys/kernel/hostname", encoding: .utf8)) ?? ""
        return name.trimmingCharacters(in: .newlines)
    }

    @Test func `shows this machine live on the Host screen`() throws {
        guard let session = try started() else { return }
        try session.expect("CPU")
        try session.expect("MEM")
        #expect(try session.shows("martlet-agent"), "the process table names the agent itself")
        try session.expect("LIVE")
    }

    @Test func `is left by q and gives the terminal back`() throws {
        guard let session = try started() else { return }
        try session.expect("CPU")
        try session.type("q")
        try session.expect("ready>", times: 2)
        try session.line("stty -a | tr ' ' '\\n' | grep -x -e icanon -e echo")
        try session.expect("icanon")
    }

    @Test func `leaves the hub and its history to a second dashboard when it is killed`() throws {
        guard let session = try started() else { return }
        try session.expect("LIVE")
        // One that is about to become another program still has its parent's name.
        var (before, screens): ([Int32], [Int32]) = ([], [])
        let isAlone = Eventually.holds {
            (before, screens) = (World.hubs(of: session.world), World.dashboards(of: session.world))
            return before.count == 1 && screens.count == 1
        }
        #expect(isAlone, "\(before) \(screens)")
        screens.forEach { kill($0, SIGKILL) }
        try session.expect("Killed")
        guard let second = try started(world: session.world) else { return }
        try second.expect("LIVE")
        #expect(Eventually.holds { World.hubs(of: session.world) == before })
    }

    @Test func `leaves its own hub for one that is kept, which is the one that runs hooks`() throws {
        let world = try TemporaryFolder()
        let rules = """
            version: 1
            hooks:
              page: {run: [/bin/true]}
            notify:
              critical: [page]

            """
        try rules.write(
            to: world.url.appending(path: "rules.yaml"), atomically: true, encoding: .utf8)
        let configuration = ["MARTLET_CONFIG": world.url.path]
        guard let session = try started(environment: configuration, world: world) else { return }
        try session.expect("LIVE")
        try session.type("5")
        try session.expect("hooks off")
        let martlet = try #require(Program.built("martlet"))
        let variables = World.variables(of: world).merging(configuration) { $1 }
        let kept = try SpawnedProgram(
            [martlet, "hub"], environment: variables, log: session.world.url.appending(path: "kept").path)
        defer { kept.end() }
        let replaces = Eventually.holds(within: 30) {
            World.hubs(of: session.world) == [kept.pid]
        }
        #expect(replaces)
        try session.expect("hooks on")
        // One that is kept makes place for nobody.
        let second = try Program.run(martlet, ["hub"], environment: variables)
        #expect(second.status == 69 && second.errors.contains("another hub runs here"), "\(second)")
        #expect(Eventually.holds { World.hubs(of: session.world) == [kept.pid] })
    }

    @Test func `reaches several hosts over ssh and opens Fleet`() throws {
        let world = try TemporaryFolder()
        let agent = try #require(Program.built("martlet-agent"))
        try FakeSSH.install(in: world, agent: agent)
        guard let session = try started("web1 web2", world: world) else { return }
        try session.expect("web1")
        try session.expect("web2")
        try session.expect("LIVE")
        let log = FakeSSH.log(in: world)
        for option in ["BatchMode=yes", "RemoteCommand=none", "ForwardAgent=no", "ControlMaster=no"] {
            #expect(log.contains(option), "ssh is called with \(option)")
        }
    }

    @Test func `opens a shell on the row and comes back`() throws {
        guard let session = try started(environment: ["SHELL": "/bin/sh"]) else { return }
        try session.expect("LIVE")
        try session.type("!")
        try session.expect("ready>", times: 2)
        try session.line("echo $((6*7)) answers")
        try session.expect("42 answers")
        try session.line("exit")
        try session.expect("CPU")
    }

    @Test func `suspends on ctrl-z and comes back with fg`() throws {
        guard let session = try started() else { return }
        try session.expect("LIVE")
        try session.type("C-z")
        try session.expect("ready>", times: 2)
        try session.line("fg")
        try session.expect("CPU")
    }

    @Test(arguments: [(40, 8), (80, 24), (200, 60), (12, 3)])
    func `follows a resize`(_ size: (columns: Int, rows: Int)) throws {
        guard let session = try started() else { return }
        try session.expect("LIVE")
        try session.resize(columns: size.columns, rows: size.rows)
        let narrow = try Eventually.holds {
            let lines = try session.screen().split(separator: "\n", omittingEmptySubsequences: false)
            return lines.allSatisfy { $0.count <= size.columns } && lines.contains { !$0.isEmpty }
        }
        #expect(narrow)
        try session.resize(columns: 120, rows: 36)
        try session.expect("CPU")
    }

    @Test func `stands still when paused and says that it is the past`() throws {
        guard let session = try started() else { return }
        try session.expect("LIVE")
        try session.type("p")
        try session.expect("PAST")
        try session.type(",")
        try session.expect("PAST")
        try session.type("p")
        try session.expect("LIVE")
    }

    @Test func `loses no key of a burst and takes pasted text for no key`() throws {
        guard let session = try started() else { return }
        try session.expect("LIVE")
        try session.line("/mart")
        try session.expect("/ mart")
        // As keys these would leave the screen.
        try session.paste("qq")
        try session.expect("qq")
        #expect(try !session.screen().contains("ready>"))
    }

    @Test(arguments: ["TERM=nonsense", "TERM=vt100", "NO_COLOR=1", "LC_ALL=C"])
    func `starts whatever the terminal says of itself`(_ setting: String) throws {
        let parts = setting.split(separator: "=")
        guard let session = try started(environment: [String(parts[0]): String(parts[1])]) else { return }
        try session.expect("CPU")
        try session.type("q")
        try session.expect("ready>")
    }

    @Test func `is refused where the terminal can move no cursor, with what prints a screen instead`() throws
    {
        guard let session = try started(environment: ["TERM": "dumb"]) else { return }
        try session.expect("martlet snapshot")
        try session.expect("ready>")
    }
}
