import Foundation
import TestSupport
import Testing

/// Rollouts over real agents, from the command line to the screens of others.
@Suite(.serialized, .timeLimit(.minutes(6))) struct `A rollout as others see it` {
    private func world() throws -> BadVersionWorld {
        try BadVersionWorld(
            martlet: try #require(Program.built("martlet")),
            agent: try #require(Program.built("martlet-agent")))
    }

    /// The whole story: a version that fails a fifth of its requests is stopped after its first host by the gate and taken
    /// back, while the screen that was there at first is killed and another one attached.
    @Test
    func `of a bad version is stopped at the first host and taken back, with its log on another screen`()
        throws
    {
        let world = try world()
        let traffic = try world.traffic()
        defer { world.end(traffic) }
        guard let first = try world.dashboard() else {
            print("skipped: tmux is not installed; make test installs it")
            return
        }
        #expect(try first.shows("Nothing was deployed"))
        let id = try world.start(BadVersionWorld.bad, reason: "ticket 812")
        try expect(first, "web 6.6.6 ")
        try expect(first, "baking", within: 60)
        // Whoever looks there is killed; the rollout is the hub's.
        for pid in World.processes(of: world.folder) where Self.isDashboard(pid) { kill(pid, SIGKILL) }
        guard let second = try world.dashboard(columns: 80, rows: 24) else { return }
        try expect(second, "rolled back", within: 90)
        #expect(BadVersionWorld.hosts.map { world.version(of: $0) } == ["1.0", "1.0", "1.0"])
        // Why, and what happened, in the rollout and on its host.
        try second.type("Enter")
        try expect(second, "the gate failed: http.error_ratio{service=shop}")
        for words in ["id \(id)", "u taken back 1", ". not touched 2"] {
            try expect(second, words)
        }
        try second.type("g")
        try second.type("Enter")
        try expect(second, "on the old version")
        try expect(second, "OUTPUT  rollback-web")
        let status = try world.martlet("rollout", "attach", id, "--wait")
        #expect(status.status == 1, "\(status)")
    }

    @Test func `is paused, goes on and is taken back by keys, each after its question`() throws {
        let world = try world()
        let traffic = try world.traffic()
        defer { world.end(traffic) }
        guard let screen = try world.dashboard() else {
            print("skipped: tmux is not installed; make test installs it")
            return
        }
        _ = try world.start("2.0")
        try expect(screen, "baking", within: 60)
        try screen.type("P")
        #expect(try screen.shows("why? enter goes on"))
        try screen.line("lunch")
        #expect(try screen.shows("yes, pause web 2.0"))
        try screen.type("j", "Enter")
        try expect(screen, "= paused")
        try expect(screen, "by marta: lunch")
        try screen.type("C")
        #expect(try screen.shows("why? enter goes on"))
        try screen.type("Enter")
        #expect(try screen.shows("yes, go on with web 2.0"))
        try screen.type("j", "Enter")
        #expect(try screen.shows("web 2.0: baking"))
        try screen.type("B")
        #expect(try screen.shows("why? enter goes on"))
        try screen.type("Enter")
        #expect(try screen.shows("type web to roll back"))
        try screen.line("web")
        try expect(screen, "rolled back", within: 60)
        #expect(BadVersionWorld.hosts.map { world.version(of: $0) } == ["1.0", "1.0", "1.0"])
    }

    @Test func `is started by a key after its plan, and followed on the same screen to its end`() throws {
        let world = try world()
        let traffic = try world.traffic()
        defer { world.end(traffic) }
        guard let screen = try world.dashboard(columns: 80, rows: 24) else {
            print("skipped: tmux is not installed; make test installs it")
            return
        }
        try screen.type("s")
        try expect(screen, "New version of the web service")
        try screen.type("Enter")
        try expect(screen, "must be given")
        // What the hub refuses leads back to the values.
        try screen.type("Enter")
        try expect(screen, "web needs version")
        try screen.type("Enter")
        try expect(screen, "must be given")
        try screen.line("2.0")
        try expect(screen, "it may start now; nothing was started")
        let plan = try world.martlet("rollout", "plan", "web", "--version", "2.0")
        let shown = try screen.screen()
        for line in plan.output.split(separator: "\n") where line.count < 76 {
            #expect(shown.contains(line), "\(line) is not on the screen:\n\(shown)")
        }
        try screen.type("Enter")
        try expect(screen, "type 3 to start it")
        #expect(BadVersionWorld.hosts.map { world.version(of: $0) } == ["1.0", "1.0", "1.0"])
        try screen.line("3")
        try expect(screen, "deploys > web 2.0")
        try expect(screen, "baking", within: 60)
        try expect(screen, "succeeded", within: 120)
        #expect(BadVersionWorld.hosts.map { world.version(of: $0) } == ["2.0", "2.0", "2.0"])
    }

    private func expect(_ screen: TmuxSession, _ text: String, within seconds: Double = 30) throws {
        let isShown = try screen.shows(text, within: seconds)
        let found = try screen.screen()
        #expect(isShown, "\(text) is not on the screen:\n\(found)")
    }

    private static func isDashboard(_ pid: Int32) -> Bool {
        let words = (FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()).split(
            separator: 0
        )
        .map { String(decoding: $0, as: UTF8.self) }
        return words.first?.hasSuffix("/martlet") == true && words.count == 1
    }
}
