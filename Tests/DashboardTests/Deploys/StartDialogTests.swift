import Canvas
import Dashboard
import Fleet
import Telemetry
import TestSupport
import Testing
import Text

@Suite struct `Starting a rollout from the Deploys screen` {
    private static let names = (1...40).map { "web-eu-\($0 < 10 ? "0" : "")\($0)" }

    private func request(_ stage: Stage) -> RolloutRequest? {
        switch stage.startQuestions.last {
        case .plan(let request), .start(let request): request
        case .definitions, nil: nil
        }
    }

    @Test func `lists what rollouts.yaml describes, and asks for the values of the one that is picked`() {
        var stage = Stage.rollouts([])
        stage.type("s")
        #expect(stage.startQuestions == [.definitions] && stage.text.contains("asking the hub"))
        stage.answer(.definitions([FixtureStart.web, FixtureStart.certificates]))
        for words in [
            "web", "New version of the web service", "role=web not canary", "certificates", "renew",
        ] {
            #expect(stage.text.contains(words), "\(words): \(stage.text)")
        }
        stage.press(.enter)
        stage.send(.drawn)
        for words in ["Start web", "version", "must be given", "mode", "safe", "why"] {
            #expect(stage.text.contains(words), "\(words): \(stage.text)")
        }
        #expect(!stage.text.contains("override"))
        stage.press(.escape)
        #expect(!stage.text.contains("must be given") && stage.startQuestions == [.definitions])
    }

    @Test func `shows the plan as martlet rollout plan says it, word by word`() {
        var stage = Stage.start(width: 200, height: 60)
        stage.fill()
        let prospect = FixtureStart.prospect(Self.names.dropLast(30))
        stage.plan(prospect)
        #expect(
            request(stage)
                == RolloutRequest(
                    name: "web", parameters: ["version": "4.12.1", "mode": "safe"], reason: "ticket 812"))
        let lines = RolloutPlanText(prospect).lines.map(\.text.string)
        #expect(lines.contains("it may start now; nothing was started"))
        for line in lines { #expect(stage.text.contains(line), "\(line) is not on\n\(stage.text)") }
        #expect(!stage.startQuestions.contains { if case .start = $0 { true } else { false } })
    }

    @Test func `breaks a long plan at spaces and scrolls it to its end`() {
        var stage = Stage.start(width: 80, height: 24)
        stage.fill()
        stage.plan(FixtureStart.prospect((1...1000).map { "web-eu-\($0)" }))
        #expect(stage.text.contains("more lines") && !stage.text.contains("it may start now"))
        stage.type("G")
        #expect(stage.text.contains("it may start now") && stage.text.contains("web-eu-1000"))
        stage.type("g")
        #expect(stage.text.contains("action   deploy-web mode=safe version=4.12.1"))
        stage.press(.pageDown)
        #expect(!stage.text.contains("action   deploy-web"))
    }

    @Test func `asks for the number of hosts, starts it once, and opens it when the hub lists it`() {
        var stage = Stage.start()
        stage.fill()
        stage.plan(FixtureStart.prospect(Self.names))
        stage.press(.enter)
        stage.send(.drawn)
        #expect(stage.text.contains("type 40 to start it"))
        stage.send(.input(.paste("40")))
        stage.press(.enter)
        #expect(!stage.startQuestions.contains { if case .start = $0 { true } else { false } })
        stage.type("40")
        stage.press(.enter, .enter)
        let starts = stage.startQuestions.filter { if case .start = $0 { true } else { false } }
        #expect(starts.count == 1)
        guard let request = request(stage) else { return }
        let rollout = FixtureRollouts.running(Self.names)
        stage.answer(.started(request, rollout))
        #expect(stage.text.contains("web 4.12.1 started: 4f2a9c0011223344"))
        stage.send(.rollouts(.list([FixtureRollouts.ended(Self.names), rollout])))
        #expect(stage.lines[0].contains("deploys > web 4.12.1"))
    }

    @Test(arguments: [
        (ActionDanger.look, 3, "yes, start web 4.12.1 on 3 hosts"),
        (.service, 1, "yes, start web 4.12.1 on 1 host"), (.service, 3, "type 3 to start it"),
        (.destroy, 1, "type web-eu-01 to start it"), (.destroy, 3, "type web 3 to start it"),
    ])
    func `asks by the greatest danger of its actions`(_ danger: ActionDanger, _ count: Int, _ words: String) {
        var stage = Stage.start()
        stage.fill()
        stage.plan(FixtureStart.prospect(Array(Self.names.prefix(count)), danger: danger))
        stage.press(.enter)
        stage.send(.drawn)
        #expect(stage.text.contains(words), "\(stage.text)")
        // Enter alone is no yes.
        stage.press(.enter)
        #expect(!stage.startQuestions.contains { if case .start = $0 { true } else { false } })
    }

    @Test func `leads back to the values from what stands in the way, and from a refusal`() {
        var stage = Stage.start()
        stage.fill()
        stage.plan(FixtureStart.prospect(Self.names, obstacles: ["not connected: web-eu-07"]))
        #expect(stage.text.contains("! not connected: web-eu-07"))
        stage.press(.enter)
        stage.send(.drawn)
        #expect(stage.text.contains("must be given") && stage.text.contains("4.12.1"))
        stage.press(.enter)
        guard let request = request(stage) else { return }
        let reason = "web-eu-03: declares no action deploy-web; it declares restart-web"
        stage.answer(.refused(.plan(request), reason: reason))
        #expect(stage.text.contains(reason) && stage.text.contains("enter goes back to the values"))
        stage.press(.enter)
        stage.send(.drawn)
        #expect(stage.text.contains("must be given"))
    }

    @Test func `takes a reason to start outside of its window where it has one`() {
        var stage = Stage.start()
        stage.type("j")
        stage.press(.enter)
        stage.send(.drawn)
        #expect(stage.text.contains("override") && stage.text.contains("not during Fri"))
        stage.press(.down)
        stage.type("outage 812")
        stage.press(.enter)
        #expect(request(stage) == RolloutRequest(name: "certificates", override: "outage 812"))
    }

    @Test func `drops keys that were typed before a step was drawn`() {
        var stage = Stage.rollouts([])
        stage.type("s")
        stage.send(.rollouts(.start(.definitions([FixtureStart.web]))))
        stage.press(.enter)
        #expect(stage.text.contains("role=web"), "the list was not drawn yet")
        #expect(stage.dashboard.awaitsFrame)
    }

    @Test func `tells whoever closed the dialog what came of it`() {
        var stage = Stage.rollouts([])
        let request = RolloutRequest(name: "web")
        stage.answer(.started(request, FixtureRollouts.running(Self.names)))
        #expect(stage.text.contains("web 4.12.1 started"))
        stage.answer(.refused(.start(request), reason: "web is locked"))
        #expect(stage.text.contains("web: web is locked"))
        stage.type("s")
        stage.answer(.refused(.definitions, reason: "no hub answers"))
        #expect(stage.text.contains("no hub answers"))
        stage.press(.enter)
        stage.type("s")
        stage.answer(.definitions([]))
        #expect(stage.text.contains("describes no rollout"))
    }

    @Test func `is refused where nothing may be changed, and says why`() {
        let options = Dashboard.Options(screen: .deploys, isReadOnly: true, usesUTC: true)
        var stage = Stage.rollouts([], options: options)
        stage.type("s")
        #expect(stage.startQuestions.isEmpty)
        #expect(stage.lines.last?.contains("start-rollout needs a martlet without --read-only") == true)
    }

    enum Scene: String, CaseIterable {
        case choose, fill, plan, blocked, refused, confirm, past

        func stage(width: Int, height: Int) -> Stage {
            var stage = Stage.start(width: width, height: height)
            let names = FixtureFleet(40).hosts.map(\.name)
            if self == .past {
                stage.press(.escape)
                stage.type("p,s")
                stage.answer(.definitions([FixtureStart.web]))
            }
            if self == .choose { return stage }
            stage.fill()
            switch self {
            case .choose, .fill: break
            case .refused:
                stage.press(.enter)
                guard let question = stage.startQuestions.last else { break }
                stage.answer(
                    .refused(
                        question, reason: "web-eu-03: declares no action deploy-web; it declares restart-web")
                )
            case .plan, .past: stage.plan(FixtureStart.prospect(names))
            case .blocked:
                stage.plan(
                    FixtureStart.prospect(
                        names, obstacles: ["api 2.0 (5d0c) has the lock web", "not connected: web-eu-003"]))
                stage.type("G")
            case .confirm:
                stage.plan(FixtureStart.prospect(names, danger: .destroy))
                stage.press(.enter)
                stage.send(.drawn)
                stage.type("web 4")
            }
            return stage
        }
    }

    @Test(arguments: Scene.allCases, [(40, 8), (80, 24), (120, 40)])
    func `is as it was`(_ scene: Scene, _ size: (width: Int, height: Int)) throws {
        let stage = scene.stage(width: size.width, height: size.height)
        #expect(try stage.differences(from: "start/\(scene)-\(size.width)x\(size.height)") == [])
    }
}
