import Canvas
import Dashboard
import Fleet
import Telemetry
import TestSupport
import Testing

@Suite struct `The Logs screen` {
    @Test func `asks for the lines of marked hosts, of the host that is shown, and of all with 7 again`() {
        var stage = Stage.fleet(6)
        stage.type("  7")
        #expect(
            stage.views.last?.subject == .logs(hosts: [HostID("cache-ap-1-001"), HostID("db-eu-west-001")]))
        stage.type("7")
        #expect(stage.views.last?.subject == .logs(hosts: []))
        stage = Stage.host()
        stage.type("7")
        #expect(stage.views.last?.subject == .logs(hosts: [HostID("web-eu-017")]))
    }

    @Test func `merges hosts by time and follows the newest line until somebody moves`() {
        var stage = Stage.logs()
        #expect(stage.text.contains("FOLLOW"))
        #expect(stage.selectedLine?.contains("14:32:07.000") == true)
        let times = stage.lines.compactMap { $0.dropFirst().prefix(12) }.filter {
            $0.hasPrefix("14:3") && $0.contains(".")
        }
        #expect(times == times.sorted())
        stage.type("k")
        let selected = stage.selectedLine
        stage.tell(FixtureTraffic(3).lines(30, ending: stage.now.advanced(byMilliseconds: 9000)))
        #expect(stage.selectedLine == selected)
        #expect(stage.text.contains("follow off"))
        stage.type("G")
        #expect(stage.selectedLine?.contains("14:32:16.000") == true)
        #expect(stage.text.contains("FOLLOW"))
    }

    @Test func `searches without hiding, and walks from hit to hit`() {
        var stage = Stage.logs()
        let before = stage.lines.count { $0.contains(" web ") }
        stage.type("/504")
        stage.press(.enter)
        #expect(stage.lines.count { $0.contains(" web ") } == before)
        let first = stage.selectedLine
        #expect(first?.contains(" 504 ") == true)
        stage.type("N")
        #expect(stage.selectedLine != first)
        #expect(stage.selectedLine?.contains(" 504 ") == true)
        stage.type("n")
        #expect(stage.selectedLine == first)
        #expect(stage.lines[0].contains("of 37 lines"), "\(stage.lines[0])")
        stage.press(.escape)
        #expect(!stage.lines[0].contains("of 37 lines"))
    }

    @Test func `takes case into account where the text has capitals`() {
        var stage = Stage.logs()
        stage.type("/get")
        #expect(!stage.text.contains("no line has it"))
        stage.press(.escape)
        stage.type("/Get")
        #expect(stage.text.contains("no line has it"))
    }

    @Test func `filters, and keeps lines of the same host around what it keeps`() {
        var stage = Stage.logs()
        stage.press(.function(4))
        stage.type("level=error")
        stage.press(.enter)
        #expect(stage.lines[1].contains("37 of 400"), "\(stage.lines[1])")
        let kept = stage.lines.count { $0.contains(" web ") && $0.hasPrefix(".") }
        #expect(kept == 0)
        stage.type("+")
        #expect(stage.lines.contains { $0.contains(" web ") && $0.hasPrefix(".") })
        stage.type("-")
        #expect(!stage.lines.contains { $0.hasPrefix(".14") })
    }

    @Test func `lets the oldest lines go and says so`() {
        var stage = Stage.logs(6000)
        #expect(stage.lines[0].contains("let go"))
        stage.tell(FixtureTraffic(3).lines(1, ending: FixtureHost.noon.advanced(byMilliseconds: -9_000_000)))
        #expect(stage.text.contains("lines"))
    }

    @Test func `says why it is empty, and what fills it`() {
        var stage = Stage(Dashboard.Options(screen: .logs, usesUTC: true))
        #expect(stage.text.contains("Waiting for the hub's lines"))
        stage.tell([.hosts([]), .liveBegins])
        #expect(stage.text.contains("`martlet-agent discover`"))
        stage = Stage.logs()
        stage.press(.function(4))
        stage.type("level=nosuch")
        #expect(stage.text.contains("No line of 400 matches"))
    }

    @Test func `shows no control character of a line`() {
        var stage = Stage.logs(10)
        stage.tell([
            .event(
                host: HostID("evil"), time: stage.now, kind: .line, labels: ["service": "\u{1B}[2J"],
                text: "\u{1B}]0;title\u{7}\u{202E}hidden")
        ])
        #expect(
            !stage.text.unicodeScalars.contains { $0.value == 0x1B || $0.value == 0x202E || $0.value == 7 })
        #expect(stage.text.contains("hidden"))
    }
}
