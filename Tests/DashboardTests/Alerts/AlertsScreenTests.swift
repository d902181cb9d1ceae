import Canvas
import Dashboard
import Fleet
import Telemetry
import TestSupport
import Testing

@Suite struct `The Alerts screen` {
    @Test func `lists what needs somebody first, and what nobody is told of last`() {
        let stage = Stage.alerts()
        let rows = stage.lines.filter { line in
            ["HttpSlow", "DiskFull", "HostSilent", "UnitFailed", "CpuBusy", "shop"].contains {
                line.contains($0)
            }
                && line.dropFirst().first.map { "X!~*. ".contains($0) } == true
        }
        let names = rows.compactMap { row in
            ["- HttpSlow", "shop1", "DiskFull", "CpuBusy", "HostSilent", "UnitFailed"].first {
                row.contains($0)
            }
        }
        #expect(Array(names.prefix(2)) == ["- HttpSlow", "shop1"], "\(rows)")
        let disk = names.firstIndex(of: "DiskFull"), silent = names.firstIndex(of: "HostSilent")
        #expect(disk.map { at in silent.map { at < $0 } ?? false } == true, "\(names)")
        #expect(
            stage.lines[0].contains("firing 4") && stage.lines[0].contains("X2")
                && stage.lines[0].contains("!2"))
        #expect(stage.lines[0].contains("~ silenced 1") && stage.lines[0].contains("hooks on"))
    }

    @Test func `folds the alerts of a rule, and keeps the selection with its row`() {
        var stage = Stage.alerts()
        #expect(stage.selectedLine?.contains("- HttpSlow") == true)
        stage.press(.enter)
        #expect(
            stage.selectedLine?.contains("+ HttpSlow") == true
                && !stage.lines.contains { $0.contains("   HttpSlow") })
        stage.press(.enter)
        stage.type("jj")
        #expect(stage.selectedLine?.contains("shop2") == true)
        var board = FixtureAlerts.board()
        board.alerts.removeAll { $0.id == "a411" }
        stage.send(.alerts(.board(board)))
        #expect(stage.selectedLine?.contains("shop2") == true)
        stage.type("t")
        #expect(!stage.text.contains("- HttpSlow"))
    }

    /// A fleet that is cut off, with one silent host that was told of before it, and what both hide.
    private static func outage() -> AlertBoard {
        func muted(_ alert: Alert, _ by: AlertMute...) -> Alert {
            var alert = alert
            alert.mutedBy = by
            return alert
        }
        let silent = { (id: String, host: String) in
            FixtureAlerts.alert(id, "HostSilent", ["host": host], condition: "host.silent > 60s")
        }
        return AlertBoard(
            time: FixtureHost.noon,
            alerts: [
                FixtureAlerts.alert("0001", "HubCutOff", [:], condition: "fleet.silent_ratio > 50% for 10s"),
                silent("0002", "db1"), muted(silent("0003", "web1"), .hubCutOff),
                muted(FixtureAlerts.alert("0004", "DiskFull", ["host": "web1", "mount": "/"]), .hostSilent),
                muted(FixtureAlerts.alert("0005", "DiskFull", ["host": "db1", "mount": "/"]), .hostSilent),
                FixtureAlerts.alert("0006", "HttpSlow", ["service": "shop"], .warning),
            ], runsHooks: true)
    }

    @Test func `puts what is not told because of another below that, counted`() {
        var stage = Stage(Dashboard.Options(screen: .alerts, usesUTC: true))
        stage.tell(FixtureFleet(3).history(seconds: 900, ending: stage.now))
        stage.send(.alerts(.board(Self.outage())))
        func list() -> [String] { Array(stage.lines[3..<9]) }
        #expect(list()[0].contains("+ HubCutOff") && list()[0].contains("2 more because of it"), "\(list())")
        #expect(list()[1].contains("+ HostSilent") && list()[1].contains("db1, 1 more because of it"))
        #expect(list()[2].contains("HttpSlow"))
        #expect(!list().contains { $0.contains("DiskFull") })
        #expect(stage.text.contains("not told because of it: HostSilent web1, DiskFull web1 /"))
        stage.press(.right)
        #expect(list()[1].contains("?    HostSilent"), "\(list())")
        #expect(list()[2].contains("DiskFull") && list()[2].contains("web1"))
        stage.press(.left)
        #expect(!list().contains { $0.contains("DiskFull") })
        stage.type("n")
        #expect(stage.selectedLine?.contains("HostSilent") == true)
        stage.type("n")
        #expect(stage.selectedLine?.contains("HttpSlow") == true)
        stage.type("t")
        #expect(stage.lines.count { $0.contains("DiskFull") } == 2)
    }

    @Test func `says which deploy came before`() {
        var stage = Stage.alerts()
        let mark = Mark(
            id: "m1", at: stage.now.advanced(byMilliseconds: -300_000), kind: .deploy, title: "shop1 4.12.1",
            service: "shop1", actor: "marta")
        stage.tell([.marks([mark])])
        #expect(stage.text.contains("AFTER deploy shop1 4.12.1 by marta"), "\(stage.text)")
    }

    @Test func `asks for the chart of the selected alert, and again while it is looked at`() {
        var stage = Stage.alerts()
        #expect(stage.requests.contains(.chart(id: "a411", spanMilliseconds: 900_000)))
        let count = stage.requests.count
        stage.pass(seconds: 2)
        #expect(stage.requests.count == count)
        stage.pass(seconds: 4)
        #expect(stage.requests.count == count + 1)
        stage.type("G")
        #expect(stage.requests.count == count + 2)
        stage.type("1")
        stage.pass(seconds: 30)
        #expect(stage.requests.count == count + 2)
    }

    @Test func `shows what hooks said, without its control characters`() {
        let stage = Stage.alerts()
        #expect(stage.text.contains("later (exit 75)"), "\(stage.text)")
        #expect(stage.text.contains("| busy"))
        #expect(!stage.text.unicodeScalars.contains { $0.value == 0x1B })
    }

    @Test func `takes an alert on, with a note or without`() {
        var stage = Stage.alerts()
        stage.type("ja")
        #expect(stage.text.contains("Acknowledge HttpSlow shop1"))
        stage.type("on it")
        stage.press(.enter)
        #expect(stage.requests.last == .acknowledge(ids: ["a411"], note: "on it"))
        stage.send(.alerts(.done("jo has HttpSlow shop1")))
        #expect(stage.text.contains("jo has HttpSlow shop1"))
    }

    @Test func `takes on all alerts of a rule's row, names them before, and takes nobody's away`() {
        var stage = Stage.alerts()
        stage.type("a")
        #expect(stage.text.contains("Acknowledge 3 alerts of HttpSlow"), "\(stage.text)")
        #expect(stage.text.contains("X HttpSlow shop1") && stage.text.contains("! HttpSlow shop3"))
        stage.type("on it")
        stage.press(.enter)
        #expect(stage.requests.last == .acknowledge(ids: ["a411", "a412", "a413"], note: "on it"))
        var board = FixtureAlerts.board()
        board.alerts[1].acknowledged = Acknowledgement(by: "marta", at: stage.now)
        stage.send(.alerts(.board(board)))
        stage.type("a")
        #expect(stage.text.contains("Acknowledge 2 alerts of HttpSlow"), "\(stage.text)")
        stage.press(.enter)
        #expect(stage.requests.last == .acknowledge(ids: ["a411", "a413"], note: ""))
    }

    @Test func `says whom it took on, and how many were over meanwhile`() {
        let alerts = FixtureAlerts.board().alerts
        #expect(
            AlertNews.taken(Array(alerts.prefix(1)), ofAsked: 1, by: "jo") == .done("jo has HttpSlow shop1"))
        #expect(
            AlertNews.taken(Array(alerts.prefix(2)), ofAsked: 3, by: "jo")
                == .done("jo has 2 alerts of HttpSlow; 1 over meanwhile"))
        #expect(AlertNews.taken([], ofAsked: 3, by: "jo") == .done("all of them are over meanwhile"))
    }

    @Test func `silences a rule by its row, and of a filtered list what is on it`() {
        var stage = Stage.alerts()
        stage.type("S")
        #expect(stage.requests.last == .preview(selector: "alert=HttpSlow"))
        #expect(stage.text.contains("Silence 3 alerts of HttpSlow"), "\(stage.text)")
        stage.press(.escape)
        stage.type("/service=shop1,shop3")
        stage.press(.enter)
        stage.type("gS")
        #expect(stage.requests.last == .preview(selector: "alert=HttpSlow service=shop1,shop3"))
        #expect(stage.text.contains("Silence 2 alerts of HttpSlow"), "\(stage.text)")
    }

    @Test func `previews a silence before it is made`() {
        var stage = Stage.alerts()
        stage.type("jS")
        #expect(stage.requests.last == .preview(selector: "alert=HttpSlow service=shop1"))
        stage.press(.enter)
        // What it hides has not been seen yet.
        #expect(stage.requests.last == .preview(selector: "alert=HttpSlow service=shop1"))
        stage.send(
            .alerts(.hides(selector: "alert=HttpSlow service=shop1", [FixtureAlerts.board().alerts[0]])))
        #expect(stage.text.contains("hides 1 now, 1 of them firing"))
        stage.type("x")
        stage.press(.enter)
        #expect(stage.text.contains("unit") || stage.text.contains("duration"), "\(stage.lines.last ?? "")")
        stage.press(.backspace)
        stage.press(.enter)
        #expect(
            stage.requests.last
                == .silence(selector: "alert=HttpSlow service=shop1", milliseconds: 3_600_000, note: ""))
        stage.send(
            .alerts(
                .refused(
                    .silence(selector: "alert=HttpSlow service=shop1", milliseconds: 3_600_000, note: ""),
                    reason: "there are too many")))
        #expect(stage.text.contains("there are too many"))
        stage.send(.alerts(.done("silence 7d hides 1 now")))
        #expect(!stage.text.contains("how long"))
    }

    @Test func `rings for new alerts of a severity, once, and never at the first board`() {
        var options = Dashboard.Options(
            screen: .fleet, usesUTC: true, bell: .critical, notification: .warning)
        var stage = Stage.alerts(options: options)
        #expect(!stage.effects.contains(.bell))
        var board = FixtureAlerts.board()
        board.alerts.append(FixtureAlerts.alert("9999", "OomKill", ["host": "db1"], .warning))
        stage.send(.alerts(.board(board)))
        #expect(!stage.effects.contains(.bell))
        #expect(stage.effects.contains(.notify("martlet: OomKill db1: OomKill db1 98% (limit 97%)")))
        board.alerts.append(FixtureAlerts.alert("8888", "DiskFull", ["host": "db1"]))
        stage.send(.alerts(.board(board)))
        stage.send(.alerts(.board(board)))
        #expect(stage.effects.count { $0 == .bell } == 1)
        options.bell = nil
        options.notification = nil
        stage = Stage.alerts(options: options)
        stage.send(.alerts(.board(board)))
        #expect(!stage.effects.contains(.bell))
    }

    @Test func `marks the rows of hosts whose alerts fire, and says whose they are`() {
        var stage = Stage.fleet(6)
        var board = FixtureAlerts.board()
        stage.send(.alerts(.board(board)))
        stage.pass(seconds: 1)
        let row = stage.lines.first { $0.contains("db-eu-west-001") }
        #expect(row?.dropFirst().first == "X", "\(row ?? "")")
        #expect(stage.text.contains("DiskFull: DiskFull db-eu-west-001 98% (limit 97%) (marta has it)"))
        board.alerts = []
        stage.send(.alerts(.board(board)))
        stage.pass(seconds: 1)
        #expect(stage.lines.first { $0.contains("db-eu-west-001") }?.dropFirst().first == " ")
    }

    @Test func `offers nothing that changes anything where only looking is allowed`() {
        var stage = Stage.alerts(options: Dashboard.Options(screen: .alerts, isReadOnly: true, usesUTC: true))
        let count = stage.requests.count
        stage.type("aSi")
        #expect(stage.requests.count == count && !stage.text.contains("Acknowledge"))
    }

    @Test func `has the hand-over to read and to copy`() {
        var stage = Stage.alerts()
        stage.type("y")
        #expect(stage.text.contains("marta has it: resize at 16:00"))
        stage.type("y")
        #expect(
            stage.effects.contains { if case .copy(let text) = $0 { text.contains("FIRING") } else { false } }
        )
        stage.press(.escape)
        #expect(stage.dashboard.screen == .alerts && !stage.text.contains("y copies"))
    }

    @Test func `says what would have fired in what came late, for an hour`() {
        var stage = Stage(Dashboard.Options(screen: .alerts, usesUTC: true))
        func tell(minutesAgo: Int64) {
            let until = stage.now.advanced(byMilliseconds: -minutesAgo * 60_000)
            let event = AlertEvent(
                kind: .late, at: until.advanced(byMilliseconds: -600_000), until: until, id: "a41f",
                subject: "DiskFull", place: "db1 /", severity: .critical, text: "DiskFull db1 98%")
            stage.send(.alerts(.board(AlertBoard(time: stage.now, events: [event]))))
        }
        tell(minutesAgo: 10)
        #expect(stage.text.contains("firing 0  late 1"))
        #expect(
            stage.text.contains("DiskFull db1 / would have fired 14:12-14:22: DiskFull db1 98%"),
            "\(stage.text)")
        tell(minutesAgo: 61)
        #expect(!stage.text.contains("would have fired") && !stage.text.contains("late 1"))
    }

    @Test(arguments: [80, 120])
    func `says at the top that the hub opens or tells not all`(_ width: Int) {
        var stage = Stage.alerts(width: width)
        #expect(!stage.lines[0].contains("not opened") && !stage.lines[0].contains("refused"))
        var board = FixtureAlerts.board()
        (board.unopened, board.refusedNotices) = (1203, 7)
        stage.send(.alerts(.board(board)))
        #expect(stage.lines[0].contains("1203 more not opened"), "\(stage.lines[0])")
        #expect(width < 120 || stage.lines[0].contains("7 notices refused"), "\(stage.lines[0])")
    }

    @Test func `says why it is empty`() {
        var stage = Stage(Dashboard.Options(screen: .alerts, usesUTC: true))
        #expect(stage.text.contains("Waiting for the hub's alerts"))
        stage.send(.alerts(.board(AlertBoard(time: stage.now))))
        #expect(stage.text.contains("Nothing fires") && stage.text.contains("`martlet rules show`"))
        stage = Stage.alerts()
        stage.type("/nosuch")
        stage.press(.enter)
        #expect(stage.text.contains("No alert of 7 matches"))
    }
}

@Suite struct `The Alerts screen as a whole` {
    enum Scene: String, CaseIterable {
        case empty, live, silence, handover, past

        func stage(width: Int, height: Int) -> Stage {
            var stage = Stage.alerts(width: width, height: height)
            switch self {
            case .empty: stage.send(.alerts(.board(AlertBoard(time: stage.now, runsHooks: true))))
            case .live: break
            case .silence:
                stage.type("S")
                stage.send(
                    .alerts(
                        .hides(
                            selector: "alert=HttpSlow",
                            Array(FixtureAlerts.board().alerts.prefix(3)))))
            case .handover: stage.type("y")
            case .past: stage.type(",,ja")
            }
            return stage
        }
    }

    static let sizes = [(40, 8), (80, 24), (120, 36), (200, 60)]

    @Test(arguments: Scene.allCases, sizes)
    func `is as it was`(_ scene: Scene, _ size: (width: Int, height: Int)) throws {
        let stage = scene.stage(width: size.width, height: size.height)
        #expect(try stage.differences(from: "alerts/\(scene)-\(size.width)x\(size.height)") == [])
    }
}
