import Canvas
import Dashboard
import Fleet
import Telemetry
import TestSupport
import Testing

/// Alerts as the other screens tell of them.
@Suite struct `An alert on other screens` {
    private static func fleet(_ alerts: [Alert], width: Int = 120, hooks: Bool = true) -> Stage {
        var stage = Stage(Dashboard.Options(screen: .fleet, usesUTC: true), width: width, height: 36)
        stage.tell(FixtureFleet(3).history(seconds: 900, ending: stage.now))
        stage.send(.alerts(.board(board(alerts, hooks: hooks))))
        return stage
    }

    private static func board(_ alerts: [Alert], hooks: Bool = true, named: Bool? = nil) -> AlertBoard {
        AlertBoard(
            time: FixtureHost.noon, alerts: alerts, silences: [], events: [], runsHooks: hooks,
            hasHooks: named)
    }

    private static let shop = FixtureAlerts.alert("a1", "ShopErrors", ["service": "shop"])

    @Test func `of a service stands in Fleet's head by its name, and its screen's tab calls`() {
        let stage = Self.fleet([Self.shop])
        #expect(stage.lines[0].contains("X ShopErrors"), "\(stage.lines[0])")
        #expect(stage.lines[1].contains("5 Alerts!"), "\(stage.lines[1])")
        let more = Self.fleet([
            FixtureAlerts.alert("a2", "HttpSlow", ["service": "api"], .warning), Self.shop,
        ])
        #expect(more.lines[0].contains("X ShopErrors +1"), "\(more.lines[0])")
    }

    @Test func `that somebody took on calls no more, and stays in Fleet's head`() {
        var alert = Self.shop
        alert.acknowledged = Acknowledgement(by: "marta", at: FixtureHost.noon, note: "")
        let stage = Self.fleet([alert])
        #expect(stage.lines[0].contains("X ShopErrors"))
        #expect(!stage.lines[1].contains("Alerts!"))
    }

    @Test func `that is silenced, pending or information calls nobody`() {
        var silenced = Self.shop
        silenced.silencedBy = ["7c"]
        let pending = FixtureAlerts.alert("a3", "HttpSlow", ["service": "api"], state: .pending)
        let info = FixtureAlerts.alert("a4", "CpuBusy", ["service": "api"], .info)
        let stage = Self.fleet([silenced, pending, info])
        #expect(stage.lines[0].contains("hosts"))
        for word in ["ShopErrors", "HttpSlow", "CpuBusy"] { #expect(!stage.lines[0].contains(word)) }
        #expect(!stage.lines[1].contains("Alerts!"))
    }

    @Test(arguments: [80, 120])
    func `runs no hook from the start where rules.yaml names some, which every screen says`(
        _ width: Int
    ) {
        var stage = Self.fleet([], width: width, hooks: false)
        stage.send(.alerts(.board(Self.board([], hooks: false, named: false))))
        #expect(!stage.lines[0].contains("hooks"), "there is none to run")
        stage.send(.alerts(.board(Self.board([], hooks: false, named: true))))
        for screen in ["1", "4", "5", "6", "7"] {
            stage.type(screen)
            #expect(stage.lines[0].contains("hooks off "), "\(screen): \(stage.lines[0])")
        }
        #expect(stage.lines[0].count <= width)
        stage.send(.alerts(.board(Self.board([], hooks: true, named: true))))
        #expect(!stage.lines[0].contains("hooks off"))
        // And that they run, where there is room for it.
        for screen in ["1", "4", "5", "6", "7"] {
            stage.type(screen)
            #expect(stage.lines[0].ranges(of: "hooks on").count == 1, "\(screen): \(stage.lines[0])")
        }
        #expect(stage.lines[0].count <= width)
    }

    @Test(arguments: [80, 120])
    func `runs no hook any more where the hub that ran them is gone, which every screen says`(_ width: Int) {
        var stage = Self.fleet([], width: width, hooks: false)
        #expect(!stage.lines[0].contains("off"), "it never ran any")
        stage.send(.alerts(.board(Self.board([], hooks: true))))
        #expect(!stage.lines[0].contains("off"))
        for _ in 0..<2 { stage.send(.alerts(.board(Self.board([], hooks: false)))) }
        #expect(stage.lines[0].contains("hooks"), "\(stage.lines[0])")
        #expect(stage.lines[0].contains("off"))
        stage.type("6")
        #expect(stage.lines[0].contains("off"))
        stage.send(.alerts(.board(Self.board([], hooks: true))))
        #expect(!stage.lines[0].contains("off"))
    }
}
