import Canvas
import Dashboard
import Fleet
import Telemetry
import TestSupport
import Testing

@Suite struct `A rollout on the screen` {
    enum Scene: String, CaseIterable {
        case baking, held, running, rollingBack, takenBack, partlyBack, opened, host, menu, confirm, thousand

        func stage(width: Int, height: Int) -> Stage {
            let names = FixtureFleet(40).hosts.map(\.name)
            let ended = FixtureRollouts.ended(names)
            var stage: Stage
            switch self {
            case .baking:
                stage = .rollouts(
                    [ended, FixtureRollouts.baking(names)], width: width, height: height, hosts: 40)
            case .held, .menu, .confirm:
                stage = .rollouts(
                    [ended, FixtureRollouts.held(names)], width: width, height: height, hosts: 40)
            case .running, .opened, .host:
                stage = .rollouts(
                    [ended, FixtureRollouts.running(names)], width: width, height: height, hosts: 40)
            case .rollingBack:
                stage = .rollouts(
                    [FixtureRollouts.rollingBack(names), ended], width: width, height: height, hosts: 40)
            case .takenBack, .partlyBack:
                let undo =
                    self == .takenBack
                    ? FixtureRollouts.undo(ended, .succeeded, back: 40)
                    : FixtureRollouts.undo(ended, .halted, back: 33)
                stage = .rollouts(
                    [ended.taken(backBy: undo), undo], width: width, height: height, hosts: 40)
            case .thousand:
                let many = (1...1000).map { "web-eu-\($0)" }
                stage = .rollouts([FixtureRollouts.running(many)], width: width, height: height, hosts: 40)
            }
            switch self {
            case .opened, .thousand: stage.press(.enter)
            case .host:
                stage.press(.enter, .enter)
                let order = stage.followed.last.flatMap { $0 } ?? ""
                var run = OrderRun(id: order, host: names[4], action: "deploy-web", state: .failed)
                run.exitStatus = 3
                stage.send(.rollouts(.outputBegins(order: order)))
                stage.send(
                    .rollouts(
                        .output(
                            order: order,
                            [
                                .run(run),
                                .output(id: order, offset: 0, bytes: Array("fetching 4.12.1\n".utf8)),
                                .output(
                                    id: order, offset: 4000, bytes: Array("\u{1B}[2Jno such version\n".utf8)),
                            ])))
            case .menu: stage.type("x")
            case .confirm:
                stage.type("B")
                stage.send(.drawn)
                stage.type("too slow")
                stage.press(.enter)
                stage.send(.drawn)
            case .takenBack, .partlyBack: stage.press(.down)
            case .baking, .held, .running, .rollingBack: break
            }
            return stage
        }
    }

    @Test(arguments: Scene.allCases, [(40, 8), (80, 24), (120, 40), (200, 50)])
    func `is as it was`(_ scene: Scene, _ size: (width: Int, height: Int)) throws {
        let stage = scene.stage(width: size.width, height: size.height)
        #expect(try stage.differences(from: "rollouts/\(scene)-\(size.width)x\(size.height)") == [])
    }
}
