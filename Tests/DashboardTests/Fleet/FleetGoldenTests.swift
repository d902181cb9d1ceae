import Canvas
import Dashboard
import Fleet
import TestSupport
import Testing

@Suite struct `The Fleet screen as a whole` {
    enum Scene: String, CaseIterable {
        case loading, empty, live, failing, thousand

        func stage(width: Int, height: Int) -> Stage {
            var stage = Stage(width: width, height: height)
            switch self {
            case .loading: break
            case .empty: stage.tell([.hosts([]), .liveBegins])
            case .live:
                stage.tell(FixtureFleet(12).history(seconds: 900, ending: stage.now))
                stage.press(.down)
            case .failing:
                stage.tell(FixtureFleet(60).history(seconds: 900, ending: stage.now))
                stage.tell([.hubLost(reason: "connection reset by peer")])
            case .thousand: stage.tell(FixtureFleet(1000).history(seconds: 900, ending: stage.now))
            }
            stage.pass(seconds: 1)
            return stage
        }
    }

    static let sizes = [(40, 8), (80, 24), (120, 36), (200, 60)]

    @Test(arguments: Scene.allCases, sizes)
    func `is as it was`(_ scene: Scene, _ size: (width: Int, height: Int)) throws {
        let stage = scene.stage(width: size.width, height: size.height)
        #expect(try stage.differences(from: "Fleet/\(scene)-\(size.width)x\(size.height)") == [])
    }
}
