import Canvas
import Dashboard
import Fleet
import Telemetry
import TestSupport
import Testing

@Suite struct `The Deploys screen` {
    enum Scene: String, CaseIterable {
        case loading, empty, live, long, past
    }

    private static let fleet = FixtureFleet(24)

    private static func mark(_ number: Int, minutesAgo: Int64, hosts: [String], kind: Mark.Kind = .deploy)
        -> Mark
    {
        Mark(
            id: "\(number)", at: FixtureHost.noon.advanced(byMilliseconds: -minutesAgo * 60_000), kind: kind,
            title: kind == .deploy ? "web 4.12.\(number)" : "restart-web mode=safe",
            service: kind == .deploy ? "web" : "", hosts: hosts, group: kind == .deploy ? "role=web" : "",
            actor: "marta", link: kind == .deploy ? "https://ci.example.net/\(800 + number)" : "")
    }

    private static var marks: [Mark] {
        let names = fleet.hosts.map(\.name)
        return [
            mark(1, minutesAgo: 600, hosts: Array(names[0..<4])),
            mark(2, minutesAgo: 40, hosts: [names[3]], kind: .action),
            mark(3, minutesAgo: 6, hosts: Array(names[0..<4])),
        ]
    }

    private static func stage(_ scene: Scene, width: Int = 120, height: Int = 36) -> Stage {
        var stage = Stage(
            Dashboard.Options(screen: .deploys, usesUTC: true), width: width, height: height)
        guard scene != .loading else { return stage }
        stage.tell(fleet.history(seconds: 3600, ending: stage.now))
        switch scene {
        case .loading, .empty: break
        case .live: stage.tell([.marks(marks)])
        case .long:
            let hosts = [fleet.hosts[0].name]
            stage.tell([
                .marks((1...80).map { mark($0, minutesAgo: Int64(81 - $0), hosts: hosts) })
            ])
            stage.type("jjj")
        case .past:
            stage.tell([.marks(marks)])
            stage.type("G")
        }
        stage.pass(seconds: 1)
        return stage
    }

    @Test(arguments: Scene.allCases, [(40, 8), (80, 24), (120, 36), (200, 60)])
    func `is as it was`(_ scene: Scene, _ size: (width: Int, height: Int)) throws {
        let stage = Self.stage(scene, width: size.width, height: size.height)
        #expect(try stage.differences(from: "deploys/\(scene)-\(size.width)x\(size.height)") == [])
    }

    @Test func `opens the requests of a service in the minutes after its deploy`() {
        var stage = Self.stage(.live)
        stage.press(.enter)
        #expect(stage.dashboard.screen == .traffic)
        #expect(stage.views.last?.end == FixtureHost.noon.advanced(byMilliseconds: -60_000))
    }

    @Test func `opens the host of an action on one`() {
        var stage = Self.stage(.live)
        stage.type("j")
        stage.press(.enter)
        #expect(stage.dashboard.screen == .host)
        #expect(stage.views.last?.subject == .host(Self.fleet.hosts[3]))
    }

    @Test func `stays with its row when another deploy comes`() {
        var stage = Self.stage(.live)
        stage.type("jk")
        #expect(stage.selectedLine?.contains("web 4.12.3") == true)
        stage.tell([.marks(Self.marks + [Self.mark(4, minutesAgo: 0, hosts: [])])])
        #expect(stage.selectedLine?.contains("web 4.12.3") == true)
    }

    @Test func `leaves pasted text alone`() {
        var stage = Self.stage(.live)
        let before = stage.text
        stage.send(.input(.paste("web-eu-017")))
        #expect(stage.text == before)
    }
}
