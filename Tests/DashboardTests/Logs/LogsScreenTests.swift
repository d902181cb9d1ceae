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

    @Test func `shows of an access log's line its request and status where there is no room for all`() {
        let head = #"192.0.2.7 - frank [25/Nov/2026:14:32:06 +0000] "#
        let rest = #""GET /items/7?page=2 HTTP/1.1" 503 155 "-" "curl/8.5.0""#
        let error = #"2026/11/25 14:32:06 [error] 7#7: no upstream, request: "GET / HTTP/1.1", host: "a""#
        func stage(width: Int) -> Stage {
            var stage = Stage(Dashboard.Options(screen: .logs, usesUTC: true), width: width, height: 24)
            let traffic = FixtureTraffic(1)
            let lines = [error, head + rest].map { text in
                LiveUpdate.event(
                    host: traffic.hosts[0], time: stage.now, kind: .line, labels: ["service": "web"],
                    text: text)
            }
            stage.tell([traffic.list] + lines + [.liveBegins])
            return stage
        }
        var narrow = stage(width: 80)
        let shown = #"…"GET /items/7?page=2 HTTP/1.1" 503"#
        #expect(narrow.selectedLine?.contains(shown) == true, "\(narrow.text)")
        #expect(narrow.text.contains("[error] 7#7: no up"), "\(narrow.text)")
        narrow.press(.right)
        #expect(narrow.selectedLine?.contains("- frank [25/Nov") == true, "\(narrow.text)")
        narrow.press(.left)
        narrow.type("/frank")
        narrow.press(.enter)
        #expect(narrow.selectedLine?.contains("- frank [25/Nov") == true, "\(narrow.text)")
        #expect(stage(width: 200).selectedLine?.contains(head + rest) == true)
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

    @Test func `walks from error to error and from warning to warning, and round`() {
        var stage = Stage.logs()
        stage.type("E")
        #expect(stage.selectedLine?.contains(" ERR ") == true)
        let first = stage.selectedLine
        stage.type("E")
        #expect(stage.selectedLine?.contains(" ERR ") == true && stage.selectedLine != first)
        stage.type("e")
        #expect(stage.selectedLine == first)
        stage.type("W")
        #expect(stage.selectedLine?.contains(" WRN ") == true, "\(stage.selectedLine ?? "")")
        stage.type("w")
        #expect(stage.selectedLine == first)
        stage.type("ge")
        #expect(stage.selectedLine?.contains(" ERR ") == true)
        stage.type("gE")
        #expect(stage.selectedLine?.contains(" ERR ") == true, "round the end")
    }

    @Test func `hides lines that are less grave, in turn, and keeps what is around the others`() {
        var stage = Stage.logs()
        stage.type("L")
        #expect(stage.lines[0].contains("from warning up"))
        #expect(!stage.text.contains(" INF "))
        #expect(stage.text.contains(" WRN "))
        stage.type("L")
        #expect(stage.lines[0].contains("errors alone") && !stage.text.contains(" WRN "))
        stage.type("+")
        #expect(stage.lines.contains { $0.hasPrefix(".") && $0.contains(" web ") })
        stage.type("-L")
        #expect(stage.text.contains(" INF "))
    }

    @Test func `wraps long lines, each whole, with the newest in sight`() {
        var stage = Stage.logs(40, width: 80, height: 24)
        let text = (0..<40).map { "word\($0)" }.joined(separator: " ")
        stage.tell([
            .event(host: HostID("web-eu-west-001"), time: stage.now, kind: .line, labels: [:], text: text)
        ])
        #expect(!stage.lines.dropLast(6).contains { $0.contains("word39") })
        stage.send(.control("w"))
        let list = stage.lines.dropLast(6)
        #expect(list.contains { $0.contains("word39") }, "\(stage.text)")
        #expect(list.contains { $0.hasPrefix(">") && $0.contains("word0") })
        stage.type("gG")
        #expect(stage.lines.dropLast(6).contains { $0.contains("word39") })
        stage.send(.control("w"))
        #expect(!stage.lines.dropLast(6).contains { $0.contains("word39") })
    }

    @Test func `moves lines to the side, and opens the selected one`() {
        var stage = Stage.logs(40, width: 80, height: 24)
        let text = String(repeating: "0123456789", count: 60) + "end"
        stage.tell([
            .event(host: HostID("web-eu-west-001"), time: stage.now, kind: .line, labels: [:], text: text)
        ])
        stage.type("ll")
        #expect(stage.selectedLine?.contains(" 6789012") == true, "\(stage.selectedLine ?? "")")
        stage.type("hh")
        #expect(stage.selectedLine?.contains(" 0123456") == true)
        #expect(!stage.text.contains("9end"))
        stage.press(.enter)
        #expect(stage.text.contains("9end"))
        stage.press(.escape)
        #expect(!stage.text.contains("9end"))
        #expect(stage.dashboard.screen == .logs)
    }

    @Test func `says which hosts are silent, and how many of the lines are shown`() {
        var stage = Stage.logs(40)
        let traffic = FixtureTraffic(3)
        var summaries = traffic.hosts.map {
            HostSummary(
                host: $0.name, source: "ssh \($0.name)", state: .live, agentVersion: "0.1.0",
                lastFrame: stage.now.milliseconds, groups: [], tags: [:])
        }
        summaries[1] = HostSummary(
            host: traffic.hosts[1].name, source: "", state: .stale, agentVersion: "0.1.0",
            lastFrame: stage.now.milliseconds - 94_000, groups: [], tags: [:])
        stage.tell([.hosts(summaries)])
        #expect(stage.lines[0].contains("? no lines of web-eu-west-002 for 94s"), "\(stage.lines[0])")
        let host = traffic.hosts[0]
        stage.tell([
            .define(index: 7, host: host, signal: SignalKey("log.rate", ["service": "web", "level": ""]))
        ])
        for back in (0..<20).reversed() {
            let time = stage.now.advanced(byMilliseconds: Int64(-back) * 1000)
            stage.tell([.values(time: time, indices: [7], values: [4000])])
        }
        #expect(stage.text.contains("0.10% of the lines are shown"), "\(stage.text)")
    }

    @Test func `tells a slow answer from a failure`() {
        var stage = Stage(Dashboard.Options(screen: .logs, usesUTC: true))
        let traffic = FixtureTraffic(1)
        let events = ["200", "504"].map { code in
            LiveUpdate.event(
                host: traffic.hosts[0], time: stage.now, kind: .errorSample,
                labels: ["service": "web", "route": "/", "code": code, "level": "", "count": "3"],
                text: "GET / \(code)")
        }
        stage.tell([traffic.list] + events + [.liveBegins])
        #expect(stage.text.contains("GET / 200"))
        stage.type("LL")
        #expect(!stage.text.contains("GET / 200") && stage.text.contains("GET / 504"))
        #expect(stage.lines.contains { $0.hasPrefix("err/s") && $0.contains(" 1.50 ") }, "\(stage.text)")
    }
}
