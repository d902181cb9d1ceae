import Foundation
import Glibc
import TestSupport
import Testing

/// Rollouts as a person and as CI start them, over three hosts.
@Suite(.serialized) struct `A rollout over three hosts` {
    private func firstLine(_ output: String) -> String {
        output.split(separator: "\n").first.map(String.init) ?? ""
    }

    @Test func `brings a good version to all of them, is judged alone too, and is taken back after success`()
        throws
    {
        let world = try RolloutWorld()
        try world.startTraffic()
        try world.startHub()
        #expect(try world.canPlanWeb())
        let refused = try world.run(["rollout", "start", "web", "--version", "4.12.1", "--wait"])
        #expect(refused.status == 64 && refused.errors.contains("confirm it with -y"), "\(refused)")
        let plan = try world.run(["rollout", "plan", "web", "--version", "4.12.1"])
        #expect(plan.status == 0 && plan.output.contains("2      2      3 of 3  web2 web3"), "\(plan)")
        #expect(RolloutWorld.hosts.allSatisfy { world.starts($0).isEmpty })

        let done = try world.run(["rollout", "start", "web", "--version", "4.12.1", "-y", "--wait"])
        #expect(done.status == 0, "\(done) \(world.hubLog)")
        #expect(firstLine(done.output).wholeMatch(of: /[0-9a-f]{16}/) != nil, "\(done.output)")
        #expect(done.output.contains("gate passes: http.error_ratio{service=web} < 2%: 0%"), "\(done.output)")
        #expect(done.output.hasSuffix("web 4.12.1: succeeded\n"), "\(done.output)")
        for host in RolloutWorld.hosts {
            #expect(world.version(host) == "4.12.1")
            #expect(world.starts(host) == ["drain", "deploy 4.12.1", "undrain"])
        }

        // What another tool changed.
        let passed = try world.run(["gate", "web", "--changed", "web1", "--for", "6s"])
        #expect(passed.status == 0 && passed.output.contains("gate passed: "), "\(passed)")
        try Data("4.13.0.bad\n".utf8).write(to: world.world.url.appending(path: "hosts/web1/version"))
        let failed = try world.run(["gate", "web", "--changed", "web1", "--for", "6s"])
        #expect(failed.status == 1 && failed.output.contains("gate failed (1 of 1): "), "\(failed)")
        for (words, status, says) in [
            (["gate", "web", "--changed", "wbe1", "--for", "1s"], 64, "wbe1"),
            (["gate", "steps", "--changed", "web1", "--for", "1s"], 64, "no gate"),
            (["gate", "wbe", "--changed", "web1", "--for", "1s"], 64, "no rollout"),
        ] as [([String], Int32, String)] {
            let result = try world.run(words)
            #expect(result.status == status && result.errors.contains(says), "\(words): \(result)")
        }
        try Data("4.12.1\n".utf8).write(to: world.world.url.appending(path: "hosts/web1/version"))

        let back = try world.run(["rollout", "rollback", "web", "--reason", "checkout is slow"])
        #expect(back.status == 0 && firstLine(back.output) != firstLine(done.output), "\(back)")
        let undone = try world.run(["rollout", "attach", firstLine(back.output), "--wait"])
        #expect(undone.status == 0, "\(undone)")
        for host in RolloutWorld.hosts { #expect(world.version(host) == "4.11.0") }
        let screen = try world.run(["snapshot", "--screen", "deploys", "--size", "80x24", "--wait", "20"])
        let rows = screen.output.split(separator: "\n")
        #expect(rows.contains { $0.contains("undoes \(firstLine(done.output).prefix(4)) web") }, "\(screen)")
        #expect(rows.contains { $0.contains("web 4.12.1") && $0.contains("taken back") }, "\(screen)")
        #expect(!screen.output.contains("no hub ran"), "\(screen)")
        let again = try world.run(["rollout", "rollback", "web"])
        #expect(again.status == 1 && again.errors.contains("took another back"), "\(again)")
    }

    @Test
    func `halts a bad version at its first batch and takes it back, whoever started it and whoever looks`()
        throws
    {
        let world = try RolloutWorld()
        try world.startTraffic()
        try world.startHub()
        #expect(try world.canPlanWeb())
        let starter = try world.spawn(
            ["rollout", "start", "web", "--version", "4.13.0.bad", "-y", "--wait"], log: "start.out")
        #expect(Eventually.holds(within: 30) { world.text("start.out").contains("deploy-web") })
        let id = firstLine(world.text("start.out"))
        kill(starter.pid, SIGKILL)
        starter.end()
        let other = try world.run(["rollout", "attach", String(id.prefix(8)), "--wait"])
        #expect(other.status == 1, "\(other) \(world.hubLog)")
        #expect(
            other.output.contains("gate fails, 1 of 1: http.error_ratio{service=web} < 2%: 20%"),
            "\(other.output)")
        #expect(other.output.contains("web 4.13.0.bad: rolled back (the gate failed"), "\(other.output)")
        #expect(
            world.starts("web1") == ["drain", "deploy 4.13.0.bad", "undrain", "drain", "rollback", "undrain"])
        #expect(world.version("web1") == "4.11.0")
        #expect(world.starts("web2").isEmpty && world.starts("web3").isEmpty)
        let audit = try world.run(["audit", "--exit-code"])
        #expect(audit.status == 0 && audit.output.contains("start \(id) web version=4.13.0.bad"), "\(audit)")
    }

    @Test func `comes to the same end when its hub is killed again and again, and starts nothing twice`()
        throws
    {
        let world = try RolloutWorld()
        try world.startTraffic()
        try world.startHub()
        #expect(try world.canPlanWeb())
        let starter = try world.spawn(
            ["rollout", "start", "web", "--version", "4.12.1", "-y", "--wait", "-o", "jsonl"],
            log: "start.out")
        let moments: [(String, () -> Bool)] = [
            ("its first host is drained", { !world.starts("web1").isEmpty }),
            ("the first batch bakes", { world.text("start.out").contains(#""state":"baking""#) }),
            ("the second batch works", { world.starts("web2").contains("drain") }),
            ("it bakes again", { world.starts("web3").count == 3 }),
        ]
        for (name, comes) in moments {
            #expect(Eventually.holds(within: 40, comes), "\(name): \(world.text("start.out"))")
            world.killHub()
            try world.startHub()
        }
        let end = try world.run(["rollout", "attach", "web", "--wait"])
        #expect(end.status == 0, "\(end) \(world.hubLog)")
        // The one that waited from the start saw it through.
        #expect(
            Eventually.holds(within: 40) { world.text("start.out").contains(#""state":"succeeded""#) },
            "\(world.text("start.out"))")
        starter.end()
        for host in RolloutWorld.hosts {
            #expect(world.version(host) == "4.12.1")
            #expect(world.starts(host) == ["drain", "deploy 4.12.1", "undrain"], "\(host)")
        }
    }

    @Test func `excludes others by its lock and its window, and does what people say`() throws {
        let world = try RolloutWorld()
        try world.startHub()
        func run(_ words: [String], _ status: Int32, _ says: String) throws {
            let result = try world.run(["rollout"] + words)
            #expect(result.status == status, "\(words): \(result)")
            #expect((result.output + result.errors).contains(says), "\(words): \(result)")
        }
        // After its first batch it waits for approval; its lock is the other one's.
        try run(["start", "steps", "-y", "--wait", "--timeout", "3s"], 4, "steps")
        #expect(world.comes("steps", to: "held"))
        try run(["attach", "steps", "--wait", "--timeout", "3s"], 4, "batch 1 waits for approval")
        try run(["start", "web", "--version", "4.12.1", "-y"], 75, "holds the lock web")
        try run(["plan", "web", "--version", "4.12.1"], 75, "! steps")
        let waiting = try world.spawn(
            ["rollout", "start", "steps", "--param", "what=second", "-y", "--lock-wait", "1m"],
            log: "second.out")
        #expect(Eventually.holds(within: 40) { world.text("second.out").contains("waits for steps") })
        try run(["pause", "steps", "--reason", "lunch", "--as", "anna"], 0, "paused")
        try run(["pause", "steps"], 1, "is paused already")
        try run(["resume", "steps", "--as", "anna"], 0, "steps: ")
        #expect(world.comes("steps", to: "held"))
        #expect(world.starts("web2").isEmpty)
        // Approved, it goes on to its end, and the one that waited begins.
        try run(["resume", "steps"], 0, "steps: ")
        #expect(Eventually.holds(within: 40) { world.text("second.out").contains(/(?m)^[0-9a-f]{16}$/) })
        #expect(world.comes("steps", to: "held"))
        try run(["attach", "steps", "--wait", "--timeout", "3s"], 4, "batch 1 waits for approval")
        #expect(RolloutWorld.hosts.map(world.starts) == [["step", "second"], ["step"], ["step"]])
        waiting.end()
        try run(["abort", "--reason", "wrong day"], 0, "aborted")
        try run(["attach", "steps", "--wait"], 5, "wrong day")
        try run(["abort"], 64, "no rollout goes on")
        try run(["resume", "steps"], 1, "has ended")

        try run(["start", "closed", "-y"], 75, "not_during says not then")
        try run(["plan", "closed"], 75, "not_during")
        try run(["plan", "closed", "--override", "outage 812"], 0, "it may start now")
        try run(["start", "closed", "-y", "--override", "outage 812", "--wait"], 0, "closed: succeeded")
        let audit = try world.run(["audit"])
        #expect(audit.output.contains("outside its window: outage 812"), "\(audit.output)")
        for (words, says) in [
            (["start", "web", "-y"], "needs version"), (["start", "wbe", "-y"], "no rollout \"wbe\""),
            (["start", "web", "-y", "--version", "4;x"], "version"),
            (["start", "steps", "-y", "--param", "a=b"], "no parameter a"),
        ] { try run(words, 64, says) }
        #expect(RolloutWorld.hosts.map(world.starts) == [["step", "second", "closed"], ["step"], ["step"]])
    }
}
