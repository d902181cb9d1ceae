import Fleet
import Foundation
import TestSupport
import Testing

@testable import martlet

@Suite struct `What happens to a rollout` {
    /// The lines that come of views, one second apart from noon on, without their times.
    private static func lines(_ views: [RolloutView]) -> [String] {
        var lines = RolloutLines()
        return views.enumerated().flatMap { second, view in
            lines.lines(of: view, at: RolloutFixture.noon + Int64(second) * 1000)
        }.map { String($0.dropFirst(10)) }
    }

    private static func view(
        _ state: RolloutView.State, steps: [String], reasons: [String] = ["", "", ""],
        _ change: (inout RolloutView) -> Void = { _ in }
    ) -> RolloutView {
        RolloutFixture.view(state) { view in
            for place in view.hosts.indices {
                view.hosts[place].step = steps[place]
                view.hosts[place].reason = reasons[place]
            }
            change(&view)
        }
    }

    private static func judged(_ verdict: GateAnswer.Verdict, _ text: String) -> GateAnswer {
        GateAnswer(
            [.init(condition: "http.error_ratio < 2%", verdict: verdict, text: text)], changed: ["web1"])
    }

    @Test func `is a line a change, of its state, its hosts and its gate`() {
        let views = [
            Self.view(.running, steps: ["before", "waiting", "waiting"]),
            Self.view(.running, steps: ["action", "waiting", "waiting"]),
            Self.view(.running, steps: ["action", "waiting", "waiting"]) {
                $0.log = [.init(at: 0, text: "x")]
            },
            Self.view(.running, steps: ["health", "waiting", "waiting"]) {
                $0.log = [.init(at: 0, text: "x")]
            },
            Self.view(.running, steps: ["health", "waiting", "waiting"], reasons: ["names 4.11.0", "", ""]),
            Self.view(.baking, steps: ["done", "waiting", "waiting"]) { $0.bakesUntil = RolloutFixture.noon },
            Self.view(.baking, steps: ["done", "waiting", "waiting"]) {
                $0.bakesUntil = RolloutFixture.noon
                $0.log = [.init(at: 0, text: "x"), .init(at: 1, text: "gate fails, 1 of 3: 20% of 300")]
            },
            Self.view(.rollingBack, steps: ["undo", "waiting", "waiting"]) { $0.text = "the gate failed" },
            Self.view(.rolledBack, steps: ["undone", "waiting", "waiting"]) { $0.text = "the gate failed" },
        ]
        #expect(
            Self.lines(views) == [
                "web 4.12.1: running, batch 1 of 2: web1", "web1  before", "web1  deploy-web",
                "web1  watching its health", "web1  not healthy yet: names 4.11.0", "web1  done",
                "web 4.12.1: baking, batch 1 of 2, until \(RolloutText.clock(RolloutFixture.noon))",
                "gate fails, 1 of 3: 20% of 300",
                "web 4.12.1: rolling back (the gate failed)", "web1  the way back",
                "web1  on the old version",
                "web 4.12.1: rolled back (the gate failed)",
            ])
    }

    @Test(
        arguments: [
            (.held, "go on: martlet rollout resume 4f19"), (.paused, "go on: martlet rollout resume 4f19"),
            (.halted, "the way back: martlet rollout rollback 4f19"),
            (.mixed, "the way back: martlet rollout rollback 4f19"),
            (.aborted, "the way back: martlet rollout rollback 4f19"), (.succeeded, nil), (.rolledBack, nil),
        ] as [(RolloutView.State, String?)])
    func `says what a person may type`(state: RolloutView.State, words: String?) {
        let view = RolloutFixture.view(state)
        let lines = Self.lines([view])
        #expect(lines.count == (words == nil ? 1 : 2))
        #expect(RolloutText.standing(view, at: 0).contains(words ?? "martlet rollout") == (words != nil))
        if let words { #expect(lines[1].contains(words)) }
    }

    @Test func `never brings a control character to the terminal`() {
        let view = Self.view(
            .halted, steps: ["failed", "waiting", "waiting"], reasons: ["\u{1B}[2Jx", "", ""])
        #expect(!(Self.lines([view]).joined() + RolloutText.standing(view, at: 0)).contains("\u{1B}"))
    }

    @Test func `stands as one would draw it`() {
        let view = Self.view(
            .held, steps: ["done", "unknown", "waiting"],
            reasons: ["", "deploy-web: the host was restarted", ""]
        ) {
            $0.text = "nobody can tell what became of web2; resume counts as failed"
            $0.batch = 1
            $0.reason = "fix 812"
            $0.heldUntil = RolloutFixture.noon + 3_600_000
            $0.judged = Self.judged(.passed, "0.1% of 300 requests")
        }
        let time = RolloutText.time(RolloutFixture.noon)
        let until = RolloutText.clock(RolloutFixture.noon + 3_600_000)
        #expect(
            RolloutText.standing(view, at: RolloutFixture.noon + 90_000) == """
                web 4.12.1  held, batch 2 of 2
                  id       4f19a07c2b3d4e5f
                  action   deploy-web mode=safe version=4.12.1
                  started  \(time) by anna: fix 812
                  because  nobody can tell what became of web2; resume counts as failed
                  waits    until \(until), then it is halted
                  gate     passed  http.error_ratio < 2%: 0.1% of 300 requests

                BATCH  HOST  STEP     FOR  NOTE
                1      web1  done     90s  -
                2      web2  unknown  90s  deploy-web: the host was restarted
                2      web3  waiting  -    -

                go on: martlet rollout resume 4f19a07c2b3d4e5f   back: martlet rollout rollback 4f19a07c2b3d4e5f   end: \
                martlet rollout abort 4f19a07c2b3d4e5f

                """)
    }

    @Test func `is found by its id, the beginning of it, or its name, the newest first`() throws {
        let old = RolloutFixture.view(.succeeded) { $0.id = "4f00000000000000" }
        let open = RolloutFixture.view(.held)
        let other = RolloutFixture.view(.running) {
            $0.id = "a100000000000000"
            $0.name = "db"
        }
        for (word, among, id) in [
            (nil, [old, open], open.id), ("web", [old, open], open.id), ("4f0", [old, open], old.id),
            ("4F19", [old, open], open.id), ("db", [open, other], other.id),
        ] as [(String?, [RolloutView], String)] {
            #expect(try RolloutCall.rollout(word, among: among).id == id)
        }
        for (word, among, says) in [
            (nil, [old], "no rollout goes on"), (nil, [open, other], "2 rollouts go on"),
            ("4f", [old, open], "2 rollouts"),
            ("", [open], "no rollout has the name"), ("wbe", [open], "no rollout has the name"),
        ] as [(String?, [RolloutView], String)] {
            let error = #expect(throws: ActionRefusal.self) { try RolloutCall.rollout(word, among: among) }
            #expect(error?.description.contains(says) == true)
        }
    }

    @Test(
        arguments: [
            ([.passed], 3, .passed), ([.failed, .failed, .passed], 3, .passed),
            ([.failed, .failed, .failed], 3, .failed),
            ([.failed], 1, .failed), ([.failed, .none, .failed], 2, .failed),
            ([.failed, .passed, .failed, .none], 2, GateJudging.End.none), ([.none], 3, GateJudging.End.none),
            ([.passed, .failed], 3, nil),
        ] as [([GateAnswer.Verdict], Int, GateJudging.End?)])
    func `is judged by failed looks in a row, else by the last`(
        looks: [GateAnswer.Verdict], failsAfter: Int, end: GateJudging.End?
    ) {
        var judging = GateJudging()
        var last: GateJudging.End?
        for (place, verdict) in looks.enumerated() {
            let line = GateAnswer.Line(condition: "c", verdict: verdict, text: "")
            last = judging.take(
                GateAnswer([line], changed: [], failsAfter: failsAfter), isLast: place == looks.count - 1)
        }
        #expect(last == end)
    }
}
