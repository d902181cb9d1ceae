import Fleet
import Rollouts
import Testing

@Suite struct `A rollout and those who answer for it` {
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
}
