import Canvas
import Dashboard
import Fleet
import Telemetry
import TestSupport
import Testing

@Suite struct `A dashboard` {
    @Test func `opens Fleet for several hosts and Host for one, and asks for that view first`() {
        let many = Stage(Dashboard.Options(hosts: ["web1", "web2"].map(HostID.init)))
        #expect(
            many.views == [LiveView(subject: .fleet, windowMilliseconds: 900_000, stepMilliseconds: 15_000)])
        let one = Stage(Dashboard.Options(hosts: [HostID("web1")]))
        #expect(
            one.views == [
                LiveView(subject: .host(HostID("web1")), windowMilliseconds: 600_000, stepMilliseconds: 1000)
            ])
    }

    @Test func `shows only the hosts that were named`() {
        var stage = Stage(Dashboard.Options(hosts: ["web-eu-west-001", "db-eu-west-001"].map(HostID.init)))
        stage.tell(FixtureFleet(12).history(seconds: 60, ending: stage.now))
        #expect(stage.text.contains("2 hosts"))
        #expect(!stage.text.contains("cache"))
    }

    @Test func `opens a host with enter and comes back with q and with esc`() {
        for key in [Key.character("q"), .escape] {
            var stage = Stage.fleet(12)
            stage.press(.down, .enter)
            #expect(stage.dashboard.screen == .host)
            #expect(stage.views.last?.subject == .host(HostID("cache-ap-1-002")))
            stage.press(key)
            #expect(stage.dashboard.screen == .fleet)
            #expect(stage.views.last?.subject == .fleet)
        }
    }

    @Test func `keeps what it shows until the next view has come whole`() {
        var stage = Stage.fleet(12)
        let host = FixtureHost("cache-ap-1-001", processCount: 20)
        stage.press(.enter)
        let history = host.history(seconds: 30)
        stage.tell(Array(history.dropLast()))
        #expect(stage.text.contains("cache-ap-1-001"))
        stage.press(.escape)
        #expect(stage.text.contains("12 hosts"))
    }

    @Test func `leaves at the first screen with q and anywhere with ctrl-c`() {
        var stage = Stage.fleet(3)
        stage.type("q")
        #expect(stage.effects.last == .quit)
        stage = Stage.fleet(3)
        stage.press(.enter)
        stage.type(":")
        stage.send(.control("c"))
        #expect(stage.effects.contains(.quit))
    }

    @Test func `never leaves with esc`() {
        var stage = Stage.host()
        for _ in 0..<5 { stage.press(.escape) }
        #expect(!stage.effects.contains(.quit))
        #expect(stage.dashboard.screen == .host)
    }

    @Test func `opens a shell on the selected host, but not when it may only read`() {
        var stage = Stage.host()
        stage.type("!")
        #expect(stage.effects.contains(.openShell(host: HostID("web-eu-017"))))
        stage.send(.shellEnded(status: 255))
        #expect(stage.effects.last == .repaint)
        #expect(stage.text.contains("the shell ended with status 255"))

        var reader = Stage(Dashboard.Options(hosts: [HostID("web1")], isReadOnly: true))
        reader.type("!:shell")
        reader.press(.enter)
        #expect(!reader.effects.contains(.openShell(host: HostID("web1"))))
    }

    @Test func `opens a shell on the one host there is, whatever is selected`() {
        var one = Stage.host()
        one.type("5!")
        #expect(one.effects.last == .openShell(host: HostID("web-eu-017")), "\(one.effects)")
        var many = Stage.fleet(3)
        many.type("5!")
        #expect(many.text.contains("no host is selected"))
    }

    @Test func `suspends, repaints and turns the mouse on when asked`() {
        var stage = Stage.fleet(3)
        stage.send(.control("z"))
        stage.send(.control("l"))
        stage.type(":mouse")
        stage.press(.enter)
        #expect(stage.effects.suffix(3) == [.suspend, .repaint, .setMouse(true)])
    }

    @Test func `says when the hub is lost and when it is back`() {
        var stage = Stage.fleet(3)
        stage.tell([.hubLost(reason: "connection refused")])
        #expect(stage.lines[0].contains("hub lost: connection refused"))
        #expect(stage.lines[0].contains("LOST"))
        stage.tell(FixtureFleet(3).history(seconds: 60, ending: stage.now))
        #expect(stage.lines[0].contains("LIVE"))
    }

    @Test func `finds commands by a few letters`() {
        var stage = Stage.fleet(3)
        stage.type(":zo")
        #expect(stage.text.contains("zoom-out"))
        #expect(!stage.text.contains("mouse"))
        stage.press(.down, .enter)
        #expect(stage.views.last?.stepMilliseconds == 60_000)
        stage.type(":nosuch")
        stage.press(.enter)
        #expect(stage.text.contains("no command is called nosuch"))
    }

    @Test func `forgets a notice after five seconds, and asks to be woken then`() throws {
        var stage = Stage.fleet(3)
        stage.type(":nosuch")
        stage.press(.enter)
        #expect(stage.dashboard.wakeTime == stage.now.advanced(byMilliseconds: 5000))
        stage.pass(seconds: 5)
        #expect(!stage.text.contains("nosuch"))
        #expect(stage.dashboard.wakeTime == nil)
    }

    @Test func `says why a key does nothing where that is not plain to see`() {
        var stage = Stage.host()
        stage.type("1t")
        #expect(!stage.text.contains("no host has a group"), "this one has")
        stage = Stage()
        stage.tell([.hosts([HostSummary(host: "web1", source: "ssh web1", state: .live)]), .liveBegins])
        stage.type("t")
        #expect(stage.text.contains("no host has a group"))
        stage.type("n")
        #expect(stage.text.contains("every row is well"))
    }

    @Test func `clicks and scrolls only while the mouse is on`() {
        var stage = Stage.fleet(20)
        let first = stage.selectedLine
        stage.send(.input(.mouse(MouseEvent(x: 10, y: 5, action: .press(button: 1)))))
        #expect(stage.selectedLine == first)
        stage.type(":mouse")
        stage.press(.enter)
        stage.send(.input(.mouse(MouseEvent(x: 10, y: 5, action: .press(button: 1)))))
        #expect(stage.lines[5].hasPrefix(">"))
        stage.send(.input(.mouse(MouseEvent(x: 10, y: 5, action: .wheelDown))))
        #expect(stage.lines[8].hasPrefix(">"))
        stage.send(.input(.mouse(MouseEvent(x: 12, y: 1, action: .press(button: 1)))))
        #expect(stage.dashboard.screen == .host)
        stage.send(.input(.mouse(MouseEvent(x: 2, y: 1, action: .press(button: 1)))))
        #expect(stage.dashboard.screen == .fleet)
    }
}
