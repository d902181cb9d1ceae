import Canvas
import Dashboard
import Fleet
import Telemetry
import TestSupport
import Testing

@Suite struct `Any session` {
    private static let keys: [Key] =
        [
            .enter, .escape, .tab, .backTab, .backspace, .delete, .insert, .up, .down, .left, .right, .home,
            .end,
            .pageUp, .pageDown, .function(1), .function(5), .function(6), .function(99),
        ] + Array("jkgGqpt/:?!@,.[]{}zZ<>IsnNu 1347f+F=PMTab%5-hl").map(Key.character)

    @Test(arguments: UInt64(1)...24)
    func `ends without a trap, and each of its frames stays in its cells`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var stage = Stage(
            width: Int.random(in: 0...220, using: &random), height: Int.random(in: 0...70, using: &random))
        let fleet = FixtureFleet(Int.random(in: 0...30, using: &random))
        let host = FixtureHost("web-eu-west-001", processCount: 12, firstIndex: 10_000)
        for step in 0..<150 {
            stage.send(message(&random, fleet, host, stage.now))
            if step % 10 == 0 { stage.pass(seconds: Int.random(in: 0...3, using: &random)) }
            let size = (Int.random(in: 0...220, using: &random), Int.random(in: 0...70, using: &random))
            var buffer = CellBuffer(width: size.0, height: size.1, glyphs: GlyphSet.allCases[step % 3])
            stage.dashboard.draw(on: &buffer)
            #expect(buffer.lines.count == size.1, "seed \(seed), step \(step)")
        }
    }

    @Test(arguments: ScreenID.allCases)
    func `leaves every screen, prompt and picker with esc alone`(_ screen: ScreenID) {
        for opener in ["/", ":", "@", "s", "?", "/cpu", ":zoom", "@-3", "t", " "] {
            // Deploys have no filter, so that p means what it always does.
            if screen == .deploys, opener == "/cpu" { continue }
            var stage = Stage.fleet(8)
            if screen != .fleet { stage.type(screen == .host ? "3" : String(screen.key)) }
            #expect(stage.dashboard.screen == screen)
            stage.type(opener)
            for _ in 0..<4 { stage.press(.escape) }
            #expect(stage.dashboard.screen == .fleet)
            stage.type("p")
            #expect(stage.lines[0].contains("PAST"), "after \(opener) keys mean commands again")
        }
    }

    @Test func `gives the same frames to the same messages`() {
        func play() -> [String] {
            var random = SeededRandom(seed: 99)
            var stage = Stage.fleet(9)
            let host = FixtureHost(processCount: 5)
            for _ in 0..<60 { stage.send(message(&random, FixtureFleet(9), host, stage.now)) }
            return stage.lines
        }
        #expect(play() == play())
    }

    /// Requests and lines as they come, and as nobody should send them.
    private func traffic(_ random: inout SeededRandom, _ now: Timestamp) -> [LiveUpdate] {
        let fixture = FixtureTraffic(Int.random(in: 0...3, using: &random))
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return fixture.history(seconds: 60, ending: now)
        case 1: return fixture.tick(at: now) + fixture.lines(20, ending: now)
        case 2: return fixture.samples(ending: now, count: 5)
        default:
            let times: [Int64] = [.min, -1, 0, now.milliseconds, .max]
            let time = times.randomElement(using: &random) ?? 0
            let index = Int32.random(in: -1...100_099, using: &random)
            let values: [Double] = [.nan, -1, 0, 1e300, .infinity]
            let value = values.randomElement(using: &random) ?? 0
            var histogram = ExponentialHistogram()
            histogram.observe(value)
            histogram.observe(abs(value))
            return [
                .define(
                    index: index, host: HostID("h\(index % 3)"),
                    signal: SignalKey(
                        ["http.requests.rate", "http.duration", "db.duration"].randomElement(using: &random)
                            ?? "",
                        ["service": "s\(index % 5)", "route": "/\u{1B}[31m\(index)", "code": "\(index)"])),
                .values(time: Timestamp(milliseconds: time), indices: [index, index], values: [value, 3]),
                .histograms(
                    time: Timestamp(milliseconds: time), indices: [index, -5], [histogram, histogram]),
                .event(
                    host: HostID(""), time: Timestamp(milliseconds: time), kind: .line,
                    labels: ["count": "9999999999999999999", "level": "\u{0}"],
                    text: "\u{1B}]0;x\u{7}é\u{0301}"),
            ]
        }
    }

    private func message(
        _ random: inout SeededRandom, _ fleet: FixtureFleet, _ host: FixtureHost, _ now: Timestamp
    ) -> Message {
        switch Int.random(in: 0..<20, using: &random) {
        case 0: return .hub(fleet.history(seconds: 60, ending: now))
        case 1: return .hub(fleet.tick(at: now))
        case 2: return .hub(host.history(seconds: 5, ending: now))
        case 3: return .hub([.hubLost(reason: "gone")])
        case 4: return .hub([.liveBegins, .retire(index: Int32.random(in: -1...100, using: &random))])
        case 5: return .hub([.hosts([])])
        case 6:
            return .input(
                .resize(
                    width: Int.random(in: -1...300, using: &random),
                    height: Int.random(in: -1...90, using: &random)))
        case 7: return .input(.paste("cpu > 50% \u{1B}[A x"))
        case 8:
            let actions: [MouseEvent.Action] = [
                .press(button: 1), .press(button: 3), .release, .wheelUp, .wheelDown,
            ]
            return .input(
                .mouse(
                    MouseEvent(
                        x: Int.random(in: -5...400, using: &random),
                        y: Int.random(in: -5...100, using: &random),
                        action: actions[Int.random(in: 0..<actions.count, using: &random)])))
        case 10: return .hub(traffic(&random, now))
        case 9: return .shellEnded(status: Int32.random(in: -1...255, using: &random))
        default:
            let key = Self.keys[Int.random(in: 0..<Self.keys.count, using: &random)]
            return .input(.key(KeyPress(key, control: Int.random(in: 0..<12, using: &random) == 0)))
        }
    }
}
