import Foundation
import TestSupport
import Testing

/// Rollouts over real agents, from the command line to the screens of others.
@Suite(.serialized, .timeLimit(.minutes(6))) struct `A rollout as others see it` {
    /// The whole story: a version that fails a fifth of its requests is stopped after its first host by the gate and taken
    /// back, while the screen that was there at first is killed and another one attached.
    @Test
    func `of a bad version is stopped at the first host and taken back, with its log on another screen`()
        throws
    {
        let world = try RolloutWorld(bake: "15s")
        try world.startTraffic()
        guard let first = try world.dashboard() else { return }
        try first.expect("Nothing was deployed")
        let id = try world.start("4.13.0.bad", reason: "ticket 812")
        try first.expect("web 4.13.0.bad ")
        try first.expect("baking", within: 60)
        // Whoever looks there is killed; the rollout is the hub's.
        for pid in World.dashboards(of: world.world) { kill(pid, SIGKILL) }
        guard let second = try world.dashboard(columns: 80, rows: 24) else { return }
        try second.expect("rolled back", within: 90)
        #expect(RolloutWorld.hosts.map(world.version) == ["4.11.0", "4.11.0", "4.11.0"])
        // Why, and what happened, in the rollout and on its host.
        try second.type("Enter")
        try second.expect("the gate failed: http.error_ratio{service=web}")
        for words in ["id \(id)", "u taken back 1", ". not touched 2"] {
            try second.expect(words)
        }
        try second.type("g")
        try second.type("Enter")
        try second.expect("on the old version")
        try second.expect("OUTPUT  undrain-web  succeeded")
        try second.expect("noted undrain")
        let status = try world.run(["rollout", "attach", id, "--wait"])
        #expect(status.status == 1, "\(status)")
    }

    @Test func `is paused, goes on and is taken back by keys, each after its question`() throws {
        // For so long all of this may take.
        let world = try RolloutWorld(bake: "90s")
        try world.startTraffic()
        guard let screen = try world.dashboard() else { return }
        _ = try world.start("4.12.1", reason: "")
        try screen.expect("baking", within: 60)
        try screen.type("P")
        try screen.expect("why? enter goes on")
        try screen.line("lunch")
        try screen.expect("yes, pause web 4.12.1")
        try screen.type("j", "Enter")
        try screen.expect("= paused")
        try screen.expect("by marta: lunch")
        try screen.type("C")
        try screen.expect("why? enter goes on")
        try screen.type("Enter")
        try screen.expect("yes, go on with web 4.12.1")
        try screen.type("j", "Enter")
        try screen.expect("web 4.12.1: baking")
        try screen.type("B")
        try screen.expect("why? enter goes on")
        try screen.type("Enter")
        try screen.expect("type web to roll back")
        try screen.line("web")
        try screen.expect("rolled back", within: 60)
        #expect(RolloutWorld.hosts.map(world.version) == ["4.11.0", "4.11.0", "4.11.0"])
    }

    @Test func `waits for a person after the batch that says so, and goes on when one approves of it`() throws
    {
        let world = try RolloutWorld()
        guard let screen = try world.dashboard() else { return }
        let isStarted = try Eventually.holds(within: 60) {
            try world.run(["rollout", "start", "steps", "-y"]).status == 0
        }
        #expect(isStarted, "\(world.hubLog)")
        try screen.expect("? held", within: 60)
        try screen.expect("batch 1 waits for approval")
        #expect(RolloutWorld.hosts.map(world.starts) == [["step"], [], []])
        try screen.type("C")
        try screen.expect("why? enter goes on")
        try screen.line("the first is well")
        // What it begins, and an answer that enter alone does not give.
        try screen.expect("batch 2 begins: 1 host gets it")
        try screen.expect("yes, go on with steps")
        #expect(RolloutWorld.hosts.map(world.starts) == [["step"], [], []])
        try screen.type("j", "Enter")
        try screen.expect("succeeded", within: 60)
        #expect(RolloutWorld.hosts.map(world.starts) == [["step"], ["step"], ["step"]])
        let audit = try world.run(["audit"])
        #expect(audit.output.contains("the first is well"), "\(audit)")
    }

    @Test func `is started by a key after its plan, and followed on the same screen to its end`() throws {
        let world = try RolloutWorld(bake: "15s")
        try world.startTraffic()
        guard let screen = try world.dashboard(columns: 80, rows: 24) else { return }
        try screen.type("s")
        try screen.expect("New version of the web service")
        try screen.type("Enter")
        try screen.expect("must be given")
        // What the hub refuses leads back to the values.
        try screen.type("Enter")
        try screen.expect("web needs version")
        try screen.type("Enter")
        try screen.expect("must be given")
        try screen.line("4.12.1")
        try screen.expect("it may start now; nothing was started")
        let plan = try world.run(["rollout", "plan", "web", "--version", "4.12.1"])
        let shown = try screen.screen()
        for line in plan.output.split(separator: "\n") where line.count < 76 {
            #expect(shown.contains(line), "\(line) is not on the screen:\n\(shown)")
        }
        try screen.type("Enter")
        try screen.expect("type 3 to start it")
        #expect(RolloutWorld.hosts.map(world.version) == ["4.11.0", "4.11.0", "4.11.0"])
        try screen.line("3")
        try screen.expect("deploys > web 4.12.1")
        try screen.expect("baking", within: 60)
        try screen.expect("succeeded", within: 120)
        #expect(RolloutWorld.hosts.map(world.version) == ["4.12.1", "4.12.1", "4.12.1"])
    }
}
