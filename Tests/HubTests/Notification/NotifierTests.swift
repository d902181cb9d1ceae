import Archive
import Fleet
import Foundation
import Hub
import HubSupport
import Logging
import Telemetry
import TestSupport
import Testing

@Suite struct `A hub that tells people` {
    private let folder: TemporaryFolder
    private var path: String { folder.url.path }

    init() throws {
        folder = try TemporaryFolder()
    }

    private func notifier(
        _ line: String, bytesMax: Int64 = Journal.bytesMax, gather: Duration = .zero,
        clock: HubClock = .system
    ) throws -> Notifier {
        var settings = HookSettings()
        settings.hooks["log"] = HookDefinition(name: "log", command: .shell(line), gather: gather)
        settings.notify[.critical] = ["log"]
        return Notifier(
            journal: try Journal(path: "\(path)/journal.db", bytesMax: bytesMax, reserveBytes: 0),
            notes: "\(path)/hooks",
            setup: .init(settings: settings, folder: path, runsHooks: true), hubHost: "jump1.example.net",
            clock: clock, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func alert(_ name: String, _ state: AlertState = .firing) -> Alert {
        Alert(
            id: "a41f", key: AlertKey(name, ["service": "shop"]), labels: ["team": "shop"],
            severity: .critical,
            state: state, since: Timestamp(milliseconds: 1_893_553_324_000),
            firedAt: Timestamp(milliseconds: 1_893_553_445_000),
            resolvedAt: state == .resolved ? Timestamp(milliseconds: 1_893_553_505_000) : nil, value: 0.073,
            valueText: "7.3%", thresholdText: "5%", summary: "shop: 7.3% of requests fail",
            condition: "http.error_ratio > 5%", runbook: "https://wiki.example.net/shop", hooks: ["log"])
    }

    private func changes(_ number: Int64, _ kind: AlertTransition.Kind, _ alert: Alert) -> AlertChanges {
        AlertChanges(
            evaluatedMilliseconds: number * 1000, lastNumber: number,
            transitions: [
                AlertTransition(number: number, kind: kind, at: alert.since, alert: alert, isNotice: true)
            ],
            changed: kind == .resolved ? [] : [SavedAlert(alert: alert, held: .running(since: 0))],
            closed: kind == .resolved ? [alert.key] : [])
    }

    private func tell(_ notifier: Notifier, _ changes: AlertChanges) async throws {
        try await notifier.record(changes)
        await notifier.deliver(changes.transitions, isJournaled: true)
    }

    private func lines(_ name: String = "out") -> [String] {
        let text = try? String(contentsOf: folder.url.appending(path: name), encoding: .utf8)
        return (text ?? "").split(separator: "\n").map(String.init)
    }

    @Test func `lists what came late where it was, runs no hook, and does not list what was known`()
        async throws
    {
        let notifier = try notifier("echo $MARTLET_ALERT >> out")
        try await notifier.restore()
        await notifier.begin()
        let now = HubClock.system.now()
        func event(_ kind: AlertEvent.Kind, _ minute: Int64, until: Int64? = nil) -> AlertEvent {
            AlertEvent(
                kind: kind, at: now.advanced(byMilliseconds: minute * 60_000),
                until: until.map { now.advanced(byMilliseconds: $0 * 60_000) }, id: "a41f",
                subject: "ShopErrors", place: "shop", severity: .critical)
        }
        _ = try await notifier.addNote("hand-over", at: "", by: "jo")
        await notifier.list(late: [event(.late, -40, until: -30)])
        #expect(await notifier.board().events.map(\.kind) == [.late, .note])
        // The same hour, told again to a hub that began anew.
        let again = try self.notifier("echo $MARTLET_ALERT >> out")
        try await again.restore()
        await again.begin()
        await again.list(late: [event(.late, -40, until: -30), event(.late, -20, until: -10)])
        let kept = try await again.events(from: now.advanced(byMilliseconds: -3_600_000), to: now)
        #expect(kept == [event(.late, -40, until: -30), event(.late, -20, until: -10)])
        // What fired then was told.
        try await tell(again, changes(1, .firing, alert("Told")))
        let fired = AlertEvent(
            kind: .late, at: alert("Told").since.advanced(byMilliseconds: 5000), subject: "Told",
            place: "shop")
        var late = fired
        late.until = late.at.advanced(byMilliseconds: 600_000)
        await again.list(late: [late])
        #expect(await again.board().events.count { $0.subject == "Told" } == 1)
        #expect(await Eventually.comes { await again.isIdle })
        #expect(lines() == ["Told"])
    }

    @Test func `hands a hook all its facts, and Alertmanager's shape on its input`() async throws {
        let notifier = try notifier("env | grep ^MARTLET_ | sort > out; cat > input.json")
        try await notifier.restore()
        await notifier.begin()
        try await tell(notifier, changes(17, .firing, alert("ShopErrors")))
        #expect(await Eventually.comes { await notifier.isIdle })
        #expect(
            lines() == [
                "MARTLET_ALERT=ShopErrors", "MARTLET_AT=2030-01-02T03:04:05Z", "MARTLET_ATTEMPT=1",
                "MARTLET_COUNT=1", "MARTLET_HOST=", "MARTLET_ID=a41f", "MARTLET_KEY=ShopErrors/a41f/firing/1",
                "MARTLET_OPEN=ssh -t jump1.example.net martlet --at a41f", "MARTLET_REPEAT=0",
                "MARTLET_RUNBOOK=https://wiki.example.net/shop", "MARTLET_SERVICE=shop",
                "MARTLET_SEVERITY=critical", "MARTLET_SINCE=2030-01-02T03:02:04Z", "MARTLET_STATUS=firing",
                "MARTLET_SUMMARY=shop: 7.3% of requests fail", "MARTLET_THRESHOLD=5%",
                "MARTLET_UNJOURNALED=", "MARTLET_VALUE=7.3%",
            ])
        let data = try Data(contentsOf: folder.url.appending(path: "input.json"))
        let message = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(
            Set(message.keys) == [
                "version", "groupKey", "status", "receiver", "groupLabels", "commonLabels",
                "commonAnnotations",
                "externalURL", "truncatedAlerts", "alerts",
            ])
        #expect(message["version"] as? String == "4" && message["receiver"] as? String == "log")
        let first = try #require((message["alerts"] as? [[String: Any]])?.first)
        #expect(
            Set(first.keys) == [
                "status", "labels", "annotations", "startsAt", "endsAt", "generatorURL", "fingerprint",
            ])
        #expect(
            first["labels"] as? [String: String] == [
                "alertname": "ShopErrors", "severity": "critical", "service": "shop", "team": "shop",
            ])
        #expect(first["endsAt"] as? String == "0001-01-01T00:00:00Z")
    }

    @Test func `tells an alert's end after its beginning, and keeps what came of it`() async throws {
        let notifier = try notifier("echo $MARTLET_STATUS >> out")
        try await notifier.restore()
        await notifier.begin()
        try await tell(notifier, changes(1, .firing, alert("A")))
        try await tell(notifier, changes(2, .resolved, alert("A", .resolved)))
        #expect(await Eventually.comes { await notifier.isIdle && lines().count == 2 })
        #expect(lines() == ["firing", "resolved"])
        let board = await notifier.board()
        #expect(board.alerts.isEmpty && board.runsHooks)
        #expect(board.events.map(\.kind) == [.firing, .resolved])
        #expect(board.reports.map(\.outcome) == ["ok", "ok"])
    }

    @Test func `says whether hooks are named, beside whether this hub runs them`() async throws {
        let notifier = try notifier("exit 0")
        var board = await notifier.board()
        #expect(board.runsHooks && board.hasHooks == true)
        var settings = HookSettings()
        settings.hooks["log"] = HookDefinition(name: "log", command: .shell("exit 0"))
        await notifier.configure(.init(settings: settings, folder: path, runsHooks: false))
        board = await notifier.board()
        #expect(!board.runsHooks && board.hasHooks == true)
        await notifier.configure(.init(settings: HookSettings(), folder: path, runsHooks: false))
        #expect(await notifier.board().hasHooks == false)
    }

    /// A hub learns of its hooks and hosts after it has read its journal.
    @Test func `goes on after a restart when it knows its hooks and hosts`() async throws {
        let first = try notifier("exit 75")
        try await first.restore()
        await first.begin()
        try await tell(first, changes(1, .firing, alert("Tried")))
        #expect(await Eventually.comes { await !first.board().reports.isEmpty })
        var onHost = Alert(
            id: "b1", key: AlertKey("Hidden", ["host": "db1"]), severity: .critical, state: .firing,
            since: Timestamp(milliseconds: 0), firedAt: Timestamp(milliseconds: 0), hooks: ["log"])
        onHost.wasNotified = true
        _ = try await first.silence("role=db", milliseconds: 3_600_000, by: "jo", note: "")
        // Kept, and killed before it was delivered.
        try await first.record(changes(2, .firing, onHost))
        try await first.record(changes(3, .firing, alert("Waits")))
        let second = Notifier(
            journal: try Journal(path: "\(path)/journal.db", reserveBytes: 0), notes: "\(path)/hooks",
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await second.restore()
        await second.setAttributes { HostAttributes(name: $0, tags: $0 == "db1" ? ["role": "db"] : [:]) }
        await second.tick()
        #expect(await second.figures.waiting == 2)
        var settings = HookSettings()
        settings.hooks["log"] = HookDefinition(
            name: "log", command: .shell("echo $MARTLET_ALERT >> out"), gather: .zero)
        // First one that runs none, as a screen's own.
        await second.configure(.init(settings: settings, folder: path))
        await second.begin()
        await second.tick()
        #expect(await second.figures.waiting == 2)
        #expect(await Eventually.comes { await second.isIdle })
        #expect(await second.board().alerts.first { $0.id == "b1" }?.silencedBy.count == 1)
        await second.configure(.init(settings: settings, folder: path, runsHooks: true))
        // What was tried comes when its time for that has come; what is silenced waits.
        #expect(
            await Eventually.comes {
                await second.tick()
                return lines().sorted() == ["Tried", "Waits"]
            }, "\(lines())")
        #expect(await second.figures.waiting == 1)
    }

    @Test func `goes on after a restart with what was not told`() async throws {
        let first = try notifier("exit 0")
        try await first.restore()
        await first.begin()
        // Kept, and killed before it was delivered.
        try await first.record(changes(1, .firing, alert("A")))
        _ = try await first.acknowledge("a41f", by: "marta", note: "on it")
        _ = try await first.silence("alert=B", milliseconds: 60_000, by: "jo", note: "")
        let second = try notifier("echo $MARTLET_ALERT $MARTLET_STATUS >> out")
        try await second.restore()
        await second.begin()
        #expect(try await second.savedAlerts().open.map(\.alert.key.name) == ["A"])
        let board = await second.board()
        #expect(board.alerts.first?.acknowledged?.by == "marta")
        #expect(board.silences.map(\.selector) == ["alert=B"])
        await second.tick()
        #expect(await Eventually.comes { await second.isIdle && lines() == ["A firing"] })
    }

    @Test func `runs hooks although the journal cannot be written, and says so to them`() async throws {
        let notifier = try notifier(
            "echo $MARTLET_ALERT ${MARTLET_UNJOURNALED:-journaled} >> out", bytesMax: 64 << 10)
        try await notifier.restore()
        await notifier.begin()
        var isFull = false
        for _ in 0..<1000 where !isFull {
            do {
                _ = try await notifier.addNote(String(repeating: "x", count: 900), at: "", by: "jo")
            } catch {
                isFull = true
            }
        }
        #expect(isFull)
        var large = alert("A")
        large.summary = String(repeating: "x", count: 8000)
        let changes = changes(1, .firing, large)
        await #expect(throws: JournalError.self) { try await notifier.record(changes) }
        await notifier.deliver(changes.transitions, isJournaled: false)
        #expect(await Eventually.comes { await notifier.isIdle && lines() == ["A 1"] })
        #expect(await notifier.board().journalTrouble?.contains("full") == true)
    }

    /// The journal's own limit stands for a disk that is full: both are SQLITE_FULL.
    @Test func `keeps what happened while the journal could not be written, as soon as it can`() async throws
    {
        let first = try notifier("exit 0", bytesMax: 96 << 10, gather: .seconds(3600))
        try await first.restore()
        await first.begin()
        try await tell(first, changes(1, .firing, alert("First")))
        #expect(await Eventually.comes { await first.isIdle })
        var isFull = false
        for _ in 0..<1000 where !isFull {
            do {
                _ = try await first.addNote(String(repeating: "x", count: 900), at: "", by: "jo")
            } catch {
                isFull = true
            }
        }
        var large = alert("A")
        large.summary = String(repeating: "x", count: 12_000)
        let lost = changes(2, .firing, large)
        await #expect(throws: JournalError.self) { try await first.record(lost) }
        // It waits for its hook to gather, and nobody has it on a disk.
        await first.deliver(lost.transitions, isJournaled: false)
        try await Journal(path: "\(path)/journal.db", reserveBytes: 0)
            .expire(before: Timestamp(milliseconds: .max))
        try await first.record(changes(3, .firing, alert("B")))
        #expect(await first.board().journalTrouble == nil)
        let second = try notifier("echo $MARTLET_COUNT >> out")
        try await second.restore()
        await second.begin()
        let kept = try await second.events(
            from: Timestamp(milliseconds: 0), to: Timestamp(milliseconds: .max))
        #expect(kept.filter { $0.kind == .firing }.map(\.subject) == ["A", "B"])
        await second.tick()
        #expect(await Eventually.comes { await second.isIdle && lines() == ["2"] })
    }

    @Test func `previews, adds and ends silences, and tells what still fires then`() async throws {
        let notifier = try notifier("echo $MARTLET_ALERT >> out")
        try await notifier.restore()
        await notifier.begin()
        let (silence, hides) = try await notifier.silence(
            "alert=A", milliseconds: 60_000, by: "jo", note: "swap")
        #expect(hides.isEmpty)
        try await tell(notifier, changes(1, .firing, alert("A")))
        #expect(await notifier.board().alerts.first?.silencedBy == [silence.id])
        #expect(try await notifier.preview("service=shop").count == 1)
        #expect(try await notifier.preview("service=other").isEmpty)
        #expect(lines().isEmpty)
        _ = try await notifier.expire(silence.id, by: "jo")
        #expect(await Eventually.comes { await notifier.isIdle && lines() == ["A"] })
        await #expect(throws: PeopleError.unknownSilence("zz")) { try await notifier.expire("zz", by: "jo") }
        await #expect(throws: PeopleError.unknownAlert("ffff")) {
            try await notifier.acknowledge("ffff", by: "jo", note: "")
        }
        await #expect(throws: PeopleError.self) { try await notifier.preview("role==web") }
    }

    @Test(arguments: [-3_600_000, 3_600_000] as [Int64])
    func `keeps a silence for as long as it was asked for, whatever the wall clock does`(_ set: Int64)
        async throws
    {
        let times = MovableClock(steadyMilliseconds: 0)
        let notifier = try notifier("echo $MARTLET_ALERT >> out", clock: times.clock)
        try await notifier.restore()
        await notifier.begin()
        let silence = try await notifier.silence("alert=A", milliseconds: 600_000, by: "jo", note: "")
            .silence
        times.pass(0, set: set)
        try await tell(notifier, changes(1, .firing, alert("A")))
        times.pass(599_999)
        await notifier.tick()
        #expect(await notifier.board().alerts.first?.silencedBy == [silence.id])
        #expect(lines().isEmpty)
        times.pass(1)
        await notifier.tick()
        #expect(await Eventually.comes { await notifier.isIdle && lines() == ["A"] })
        #expect(await notifier.board().silences.isEmpty)
    }

    @Test func `runs a hook as a test and shows what it says`() async throws {
        let notifier = try notifier("echo $MARTLET_STATUS; exit 3")
        try await notifier.restore()
        await notifier.begin()
        let reports = try await notifier.test("critical")
        #expect(reports.map(\.outcome) == ["failed (exit 3)"] && reports.map(\.output) == ["test\n"])
        await #expect(throws: PeopleError.unknownTest("nothing", ["log"])) {
            try await notifier.test("nothing")
        }
        await #expect(throws: PeopleError.untoldTest("info")) { try await notifier.test("info") }
    }

    @Test func `refuses a note about what no host has`() async throws {
        let notifier = try notifier("exit 0")
        try await notifier.restore()
        await notifier.begin()
        let hosts = [HostAttributes(name: "web1", tags: ["role": "web"])]
        for place in ["role=nope", "web2", "role=="] {
            await #expect(throws: PeopleError.self) {
                try await notifier.addNote("switched", at: place, by: "jo", hosts: hosts)
            }
        }
        for place in ["", "role=web", "web1"] {
            _ = try await notifier.addNote("switched", at: place, by: "jo", hosts: hosts)
        }
        #expect(await notifier.board().events.map(\.subject) == ["", "role=web", "web1"])
    }

    @Test func `shows the values of now, and not those that an alert began with`() async throws {
        let notifier = try notifier("exit 0")
        try await notifier.restore()
        await notifier.begin()
        try await tell(notifier, changes(1, .firing, alert("A")))
        var now = alert("A")
        (now.value, now.valueText, now.summary) = (0.4, "40%", "shop: 40% of requests fail")
        let present = now
        var other = alert("B")
        other.since = now.since.advanced(byMilliseconds: 1)
        let gone = other
        await notifier.setPresentAlerts { PresentAlerts(open: [present, gone]) }
        await notifier.refresh()
        let board = await notifier.board()
        #expect(board.unopened == nil && board.troubles == [])
        #expect(board.alerts.map(\.valueText) == ["40%"])
        #expect(board.alerts.map(\.summary) == ["shop: 40% of requests fail"])
    }

    @Test func `says how many alerts hold and are not open, until all are`() async throws {
        let notifier = try notifier("exit 0")
        try await notifier.restore()
        await notifier.begin()
        await notifier.setPresentAlerts { PresentAlerts(open: [], unopened: 1203) }
        await notifier.refresh()
        let board = await notifier.board()
        #expect(board.unopened == 1203)
        #expect(board.troubles == ["1203 more alerts hold than the hub opens at a time"])
        await notifier.setPresentAlerts { PresentAlerts(open: []) }
        await notifier.refresh()
        #expect(await notifier.board().unopened == nil)
    }

    @Test func `leaves alerts out of a message that would be too large, and counts them`() async throws {
        let notifier = try notifier(
            "cat > $MARTLET_COUNT.json; touch done$MARTLET_COUNT", gather: .seconds(1))
        try await notifier.restore()
        await notifier.begin()
        try await tell(notifier, changes(1, .firing, alert("First")))
        var many = AlertChanges(evaluatedMilliseconds: 0, lastNumber: 900)
        for number in 2..<900 {
            var large = alert("A\(number)")
            large.summary = String(repeating: "x", count: 1000)
            many.transitions.append(
                AlertTransition(
                    number: Int64(number), kind: .firing, at: large.since, alert: large, isNotice: true))
        }
        try await tell(notifier, many)
        #expect(
            await Eventually.comes {
                await notifier.tick()
                return FileManager.default.fileExists(atPath: "\(path)/done898")
            })
        let data = try Data(contentsOf: folder.url.appending(path: "898.json"))
        #expect(data.count <= 256 << 10)
        let message = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let count = (message["alerts"] as? [Any])?.count ?? 0
        #expect(count > 100 && (message["truncatedAlerts"] as? Int) == 898 - count)
    }
}
