import Canvas
import Dashboard
import Fleet
import Telemetry
import TestSupport
import Testing
import Text

@Suite struct `The Traffic screen` {
    private func line(_ text: String, in stage: Stage) -> String {
        stage.lines.first { $0.contains(text) } ?? ""
    }

    @Test func `asks for the requests of all hosts with 4, of one from its screen, and of all with 4 again`()
    {
        var stage = Stage.fleet(4)
        stage.type("4")
        #expect(
            stage.views.last
                == LiveView(subject: .traffic(host: nil), windowMilliseconds: 600_000, stepMilliseconds: 5000)
        )
        stage = Stage.host()
        stage.type("4")
        #expect(stage.views.last?.subject == .traffic(host: HostID("web-eu-017")))
        stage.type("44")
        #expect(stage.views.last?.subject == .traffic(host: nil))
        stage.type("q")
        #expect(stage.dashboard.screen == .host)
    }

    @Test func `shows rates, errors and durations that are those of the histograms`() {
        var stage = Stage(Dashboard.Options(screen: .traffic, usesUTC: true))
        let traffic = FixtureTraffic(
            1, routes: [.init(service: "web", route: "/", method: "GET", rate: 100, median: 0.1)])
        let history = traffic.history(ending: stage.now)
        stage.tell(history)
        var lastMinute = ExponentialHistogram()
        for case .histograms(let time, _, let histograms) in history
        where stage.now.milliseconds(since: time) < 60_000 {
            for histogram in histograms { lastMinute.merge(histogram) }
        }
        let row = stage.selectedLine ?? ""
        let median = Format.seconds(lastMinute.quantile(0.5) ?? .nan)
        #expect(row.hasPrefix(">  / ") && row.contains("\(median)"), "\(row)")
        #expect(!stage.text.contains("all services"), "one service needs no sum")
    }

    @Test func `narrows rows, totals and the heatmap together by the query`() {
        var stage = Stage.traffic()
        #expect(stage.text.contains("/search"))
        stage.type("/route=/cart code=5xx")
        #expect(stage.lines[1].contains("1 of 8"))
        #expect(!stage.text.contains("/search"))
        #expect(stage.text.contains("status  504 100%") || stage.text.contains("504 9"))
        #expect(stage.text.contains("durations are of all statuses"))
    }

    @Test(arguments: [
        ("service=web", 6), ("host=web-eu-west-001 service=api", 1), ("method=POST", 2), ("http.p99 > 2s", 1),
        ("http.rate > 200/s", 2), ("http.error_ratio > 5%", 1), ("not service=web", 2), ("cart", 1),
        ("route=/items/:id,/cart", 2), ("role=web service=web", 6),
    ])
    func `filters by attributes and signals`(_ row: (query: String, count: Int)) {
        var stage = Stage.traffic()
        stage.type("/" + row.query)
        #expect(stage.lines[1].contains("\(row.count) of 8"), "\(row.query): \(stage.lines[1])")
    }

    @Test func `says which cell is under the cursor, and shows its lines`() {
        var stage = Stage.traffic()
        stage.press(.backTab)
        #expect(stage.text.contains("CELL"))
        let first = line("CELL", in: stage)
        stage.type("h")
        #expect(line("CELL", in: stage) != first)
        stage.type("k")
        #expect(stage.text.contains("of the column"))
        stage.press(.enter)
        #expect(stage.text.contains("LINES"))
        stage.press(.escape)
        #expect(!stage.text.contains("LINES"))
        #expect(stage.dashboard.screen == .traffic)
        stage.press(.tab)
        #expect(!stage.text.contains("CELL"))
    }

    @Test func `shows the sample lines of a route, the newest first`() {
        var stage = Stage.traffic()
        stage.type("n")
        #expect(stage.selectedLine?.contains("/cart") == true)
        stage.press(.enter)
        #expect(stage.text.contains("24 samples"))
        #expect(stage.selectedLine?.contains("14:32:06") == true)
        stage.tell(FixtureTraffic().samples(ending: stage.now.advanced(byMilliseconds: 5000), count: 1))
        #expect(stage.text.contains("25 samples"))
        #expect(stage.selectedLine?.contains("14:32:11") == true)
        stage.type("j")
        let selected = stage.selectedLine
        stage.tell(FixtureTraffic().samples(ending: stage.now.advanced(byMilliseconds: 9000), count: 1))
        #expect(stage.selectedLine == selected, "the selection stays with its line")
    }

    @Test func `freezes the scale of the heatmap`() {
        var stage = Stage.traffic()
        #expect(!stage.text.contains("FROZEN"))
        let scale = line("requests a cell", in: stage)
        stage.type("f")
        #expect(stage.text.contains("FROZEN"))
        stage.type("/route=other")
        #expect(line("requests a cell", in: stage).contains(scale.split(separator: "1..")[1].prefix(4)))
        stage.press(.escape)
        stage.type("f")
        #expect(!stage.text.contains("FROZEN"))
    }

    @Test func `has rows by route, host, status and method in turn`() {
        var stage = Stage.traffic()
        for title in ["HOST", "STATUS", "METHOD", "ROUTE"] {
            stage.type("t")
            #expect(stage.lines.contains { $0.hasPrefix("   \(title) ") }, "\(title)")
        }
    }

    @Test func `sorts by a column, and holds the order after a key`() {
        var stage = Stage.traffic()
        stage.type("s")
        for _ in 0..<5 { stage.press(.down) }
        stage.press(.enter)
        let rows = stage.lines.drop { !$0.hasPrefix("   ROUTE") }
        #expect(rows.dropFirst().first?.contains("/cart") == true, "\(rows.joined(separator: "\n"))")
    }

    @Test func `chooses a service in its pane, and the rest follows`() {
        var stage = Stage.traffic()
        stage.press(.tab)
        stage.type("j")
        #expect(stage.text.contains("LATENCY api"))
        #expect(stage.text.contains("/v1/orders"))
        #expect(!stage.text.contains("/search"))
        stage.type("j")
        #expect(stage.text.contains("slow statements"))
    }

    @Test func `has columns of time over those of the time bar`() {
        let stage = Stage.traffic()
        let frame = stage.frame(.ascii, .mono)
        let bar = frame.lines[34]
        let bottom = frame.lines.last { $0.contains("---") && $0.contains("|") } ?? ""
        #expect(bar.contains("5xx"))
        func gap(_ text: String) -> Int? {
            let cells = Array(text)
            return cells.indices.first { place in
                place + 2 < cells.count && place >= 8 && cells[place...place + 2].allSatisfy { $0 == "-" }
            }
        }
        #expect(gap(bar) != nil && gap(bar) == gap(bottom), "\(bar)\n\(bottom)")
    }

    @Test func `goes back in time by steps and asks for that window`() {
        var stage = Stage.traffic()
        stage.type(",")
        #expect(stage.views.last?.end != nil)
        #expect(stage.views.last?.subject == .traffic(host: nil))
        #expect(stage.lines[0].contains("PAST"))
        stage.type("p")
        #expect(stage.views.last?.end == nil)
    }

    @Test func `says why it is empty, and what fills it`() {
        var stage = Stage(Dashboard.Options(screen: .traffic, usesUTC: true))
        #expect(stage.text.contains("Waiting for the hub's history"))
        stage.tell([.hosts([]), .liveBegins])
        #expect(stage.text.contains("`martlet-agent discover`"))
        stage.tell([.hubLost(reason: "connection refused")])
        #expect(stage.text.contains("connection refused"))
        stage = Stage.traffic()
        stage.type("/service=nosuch")
        #expect(stage.text.contains("Nothing matches service=nosuch"))
    }

    @Test func `goes on live second by second`() {
        var stage = Stage.traffic()
        for second in 1...20 {
            stage.now = FixtureHost.noon.advanced(byMilliseconds: Int64(second) * 1000)
            stage.tell(FixtureTraffic().tick(at: stage.now))
        }
        #expect(stage.lines[0].contains("LIVE 14:32:27"))
        #expect(line("/cart", in: stage).contains("X"))
    }
}
