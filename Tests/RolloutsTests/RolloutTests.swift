import Fleet
import Foundation
import Rollouts
import Testing

@Suite struct `A rollout` {
    @Test func `goes over its batches and succeeds`() {
        var web = RolloutFixture.web(8)
        web.run()
        #expect(web.rollout.state == .succeeded)
        #expect(web.orders("deploy") == (1...8).map { "web\($0)" })
        #expect(web.orders.allSatisfy { $0.parameters == ["version": "4.12.1"] })
        // Three batches, each with ten seconds of health and thirty of bake.
        #expect(web.now >= 3 * 40_000)
    }

    @Test func `starts no second batch before the first is healthy and its gate has passed`() {
        var web = RolloutFixture.web(8)
        web.run { $0.state == .baking(batch: 0, until: 41_000) }
        #expect(web.now == 11_000 || web.now == 12_000)
        #expect(web.orders("deploy") == ["web1"])
    }

    @Test func `works on no more hosts at once than it may`() {
        var web = RolloutFixture.web(9) {
            $0.batches = [.all]
            $0.atOnce = 2
        }
        while !web.rollout.state.isFinal {
            web.step()
            let active = web.rollout.hosts.values.count {
                [.before, .action, .health, .after].contains($0.step)
            }
            #expect(active <= 2)
        }
        #expect(web.rollout.state == .succeeded)
    }

    @Test func `drains before and lets traffic back after`() {
        var web = RolloutFixture.web(1) {
            $0.before = "drain"
            $0.after = "undrain"
        }
        web.run()
        #expect(web.orders.map(\.action) == ["drain", "deploy", "undrain"])
    }

    @Test func `leaves a host alone whose drain fails`() {
        var web = RolloutFixture.web(2) {
            $0.before = "drain"
            $0.onFailure = .halt
        }
        web.outcomes["web1 drain"] = .failed(reason: "exit 1")
        web.run()
        #expect(web.rollout.state == .halted(reason: "web1: drain: exit 1"))
        #expect(web.orders.map(\.action) == ["drain"])
        #expect(web.rollout.changedHosts.isEmpty)
    }

    @Test func `goes back where the action fails, newest first`() {
        var web = RolloutFixture.web(4) {
            $0.batches = [.percent(50), .all]
            $0.rollback?.atOnce = 1
        }
        web.outcomes["web3 deploy"] = .failed(reason: "exit 3")
        web.run()
        #expect(web.rollout.state == .rolledBack(reason: "web3: deploy: exit 3"))
        #expect(web.orders("back") == ["web4", "web3", "web2", "web1"])
    }

    @Test func `goes back at once where it was paused`() {
        var fixture = RolloutFixture.web(2)
        fixture.run { $0.state == .running(batch: 1) }
        fixture.rollout.take(.pause(actor: "a", reason: ""), at: fixture.now)
        fixture.rollout.take(.rollBack(actor: "b", reason: ""), at: fixture.now)
        #expect(fixture.rollout.pause == nil)
        fixture.run()
        #expect(fixture.rollout.state == .rolledBack(reason: "asked for by b"))
    }

    @Test func `asks a busy host again until it is free`() {
        var fixture = RolloutFixture.web(2) { $0.batches = [.all] }
        fixture.outcomes["web1 deploy"] = .busy(reason: "backup runs and holds the lock")
        for _ in 0..<30 { fixture.step() }
        #expect(fixture.rollout.hosts["web1"]?.step == .action)
        #expect(fixture.rollout.hosts["web1"]?.reason == "deploy: backup runs and holds the lock")
        // Each time under another id: hosts refuse one that they have answered for ever.
        let ids = fixture.orders.filter { $0.host == "web1" }.map(\.id)
        #expect(ids == ["r1-0-action", "r1-0-action-again1", "r1-0-action-again2"])
        fixture.outcomes["web1 deploy"] = .succeeded
        fixture.run()
        #expect(fixture.rollout.state == .succeeded)
        #expect(fixture.rollout.hosts["web1"]?.reason == "")
    }

    @Test func `counts a host as failed that is busy for longer than two minutes, and as not changed`() {
        var fixture = RolloutFixture.web(2) { $0.batches = [.all] }
        fixture.outcomes["web1 deploy"] = .busy(reason: "backup runs")
        fixture.run { $0.hosts["web1"]?.step == .failed }
        #expect((120_000...126_000).contains(fixture.now))
        fixture.run()
        #expect(fixture.rollout.state == .rolledBack(reason: "web1: deploy: backup runs"))
        #expect(fixture.orders("back") == ["web2"])
    }

    @Test(arguments: [false, true])
    func `asks a busy host again to give it its traffic back, though it is to end`(isAborted: Bool) {
        var fixture = RolloutFixture.web(2) {
            $0.batches = [.all]
            $0.before = "drain"
            $0.after = "undrain"
            $0.onFailure = .halt
        }
        fixture.outcomes["web1 undrain"] = .busy(reason: "backup runs")
        fixture.silent = ["web2 deploy"]
        fixture.run { $0.hosts["web1"]?.putOff != nil }
        fixture.silent = []
        if isAborted {
            fixture.rollout.take(.abort(actor: "a", reason: ""), at: fixture.now)
        } else {
            fixture.outcomes["web2 deploy"] = .failed(reason: "status 1")
        }
        for _ in 0..<8 { fixture.step() }
        #expect(!fixture.rollout.state.isFinal)
        fixture.outcomes["web1 undrain"] = .succeeded
        fixture.run()
        #expect(fixture.rollout.state.isFinal && fixture.rollout.hosts["web1"]?.step == .done)
    }

    @Test func `holds only when a busy host has its traffic back, so that no hold's end leaves it drained`() {
        var fixture = RolloutFixture.web(2) {
            $0.batches = [.all]
            $0.before = "drain"
            $0.after = "undrain"
            $0.holdFor = 10_000
        }
        fixture.outcomes["web1 undrain"] = .busy(reason: "backup runs")
        fixture.outcomes["web2 deploy"] = .unknown(reason: "gone")
        fixture.silent = ["web2 deploy"]
        fixture.run { $0.hosts["web1"]?.putOff?.times == 3 }
        fixture.silent = []
        for _ in 0..<12 { fixture.step() }
        guard case .running = fixture.rollout.state else {
            Issue.record("\(fixture.rollout.state)")
            return
        }
        fixture.outcomes["web1 undrain"] = .succeeded
        fixture.run()
        #expect(fixture.rollout.state == .halted(reason: "nobody answered the hold"))
        #expect(fixture.rollout.hosts["web1"]?.step == .done)
    }

    @Test func `lets hosts arrive when nobody has answered a hold, and then halts`() {
        var fixture = RolloutFixture.web(2) {
            $0.batches = [.all]
            $0.after = "undrain"
            $0.holdFor = 10_000
            $0.health?.within = 600_000
        }
        fixture.outcomes["web1 deploy"] = .unknown(reason: "gone")
        fixture.silent = ["web2 undrain"]
        fixture.run { if case .held = $0.state { true } else { false } }
        fixture.run { !$0.isHeld }
        fixture.rollout.take(.resume(actor: "ops"), at: fixture.now)
        // It has come too late, and the order is open still.
        #expect(fixture.rollout.view.state == .held && fixture.rollout.view.heldUntil == nil)
        #expect(fixture.rollout.view.text == "to be halted: nobody answered the hold")
        fixture.silent = []
        fixture.run()
        #expect(fixture.rollout.state == .halted(reason: "nobody answered the hold"))
        #expect(fixture.rollout.hosts["web2"]?.step == .done)
    }

    @Test func `begins nothing on a busy host in a pause, and asks it again after it`() {
        var fixture = RolloutFixture.web(1)
        fixture.outcomes["web1 deploy"] = .busy(reason: "backup runs")
        fixture.step()
        fixture.rollout.take(.pause(actor: "a", reason: ""), at: fixture.now)
        fixture.outcomes["web1 deploy"] = .succeeded
        for _ in 0..<300 { fixture.step() }
        #expect(fixture.orders.count == 1 && fixture.rollout.hosts["web1"]?.step == .action)
        fixture.rollout.take(.resume(actor: "a"), at: fixture.now)
        fixture.run()
        #expect(fixture.rollout.state == .succeeded)
    }

    @Test func `waits for no busy host once a person has ended it`() {
        var fixture = RolloutFixture.web(2) { $0.batches = [.all] }
        fixture.outcomes["web1 deploy"] = .busy(reason: "backup runs")
        for _ in 0..<3 { fixture.step() }
        fixture.rollout.take(.rollBack(actor: "b", reason: ""), at: fixture.now)
        fixture.run(limit: 30)
        #expect(fixture.rollout.state == .rolledBack(reason: "asked for by b"))
        #expect(fixture.orders("back") == ["web2"])
    }

    @Test func `does not take back a host whose action was never started`() {
        var fixture = RolloutFixture.web(3) {
            $0.batches = [.all]
            $0.before = "drain"
            $0.after = "undrain"
        }
        fixture.outcomes["web2 deploy"] = .notStarted(reason: "undeclared")
        fixture.run()
        // It is well, and nobody gives it its traffic back: CI is not to think that nothing is left to do.
        guard case .mixed(let reason) = fixture.rollout.state else {
            Issue.record("\(fixture.rollout.state)")
            return
        }
        #expect(reason.hasSuffix("the way back failed on web2"))
        #expect(fixture.orders("back").sorted() == ["web1", "web3"])
        #expect(fixture.rollout.changedHosts.isEmpty)
    }

    @Test(arguments: [false, true])
    func `leaves no host drained that is about to be healthy where it halts or is aborted`(isAborted: Bool) {
        var fixture = RolloutFixture.web(3) {
            $0.batches = [.all]
            $0.before = "drain"
            $0.after = "undrain"
            $0.onFailure = .halt
        }
        if !isAborted { fixture.outcomes["web1 deploy"] = .failed(reason: "status 1") }
        fixture.run { $0.hosts["web2"]?.step == .health }
        if isAborted { fixture.rollout.take(.abort(actor: "a", reason: ""), at: fixture.now) }
        fixture.run()
        #expect(fixture.rollout.state.isFinal)
        #expect(fixture.rollout.hosts["web2"]?.step == .done && fixture.rollout.hosts["web3"]?.step == .done)
        #expect(fixture.orders("undrain").contains("web2") && fixture.orders("undrain").contains("web3"))
    }

    @Test func `goes back without a verdict where it is told to, whatever a failure does`() {
        var fixture = RolloutFixture.web(2) {
            $0.noVerdict = .rollback
            $0.onFailure = .halt
        }
        fixture.verdict = .none(reason: "3 requests")
        fixture.run()
        #expect(fixture.rollout.state == .rolledBack(reason: "the gate has no verdict: 3 requests"))
    }

    @Test func `counts failed looks on over one that saw nothing, and takes one answer for no steady health`()
    {
        var fixture = RolloutFixture.web(2)
        fixture.run {
            if case .baking = $0.state { true } else { false }
        }
        for verdict: GateVerdict in [
            .failed(evidence: "9%"), .failed(evidence: "9%"), .none(reason: "silent"),
        ] {
            fixture.rollout.take(.gate(verdict), at: fixture.now)
        }
        #expect(fixture.rollout.failedVerdicts == 2)
        var slow = RolloutFixture.web(1)
        slow.rollout.take(.order(id: "r1-0-action", .succeeded), at: 1000)
        slow.rollout.take(.health(host: "web1", .good), at: 2000)
        slow.rollout.take(.time, at: 40_000)
        #expect(slow.rollout.hosts["web1"]?.step == .health)
        slow.rollout.take(.health(host: "web1", .good), at: 41_000)
        #expect(slow.rollout.hosts["web1"]?.step == .done)
    }

    @Test func `knows the last order of each host`() {
        var fixture = RolloutFixture.web(2)
        #expect(fixture.rollout.lastOrders == ["web1": "r1-0-action"])
        fixture.run()
        #expect(fixture.rollout.lastOrders == ["web1": "r1-0-action", "web2": "r1-1-action"])
    }

    @Test func `asserts each host's old version where the whole takes another back`() {
        var fixture = RolloutFixture.web(2)
        var plan = fixture.rollout.plan
        plan.undoes = "r0"
        fixture.rollout = Rollout(plan, at: 0)
        fixture.step()
        #expect(fixture.rollout.healthWishes.map(\.version) == ["4.11.0"])
    }

    @Test func `gives a host that was only drained its traffic back`() {
        var web = RolloutFixture.web(2) {
            $0.batches = [.all]
            $0.before = "drain"
            $0.after = "undrain"
        }
        web.outcomes["web1 deploy"] = .failed(reason: "exit 3")
        web.silent = ["web2 drain"]
        for _ in 0..<5 { web.step() }
        web.silent = []
        web.run()
        #expect(web.orders("deploy") == ["web1"])
        #expect(web.orders("undrain").sorted() == ["web1", "web2"])
        #expect(web.rollout.state == .rolledBack(reason: "web1: deploy: exit 3"))
    }

    @Test func `asserts the old version on the way back`() {
        var web = RolloutFixture.web(1)
        web.outcomes["web1 deploy"] = .failed(reason: "exit 3")
        web.run { $0.hosts["web1"]?.step == .undoHealth }
        #expect(web.rollout.healthWishes.map(\.host) == ["web1"])
        #expect(web.rollout.healthWishes.map(\.version) == ["4.11.0"])
    }

    @Test func `is mixed where the way back fails`() {
        var web = RolloutFixture.web(2) { $0.batches = [.all] }
        web.outcomes["web2 deploy"] = .failed(reason: "exit 3")
        web.outcomes["web1 back"] = .failed(reason: "exit 4")
        web.run()
        #expect(
            web.rollout.state == .mixed(reason: "web2: deploy: exit 3; the way back failed on web1"))
        #expect(web.rollout.hosts["web2"]?.step == .undone)
    }

    @Test func `fails a host that is not healthy in time`() {
        var web = RolloutFixture.web(2) { $0.onFailure = .halt }
        web.readings["web1"] = .bad(reason: "status 503")
        web.run()
        #expect(web.rollout.state == .halted(reason: "web1: not healthy within 60 s: status 503"))
        #expect(web.orders("deploy") == ["web1"])
    }

    @Test func `fails a host that turns bad during the bake`() {
        var web = RolloutFixture.web(2) { $0.onFailure = .halt }
        web.run { if case .baking = $0.state { true } else { false } }
        web.readings["web1"] = .bad(reason: "status 503")
        web.run()
        #expect(web.rollout.state == .halted(reason: "web1: was healthy, then not: status 503"))
    }

    @Test func `lets as many fail as may`() {
        var web = RolloutFixture.web(10) { $0.allowFailed = .percent(10) }
        web.outcomes["web4 deploy"] = .failed(reason: "exit 3")
        web.run()
        #expect(web.rollout.state == .succeeded)
        #expect(web.rollout.failedHosts == ["web4"])
    }

    @Test func `holds where a host is unknown, and never starts it again`() {
        var web = RolloutFixture.web(4) { $0.allowFailed = .hosts(1) }
        web.outcomes["web1 deploy"] = .unknown(reason: "the host rebooted")
        web.run { if case .held = $0.state { true } else { false } }
        guard case .held(.unknownHosts(["web1"]), batch: 0, since: _) = web.rollout.state else {
            Issue.record("\(web.rollout.state)")
            return
        }
        web.rollout.take(.resume(actor: "ops"), at: web.now)
        web.run()
        #expect(web.rollout.state == .succeeded)
        #expect(web.orders("deploy").count { $0 == "web1" } == 1)
        #expect(web.rollout.failedHosts == ["web1"])
    }

    @Test func `goes back after so many failed verdicts in a row, and not before`() {
        var web = RolloutFixture.web(4) { $0.bake = 120_000 }
        web.run { if case .baking = $0.state { true } else { false } }
        let began = web.now
        web.verdict = .failed(evidence: "7% > 2%")
        web.run { if case .rollingBack = $0.state { true } else { false } }
        #expect((20_000...31_000).contains(web.now - began))
        web.run()
        #expect(web.rollout.state == .rolledBack(reason: "the gate failed: 7% > 2%"))
        #expect(web.orders("deploy") == ["web1"])
    }

    @Test(arguments: [
        (RolloutDefinition.VerdictPolicy.proceed, RolloutState.succeeded),
        (.rollback, .rolledBack(reason: "the gate has no verdict: 3 of 100 requests")),
    ])
    func `takes missing data for what the definition says`(
        policy: RolloutDefinition.VerdictPolicy, end: RolloutState
    ) {
        var web = RolloutFixture.web(4) { $0.noVerdict = policy }
        web.verdict = .none(reason: "3 of 100 requests")
        web.run()
        #expect(web.rollout.state == end)
    }

    @Test func `holds without a verdict, and ends as halted where nobody answers`() {
        var web = RolloutFixture.web(4) { $0.holdFor = 600_000 }
        web.verdict = .none(reason: "3 of 100 requests")
        web.run { if case .held = $0.state { true } else { false } }
        let began = web.now
        web.run()
        #expect(web.rollout.state == .halted(reason: "nobody answered the hold"))
        #expect((600_000...601_000).contains(web.now - began))
    }

    @Test func `waits for a person after the batch that says so`() {
        var web = RolloutFixture.web(4) { $0.approveAfter = 1 }
        web.run { if case .held(.approval, batch: 0, since: _) = $0.state { true } else { false } }
        #expect(web.orders("deploy") == ["web1"])
        web.rollout.take(.resume(actor: "ops"), at: web.now)
        web.run()
        #expect(web.rollout.state == .succeeded)
    }

    @Test func `starts nothing while it is paused, and finishes what it began`() {
        var web = RolloutFixture.web(4) {
            $0.batches = [.all]
            $0.atOnce = 1
        }
        web.silent = ["web1 deploy"]
        web.step()
        web.rollout.take(.pause(actor: "ops", reason: "lunch"), at: web.now)
        web.silent = []
        for _ in 0..<200 { web.step() }
        #expect(web.orders("deploy") == ["web1"])
        #expect(web.rollout.hosts["web1"]?.step == .done)
        web.rollout.take(.resume(actor: "ops"), at: web.now)
        web.run()
        #expect(web.rollout.state == .succeeded)
    }

    @Test func `waits for open orders before it is aborted`() {
        var web = RolloutFixture.web(4) { $0.batches = [.all] }
        web.silent = ["web2 deploy"]
        web.step()
        web.rollout.take(.abort(actor: "ops", reason: "wrong version"), at: web.now)
        for _ in 0..<10 { web.step() }
        #expect(!web.rollout.state.isFinal)
        web.silent = []
        web.run()
        #expect(web.rollout.state == .aborted(actor: "ops", reason: "wrong version"))
        #expect(web.orders("back").isEmpty)
    }

    @Test func `goes back when a person asks for it`() {
        var web = RolloutFixture.web(4)
        web.run { if case .baking(batch: 1, until: _) = $0.state { true } else { false } }
        web.rollout.take(.rollBack(actor: "ops", reason: ""), at: web.now)
        web.run()
        #expect(web.rollout.state == .rolledBack(reason: "asked for by ops"))
        #expect(web.orders("back").sorted() == ["web1", "web2"])
    }
}

@Suite struct `Batches` {
    @Test(arguments: [
        (3, 1, 1 as Int?), (3, 2, 1), (3, 3, 2), (40, 2, 2), (40, 3, 3), (1, 1, nil), (2, 3, 1),
    ])
    func `ask for approval when the step that says so is done`(hosts: Int, step: Int, batch: Int?) {
        var definition = RolloutDefinition("web", hosts: "web", action: "deploy")
        definition.batches = [.hosts(1), .percent(10), .percent(50), .all]
        definition.approveAfter = step
        #expect(definition.approvalBatch(of: (0..<hosts).map { "h\($0)" }) == batch)
    }

    @Test(arguments: [
        (10, [BatchStep.hosts(1), .percent(10), .percent(50), .all], [1, 4, 5]),
        (141, [.hosts(1), .percent(10), .percent(50), .all], [1, 14, 56, 70]),
        (1, [.hosts(1), .percent(10), .all], [1]), (3, [.percent(1), .all], [1, 2]),
        (100, [.percent(7), .all], [7, 93]), (0, [.hosts(1), .all], []), (2, [.hosts(5), .all], [2]),
    ])
    func `are cumulative, round up, and are left out where they add no host`(
        hosts: Int, steps: [BatchStep], sizes: [Int]
    ) {
        let names = (0..<hosts).map { "h\($0)" }
        let batches = BatchStep.batches(of: names, steps)
        #expect(batches.map(\.count) == sizes)
        #expect(batches.flatMap { $0 } == names)
    }

    @Test(arguments: [
        ("Fri 16:00-24:00", 5, 960, true), ("Fri 16:00-24:00", 5, 959, false),
        ("Fri 16:00-24:00", 5, 1439, true),
        ("Sat", 6, 0, true), ("sat", 6, 1439, true), ("Sun", 6, 0, false),
    ])
    func `windows of the week hold their minutes`(text: String, weekday: Int, minute: Int, isIn: Bool) throws
    {
        let window = try #require(WeekWindow(text))
        #expect(window.contains(weekday: weekday, minute: minute) == isIn)
        #expect(WeekWindow(window.description) == window)
    }

    @Test(arguments: [
        "", "Fri 16-24", "Fri 16:00", "Fri 24:00-16:00", "Frii", "Fri 16:00-24:01", "Fri 16:00-24:00 x",
        "Fri 1:00-2:00",
    ])
    func `windows that are none are refused`(text: String) {
        #expect(WeekWindow(text) == nil)
    }
}
