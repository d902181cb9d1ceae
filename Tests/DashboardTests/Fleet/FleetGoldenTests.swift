import Canvas
import Dashboard
import Fleet
import Telemetry
import TestSupport
import Testing

@Suite struct `The Fleet screen as a whole` {
    enum Scene: String, CaseIterable {
        case loading, empty, live, failing, thousand, grouped, busy

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
            case .grouped:
                // Agents of two versions, hosts in groups with their sums, one with what hosts.yaml says of it.
                let fleet = FixtureFleet(24)
                stage.tell(fleet.history(seconds: 900, ending: stage.now))
                stage.tell([`The Fleet screen as a whole`.upgraded(fleet.list(at: stage.now))])
                stage.press(.character("t"))
                stage.press(.down)
            case .busy:
                // Requests, a host at which a rollout works, and one whose alert is silenced.
                let fleet = FixtureFleet(24)
                stage.tell(fleet.history(seconds: 900, ending: stage.now))
                stage.tell(
                    fleet.requests(seconds: 900, ending: stage.now) { place, _ in
                        place % 4 > 1
                            ? nil
                            : RequestFigures(
                                Double(100 + 40 * place), errors: place == 8 ? 0.06 : 0.001 * Double(place),
                                p99: place == 4 ? 7.5 : 0.05 * Double(place + 1))
                    })
                guard case .hosts(var hosts) = fleet.list(at: stage.now) else { return stage }
                hosts[4].work = ["deploy-web", "rollout web 4.12.1"]
                stage.tell([.hosts(hosts)])
                stage.send(
                    .alerts(.board(`The Fleet screen as a whole`.silenced(hosts[5].host, at: stage.now))))
                stage.pass(seconds: 1)
                stage.type("tgj")
            case .thousand: stage.tell(FixtureFleet(1000).history(seconds: 900, ending: stage.now))
            }
            stage.pass(seconds: 1)
            return stage
        }
    }

    /// Two alerts of a host fire, and nobody wants to hear of them.
    static func silenced(_ host: String, at now: Timestamp) -> AlertBoard {
        AlertBoard(
            time: now,
            alerts: ["DiskFull", "UnitFailed"].map { name in
                var alert = FixtureAlerts.alert(name, name, ["host": host], now: now)
                alert.silencedBy = ["7c"]
                return alert
            })
    }

    /// Every third host has a newer agent, and a note and a runbook.
    static func upgraded(_ list: LiveUpdate) -> LiveUpdate {
        guard case .hosts(var hosts) = list else { return list }
        for place in stride(from: 0, to: hosts.count, by: 3) {
            hosts[place].agentVersion = "0.2.0"
            hosts[place].note = "goes away in spring"
            hosts[place].links = ["runbook": "https://wiki.example.net/web"]
        }
        return .hosts(hosts)
    }

    static let sizes = [(40, 8), (80, 24), (120, 36), (200, 60)]

    @Test(arguments: Scene.allCases, sizes)
    func `is as it was`(_ scene: Scene, _ size: (width: Int, height: Int)) throws {
        let stage = scene.stage(width: size.width, height: size.height)
        #expect(try stage.differences(from: "Fleet/\(scene)-\(size.width)x\(size.height)") == [])
    }
}
