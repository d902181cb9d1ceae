import Fleet
import Testing

@Suite struct `A rollout that another takes back` {
    private static func rollout(_ steps: [String], _ state: RolloutView.State = .succeeded) -> RolloutView {
        var view = RolloutView(
            id: "4f2a9c0011223344", name: "web", about: "", action: "deploy-web",
            parameters: ["version": "4.12.1"], actor: "marta", reason: "", createdAt: 1000, state: state,
            batches: [["web1", "web2", "web3"]])
        view.hosts = steps.enumerated().map { place, step in
            RolloutView.Host(
                name: "web\(place + 1)", batch: 0, step: step, since: 1000, reason: "", isTouched: true,
                order: "a\(place)")
        }
        view.endedAt = state.isFinal ? 2000 : nil
        return view
    }

    private static func taken(_ steps: [String], _ state: RolloutView.State, _ text: String = "")
        -> RolloutView
    {
        var undo = rollout(steps, state)
        (undo.id, undo.undoes, undo.parameters) = ("1a2b000000000000", "4f2a9c0011223344", [:])
        (undo.actor, undo.reason, undo.text) = ("bert", "slow", text)
        undo.createdAt = 3000
        undo.endedAt = state.isFinal ? 4000 : nil
        return rollout(["done", "done", "done"]).taken(backBy: undo)
    }

    private static func sentence(_ view: RolloutView) -> String? {
        view.takenBack?.sentence("1a2b") { "\($0)" }
    }

    @Test func `says so, by which, by whom and when, and keeps what it ended as`() {
        let view = Self.taken(["done", "done", "done"], .succeeded)
        #expect(view.state == .succeeded && view.standing == "taken back")
        #expect(Self.sentence(view) == "by 1a2b of bert, 4000: 3 of 3 hosts are back")
        #expect(view.hosts.map(\.step) == ["undone", "undone", "undone"])
        #expect(view.hosts.map(\.order) == ["a0", "a1", "a2"])
        #expect(
            view.log.map(\.text) == [
                "bert takes it back with 1a2b000000000000: slow", "taken back: 3 of 3 hosts",
            ])
    }

    @Test func `says how far that is while it goes on`() {
        let view = Self.taken(["done", "action", "waiting"], .paused, "by jo: lunch")
        #expect(view.standing == "going back")
        #expect(
            Self.sentence(view) == "by 1a2b of bert, since 3000: 1 of 3 hosts are back; paused: by jo: lunch")
        #expect(view.hosts.map(\.step) == ["undone", "undo", "done"])
        #expect(view.log.count == 1)
    }

    @Test func `is back in part, or not at all, where that ended before`() {
        let part = Self.taken(["done", "failed", "waiting"], .halted, "web2 failed")
        #expect(part.standing == "partly back")
        #expect(Self.sentence(part) == "by 1a2b of bert, 4000: 1 of 3 hosts are back; halted: web2 failed")
        #expect(part.hosts.map(\.step) == ["undone", "stuck", "done"])
        #expect(part.log.last?.text == "partly back: 1 of 3 hosts, halted: web2 failed")
        let none = Self.taken(["waiting", "unknown", "waiting"], .aborted, "by jo")
        #expect(none.standing == "not back" && none.hosts[1].step == "unknown")
    }

    @Test func `is named by the one that takes it back`() {
        var undo = Self.rollout([])
        (undo.undoes, undo.parameters) = ("4f2a9c0011223344", [:])
        #expect(undo.title == "web undoes 4f2a")
        #expect(Self.rollout([]).standing == "succeeded")
    }
}
