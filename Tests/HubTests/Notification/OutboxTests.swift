import Fleet
import Foundation
import Hub
import Telemetry
import TestSupport
import Testing

@Suite struct `The outbox` {
    private static func alert(
        _ name: String, state: AlertState = .firing, severity: Severity = .warning, hooks: [String] = ["page"]
    ) -> Alert {
        Alert(
            id: name, key: AlertKey(name, ["host": "web1"]), severity: severity, state: state,
            since: Timestamp(milliseconds: 0), firedAt: Timestamp(milliseconds: 0), hooks: hooks)
    }

    private static func step(_ number: Int64, _ kind: AlertTransition.Kind, _ alert: Alert) -> AlertTransition
    {
        AlertTransition(
            number: number, kind: kind, at: Timestamp(milliseconds: 0), alert: alert, isNotice: true)
    }

    private static func outbox(
        gather: Duration = .seconds(30), repeat: Duration? = nil,
        send: Set<HookDefinition.Moment> = [.firing, .resolved], retryFor: Duration = .seconds(3600)
    ) -> Outbox {
        Outbox(hooks: [
            "page": HookDefinition(
                name: "page", command: .run(["page.sh"]), retryFor: retryFor, gather: gather,
                repeat: `repeat`,
                send: send)
        ])
    }

    /// The run that begins now: its alerts and moments.
    private static func begun(
        _ outbox: inout Outbox, _ now: Int64, silenced: Set<String> = []
    ) -> (HookRun?, [String]) {
        while let (run, _) = outbox.next(at: now, wall: wall(now), isSilenced: { silenced.contains($0.id) }) {
            guard let run else { continue }
            return (run, run.notices.map { "\($0.alert.id) \($0.moment.rawValue)" })
        }
        return (nil, [])
    }

    @Test func `tells the first at once and gathers what follows in one second run`() {
        var outbox = Self.outbox()
        _ = outbox.add(Self.step(1, .firing, Self.alert("a")), isSilenced: false)
        #expect(Self.begun(&outbox, 0).1 == ["a firing"])
        _ = outbox.add(Self.step(2, .firing, Self.alert("b")), isSilenced: false)
        _ = outbox.add(Self.step(3, .firing, Self.alert("c", severity: .critical)), isSilenced: false)
        #expect(Self.begun(&outbox, 29_999).0 == nil)
        let (run, told) = Self.begun(&outbox, 30_000)
        #expect(told == ["b firing", "c firing"])
        #expect(run?.worst?.alert.id == "c")
        #expect(Self.begun(&outbox, 60_000).0 == nil)
    }

    @Test func `tells one alert's steps in order, and is not held up by another's retry`() {
        var outbox = Self.outbox(gather: .zero)
        _ = outbox.add(Self.step(1, .firing, Self.alert("a")), isSilenced: false)
        let first = Self.begun(&outbox, 0).0
        _ = outbox.add(Self.step(2, .resolved, Self.alert("a", state: .resolved)), isSilenced: false)
        _ = outbox.add(Self.step(3, .firing, Self.alert("b")), isSilenced: false)
        #expect(Self.begun(&outbox, 1).1 == ["b firing"])
        #expect(outbox.finish(first?.number ?? 0, .later, at: 10).ending == .again(inMilliseconds: 5000))
        #expect(Self.begun(&outbox, 5009).0 == nil)
        let again = Self.begun(&outbox, 5010).0
        #expect(again?.number == first?.number && again?.attempt == 2)
        #expect(outbox.finish(first?.number ?? 0, .done, at: 5020).ending == .ended)
        #expect(Self.begun(&outbox, 5021).1 == ["a resolved"])
    }

    @Test func `waits 5, 10, 20 seconds and at most five minutes, and gives up in time`() {
        #expect(
            (1...8).map(Outbox.wait(after:)) == [
                5000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000,
            ])
        var outbox = Self.outbox(retryFor: .seconds(30))
        _ = outbox.add(Self.step(1, .firing, Self.alert("a")), isSilenced: false)
        var now: Int64 = 0
        var attempts = 0
        while let run = Self.begun(&outbox, now).0 {
            attempts += 1
            guard case .again(let wait) = outbox.finish(run.number, .late, at: now).ending else { break }
            now += wait
        }
        // 0 s, 5 s, 15 s; the next would be at 35 s.
        #expect(attempts == 3 && outbox.isIdle)
    }

    @Test func `does not try again what failed`() {
        var outbox = Self.outbox()
        _ = outbox.add(Self.step(1, .firing, Self.alert("a")), isSilenced: false)
        let run = Self.begun(&outbox, 0).0
        #expect(outbox.finish(run?.number ?? 0, .failed(status: 1), at: 1).ending == .ended)
        #expect(outbox.isIdle)
    }

    @Test func `repeats while an alert fires and nobody has it`() {
        var outbox = Self.outbox(repeat: .seconds(60))
        var current: Alert? = Self.alert("a")
        _ = outbox.add(Self.step(1, .firing, Self.alert("a")), isSilenced: false)
        _ = outbox.finish(Self.begun(&outbox, 0).0?.number ?? 0, .done, at: 0)
        func repeated(_ now: Int64) -> Int? {
            _ = outbox.repeats(at: now, current: { _ in current }, isSilenced: { _ in false })
            guard let run = Self.begun(&outbox, now).0 else { return nil }
            _ = outbox.finish(run.number, .done, at: now)
            return run.notices[0].repeats
        }
        #expect(repeated(59_999) == nil)
        #expect(repeated(60_000) == 1)
        #expect(repeated(119_000) == nil)
        #expect(repeated(120_000) == 2)
        current?.acknowledged = Acknowledgement(by: "marta", at: Timestamp(milliseconds: 0))
        #expect(repeated(500_000) == nil)
        current = nil
        #expect(repeated(600_000) == nil)
    }

    @Test func `tells what still fires when its silence ends, and nobody of what came and went under it`() {
        var outbox = Self.outbox(gather: .zero)
        _ = outbox.add(Self.step(1, .firing, Self.alert("a")), isSilenced: true)
        _ = outbox.add(Self.step(2, .firing, Self.alert("b")), isSilenced: true)
        #expect(Self.begun(&outbox, 0, silenced: ["a", "b"]).0 == nil)
        _ = outbox.add(Self.step(3, .resolved, Self.alert("b", state: .resolved)), isSilenced: true)
        #expect(Self.begun(&outbox, 1, silenced: ["a", "b"]).0 == nil)
        #expect(Self.begun(&outbox, 2).1 == ["a firing"])
        #expect(outbox.queue.isEmpty)
    }

    @Test func `tells the end of what was told although a repeat waits under a silence`() {
        var outbox = Self.outbox(gather: .seconds(30), repeat: .seconds(60))
        _ = outbox.add(Self.step(1, .firing, Self.alert("a")), isSilenced: false)
        _ = outbox.finish(Self.begun(&outbox, 0).0?.number ?? 0, .done, at: 0)
        _ = outbox.repeats(at: 60_000, current: { _ in Self.alert("a") }, isSilenced: { _ in false })
        #expect(outbox.queue.count == 1)
        _ = outbox.add(Self.step(2, .resolved, Self.alert("a", state: .resolved)), isSilenced: true)
        #expect(Self.begun(&outbox, 60_001, silenced: ["a"]).1 == ["a resolved"])
    }

    @Test func `keeps for a hub that runs hooks what fires still, and ends of what was told`() {
        var outbox = Self.outbox(gather: .zero, repeat: .seconds(60))
        _ = outbox.add(Self.step(1, .firing, Self.alert("told")), isSilenced: false)
        _ = outbox.finish(Self.begun(&outbox, 0).0?.number ?? 0, .done, at: 0)
        _ = outbox.add(Self.step(2, .firing, Self.alert("waits")), isSilenced: false)
        _ = outbox.add(Self.step(3, .firing, Self.alert("goes")), isSilenced: false)
        // A hub that runs none, and may not even know them.
        let hooks = outbox.hooks
        (outbox.hooks, outbox.isRunning) = ([:], false)
        #expect(outbox.next(at: 1, wall: wall(1), isSilenced: { _ in false }) == nil && outbox.isIdle)
        outbox.hooks = hooks
        _ = outbox.add(Self.step(4, .firing, Self.alert("new")), isSilenced: false)
        _ = outbox.add(Self.step(5, .firing, Self.alert("short")), isSilenced: false)
        #expect(
            outbox.repeats(at: 90_000, current: { _ in Self.alert("told") }, isSilenced: { _ in false }) == []
        )
        outbox.hooks = [:]
        for name in ["told", "goes", "short"] {
            _ = outbox.add(Self.step(6, .resolved, Self.alert(name, state: .resolved)), isSilenced: false)
        }
        #expect(outbox.next(at: 90_000, wall: wall(1), isSilenced: { _ in false }) == nil)
        outbox.hooks = hooks
        _ = outbox.add(Self.step(7, .firing, Self.alert("over")), isSilenced: false)
        // One that runs them tells what was kept when the rules have looked at it again.
        (outbox.isRunning, outbox.tellsKept) = (true, false)
        #expect(!outbox.isIdle)
        #expect(Self.begun(&outbox, 100_000).1 == ["waits firing", "told resolved"])
        _ = outbox.add(Self.step(8, .resolved, Self.alert("over", state: .resolved)), isSilenced: false)
        outbox.tellsKept = true
        #expect(Self.begun(&outbox, 100_000).1 == ["new firing"])
    }

    @Test func `tells nobody of what came and went under a silence that ends before its hook gathers`() {
        var outbox = Self.outbox(gather: .seconds(30))
        _ = outbox.add(Self.step(1, .firing, Self.alert("a")), isSilenced: false)
        _ = outbox.finish(Self.begun(&outbox, 0).0?.number ?? 0, .done, at: 0)
        _ = outbox.add(Self.step(2, .firing, Self.alert("b")), isSilenced: true)
        let changes = outbox.add(Self.step(3, .resolved, Self.alert("b", state: .resolved)), isSilenced: true)
        #expect(changes.count == 1)
        #expect(Self.begun(&outbox, 30_000).0 == nil && outbox.queue.isEmpty)
    }

    @Test func `tells an end that waits, although the alert was pending again and dropped meanwhile`() {
        var outbox = Self.outbox(gather: .seconds(30))
        _ = outbox.add(Self.step(1, .firing, Self.alert("a")), isSilenced: false)
        _ = outbox.finish(Self.begun(&outbox, 0).0?.number ?? 0, .done, at: 0)
        _ = outbox.add(Self.step(2, .resolved, Self.alert("a", state: .resolved)), isSilenced: false)
        _ = outbox.add(Self.step(3, .pending, Self.alert("a", state: .pending)), isSilenced: false)
        #expect(
            outbox.add(Self.step(4, .dropped, Self.alert("a", state: .resolved)), isSilenced: false) == [])
        #expect(Self.begun(&outbox, 30_000).1 == ["a resolved"])
    }

    @Test func `tells a hook that wants no ends of what was over before it gathered`() {
        var outbox = Self.outbox(gather: .seconds(30), send: [.firing])
        _ = outbox.add(Self.step(1, .firing, Self.alert("a")), isSilenced: false)
        _ = outbox.finish(Self.begun(&outbox, 0).0?.number ?? 0, .done, at: 0)
        _ = outbox.add(Self.step(2, .firing, Self.alert("b")), isSilenced: false)
        _ = outbox.add(Self.step(3, .resolved, Self.alert("b", state: .resolved)), isSilenced: false)
        let run = Self.begun(&outbox, 30_000)
        #expect(run.1 == ["b firing"])
        _ = outbox.finish(run.0?.number ?? 0, .done, at: 30_001)
        _ = outbox.repeats(at: 30_002, current: { _ in nil }, isSilenced: { _ in false })
        #expect(outbox.told.isEmpty)
    }

    @Test func `tells the end of what was told, silenced or not`() {
        var outbox = Self.outbox(gather: .zero)
        _ = outbox.add(Self.step(1, .firing, Self.alert("a")), isSilenced: false)
        _ = outbox.finish(Self.begun(&outbox, 0).0?.number ?? 0, .done, at: 0)
        _ = outbox.add(Self.step(2, .resolved, Self.alert("a", state: .resolved)), isSilenced: true)
        #expect(Self.begun(&outbox, 1, silenced: ["a"]).1 == ["a resolved"])
    }

    @Test func `tells a hook only what it wants to hear`() {
        var only = Self.outbox(gather: .zero, send: [.firing])
        _ = only.add(Self.step(1, .firing, Self.alert("a")), isSilenced: false)
        _ = only.finish(Self.begun(&only, 0).0?.number ?? 0, .done, at: 0)
        _ = only.add(Self.step(2, .resolved, Self.alert("a", state: .resolved)), isSilenced: false)
        #expect(Self.begun(&only, 1).0 == nil && only.told.isEmpty)
        var ends = Self.outbox(gather: .zero, send: [.resolved])
        _ = ends.add(Self.step(1, .firing, Self.alert("a")), isSilenced: false)
        #expect(Self.begun(&ends, 0).0 == nil)
        _ = ends.add(Self.step(2, .resolved, Self.alert("a", state: .resolved)), isSilenced: false)
        #expect(Self.begun(&ends, 1).1 == ["a resolved"])
    }

    @Test func `repeats a run that a crash took at once, and one that got lost otherwise later`() {
        var outbox = Self.outbox()
        _ = outbox.add(Self.step(1, .firing, Self.alert("a")), isSilenced: false)
        let run = Self.begun(&outbox, 0).0
        outbox.repeatAfterCrash(run?.number ?? 0, at: 1)
        let again = Self.begun(&outbox, 1).0
        #expect(again?.attempt == 2 && again?.number == run?.number)
        #expect(outbox.finish(run?.number ?? 0, .lost, at: 2).ending == .again(inMilliseconds: 10_000))
    }

    // MARK: When too much waits

    /// An outbox that was told to fire of `told`, and whose queue is full since.
    private static func full(told: [String] = ["told"]) -> Outbox {
        var outbox = outbox(gather: .zero, repeat: .seconds(60))
        for (place, name) in told.enumerated() {
            _ = outbox.add(step(Int64(place + 1), .firing, alert(name)), isSilenced: false)
        }
        _ = outbox.finish(begun(&outbox, 0).0?.number ?? 0, .done, at: 0)
        let other = alert("other")
        let waiting = (0..<Int64(Outbox.queueMax)).map {
            HookNotice(number: 100 + $0, hook: "page", moment: .firing, alert: other)
        }
        _ = outbox.restore(
            queue: waiting, runs: [], told: [], gathers: [], lastRun: 1, at: 0, wall: wall(0))
        return outbox
    }

    @Test func `refuses and counts what is beyond its limit, but never the end of what was told`() {
        var outbox = Self.full()
        #expect(outbox.add(Self.step(200_000, .firing, Self.alert("new")), isSilenced: false) == [])
        #expect(outbox.refused == 1 && outbox.refusedOfLate == 1)
        // Nobody knows that it fired.
        let unknown = Self.alert("new", state: .resolved)
        #expect(outbox.add(Self.step(200_001, .resolved, unknown), isSilenced: false) == [])
        let end = Self.alert("told", state: .resolved)
        #expect(outbox.add(Self.step(200_002, .resolved, end), isSilenced: false).count == 1)
        #expect(outbox.queue.last?.alert.id == "told" && outbox.queue.last?.moment == .resolved)
        #expect(outbox.refused == 1)
    }

    @Test func `tells an end once, although that the alert fired again meanwhile was refused`() {
        var outbox = Self.full()
        let end = Self.alert("told", state: .resolved)
        #expect(outbox.add(Self.step(200_000, .resolved, end), isSilenced: false).count == 1)
        for number in stride(from: Int64(200_001), to: 200_100, by: 2) {
            #expect(outbox.add(Self.step(number, .firing, Self.alert("told")), isSilenced: false) == [])
            #expect(outbox.add(Self.step(number + 1, .resolved, end), isSilenced: false) == [])
        }
        #expect(outbox.queue.count == Outbox.queueMax + 1)
    }

    @Test func `repeats later what has no room, and counts it not as refused`() {
        var outbox = Self.full()
        let current = Self.alert("told")
        #expect(outbox.repeats(at: 90_000, current: { _ in current }, isSilenced: { _ in false }) == [])
        #expect(outbox.refused == 0)
        var run = Self.begun(&outbox, 90_000)
        #expect(run.1 == ["other firing"])
        _ = outbox.repeats(at: 90_001, current: { _ in current }, isSilenced: { _ in false })
        run = Self.begun(&outbox, 90_001)
        #expect(run.1 == ["told firing"])
    }

    @Test func `says that it refuses until there is room again`() {
        var outbox = Self.full()
        _ = outbox.add(Self.step(200_000, .firing, Self.alert("new")), isSilenced: false)
        func look() { _ = outbox.repeats(at: 1, current: { _ in nil }, isSilenced: { _ in false }) }
        look()
        #expect(outbox.refusedOfLate == 1)
        _ = outbox.restore(queue: [], runs: [], told: [], gathers: [], lastRun: 1, at: 1, wall: wall(1))
        look()
        #expect(outbox.refusedOfLate == 0 && outbox.refused == 1)
    }

    /// Against a list of what must be heard: every step of every alert, in its order, whatever ends how and whenever.
    @Test(arguments: 0..<300) func `loses nothing and keeps each alert's order over random timelines`(
        _ seed: Int
    ) {
        var random = SeededRandom(seed: UInt64(seed))
        var outbox = Self.outbox(
            gather: .seconds(Int.random(in: 0...3, using: &random)), retryFor: .seconds(1_000_000))
        var number: Int64 = 0
        var firing: Set<Int> = []
        var expected: [String: [String]] = [:]
        var heard: [String: [String]] = [:]
        var running: [Int64] = []
        var now: Int64 = 0
        for step in 0..<600 {
            now += Int64.random(in: 0...2000, using: &random)
            if step < 300, Bool.random(using: &random) {
                let place = Int.random(in: 0..<5, using: &random)
                let isEnd = firing.contains(place)
                if isEnd { firing.remove(place) } else { firing.insert(place) }
                number += 1
                let alert = Self.alert("a\(place)", state: isEnd ? .resolved : .firing)
                _ = outbox.add(Self.step(number, isEnd ? .resolved : .firing, alert), isSilenced: false)
                expected["a\(place)", default: []].append("\(number)")
                if isEnd, Bool.random(using: &random) {
                    number += 1
                    _ = outbox.add(Self.step(number, .dropped, alert), isSilenced: false)
                }
            }
            if !running.isEmpty, Bool.random(using: &random) {
                let place = Int.random(in: 0..<running.count, using: &random)
                let chosen = running.remove(at: place)
                let outcomes: [HookOutcome] = [.done, .done, .later, .late, .failed(status: 1)]
                let outcome = step < 300 ? outcomes.randomElement(using: &random) ?? .done : .done
                let told = outbox.runs[chosen]?.notices ?? []
                if case .ended = outbox.finish(chosen, outcome, at: now).ending {
                    for notice in told { heard[notice.alert.id, default: []].append("\(notice.number)") }
                }
            }
            if step > 300 { now += 300_000 }
            if let run = Self.begun(&outbox, now).0 { running.append(run.number) }
            if Int.random(in: 0..<40, using: &random) == 0 {
                // Another hub goes on from the journal: what ran is told again from there.
                var restored = Self.outbox(gather: .zero, retryFor: .seconds(1_000_000))
                _ = restored.restore(
                    queue: outbox.queue, runs: Array(outbox.runs.values), told: Array(outbox.told.values),
                    gathers: [], lastRun: outbox.lastRun, at: now, wall: wall(now))
                running = restored.runs.keys.sorted()
                outbox = restored
            }
        }
        for _ in 0..<200 {
            now += 600_000
            for chosen in running {
                let told = outbox.runs[chosen]?.notices ?? []
                if case .ended = outbox.finish(chosen, .done, at: now).ending {
                    for notice in told { heard[notice.alert.id, default: []].append("\(notice.number)") }
                }
            }
            running = Self.begun(&outbox, now).0.map { [$0.number] } ?? []
        }
        #expect(heard == expected, "seed \(seed)")
        #expect(outbox.isIdle, "seed \(seed)")
    }
}

/// Noon of some day, and so many milliseconds.
private func wall(_ now: Int64) -> Timestamp { Timestamp(milliseconds: 1_785_585_600_000 + now) }

extension Outbox {
    fileprivate mutating func finish(
        _ number: Int64, _ outcome: HookOutcome, at now: Int64
    ) -> (ending: OutboxEnding, changes: [OutboxChange]) {
        finish(number, outcome, at: now, wall: wall(now))
    }
}
