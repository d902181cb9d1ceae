import Canvas
import Dashboard
import Fleet
import Telemetry
import TestSupport
import Testing

@Suite struct `Events on the time bar` {
    private static let host = HostID("web1")
    private static let signals = ["cpu", "host.uptime", "units.failed", "oom.kills"]

    /// A host of which something is known in steps of a second: the values of each second before noon; nil is silence.
    private func stage(_ values: [[Double]?]) -> Stage {
        var stage = Stage(Dashboard.Options(hosts: [Self.host], usesUTC: true))
        var updates = Self.signals.enumerated().map { place, name in
            LiveUpdate.define(index: Int32(place), host: Self.host, signal: SignalKey(name))
        }
        for (place, values) in values.enumerated() {
            guard let values else { continue }
            let time = stage.now.advanced(byMilliseconds: Int64(place - 59) * 1000)
            updates.append(.values(time: time, indices: [0, 1, 2, 3], values: values))
        }
        stage.tell(updates + [.liveBegins])
        return stage
    }

    /// A minute, well but for what is put in.
    private func minute(_ changes: [(Range<Int>, [Double]?)]) -> [[Double]?] {
        var values: [[Double]?] = (0..<60).map { [0.2, 86_400 + Double($0), 0, 0] }
        for (range, change) in changes {
            for place in range { values[place] = change }
        }
        return values
    }

    @Test func `are gone to by ( and ), each with what happened`() {
        var stage = stage(
            minute([
                (10..<20, nil), (30..<40, [0.2, 86_460, 1, 0]), (40..<60, [0.2, 86_470, 1, 2]),
            ]))
        #expect(stage.lines[34].contains("?") && stage.lines[34].contains("X"), "\(stage.lines[34])")
        stage.type("(")
        #expect(stage.text.contains("web1 killed a process for want of memory"))
        #expect(stage.views.last?.end == FixtureHost.noon.advanced(byMilliseconds: -19_000))
        stage.type("(")
        #expect(stage.text.contains("a unit of web1 failed"))
        stage.type("(")
        #expect(stage.text.contains("data of web1 again"))
        stage.type("(")
        #expect(stage.text.contains("no data of web1 from here"))
        stage.type("(")
        #expect(stage.text.contains("no event before"))
        stage.type(")")
        #expect(stage.text.contains("data of web1 again"))
        stage.type(")))")
        #expect(stage.text.contains("no later event is known"))
    }

    @Test func `tell of a start where the time since it falls, and of nothing on a calm day`() {
        var stage = stage(minute([(30..<34, nil), (34..<60, [0.2, 20, 0, 0])]))
        stage.type("(")
        #expect(stage.text.contains("web1 started anew"))
        stage = self.stage(minute([]))
        stage.type("(")
        #expect(stage.text.contains("no event before; Z looks further back"))
    }

    /// Alerts of the last minute, some seconds ago each.
    private func told(_ stage: inout Stage, _ events: [(AlertEvent.Kind, Int64, String, String)]) {
        let board = AlertBoard(
            time: stage.now,
            events: events.map { kind, seconds, subject, place in
                AlertEvent(
                    kind: kind, at: stage.now.advanced(byMilliseconds: -seconds * 1000), id: "a41f",
                    subject: subject, place: place, severity: .critical,
                    by: kind == .acknowledged ? "marta" : "", text: kind == .firing ? "\(subject): 98%" : "")
            })
        stage.send(.alerts(.board(board)))
    }

    @Test func `are alerts too: what fires, who took it on, and its end`() {
        var stage = stage(minute([]))
        told(
            &stage,
            [
                (.firing, 40, "DiskFull", "web1 /"), (.acknowledged, 30, "DiskFull", "web1 /"),
                (.silenced, 25, "host=web1", ""), (.resolved, 20, "DiskFull", "web1 /"),
                (.firing, 10, "DiskFull", "db1 /"),
            ])
        let bar = stage.lines[34]
        #expect(
            ["X", "a", "o"].compactMap { bar.dropFirst(8).firstIndex(of: $0) }.isSorted, "\(bar)")
        stage.type("(")
        #expect(stage.text.contains("DiskFull web1 / is over"))
        #expect(stage.views.last?.end == FixtureHost.noon.advanced(byMilliseconds: -20_000))
        stage.type("(")
        #expect(stage.text.contains("marta has DiskFull web1 /"))
        stage.type("(")
        #expect(stage.text.contains("critical DiskFull: 98%"))
        stage.type("(")
        #expect(stage.text.contains("no event before"))
    }

    @Test func `are what came late too, where it would have fired`() {
        var stage = stage(minute([]))
        told(&stage, [(.late, 40, "DiskFull", "web1 /")])
        #expect(stage.lines[34].dropFirst(8).contains("X"))
        stage.type("(")
        #expect(
            stage.text.contains("told late: DiskFull web1 / would have fired here, and nobody was told"))
        #expect(stage.views.last?.end == FixtureHost.noon.advanced(byMilliseconds: -40_000))
        stage.type("p5y")
        #expect(stage.text.contains("DiskFull web1 / would have fired "), "\(stage.text)")
    }

    @Test func `of alerts stand on the bar of those whose they are`() {
        var fleet = Stage(Dashboard.Options(usesUTC: true))
        fleet.tell(FixtureFleet(3).history(seconds: 900, ending: fleet.now))
        told(&fleet, [(.firing, 40, "HttpErrors", "shop"), (.firing, 30, "DiskFull", "nobody1 /")])
        fleet.type("((")
        #expect(fleet.text.contains("critical HttpErrors: 98%"))
    }

    @Test func `are where @ goes by an alert's id`() {
        var stage = stage(minute([]))
        told(&stage, [(.firing, 40, "DiskFull", "web1 /")])
        stage.type("@a41f")
        stage.press(.enter)
        #expect(stage.views.last?.end == FixtureHost.noon.advanced(byMilliseconds: -40_000))
        stage.type("@ffff")
        stage.press(.enter)
        #expect(stage.text.contains("is no moment"))
    }
}

extension Sequence where Element: Comparable {
    fileprivate var isSorted: Bool { zip(self, dropFirst()).allSatisfy { $0 < $1 } }
}
