import Fleet
import Hub
import HubSupport
import Telemetry
import TestSupport
import Testing
import Wire

@Suite struct `A rollout that waits for a person` {
    private static func told(_ rig: RolloutRig) -> [String] {
        rig.text("told").split(separator: "\n").map(String.init)
    }

    /// Hooks are other processes.
    private static func isTold(_ rig: RolloutRig, _ lines: [String]) async -> Bool {
        await Eventually.comes { told(rig) == lines }
    }

    @Test func `tells its hooks of each hold`() async throws {
        let rig = try RolloutRig(3) {
            ($0.batches, $0.allowFailed) = ([.hosts(1), .hosts(2), .all], .hosts(2))
            ($0.onFailure, $0.notify) = (.halt, ["chat"])
        }
        for host in rig.hosts { host.answer("deploy", with: .unknown("gone")) }
        try await rig.begin()
        try await rig.start()
        var lines = ["firing web 2: started"]
        for host in rig.hosts {
            #expect(try await rig.pass { $0.state == .held }.text.contains(host.name))
            await rig.pass(seconds: 3)
            lines.append(
                "firing web 2: held: nobody can tell what became of \(host.name); resume counts as failed")
            #expect(await Self.isTold(rig, lines), "\(Self.told(rig))")
            // A hub that begins does not tell it anew.
            await rig.kill()
            try await rig.begin()
            await rig.pass(seconds: 3)
            #expect(try await rig.rollout().state == .held)
            try await rig.say(.resume)
        }
        _ = try await rig.pass { $0.state.isFinal }
        await rig.pass(seconds: 2)
        lines.append("firing web 2: halted: 3 hosts failed, 2 may; web1: deploy: unknown: gone")
        #expect(await Self.isTold(rig, lines), "\(Self.told(rig))")
        for host in rig.hosts { #expect(host.starts == ["deploy"]) }
    }

    @Test func `tells its hooks of a hold that comes with the answer to the one before`() async throws {
        let rig = try RolloutRig(2) {
            ($0.after, $0.allowFailed) = ("undrain", .hosts(1))
            ($0.onFailure, $0.notify) = (.halt, ["chat"])
        }
        let (first, second) = (rig.hosts[0], rig.hosts[1])
        first.answer("deploy", with: .unknown("gone"))
        second.answer("undrain", with: .unknown("gone"))
        second.isWell = false
        try await rig.begin()
        try await rig.start()
        _ = try await rig.pass { $0.state == .held }
        await rig.pass(seconds: 2)
        second.isWell = true
        _ = try await rig.pass { $0.hosts[1].step == "unknown" }
        #expect(try await rig.say(.resume).state == .held)
        await rig.pass(seconds: 2)
        let held = ["web1", "web2"].map {
            "firing web 2: held: nobody can tell what became of \($0); resume counts as failed"
        }
        #expect(await Self.isTold(rig, ["firing web 2: started"] + held), "\(Self.told(rig))")
    }

    @Test func `is held where a hub does not understand what another one took for its gate`() async throws {
        let rig = try RolloutRig(2) {
            ($0.batches, $0.bake, $0.gate) = ([.hosts(1), .all], 20_000, ["cpu < 90% of that"])
        }
        try await rig.begin()
        try await rig.start()
        let held = try await rig.pass { $0.state == .held || $0.state.isFinal }
        #expect(held.state == .held, "\(held)")
        #expect(held.text.contains("cpu < 90% of that: is not understood"), "\(held.text)")
        #expect(rig.hosts[1].starts.isEmpty)
    }

    // MARK: Its log

    @Test func `has in its log who let it go on, and why`() async throws {
        let rig = try RolloutRig(2) {
            ($0.batches, $0.approveAfter) = ([.hosts(1), .all], 1)
            ($0.allowFailed, $0.onFailure) = (.hosts(1), .halt)
        }
        rig.hosts[1].answer("deploy", with: .unknown("gone"))
        try await rig.begin()
        try await rig.start()
        _ = try await rig.pass { $0.state == .held }
        try await rig.say(.pause, "lunch")
        try await rig.say(.resume)
        try await rig.say(.resume, "looks good")
        _ = try await rig.pass { $0.state == .held }
        try await rig.say(.resume, "its disk is gone")
        let done = try await rig.pass { $0.state.isFinal }
        let answers = ["paused by bert: lunch", "bert lets it go on", "approved by bert: looks good"]
        #expect(
            done.log.map(\.text).filter { $0.contains("bert") }
                == answers + ["bert counts web2 as failed: its disk is gone"], "\(done.log)")
    }

    // MARK: Approval

    private static func approved(_ count: Int = 3) throws -> RolloutRig {
        try RolloutRig(count) {
            ($0.batches, $0.approveAfter) = ([.hosts(1), .percent(10), .all], 2)
            ($0.bake, $0.holdFor, $0.notify) = (5000, 600_000, ["chat"])
        }
    }

    @Test func `is approved after the step that says so, though its hub was killed meanwhile`() async throws {
        let rig = try Self.approved()
        try await rig.begin()
        try await rig.start()
        let held = try await rig.pass { $0.state == .held }
        // A tenth of three hosts is the one that is done: what is asked for after the second step comes now.
        #expect(held.text == "batch 1 waits for approval" && held.batch == 0)
        let until = try #require(held.heldUntil)
        await rig.pass(seconds: 100)
        await rig.kill()
        await rig.pass(seconds: 3000)
        try await rig.begin()
        await rig.pass(seconds: 5)
        let again = try await rig.rollout()
        #expect(again.state == .held && again.text == held.text)
        // The time without a hub does not count, and that of the hub before does.
        let shift = try #require(again.heldUntil) - until
        #expect((3_000_000...3_013_000).contains(shift), "\(shift)")
        #expect(rig.hosts[0].starts == ["deploy"] && rig.hosts[1].starts.isEmpty)
        try await rig.say(.resume)
        let done = try await rig.pass { $0.state.isFinal }
        #expect(done.state == .succeeded, "\(done)")
        #expect(rig.hosts.map(\.starts) == [["deploy"], ["deploy"], ["deploy"]])
        await rig.pass(seconds: 2)
        #expect(
            await Self.isTold(
                rig,
                [
                    "firing web 2: started", "firing web 2: held: batch 1 waits for approval",
                    "resolved web 2: succeeded",
                ]), "\(Self.told(rig))")
    }

    @Test(arguments: [RolloutOrderRequest.Verb.abort, .rollback])
    func `is ended or taken back instead`(_ verb: RolloutOrderRequest.Verb) async throws {
        let rig = try Self.approved()
        try await rig.begin()
        try await rig.start()
        _ = try await rig.pass { $0.state == .held }
        try await rig.say(verb)
        let done = try await rig.pass { $0.state.isFinal }
        #expect(done.state == (verb == .abort ? .aborted : .rolledBack), "\(done)")
        #expect(rig.hosts[0].starts == (verb == .abort ? ["deploy"] : ["deploy", "back"]))
        #expect(rig.hosts[1].starts.isEmpty && rig.hosts[2].starts.isEmpty)
    }

    @Test func `halts when nobody answers, and a pause is no part of that time`() async throws {
        let rig = try Self.approved()
        try await rig.begin()
        try await rig.start()
        _ = try await rig.pass { $0.state == .held }
        await rig.pass(seconds: 400)
        #expect(try await rig.say(.pause).state == .paused)
        await rig.pass(seconds: 3600)
        #expect(try await rig.say(.resume).state == .held)
        await rig.pass(seconds: 190)
        #expect(try await rig.rollout().state == .held)
        await rig.pass(seconds: 20)
        let done = try await rig.rollout()
        #expect(done.state == .halted && done.text == "nobody answered the hold", "\(done)")
        #expect(rig.hosts[1].starts.isEmpty)
    }

    @Test func `is not asked where no host is left`() async throws {
        let rig = try Self.approved(1)
        try await rig.begin()
        try await rig.start()
        #expect(try await rig.pass { $0.state == .held || $0.state.isFinal }.state == .succeeded)
    }

    // MARK: Cooldown

    @Test func `asks a host whose cooldown goes on when it is over, and not before`() async throws {
        let rig = try RolloutRig(1)
        let host = rig.hosts[0]
        host.answer("deploy", with: .refuses(.busy, "its cooldown goes on for 5m", freeIn: 300_000))
        try await rig.begin()
        try await rig.start()
        _ = try await rig.pass { _ in host.refusals == 1 }
        await rig.pass(seconds: 299)
        #expect(host.refusals == 1 && host.starts.isEmpty)
        let log = try await rig.rollout().log.map(\.text)
        #expect(
            log.contains(
                "web1 is busy, and asked again in 300 s: deploy: not started: its cooldown goes on for 5m"),
            "\(log)")
        host.answer("deploy", with: .ends(0))
        #expect(try await rig.pass { $0.state.isFinal }.state == .succeeded)
        #expect(host.starts == ["deploy"])
    }

    @Test func `waits for no cooldown that takes hours`() async throws {
        let rig = try RolloutRig(1)
        rig.hosts[0].answer("deploy", with: .refuses(.busy, "its cooldown goes on for 2h", freeIn: 7_200_000))
        try await rig.begin()
        try await rig.start()
        await rig.pass(seconds: 5)
        let done = try await rig.rollout()
        #expect(
            done.text
                == "web1: deploy: not started: its cooldown goes on for 2h, and a rollout waits 15 min at most",
            "\(done)")
        #expect(rig.hosts[0].refusals == 1 && rig.hosts[0].starts.isEmpty)
    }

    // MARK: The old version

    @Test func `says where it cannot tell what the old version was, and takes any but the new one`()
        async throws
    {
        let rig = try RolloutRig(3) { $0.atOnce = 1 }
        rig.hosts[0].version = ""
        rig.hosts[2].answer("deploy", with: .ends(3))
        try await rig.begin()
        let started = try await rig.start()
        #expect(started.fromUnknown == ["web1"] && started.from == ["1"])
        let done = try await rig.pass { $0.state.isFinal }
        #expect(done.state == .rolledBack, "\(done)")
        let log = done.log.map(\.text)
        #expect(log.contains("web1 is back from 2; which version it had before was not known"), "\(log)")
        #expect(log.contains("web2 runs the old version again"))
    }

    @Test(arguments: [false, true])
    func `does not take the new version for the old one`(isAfterSuccess: Bool) async throws {
        // A way back that changes nothing, as there is nothing to go back to.
        let rig = try RolloutRig(2) { ($0.atOnce, $0.rollback) = (1, .init(action: "nothing")) }
        rig.hosts[0].version = ""
        if !isAfterSuccess { rig.hosts[1].answer("deploy", with: .ends(3)) }
        try await rig.begin()
        try await rig.start()
        if isAfterSuccess {
            #expect(try await rig.pass { $0.state.isFinal }.state == .succeeded)
            rig.hosts[1].answer("nothing", with: .runs)
            try await rig.say(.rollback)
            _ = try await rig.pass { $0.hosts.contains { $0.step == "action" } }
            rig.hosts[1].version = "1"
            rig.hosts[1].answer("nothing", with: .ends(0))
        }
        let done = try await rig.pass { $0.state.isFinal }
        #expect(done.state == (isAfterSuccess ? .halted : .mixed), "\(done)")
        let left = try #require(done.hosts.first { $0.name == "web1" })
        #expect(left.reason == "not healthy within 30 s: still answers as version 2")
    }
}
