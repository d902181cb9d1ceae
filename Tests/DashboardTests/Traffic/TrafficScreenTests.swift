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
        ("route=/items/:id,/cart", 2), ("role=web service=web", 6), ("p99 > 2s", 1), ("rps>200/s", 2),
        ("5xx>5%", 1), ("5xx > 1% p95 > 200ms", 1), ("4xx > 90%", 0), ("504 cart", 1),
        ("code=5xx p99 < 5ms", 0),
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
        stage.type("/service=api")
        stage.press(.enter)
        #expect(stage.text.contains("Nothing of orders-db matches service=api."), "\(stage.text)")
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

    @Test func `goes from a sample line to the lines around it, and back with the filter of before`() {
        var stage = Stage.traffic()
        stage.type("/cart")
        stage.press(.enter, .enter)
        stage.type("jj")
        let sample = stage.selectedLine ?? ""
        #expect(sample.contains("14:31:52"))
        stage.press(.enter)
        #expect(stage.dashboard.screen == .logs)
        let view = stage.views.last
        #expect(view?.subject == .logs(hosts: []))
        #expect(view?.end == FixtureHost.noon.advanced(byMilliseconds: -4120))
        let traffic = FixtureTraffic()
        // A line as it came names no route.
        let raw = ["/cart", "/search"].map { path in
            LiveUpdate.event(
                host: traffic.hosts[1], time: stage.now.advanced(byMilliseconds: -15_000), kind: .line,
                labels: ["service": "web", "code": "200"], text: "GET \(path)?page=1 HTTP/1.1")
        }
        stage.tell(
            [traffic.list] + raw + traffic.samples(ending: stage.now) + [.liveBegins])
        #expect(
            stage.lines[1].contains("service=web (route=/cart or not route=* /cart)"), "\(stage.lines[1])")
        #expect(stage.selectedLine?.contains("14:31:52.880") == true, "\(stage.selectedLine ?? "")")
        #expect(stage.text.contains("/cart?page="), "lines that name no route, too")
        #expect(!stage.text.contains("/search?page="))
        stage.type("q")
        #expect(stage.dashboard.screen == .traffic)
        #expect(stage.lines[1].contains("/ cart"), "\(stage.lines[1])")
        stage.tell(traffic.history(ending: stage.now))
        #expect(stage.text.contains("LINES"), "where one came from")
    }

    @Test func `says which host of a route is slow or fails beside the others, with both numbers`() {
        var stage = Stage.traffic(width: 200)
        #expect(line(" web /cart ", in: stage).contains("001 5xx 30% vs 2.02%"))
        #expect(!line("   web /search ", in: stage).contains(" vs "))
        // Durations of `/search` on the second host.
        let slow = FixtureTraffic.histogram(300, median: 2, spread: 0.1)
        stage.tell([.histograms(time: stage.now, indices: [101_019], [slow])])
        let row = line("   web /search ", in: stage)
        #expect(row.contains("002 p99 2.") && row.contains(" s vs 138 ms"), "\(row)")
    }

    @Test func `lists services whose logs tell nothing, and says why and what mends it`() {
        var stage = Stage(Dashboard.Options(screen: .traffic, usesUTC: true))
        let traffic = FixtureTraffic()
        stage.tell(traffic.silentLogs(ending: stage.now) + [.liveBegins])
        for text in [
            "shop on web-eu-west-001: a log may not be read; `martlet-agent check`", "unreadable", "no file",
            "100% unread", "`martlet-agent logs --explain FILE`", "cron: no line was written", "idle",
        ] {
            #expect(stage.text.contains(text), "\(text)")
        }
        stage.press(.backTab, .backTab)
        stage.type("Gk")
        #expect(stage.text.contains("cron: no line was written") && !stage.text.contains("blog on"))
        stage.tell(traffic.history(ending: stage.now))
        #expect(line(" blog ", in: stage).contains("no file"))
        #expect(stage.text.contains("cron: no line was written"), "of the chosen service")
        stage.type("g")
        #expect(stage.text.contains("/search"))
    }

    @Test func `tells of logs that were found and may not be read, and what to do`() {
        var stage = Stage(Dashboard.Options(screen: .traffic, usesUTC: true))
        let traffic = FixtureTraffic()
        var facts = HostFacts()
        facts.notApplicable = [
            Label("hwmon", "no sensors"),
            Label("/var/log/nginx/access.log", "`usermod -aG adm martlet` lets it"),
        ]
        stage.tell([.facts(host: traffic.hosts[0], facts), .liveBegins])
        #expect(
            stage.text.contains("/var/log/nginx/access.log on web-eu-west-001: `usermod -aG adm martlet`"),
            "\(stage.text)")
        #expect(!stage.text.contains("no sensors"))
        stage.tell(traffic.history(ending: stage.now))
        #expect(stage.lines[0].contains("1 log not readable"), "\(stage.lines[0])")
    }

    @Test func `says why a moment of the past and hosts that do not answer show nothing`() {
        var stage = Stage.traffic()
        stage.type("@14:00")
        stage.press(.enter)
        stage.tell([FixtureTraffic().list, .liveBegins])
        #expect(stage.text.contains("Nothing is known of requests in this window of the past"))
        stage = Stage(Dashboard.Options(screen: .traffic, usesUTC: true))
        let failed = HostSummary(
            host: "web1", source: "ssh web1",
            state: .failed(reason: "Connection refused", retryAt: stage.now.milliseconds), agentVersion: "",
            lastFrame: nil, groups: [], tags: [:])
        stage.tell([.hosts([failed]), .liveBegins])
        #expect(
            stage.text.contains("No host delivers data") && stage.text.contains("web1: Connection refused"))
    }

    @Test func `shows names in wide glyphs whole, and hostile ones without harm`() {
        var stage = Stage(Dashboard.Options(screen: .traffic, usesUTC: true))
        let names = ["商品サービス", "\u{1B}[2Jevil\u{7}\u{202E}x"]
        let traffic = FixtureTraffic(
            2,
            routes: names.map {
                .init(service: $0, route: "/\($0)/商", method: "GET", rate: 20, median: 0.02)
            })
        stage.tell(traffic.history(ending: stage.now))
        for colors in [ColorDepth.palette256, .mono] {
            let text = stage.frame(.braille, colors).lines.joined(separator: "\n")
            #expect(text.contains("商品サービス") && text.contains("evil"))
        }
        // Each cell of a glyph that the terminal may not have is a question mark, so columns stay where they are.
        let ascii = stage.frame(.ascii, .mono).lines.joined(separator: "\n")
        #expect(ascii.contains("????????????"))
        for text in [stage.text, ascii] {
            #expect(!text.unicodeScalars.contains { [0x1B, 0x202E, 7].contains($0.value) })
        }
    }

    @Test func `opens the screen of a tab that is clicked`() {
        var stage = Stage.fleet(3)
        stage.type(":mouse")
        stage.press(.enter)
        for (title, screen) in [("4 Traffic", ScreenID.traffic), ("7 Logs", .logs), ("1 Fleet", .fleet)] {
            let tabs = Array(stage.lines[1])
            let place = tabs.indices.first { tabs[$0...].starts(with: title) }
            stage.send(.input(.mouse(MouseEvent(x: place ?? 0, y: 1, action: .press(button: 1)))))
            #expect(stage.dashboard.screen == screen)
        }
    }

    @Test func `shows the lines nearest to a cell in whose time none came`() {
        var stage = Stage.traffic()
        stage.type("/route=/cart")
        stage.press(.enter, .backTab)
        // Examples came every seven seconds of the last three minutes; ten columns earlier there was none.
        stage.type(String(repeating: "h", count: 30))
        stage.press(.enter)
        #expect(stage.text.contains("none of the cell's time, the nearest is selected"))
        #expect(stage.selectedLine?.contains("14:29:25") == true, "\(stage.selectedLine ?? "")")
        stage.type("k")
        #expect(stage.selectedLine?.contains("14:29:32") == true)
    }

    @Test func `says which services and routes are seen, where not all are`() {
        var stage = Stage.traffic(width: 80, height: 24)
        #expect(stage.text.contains("1-6 of 8"))
        stage.type("G")
        #expect(stage.text.contains("3-8 of 8"))
        let traffic = FixtureTraffic()
        stage.now = stage.now.advanced(byMilliseconds: 1000)
        stage.tell(traffic.silentLogs(ending: stage.now) + traffic.tick(at: stage.now))
        #expect(stage.text.contains("SERVICE 1-4/8"), "\(stage.lines[2])")
    }
}
