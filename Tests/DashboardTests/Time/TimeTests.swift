import Canvas
import Dashboard
import Fleet
import Telemetry
import TestSupport
import Testing

@Suite struct `Time on the screens` {
    private let noon = FixtureHost.noon

    @Test func `stands still when paused, asks for that moment, and goes on live`() {
        var stage = Stage.host()
        stage.type("p")
        #expect(stage.lines[0].contains("PAST  14:32:07"))
        #expect(stage.views.last?.end == noon)
        stage.pass(seconds: 30)
        #expect(stage.lines[0].contains("PAST  14:32:07"))
        #expect(stage.text.contains("-30s"))
        stage.type("=")
        #expect(stage.views.last?.end == nil)
        #expect(stage.lines[0].contains("LIVE"))
    }

    @Test func `steps back and forward by the step, and asks for each moment`() {
        var stage = Stage.host()
        stage.type(",")
        #expect(stage.views.last?.end == noon.advanced(byMilliseconds: -1000))
        answer(&stage)
        stage.type("{")
        #expect(stage.views.last?.end == noon.advanced(byMilliseconds: -11_000))
        answer(&stage)
        stage.type(".")
        #expect(stage.views.last?.end == noon.advanced(byMilliseconds: -10_000))
        answer(&stage)
        stage.type("}}}")
        answer(&stage)
        #expect(stage.lines[0].contains("PAST  14:32:07"), "never beyond now")
    }

    @Test func `asks for one moment at a time while a key is held down, and for the last in the end`() {
        var stage = Stage.host()
        let before = stage.views.count
        stage.type(",,,,,")
        #expect(stage.views.count == before + 1)
        answer(&stage)
        #expect(stage.views.count == before + 2)
        #expect(stage.views.last?.end == noon.advanced(byMilliseconds: -5000))
    }

    @Test func `asks again when a hub does not answer within a second`() {
        var stage = Stage.host()
        stage.type(",,")
        let asked = stage.views.count
        stage.pass(seconds: 2)
        #expect(stage.views.count == asked + 1)
        #expect(stage.views.last?.end == noon.advanced(byMilliseconds: -2000))
    }

    @Test func `zooms through the steps and stops at the ends`() {
        var stage = Stage.host()
        for step in [5, 15, 60, 300, 900, 3600, 3600] {
            stage.type("Z")
            #expect(stage.views.last?.stepMilliseconds == Int64(step) * 1000)
            answer(&stage)
        }
        for _ in 0..<9 {
            stage.type("z")
            answer(&stage)
        }
        #expect(stage.views.last?.stepMilliseconds == 1000)
    }

    @Test func `jumps to a moment and says what is none`() {
        var stage = Stage.host()
        stage.type("@-3m")
        stage.press(.enter)
        #expect(stage.lines[0].contains("PAST  14:29:07"))
        stage.type("@25:00")
        stage.press(.enter)
        #expect(stage.text.contains("is no moment"))
        stage.press(.escape)
        stage.type("@now")
        stage.press(.enter)
        #expect(stage.lines[0].contains("LIVE"))
    }

    @Test func `is never left by esc`() {
        var stage = Stage.fleet(3)
        stage.type("p")
        for _ in 0..<4 { stage.press(.escape) }
        #expect(stage.lines[0].contains("PAST"))
    }

    @Test func `keeps a whole process table when it pauses`() throws {
        var stage = Stage.host()
        stage.type("p")
        let host = FixtureHost(processCount: 40)
        var busiest = host.processes(at: noon)
        busiest.isComplete = false
        busiest.rows = Array(busiest.rows.prefix(2))
        stage.tell([.processes(host: host.id, busiest), .liveBegins])
        #expect(stage.text.contains("redis-server"))
    }

    @Test(arguments: [
        ("10:05", -4 * 3600 - 27 * 60 - 7), ("10:05:30", -4 * 3600 - 26 * 60 - 37), ("14:32:07", 0),
        ("14:33", -86_400 + 53), ("-3m", -180), ("-1h30m", -5400), ("-90s", -90), ("-2d", -172_800),
        ("-1w", -604_800), ("-1w2d3h", -788_400),
        ("yesterday 02:41", -86_400 - 11 * 3600 - 51 * 60 - 7), ("2026-08-01 14:30", -127),
        ("2026-08-01T14:30:00Z", -127), ("today 14:32", -7),
    ])
    func `reads a moment as people write it`(_ row: (text: String, seconds: Int)) throws {
        let moment = try MomentText.read(row.text, now: noon, offsetSeconds: 0).get()
        #expect(moment == .moment(noon.advanced(byMilliseconds: Int64(row.seconds) * 1000)), "\(row.text)")
    }

    @Test func `reads a time of day in the zone of the screen`() throws {
        let moment = try MomentText.read("16:32", now: noon, offsetSeconds: 7200).get()
        #expect(moment == .moment(noon.advanced(byMilliseconds: -7000)))
        let utc = try MomentText.read("14:32z", now: noon, offsetSeconds: 7200).get()
        #expect(utc == .moment(noon.advanced(byMilliseconds: -7000)))
    }

    @Test(arguments: [
        "", " ", "-", "-3", "3m", "24:00", "10:60", "10", "10:05:61", "yesterday", "2026-13-01 10:00", "-3x",
        "-99999999999999999999m", "tomorrow 10:00", "1:2:3:4", "::", "-m", "10:05 10:05",
        "-30m1h", "-1h1h", "-999999w999999w", "-1y",
    ])
    func `refuses what is no moment`(_ text: String) {
        #expect(throws: MomentText.Refusal.self) {
            try MomentText.read(text, now: noon, offsetSeconds: 0).get()
        }
    }

    /// What the hub says of the moment that was asked for last.
    private func answer(_ stage: inout Stage) {
        stage.tell([.liveBegins])
    }
}
