import Fleet
import Hub
import HubSupport
import TestSupport
import Testing

@Suite struct `A rollout that no hub looked at` {
    private struct Outage: Sendable, CustomTestStringConvertible {
        let bake: Int64
        let seconds: Int
        /// What the hub that comes says of it; nil where it goes on.
        let span: String?

        var testDescription: String { "a bake of \(bake / 1000) s, an outage of \(seconds) s" }
    }

    private static let outages = [
        // A hub may be started again, or its machine.
        Outage(bake: 0, seconds: 55, span: nil), Outage(bake: 10_000, seconds: 55, span: nil),
        Outage(bake: 0, seconds: 70, span: "1m1"), Outage(bake: 10_000, seconds: 70, span: "1m1"),
        Outage(bake: 300_000, seconds: 290, span: nil), Outage(bake: 300_000, seconds: 310, span: "5m1"),
        Outage(bake: 300_000, seconds: 100_000, span: "1d3h46m4"),
    ]

    @Test(arguments: outages)
    private func `is paused where that was longer than its bake, and goes on when somebody says so`(
        _ outage: Outage
    ) async throws {
        let rig = try RolloutRig(2) {
            ($0.batches, $0.bake, $0.notify) = ([.hosts(1), .all], outage.bake, ["chat"])
        }
        let (first, second) = (rig.hosts[0], rig.hosts[1])
        first.answer("deploy", with: .runs)
        try await rig.begin()
        try await rig.start()
        await rig.pass(seconds: 30)
        await rig.kill()
        // Its end comes while nobody looks.
        first.answer("deploy", with: .ends(0))
        await rig.pass(seconds: outage.seconds)
        try await rig.begin()
        if let span = outage.span {
            // Long enough for the first host's health and bake.
            await rig.pass(seconds: 400)
            let paused = try await rig.rollout()
            #expect(paused.state == .paused && paused.hosts[0].step == "done", "\(paused)")
            let words = "by hub restart: no hub is known to have looked at it for \(span)"
            #expect(paused.text.hasPrefix(words), "\(paused.text)")
            #expect(second.starts.isEmpty)
            let told = ["firing web 2: started", "firing web 2: paused: \(paused.text)"]
            #expect(
                await Eventually.comes { rig.text("told").split(separator: "\n").map(String.init) == told },
                "\(rig.text("told"))")
            // A hub that comes soon after that pauses nothing anew, and tells nobody twice.
            await rig.kill()
            try await rig.begin()
            #expect(try await rig.say(.resume).state != .paused)
        }
        let done = try await rig.pass { $0.state.isFinal || $0.state == .paused }
        #expect(done.state == .succeeded, "\(done)")
        #expect([first.starts, second.starts] == [["deploy"], ["deploy"]])
        #expect(!rig.text("told").contains("paused") || outage.span != nil, "\(rig.text("told"))")
    }

    @Test func `goes back as before, as that is what makes it safe`() async throws {
        let rig = try RolloutRig(2) { $0.batches = [.hosts(1), .all] }
        let first = rig.hosts[0]
        first.answer("back", with: .runs)
        try await rig.begin()
        try await rig.start()
        _ = try await rig.pass { $0.batch == 1 }
        try await rig.say(.rollback)
        _ = try await rig.pass { _ in first.starts.contains("back") }
        await rig.kill()
        await rig.pass(seconds: 3600)
        first.answer("back", with: .ends(0))
        try await rig.begin()
        let done = try await rig.pass { $0.state.isFinal || $0.state == .paused }
        #expect(done.state == .rolledBack, "\(done)")
    }
}
