import Canvas
import Dashboard
import Fleet
import Telemetry
import TestSupport
import Testing

@Suite struct `The Fleet screen` {
    @Test func `shows the worst first, says why, and walks from one to the next`() {
        var stage = Stage.fleet(60)
        let failed = stage.lines.firstIndex { $0.contains(" X  db-eu-west-012") }
        let silent = stage.lines.firstIndex { $0.contains(" ?  web-eu-west-014") }
        let well = stage.lines.firstIndex { $0.contains("cache-ap-1-001") }
        #expect(failed ?? 99 < silent ?? 0 && silent ?? 99 < well ?? 0)
        #expect(stage.text.contains("a filesystem is 98% full"))
        stage.type("n")
        #expect(stage.selectedLine?.contains("db-eu-west-012") == true)
        #expect(stage.text.contains("Connection refused"))
        #expect(stage.text.contains("tried again in 12s"))
        stage.type("NN")
        #expect(stage.selectedLine?.contains("cache-ap") == false, "it goes round at the top")
    }

    @Test func `has hosts forgotten from the palette, those that are marked before the one of the row`() {
        var stage = Stage.fleet(4)
        stage.type(":forget")
        #expect(stage.text.contains("end the watch of the marked or selected hosts"))
        stage.press(.enter)
        guard case .forget(let one)? = stage.effects.last else { Issue.record("\(stage.effects)"); return }
        #expect(one.count == 1 && stage.selectedLine?.contains(one[0].name) == true)
        stage.type("g j j:forget")
        stage.press(.enter)
        guard case .forget(let marked)? = stage.effects.last else { Issue.record("\(stage.effects)"); return }
        #expect(marked.count == 2)
        stage.send(.said("web1 is of hosts.yaml: take it out there"))
        #expect(stage.text.contains("web1 is of hosts.yaml"))
    }

    @Test func `says how old the list of hosts is where an inventory no longer answers`() {
        var stage = Stage.fleet(4)
        #expect(!stage.text.contains("inventory"))
        guard case .hosts(var summaries) = FixtureFleet(4).list(at: stage.now) else { return }
        for place in summaries.indices.dropFirst() {
            summaries[place].inventoryAnsweredAt = stage.now.milliseconds - Int64(place) * 360_000
        }
        stage.tell([.hosts(summaries)])
        #expect(stage.text.contains("4 hosts   ? inventory 18m old"), "\(stage.lines[0])")
        stage.pass(seconds: 120)
        #expect(stage.text.contains("? inventory 20m old"))
        for place in summaries.indices { summaries[place].inventoryAnsweredAt = nil }
        stage.tell([.hosts(summaries)])
        #expect(!stage.text.contains("inventory"))
    }

    @Test func `sorts by a column that was picked, and the other way round`() throws {
        var stage = Stage.fleet(12)
        stage.type("s")
        #expect(stage.text.contains("Sort by"))
        stage.press(.down, .enter)
        #expect(stage.lines[3].contains("cache-ap-1-001"))
        stage.type("I")
        #expect(stage.lines[3].contains("web-us-east-003"))
        stage.type(">")
        stage.type("<")
        #expect(stage.lines[3].contains("cache-ap-1-001"))
    }

    @Test func `keeps the order for two seconds after a key, then sorts anew`() {
        var stage = Stage.fleet(8)
        stage.type("s")
        stage.press(.down, .down, .down, .enter)  // by cpu
        stage.press(.down)
        let order = names(stage)
        let busiest = FixtureFleet(8)
        _ = busiest
        stage.tell(values(stage, cpu: { 0.1 * Double($0 + 1) }))
        stage.pass(seconds: 1)
        #expect(names(stage) == order)
        stage.tell(values(stage, cpu: { 0.1 * Double($0 + 1) }))
        stage.pass(seconds: 1)
        stage.tell(values(stage, cpu: { 0.1 * Double($0 + 1) }))
        stage.pass(seconds: 1)
        #expect(names(stage) != order)
        #expect(names(stage).first == "cache-ap-1-002")
    }

    @Test func `keeps the selection on its host wherever that goes`() throws {
        var stage = Stage.fleet(8)
        stage.type("s")
        stage.press(.down, .down, .down, .enter, .down)
        let selected = try #require(stage.selectedLine).split(separator: " ")[1]
        for second in 1...4 {
            stage.tell(values(stage, cpu: { Double(($0 + second) % 8) / 10 }))
            stage.pass(seconds: 1)
            #expect(stage.selectedLine?.contains(selected) == true)
        }
    }

    @Test func `groups hosts with sums and the worst, and folds a group with enter`() {
        var stage = Stage.fleet(60)
        stage.type("t")
        #expect(stage.text.contains("db/eu-west 15"))
        #expect(stage.text.contains("X2"))
        stage.type("g")
        #expect(stage.selectedLine?.contains("cache/ap-1 15") == true)
        stage.press(.enter)
        #expect(!stage.text.contains("cache-ap-1-001"))
        #expect(stage.dashboard.screen == .fleet)
    }

    @Test func `sums a group's requests, keeps its worst share and p99, and counts who is not well`() throws {
        var stage = Stage.fleet(12, width: 200)
        let fleet = FixtureFleet(12)
        let web = [
            0: RequestFigures(100, errors: 0.01, p99: 0.1), 4: RequestFigures(200, errors: 0.05, p99: 0.8),
            8: RequestFigures(300, p99: 0.2),
        ]
        stage.tell(fleet.requests(seconds: 60, ending: stage.now) { place, _ in web[place] })
        guard case .hosts(var hosts) = fleet.list(at: stage.now) else { return }
        hosts[0].state = .failed(reason: "no route to host", retryAt: stage.now.milliseconds)
        hosts[4].state = .stale
        stage.tell([.hosts(hosts)])
        let alert = FixtureAlerts.alert("a1", "UnitFailed", ["host": hosts[8].host], .warning)
        stage.send(.alerts(.board(AlertBoard(time: stage.now, alerts: [alert]))))
        stage.pass(seconds: 1)
        stage.type("t")
        let group = try #require(stage.lines.first { $0.contains("web/eu-west 3") })
        let words = group.split(separator: " ")
        #expect(group.hasPrefix(" vX"), "the mark of its worst")
        #expect(group.contains(" X1 !1 ?1 "))
        #expect(words.contains("600") && words.contains("5.00") || group.contains("5%"), "\(group)")
        #expect(group.contains("800 ms"))
        let others = try #require(stage.lines.first { $0.contains("cache/ap-1 3") })
        #expect(!others.contains("600") && !others.contains(" ms"), "what the others have is not in it")
    }

    @Test
    func `marks a host at which something runs, and one whose alerts are silenced, where nothing is worse`() {
        var stage = Stage.fleet(60, width: 200)
        guard case .hosts(var hosts) = FixtureFleet(60).list(at: stage.now) else { return }
        hosts[3].work = ["restart-web"]
        hosts[46].work = ["deploy-web", "rollout web 4.12.1"]
        stage.tell([.hosts(hosts)])
        let board = `The Fleet screen as a whole`.silenced(hosts[1].host, at: stage.now)
        stage.send(.alerts(.board(board)))
        stage.pass(seconds: 3)
        let rows = [
            " X  db-eu-west-012", " *  cache-ap-1-001", " ~  web-us-east-001", "    cache-ap-1-002",
        ].map { row in stage.lines.firstIndex { $0.hasPrefix(row) } ?? -1 }
        #expect(rows == rows.sorted() && rows[0] > 0, "\(stage.text)")
        func detail(of host: String) -> String? {
            stage.type("g")
            for _ in 0..<60 where stage.selectedLine?.contains(host) != true { stage.type("j") }
            return stage.lines.first { $0.contains("\(host): ") }
        }
        #expect(
            detail(of: "db-eu-west-012")?.contains("tried again in 9s; deploy-web, rollout web 4.12.1 run")
                == true, "\(stage.text)")
        #expect(detail(of: "cache-ap-1-001")?.contains(" * cache-ap-1-001: restart-web runs") == true)
        #expect(detail(of: "web-us-east-001")?.contains(" ~ web-us-east-001: 2 alerts silenced") == true)
        // It is of now alone.
        stage.type(",")
        #expect(!stage.text.contains(" *  ") && !stage.text.contains("silenced"))
    }

    @Test func `tells of each mark in its help`() {
        var stage = Stage.live(.fleet, width: 160, height: 120)
        stage.type("?")
        for line in [
            "X  critical", "?  silent", "!  a warning", "*  an action or a rollout", "~  alerts fire",
            ".  connecting", "-  listed, not dialled",
        ] {
            #expect(stage.text.contains("  \(line)"), "\(line)")
        }
    }

    @Test func `marks rows with space, all of a group at once, and forgets them with u`() {
        var stage = Stage.fleet(12)
        stage.type("  ")
        #expect(stage.text.contains("marked 2: cache-ap-1-001 cache-ap-1-002"))
        stage.type("utg ")
        #expect(stage.text.contains("marked 3"))
        stage.press(.escape)
        #expect(!stage.text.contains("marked"))
        #expect(stage.dashboard.screen == .fleet)
    }

    @Test func `shows an arrow where a value moved, for three looks`() {
        var stage = Stage.fleet(4)
        stage.tell(values(stage, count: 4, cpu: { _ in 0.2 }))
        stage.pass(seconds: 1)
        stage.tell(values(stage, count: 4, cpu: { _ in 0.7 }))
        stage.pass(seconds: 1)
        #expect(stage.text.contains("70^"))
        for _ in 0..<3 {
            stage.tell(values(stage, count: 4, cpu: { _ in 0.7 }))
            stage.pass(seconds: 1)
        }
        #expect(!stage.text.contains("70^"))
    }

    @Test func `takes what a hub says of hosts for text, whatever it holds`() {
        var stage = Stage()
        let name = "\u{1B}[31mevil\u{202E}\n" + String(repeating: "很", count: 60)
        stage.tell([
            .hosts([
                HostSummary(
                    host: name, source: "\u{9B}2J", state: .failed(reason: "\u{1B}]0;x\u{7}", retryAt: .min),
                    lastFrame: .min, groups: ["\u{7}"], tags: ["\u{1B}": "\u{1B}"])
            ]), .define(index: -1, host: HostID(name), signal: SignalKey("cpu")),
            .define(index: 0, host: HostID(name), signal: SignalKey("cpu")),
            .values(
                time: Timestamp(milliseconds: .max), indices: [0, 7, -5], values: [.infinity, 1, 2]),
            .values(time: Timestamp(milliseconds: .min), indices: [0], values: [-1e300]), .liveBegins,
        ])
        stage.type("t,p{Z")
        #expect(!stage.text.unicodeScalars.contains { $0.value == 0x1B || $0.value == 0x9B || $0.value == 7 })
    }

    @Test(arguments: [(0, 0), (1, 1), (12, 3), (39, 8), (40, 7), (1000, 1), (1, 1000)])
    func `copes with any size`(_ size: (width: Int, height: Int)) {
        let stage = Stage.fleet(60, width: size.width, height: size.height)
        #expect(stage.lines.count == size.height)
        if size.width >= 12, size.height >= 3 { #expect(stage.text.contains("LIVE")) }
    }

    // MARK: What the tests tell

    private func values(_ stage: Stage, count: Int = 8, cpu: (Int) -> Double) -> [LiveUpdate] {
        (0..<count).map { place in
            .values(
                time: stage.now.advanced(byMilliseconds: 900), indices: [Int32(place * 15)],
                values: [cpu(place)])
        }
    }

    private func names(_ stage: Stage) -> [String] {
        stage.lines[3...].compactMap { line in
            line.dropFirst(4).split(separator: " ").first.map(String.init)
        }
        .filter { $0.contains("-") && $0.last?.isNumber == true }
    }
}
