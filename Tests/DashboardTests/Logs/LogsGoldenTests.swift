import Canvas
import Dashboard
import Fleet
import TestSupport
import Testing

@Suite struct `The Logs screen as a whole` {
    enum Scene: String, CaseIterable {
        case loading, empty, live, found, filtered, wrapped, open, errors

        func stage(width: Int, height: Int) -> Stage {
            var stage = Stage(Dashboard.Options(screen: .logs, usesUTC: true), width: width, height: height)
            let traffic = FixtureTraffic(3)
            if self != .loading {
                let lines =
                    self == .empty
                    ? [] : traffic.lines(400, ending: stage.now) + traffic.samples(ending: stage.now)
                stage.tell([traffic.list] + lines + [.liveBegins])
            }
            switch self {
            case .loading, .empty, .live: break
            case .found:
                stage.type("/upstream")
                stage.press(.enter)
                stage.type("NN")
            case .wrapped:
                stage.press(.function(4))
                stage.type("upstream")
                stage.press(.enter)
                stage.send(.control("w"))
                stage.type("/timed out")
                stage.press(.enter)
            case .open:
                stage.type("E")
                stage.press(.enter)
            case .errors:
                stage.type("LL+")
            case .filtered:
                stage.press(.function(4))
                stage.type("level=error")
                stage.press(.enter)
                stage.type("+k")
            }
            stage.pass(seconds: 1)
            return stage
        }
    }

    static let sizes = [(40, 8), (80, 24), (120, 36), (200, 60)]

    @Test(arguments: Scene.allCases, sizes)
    func `is as it was`(_ scene: Scene, _ size: (width: Int, height: Int)) throws {
        let stage = scene.stage(width: size.width, height: size.height)
        #expect(try stage.differences(from: "logs/\(scene)-\(size.width)x\(size.height)") == [])
    }
}
