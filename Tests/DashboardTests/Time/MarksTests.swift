import Canvas
import Dashboard
import Fleet
import Telemetry
import TestSupport
import Testing

@Suite struct `Marks on the screens` {
    private static let sizes = [(80, 24), (120, 36), (200, 60)]

    /// A deploy of web, an action on one host, and a note on all of them.
    private static func marks(_ now: Timestamp, host: String) -> [Mark] {
        [
            Mark(
                id: "1", at: now.advanced(byMilliseconds: -400_000), kind: .note,
                title: "switched the balancer", actor: "jo"),
            Mark(
                id: "2", at: now.advanced(byMilliseconds: -200_000), kind: .deploy, title: "web 4.12.1",
                service: "web", hosts: [host], actor: "marta"),
            Mark(
                id: "3", at: now.advanced(byMilliseconds: -30_000), kind: .action,
                title: "restart-web mode=safe", hosts: [host], actor: "jo"),
        ]
    }

    private static func stage(_ screen: ScreenID, width: Int, height: Int) -> Stage {
        var stage = Stage.live(screen, width: width, height: height)
        let host =
            switch screen {
            case .fleet, .alerts, .deploys: FixtureFleet(3).hosts[0]
            case .host: FixtureHost(processCount: 40).id
            case .traffic, .logs: FixtureTraffic(3).hosts[0]
            }
        stage.tell([.marks(marks(stage.now, host: host.name))])
        stage.pass(seconds: 1)
        return stage
    }

    @Test(arguments: ScreenID.allCases, sizes)
    func `stand where they were`(_ screen: ScreenID, _ size: (width: Int, height: Int)) throws {
        let stage = Self.stage(screen, width: size.width, height: size.height)
        #expect(try stage.differences(from: "marks/\(screen)-\(size.width)x\(size.height)") == [])
    }

    @Test func `are gone to by ( and ), each with what happened`() {
        var stage = Self.stage(.fleet, width: 120, height: 36)
        stage.type("(")
        #expect(stage.text.contains("action restart-web mode=safe by jo on"))
        #expect(stage.views.last?.end == FixtureHost.noon.advanced(byMilliseconds: -30_000))
        stage.type("(")
        #expect(stage.text.contains("deploy web 4.12.1 by marta"))
        stage.type("(")
        #expect(stage.text.contains("note switched the balancer by jo"))
    }

    @Test func `tell what they are when a step in time comes to them`() {
        var stage = Self.stage(.fleet, width: 120, height: 36)
        stage.type("p")
        for _ in 0..<4 where !stage.text.contains("action restart-web") { stage.type(",") }
        #expect(stage.text.contains("action restart-web mode=safe by jo"))
    }

    @Test func `of other hosts are not on a host's charts`() {
        var stage = Stage.host()
        let before = stage.text
        stage.tell([
            .marks([
                Mark(
                    at: stage.now.advanced(byMilliseconds: -20_000), kind: .deploy, title: "db 2",
                    hosts: ["another"])
            ])
        ])
        #expect(stage.text == before)
    }
}
