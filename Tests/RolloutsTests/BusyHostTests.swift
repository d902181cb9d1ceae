import Fleet
import Rollouts
import Testing

@Suite struct `A rollout with a busy host` {
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
}
