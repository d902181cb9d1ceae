import Canvas
import Dashboard
import Fleet
import Telemetry
import TestSupport
import Testing

@Suite struct `The Host screen` {
    @Test(arguments: [
        (LinkState.connecting, "Connecting: ssh web-eu-017"),
        (
            .failed(reason: "Permission denied (publickey)", retryAt: 1_785_594_737_000),
            "Permission denied (publickey)"
        ),
        (.off, "listed and not dialled"),
        (.live, "Reading its history"),
        (.stale, "The host hangs or the way to it is cut"),
    ])
    func `says why it has nothing to show`(_ row: (state: LinkState, text: String)) {
        var session = HostSession()
        session.hub([.hosts([session.host.summary(row.state, lastFrame: nil)])])
        #expect(session.text.contains(row.text))
    }

    @Test func `says beside its name what runs there and how many of its alerts are silenced`() {
        var stage = Stage.host(width: 160)
        let host = FixtureHost(processCount: 40)
        #expect(stage.lines[0].contains("+ live   up"))
        var summary = host.summary()
        summary.work = ["restart-web"]
        stage.tell([.hosts([summary])])
        var alert = FixtureAlerts.alert("a1", "DiskFull", ["host": host.id.name])
        alert.silencedBy = ["7c"]
        stage.send(.alerts(.board(AlertBoard(time: stage.now, alerts: [alert]))))
        #expect(
            stage.lines[0].contains("+ live   * restart-web runs   ~ 1 alert silenced   up"),
            "\(stage.lines[0])")
        summary.work = nil
        summary.note = "CentOS 7, goes away in spring"
        stage.tell([.hosts([summary])])
        #expect(
            stage.lines[0].contains("~ 1 alert silenced   CentOS 7, goes away in spring   up"),
            "\(stage.lines[0])")
        summary.note = nil
        stage.tell([.hosts([summary])])
        #expect(stage.lines[0].contains("+ live   ~ 1 alert silenced   up"))
    }

    @Test func `says that nothing is kept of a moment before its history`() {
        let host = FixtureHost(processCount: 40)
        var stage = Stage(Dashboard.Options(hosts: [host.id], usesUTC: true))
        let known = [LiveUpdate.hosts([host.summary()]), .liveBegins]
        stage.tell(known)
        stage.type("p,")
        stage.tell(known)
        #expect(stage.text.contains("Nothing is kept of this host up to"))
        #expect(!stage.text.contains("Live;"))
    }

    @Test func `says when a failed host is tried again and what can be done`() {
        var session = HostSession()
        let state = LinkState.failed(reason: "host key changed", retryAt: 1_785_594_737_000)
        session.hub([.hosts([session.host.summary(state, lastFrame: nil)]), .liveBegins])
        #expect(session.text.contains("Tried again at 14:32:17. ! opens a shell there"))
    }

    @Test func `keeps what it knows when the hub is lost, and says so`() {
        var session = HostSession.live()
        session.hub([.hubLost(reason: "connection refused")])
        #expect(session.text.contains("hub lost, trying again: connection refused"))
        #expect(session.text.contains("web-server"))
    }

    @Test func `lets graphs go on without a host that went silent`() {
        var session = HostSession.live()
        #expect(session.text.contains("CPU  80%"))
        session.wait(seconds: 30)
        session.hub([.hosts([session.host.summary(.stale)])])
        #expect(session.text.contains("CPU  --%"))
        #expect(session.text.contains("? stale 30s"))
        #expect(session.text.contains("as of 14:32:06"))
    }

    @Test func `says how much of the processes it has`() {
        var session = HostSession.live()
        var table = session.host.processes(at: FixtureHost.noon)
        table.rows = Array(table.rows.prefix(30))
        table.isComplete = false
        table.time = FixtureHost.noon.advanced(byMilliseconds: 1000)
        session.hub([.processes(host: session.host.id, table)])
        #expect(session.text.contains("top 30 of 412"))
    }

    @Test func `says why a pane is empty`() {
        var session = HostSession.live(FixtureHost(kind: .bare, cores: 2), seconds: 20)
        #expect(session.text.contains("n/a: the kernel was built"))
        session.press("\t")
        #expect(session.text.contains("n/a: no cgroup v2 hierarchy is mounted"))
    }

    @Test(arguments: [
        ("cpu > 20%", 6), ("user=postgres", 33), ("memory > 1GiB", 2), ("web-server", 1), ("state=R", 3),
        ("not root nosuch", 0),
    ])
    func `filters processes by the query bar`(_ row: (query: String, count: Int)) {
        let session = HostSession.live(query: row.query)
        #expect(session.text.contains(" \(row.count) of 412"), "\(session.frame().lines[1])")
    }

    @Test func `filters units by their figures and completes what the pane has`() {
        var session = HostSession.live(query: "unit.cpu > 30%")
        session.press("\t")
        #expect(session.text.contains(" 3 of 12"), "\(session.frame().lines[1])")
    }

    @Test func `sorts processes with the keys of top`() {
        var session = HostSession.live()
        session.press("M")
        #expect(session.text.contains("by memory"))
        session.press(">")
        #expect(session.text.contains("by i/o"))
        session.press("<<<")
        #expect(session.text.contains("by user"))
        session.press("T")
        #expect(session.text.contains("by cpu time"))
        session.press("t")
        #expect(session.text.contains("tree, by start"))
        session.press("P")
        #expect(session.text.contains("by cpu"))
    }

    @Test func `moves command lines sideways`() {
        var session = HostSession.live()
        session.press("l")
        #expect(session.text.contains(" er --port 8080"))
        session.press("hh")
        #expect(session.text.contains(" web-server --port 8080"))
    }

    @Test func `says what it is about in the title`() {
        let title = HostSession.live(width: 160, height: 48).frame().lines[0]
        #expect(title.contains("web-eu-017"))
        #expect(
            title.contains("+ live   up 81d   16 cpu   64G memory   kernel 6.8.0-45   agent 0.3% cpu 4.1M"))
    }

    /// Whatever the size, the data and the keys: nothing traps, and the terminal gets no wider than it is.
    @Test(arguments: 0..<40)
    func `copes with every size, host and key`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let width = Int.random(in: 0...210, using: &random)
        let height = Int.random(in: 0...64, using: &random)
        let cores = [0, 1, 2, 16, 300].randomElement(using: &random) ?? 1
        let host = FixtureHost(
            kind: Bool.random(using: &random) ? .bare : .server, cores: cores,
            processCount: Int.random(in: 0...40, using: &random), seed: seed)
        var session = HostSession(host, width: width, height: height)
        session.hub(host.history(seconds: Int.random(in: 0...60, using: &random)))
        for _ in 0..<12 {
            session.press(
                ["j", "k", "G", "g", "t", "M", "I", "\t", ">", "<", "p", ",", "l"].randomElement(
                    using: &random) ?? "j")
            if Bool.random(using: &random) { session.tick() }
            var table = host.processes(at: session.now)
            for place in table.rows.indices where Bool.random(using: &random) {
                table.rows[place].pid = [.min, -1, 0, .max].randomElement(using: &random) ?? 0
                table.rows[place].parent = table.rows[place].pid
                table.rows[place].residentBytes = .max
                table.rows[place].ioBytesPerSecond = .max
                table.rows[place].cpuHundredths = [.min, .max].randomElement(using: &random) ?? 0
                table.rows[place].cpuMilliseconds = .max
                table.rows[place].startTicks = .random(in: 0...(.max), using: &random)
                table.rows[place].commandLine = "/\u{1B}[31m文字\u{301}/"
            }
            session.hub([.processes(host: host.id, table)])
            _ = session.frame(glyphs: Bool.random(using: &random) ? .ascii : .braille)
        }
    }

    @Test func `sends a terminal little when a second passes`() {
        var session = HostSession.live(width: 160, height: 48)
        var frame = session.frame()
        var cells: [Int] = []
        for _ in 0..<20 {
            session.tick()
            let next = session.frame()
            var count = 0
            CellDiff.forEachRun(from: frame, to: next) { count += $0.count }
            cells.append(count)
            frame = next
        }
        let median = cells.sorted()[cells.count / 2]
        #expect(median < 450, "of 7680 cells: \(cells)")
    }
}
