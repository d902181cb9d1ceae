import Canvas
import Dashboard
import Fleet
import TestSupport
import Testing

@Suite struct `The Traffic screen as a whole` {
    enum Scene: String, CaseIterable {
        case loading, empty, live, cell, lines, many, unmeasured, silent, quiet, past

        func stage(width: Int, height: Int) -> Stage {
            var stage = Stage(
                Dashboard.Options(screen: .traffic, usesUTC: true), width: width, height: height)
            let traffic = FixtureTraffic(4)
            switch self {
            case .loading: break
            case .empty: stage.tell([.hosts([]), .liveBegins])
            case .live: stage.tell(traffic.history(ending: stage.now))
            case .cell:
                stage.tell(traffic.history(ending: stage.now))
                stage.press(.backTab)
                stage.type("hhk")
            case .lines:
                stage.tell(traffic.history(ending: stage.now))
                stage.type("/route=/cart")
                stage.press(.enter, .enter)
            case .many:
                stage.tell(FixtureTraffic(40).history(seconds: 60, ending: stage.now))
                stage.type("t")
            case .silent: stage.tell(traffic.silentLogs(ending: stage.now) + [.liveBegins])
            case .quiet:
                // One that may not be read beside others that are.
                stage.tell(traffic.silentLogs(ending: stage.now) + traffic.history(ending: stage.now))
                stage.press(.tab)
                stage.type("G")
            case .past:
                stage.tell(traffic.history(ending: stage.now))
                stage.type("@14:00")
                stage.press(.enter)
                stage.tell([traffic.list, .liveBegins])
            case .unmeasured:
                // A log without durations.
                stage.tell(
                    traffic.history(ending: stage.now).filter {
                        if case .histograms = $0 { false } else { true }
                    })
            }
            stage.pass(seconds: 1)
            return stage
        }
    }

    static let sizes = [(40, 8), (80, 24), (120, 36), (200, 60)]

    @Test(arguments: Scene.allCases, sizes)
    func `is as it was`(_ scene: Scene, _ size: (width: Int, height: Int)) throws {
        let stage = scene.stage(width: size.width, height: size.height)
        #expect(try stage.differences(from: "traffic/\(scene)-\(size.width)x\(size.height)") == [])
    }
}
