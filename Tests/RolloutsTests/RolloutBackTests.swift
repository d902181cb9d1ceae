import Fleet
import Rollouts
import Testing

@Suite struct `A rollout and its way back` {
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

    @Test func `goes back without a verdict where it is told to, whatever a failure does`() {
        var fixture = RolloutFixture.web(2) {
            $0.noVerdict = .rollback
            $0.onFailure = .halt
        }
        fixture.verdict = .none(reason: "3 requests")
        fixture.run()
        #expect(fixture.rollout.state == .rolledBack(reason: "the gate has no verdict: 3 requests"))
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

    @Test func `drains those first that have their traffic`() {
        var web = RolloutFixture.web(2) { ($0.before, $0.after) = ("drain", "undrain") }
        web.outcomes["web2 deploy"] = .failed(reason: "exit 3")
        web.run()
        #expect(web.rollout.state == .rolledBack(reason: "web2: deploy: exit 3"))
        // web2 is drained since its deploy.
        #expect(web.orders("drain") == ["web1", "web2", "web1"])
        #expect(web.orders("undrain") == ["web1", "web2", "web1"])
        let steps = web.orders.filter { $0.host == "web1" }.map(\.action)
        #expect(steps == ["drain", "deploy", "undrain", "drain", "back", "undrain"])
    }

    @Test func `leaves a host to a person that cannot be drained for it`() {
        var web = RolloutFixture.web(2) { ($0.before, $0.after) = ("drain", "undrain") }
        web.outcomes["web2 deploy"] = .failed(reason: "exit 3")
        web.run { $0.hosts["web1"]?.step == .done }
        web.outcomes["web1 drain"] = .failed(reason: "exit 9")
        web.run()
        #expect(web.orders("back") == ["web2"])
        #expect(web.rollout.hosts["web1"]?.step == .stuck)
        #expect(web.rollout.hosts["web1"]?.reason == "drain: exit 9")
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

    @Test func `goes back when a person asks for it`() {
        var web = RolloutFixture.web(4)
        web.run { if case .baking(batch: 1, until: _) = $0.state { true } else { false } }
        web.rollout.take(.rollBack(actor: "ops", reason: ""), at: web.now)
        web.run()
        #expect(web.rollout.state == .rolledBack(reason: "asked for by ops"))
        #expect(web.orders("back").sorted() == ["web1", "web2"])
    }
}
