import Fleet
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
}
