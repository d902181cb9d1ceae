import Canvas
import Dashboard
import Fleet
import Telemetry
import TestSupport
import Testing

@Suite struct `The rollouts of the Deploys screen` {
    private static let names = (1...40).map { "web-eu-\($0 < 10 ? "0" : "")\($0)" }

    private func mark(_ id: String, minutesAgo: Int64, link: String = "") -> Mark {
        Mark(
            id: id, at: FixtureRollouts.now.advanced(byMilliseconds: -minutesAgo * 60_000), kind: .deploy,
            title: "cart 2.\(id)", actor: "ci", link: link)
    }

    @Test func `stand in one list with marks, those that go on first, then the newest`() {
        var stage = Stage.rollouts([FixtureRollouts.ended(Self.names), FixtureRollouts.held(Self.names)])
        stage.tell([
            .marks([
                mark("1", minutesAgo: 900), mark("2", minutesAgo: 30), mark("3", minutesAgo: 1),
                mark("4", minutesAgo: 2, link: "4f2a9c0011223344"),
            ])
        ])
        let rows = stage.lines.compactMap { line in
            ["web 4.12.1  ", "web 4.12.0", "cart 2.1", "cart 2.2", "cart 2.3", "cart 2.4"].first {
                line.prefix(60).contains($0) && line.contains(":")
            }
        }
        // What a rollout marked on the charts is its own row.
        #expect(Array(rows.prefix(5)) == ["web 4.12.1  ", "cart 2.3", "cart 2.2", "web 4.12.0", "cart 2.1"])
        #expect(stage.selectedLine?.contains("web 4.12.1") == true)
    }

    @Test func `that undo another say which in 80 columns, and the other one that it was taken back`() {
        let ended = FixtureRollouts.ended(Self.names)
        let undo = FixtureRollouts.undo(ended, .succeeded, back: 40)
        var stage = Stage.rollouts([ended.taken(backBy: undo), undo], width: 80, height: 24)
        #expect(stage.selectedLine?.contains("undoes 0011 web") == true, "\(stage.text)")
        #expect(stage.text.contains("web undoes 0011 o succeeded"), "\(stage.text)")
        #expect(!stage.text.contains("B roll back"), "it is not taken back itself")
        stage.press(.down)
        #expect(stage.selectedLine?.contains("web 4.12.0") == true, "\(stage.text)")
        #expect(stage.selectedLine?.contains("taken back") == true)
        #expect(!stage.selectedLine!.contains("succeeded"))
        #expect(stage.text.contains("BACK   by 1a2b of bert, "), "\(stage.text)")
        #expect(stage.text.contains("40 of 40 hosts are back"))
        stage.type("x")
        #expect(stage.text.contains("is taken back"), "\(stage.text)")
        stage.press(.escape)
        stage.press(.enter)
        #expect(!stage.text.contains("on the new version"), "\(stage.text)")
        #expect(stage.text.contains("on the old version"))
    }

    @Test func `say what waits for a person, until when, and what the gate found`() {
        let held = Stage.rollouts([FixtureRollouts.held(Self.names)])
        for words in [
            "? held", "halts in 42:09", "WHY", "batch 2 waits for approval", "4 of 40 hosts changed",
            "from 4.11.9",
        ] {
            #expect(held.text.contains(words), "\(words): \(held.text)")
        }
        var baking = Stage.rollouts([FixtureRollouts.baking(Self.names)])
        for words in [
            "~ baking", "2:12 left", "2 of 3 looks failed", "FAILED", "1.84 s, baseline 45 ms", "o done 4",
            ". waiting 36",
        ] {
            #expect(baking.text.contains(words), "\(words): \(baking.text)")
        }
        baking.pass(seconds: 60)
        #expect(baking.text.contains("1:12 left"))
        baking.pass(seconds: 3600)
        #expect(baking.text.contains("0:00 left"))
    }

    @Test func `are opened, and in them a host with its step, the log's words of it and its output`() {
        var stage = Stage.rollouts([FixtureRollouts.running(Self.names)])
        #expect(stage.followed.isEmpty)
        stage.press(.enter)
        #expect(stage.lines[0].contains("deploys > web 4.12.1"))
        // The cursor begins where somebody is needed.
        #expect(
            stage.selectedLine?.contains("web-eu-05") == true
                && stage.selectedLine?.contains("status 3") == true)
        stage.press(.enter)
        #expect(stage.followed == ["order-web-eu-05"])
        stage.send(.rollouts(.outputBegins(order: "order-web-eu-05")))
        stage.send(
            .rollouts(
                .output(
                    order: "order-web-eu-05",
                    [.output(id: "order-web-eu-05", offset: 9000, bytes: Array("no space left\n".utf8))])))
        #expect(stage.text.contains("no space left") && stage.text.contains("… 9000 bytes dropped"))
        // Another host, another order.
        stage.type("n")
        #expect(stage.followed.last == "order-web-eu-10" && !stage.text.contains("no space left"))
        stage.send(.rollouts(.outputFailed(order: "order-web-eu-10", reason: "no such order")))
        #expect(stage.text.contains("no such order"))
        stage.press(.escape)
        #expect(stage.followed.last == .some(nil))
        stage.type("q")
        #expect(stage.dashboard.screen == .deploys && !stage.lines[0].contains("> web 4.12.1"))
    }

    @Test func `keep the cursor on its host, and forget what is gone`() {
        var stage = Stage.rollouts([FixtureRollouts.running(Self.names)])
        stage.press(.enter)
        stage.type("jj")
        let line = stage.selectedLine
        #expect(line?.contains("web-eu-07") == true, "\(line ?? "")")
        var next = FixtureRollouts.running(Self.names)
        next.hosts.removeFirst(3)
        stage.send(.rollouts(.list([FixtureRollouts.ended(Self.names), next])))
        #expect(stage.selectedLine?.contains("web-eu-07") == true)
        stage.send(.rollouts(.list([FixtureRollouts.ended(Self.names)])))
        #expect(!stage.lines[0].contains("> web"))
    }

    @Test func `lead to the host that is selected, and back`() {
        var stage = Stage.rollouts([FixtureRollouts.running(Self.names)])
        stage.press(.enter)
        stage.type("3")
        #expect(stage.views.last?.subject == .host(HostID("web-eu-05")))
        stage.type("q")
        #expect(stage.dashboard.screen == .deploys && stage.selectedLine?.contains("web-eu-05") == true)
        stage.type("!")
        #expect(stage.effects.last == .openShell(host: HostID("web-eu-05")))
    }

    @Test func `of hosts that are not looked at are left out`() {
        let options = Dashboard.Options(
            hosts: [HostID("db1"), HostID("db2")], screen: .deploys, usesUTC: true)
        let stage = Stage.rollouts([FixtureRollouts.running(Self.names)], options: options)
        #expect(stage.text.contains("Nothing was deployed"))
    }

    // MARK: News

    @Test(arguments: [
        (RolloutView.State.held, true), (.rolledBack, true), (.mixed, true), (.halted, true),
        (.rollingBack, true),
        (.succeeded, false), (.baking, false), (.paused, false), (.aborted, false),
    ])
    func `are told of when somebody should know`(_ state: RolloutView.State, _ isTold: Bool) {
        var options = Dashboard.Options(screen: .fleet, usesUTC: true)
        options.bell = .warning
        options.notification = .warning
        var before = FixtureRollouts.running(Self.names)
        var stage = Stage.rollouts([before], options: options)
        before.state = state
        before.text = "because"
        if state.isFinal { before.endedAt = stage.now.milliseconds }
        stage.send(.rollouts(.list([before])))
        let words = "rollout web 4.12.1 \(state.words): because"
        #expect(stage.lines.last?.contains(words) == isTold)
        #expect(stage.effects.contains(.bell) == isTold)
        #expect(stage.effects.contains(.notify("martlet: \(words)")) == isTold)
        // The tab says so until somebody looks; what goes back says so when it is back.
        #expect(stage.lines[1].contains("6 Deploys!") == (isTold && state != .rollingBack))
        stage.type("61")
        #expect(
            stage.lines[1].contains("6 Deploys!") == (state == .held),
            "what waits for somebody goes on to say so")
        // The same again is no news.
        let count = stage.effects.count { $0 == .bell }
        stage.send(.rollouts(.list([before])))
        #expect(stage.effects.count { $0 == .bell } == count)
    }

    @Test func `are no news to who has just come`() {
        var held = FixtureRollouts.ended(Self.names, .rolledBack)
        var stage = Stage.rollouts(
            [held], options: Dashboard.Options(screen: .fleet, usesUTC: true, bell: .info))
        #expect(!stage.effects.contains(.bell) && stage.lines.last?.contains("rolled back") == false)
        #expect(stage.lines[1].contains("6 Deploys!"))
        held.endedAt = stage.now.milliseconds - 90_000_000
        stage.send(.rollouts(.list([held])))
        #expect(!stage.lines[1].contains("6 Deploys!"), "after a day nobody is called any more")
    }

    // MARK: Decisions

    /// The dialog with its question drawn: why was left out.
    private func asked(_ stage: Stage, _ key: String) -> Stage {
        var stage = stage
        stage.type(key)
        stage.send(.drawn)
        stage.press(.enter)
        stage.send(.drawn)
        return stage
    }

    @Test func `are paused after a second, unselected answer`() {
        var stage = asked(.rollouts([FixtureRollouts.running(Self.names)]), "P")
        for words in [
            "* running  now, 16 of 40 hosts changed, 8 at work, 4 in trouble", "no, go back",
            "yes, pause web 4.12.1",
            "hosts wait and are not started", "closing this terminal changes nothing",
        ] {
            #expect(stage.text.contains(words), "\(words): \(stage.text)")
        }
        var other = stage
        other.press(.enter)
        #expect(other.said.isEmpty && !other.text.contains("no, go back"))
        stage.type("j")
        stage.press(.enter)
        #expect(stage.said == [RolloutOrderRequest(id: "4f2a9c0011223344", verb: .pause)])
        #expect(stage.text.contains("telling the hub"))
        var paused = FixtureRollouts.running(Self.names)
        paused.state = .paused
        stage.send(.rollouts(.done(stage.said[0], paused)))
        #expect(
            stage.lines.last?.contains("web 4.12.1: paused") == true
                && !stage.text.contains("telling the hub"))
    }

    @Test func `are approved with what that begins`() {
        var stage = asked(.rollouts([FixtureRollouts.held(Self.names)]), "C")
        #expect(stage.text.contains("- batch 3 begins: 16 hosts get it"))
        stage.press(.down, .enter)
        #expect(stage.said.map(\.verb) == [.resume])
    }

    @Test(arguments: [
        ("P", "- 1 host waits and is not started"), ("C", "- batch 2 begins: 1 host gets it"),
        ("A", "- 1 host stays as the new version left it, 1 host as it was"),
        ("B", "- 1 host is taken back"),
    ])
    func `are asked about in the singular where it is one host`(_ key: String, _ words: String) {
        var rollout = FixtureRollouts.rollout(
            .held, text: "batch 1 waits for approval", names: ["web1", "web2"], batch: 0
        ) { batch, _ in batch == 0 ? "done" : "waiting" }
        // What is held is not paused.
        if key == "P" { rollout.state = .running }
        let stage = asked(.rollouts([rollout]), key)
        #expect(stage.text.contains(words), "\(stage.text)")
    }

    @Test func `are rolled back only when their name is typed, and say on how many hosts`() {
        var stage = Stage.rollouts([FixtureRollouts.held(Self.names)])
        stage.type("B")
        stage.send(.drawn)
        stage.type("too slow")
        stage.press(.enter)
        stage.send(.drawn)
        #expect(stage.text.contains("- 4 hosts are taken back, the last first"))
        #expect(stage.text.contains("type web to roll back"))
        stage.press(.enter)
        #expect(stage.said.isEmpty && stage.lines.last?.contains("type web, or esc") == true)
        stage.send(.input(.paste("web")))
        stage.press(.enter)
        #expect(stage.said.isEmpty, "pasted text is no answer")
        stage.type("web")
        stage.press(.enter)
        #expect(
            stage.said == [RolloutOrderRequest(id: "4f2a9c0011223344", verb: .rollback, reason: "too slow")])
        stage.send(.rollouts(.refused(stage.said[0], reason: "another rollout holds the lock web")))
        #expect(stage.text.contains("another rollout holds the lock web"))
    }

    @Test func `say of the way back of a paused one that the pause ends with it`() {
        var rollout = FixtureRollouts.held(Self.names)
        #expect(!asked(.rollouts([rollout]), "B").text.contains("the pause ends"))
        rollout.state = .paused
        #expect(
            asked(.rollouts([rollout]), "B").text.contains("- the pause ends with it")
        )
    }

    @Test func `drop keys that were typed before a question was drawn`() {
        var stage = Stage.rollouts([FixtureRollouts.held(Self.names)])
        stage.type("B")
        stage.press(.enter)
        stage.type("web")
        stage.press(.enter)
        #expect(stage.said.isEmpty)
        stage.send(.drawn)
        stage.press(.enter)
        stage.type("web")
        stage.press(.enter)
        #expect(stage.said.isEmpty)
        stage.send(.drawn)
        stage.type("web")
        stage.press(.enter)
        #expect(stage.said.count == 1)
    }

    @Test func `ask again when they came into another state meanwhile`() {
        var stage = asked(.rollouts([FixtureRollouts.held(Self.names)]), "C")
        stage.type("j")
        var next = FixtureRollouts.held(Self.names)
        next.batch = 2
        stage.send(.rollouts(.list([next])))
        stage.press(.enter)
        #expect(stage.said.isEmpty, "the answer was to another question")
        stage.send(.drawn)
        #expect(stage.text.contains("batch 4 begins"))
        next.state = .succeeded
        stage.send(.rollouts(.list([next])))
        stage.send(.drawn)
        #expect(stage.text.contains("web 4.12.1 is succeeded: it cannot be told to go on"))
        stage.press(.down, .enter)
        #expect(stage.said.isEmpty)
    }

    @Test func `let a name be typed to its end while their batches go on, and not over their own end`() {
        var rollout = FixtureRollouts.running(Self.names)
        var stage = asked(.rollouts([rollout]), "B")
        stage.type("we")
        rollout.state = .baking
        stage.send(.rollouts(.list([rollout])))
        rollout.state = .running
        rollout.batch = (rollout.batch ?? 0) + 1
        stage.send(.rollouts(.list([rollout])))
        stage.type("b")
        var ended = stage
        stage.press(.enter)
        #expect(stage.said.map(\.verb) == [.rollback])
        rollout.state = .succeeded
        ended.send(.rollouts(.list([rollout])))
        ended.press(.enter)
        #expect(ended.said.isEmpty, "it would be a rollout of its own now")
        ended.send(.drawn)
        #expect(ended.text.contains("a new rollout takes"))
    }

    @Test func `that ended look at their gate no more, and do not say that they never did`() {
        var rollout = FixtureRollouts.running(Self.names)
        rollout.judged = nil
        rollout.evidence = ""
        #expect(Stage.rollouts([rollout]).text.contains("GATE  has not looked"))
        rollout.state = .succeeded
        #expect(Stage.rollouts([rollout]).text.contains("GATE  looks no more"))
    }

    @Test func `have in their menu what their state allows`() {
        for (state, words, missing) in [
            (RolloutView.State.running, ["pause", "abort", "roll back"], ["go on"]),
            (.paused, ["go on", "abort", "roll back"], ["start no more"]),
            (.succeeded, ["roll back"], ["go on", "abort"]),
            (.rolledBack, ["there is nothing to say to it any more"], ["abort"]),
        ] {
            var rollout = FixtureRollouts.running(Self.names)
            rollout.state = state
            var stage = Stage.rollouts([rollout])
            let before = stage.text
            stage.type("x")
            let menu = stage.lines.filter { !before.contains($0) }.joined(separator: "\n")
            for word in words { #expect(menu.contains(word), "\(state) \(word): \(menu)") }
            for word in missing { #expect(!menu.contains(word), "\(state) \(word): \(menu)") }
        }
        var stage = Stage.rollouts([])
        stage.type("x")
        #expect(stage.lines.last?.contains("no rollout is selected") == true)
    }

    @Test func `say first that what is looked at is past`() {
        var stage = Stage.rollouts([FixtureRollouts.held(Self.names)])
        stage.type("p,")
        stage.type("A")
        #expect(stage.text.contains("You are looking at 14:32:00Z. This happens now."))
    }

    @Test func `can only be looked at where nothing may be changed`() {
        let options = Dashboard.Options(screen: .deploys, isReadOnly: true, usesUTC: true)
        var stage = Stage.rollouts([FixtureRollouts.held(Self.names)], options: options)
        for key in ["x", "P", "C", "A", "B"] {
            stage.type(key)
            #expect(!stage.text.contains("now, 4 of"), "\(key)")
            #expect(stage.lines.last?.contains("needs a martlet without --read-only") == true, "\(key)")
        }
        stage.pass(seconds: 6)
        stage.type("?")
        #expect(!stage.text.contains("roll-back") && !stage.text.contains("bring the old version"))
        stage.press(.escape)
        stage.type(":roll")
        #expect(!stage.text.contains("bring the old version"))
        stage.press(.escape, .enter)
        #expect(stage.lines[0].contains("deploys > web 4.12.1"), "looking is allowed")
    }
}
