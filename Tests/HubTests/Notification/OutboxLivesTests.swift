import Fleet
import Foundation
import Hub
import Telemetry
import Testing

/// What an outbox owes over restarts of its hub, each with a steady clock of its own.
@Suite struct `The outbox over lives of a hub` {
    /// What the journal keeps between two lives.
    private struct Kept {
        var queue: [HookNotice] = []
        var told: [HookTold] = []
        var gathers: [HookGather] = []
        var lastRun: Int64 = 0

        mutating func take(_ changes: [OutboxChange]) {
            for change in changes {
                switch change {
                case .putNotice(let notice): queue.append(notice)
                case .removeNotice(let notice): queue.removeAll { $0.id == notice.id }
                case .putRun(_, let number): lastRun = number
                case .removeRun: break
                case .putTold(let known):
                    told.removeAll { $0.key == known.key }
                    told.append(known)
                case .removeTold(let known): told.removeAll { $0.key == known.key }
                case .putGather(let gather): gathers = [gather]
                }
            }
        }
    }

    /// One life of a hub: its steady clock begins at some moment of its own.
    private struct Life {
        var outbox: Outbox
        let began: Int64
        let steady: Int64

        init(_ kept: inout Kept, at wall: Int64, steady: Int64, gather: Duration = .zero) {
            outbox = Outbox(hooks: [
                "page": HookDefinition(
                    name: "page", command: .run(["page.sh"]), gather: gather, repeat: .seconds(1800))
            ])
            (began, self.steady) = (wall, steady)
            kept.take(
                outbox.restore(
                    queue: kept.queue, runs: [], told: kept.told, gathers: kept.gathers,
                    lastRun: kept.lastRun, at: steady, wall: Timestamp(milliseconds: wall)))
        }

        mutating func fire(_ number: Int64, _ name: String, _ kept: inout Kept) {
            let step = AlertTransition(
                number: number, kind: .firing, at: Timestamp(milliseconds: began),
                alert: `The outbox over lives of a hub`.alert(name), isNotice: true)
            kept.take(outbox.add(step, isSilenced: false))
        }

        /// What is told at this moment of the wall clock, which nobody sets within a life.
        mutating func tell(at wall: Int64, _ kept: inout Kept) -> [String] {
            let (now, time) = (steady + wall - began, Timestamp(milliseconds: wall))
            kept.take(
                outbox.repeats(
                    at: now, current: { `The outbox over lives of a hub`.alert($0.name) },
                    isSilenced: { _ in false }))
            var told: [String] = []
            while let (run, changes) = outbox.next(at: now, wall: time, isSilenced: { _ in false }) {
                kept.take(changes)
                guard let run else { continue }
                told += run.notices.map { "\($0.alert.name) \($0.repeats)" }
                kept.take(outbox.finish(run.number, .done, at: now, wall: time).changes)
            }
            return told
        }
    }

    fileprivate static func alert(_ name: String) -> Alert {
        Alert(
            id: name, key: AlertKey(name, ["host": "web1"]), state: .firing,
            since: Timestamp(milliseconds: 0),
            firedAt: Timestamp(milliseconds: 0), hooks: ["page"])
    }

    private static let noon: Int64 = 1_785_585_600_000
    private static let minute: Int64 = 60_000

    /// What was told of one alert at noon.
    private static func told(_ names: [String] = ["A"]) -> Kept {
        var kept = Kept()
        var life = Life(&kept, at: noon, steady: 7_000_000)
        for (place, name) in names.enumerated() { life.fire(Int64(place + 1), name, &kept) }
        #expect(life.tell(at: noon, &kept).count == names.count)
        return kept
    }

    @Test func `repeats at its time, however often its hub begins anew`() {
        var kept = Self.told()
        var heard: [Int64] = []
        // A hub that lives for four minutes, twelve times.
        for number in 0..<Int64(12) {
            let began = Self.noon + number * 5 * Self.minute
            var life = Life(&kept, at: began, steady: 1000 * number)
            for second in 0..<Int64(240) where !life.tell(at: began + second * 1000, &kept).isEmpty {
                heard.append((began + second * 1000 - Self.noon) / Self.minute)
            }
        }
        #expect(heard == [30])
        #expect(kept.told.map(\.repeats) == [1])
        var life = Life(&kept, at: Self.noon + 60 * Self.minute, steady: 5)
        #expect(life.tell(at: Self.noon + 60 * Self.minute, &kept) == ["A 2"])
    }

    @Test func `goes on from now where its journal is of a hub that kept no times`() throws {
        var kept = Kept()
        kept.told = [
            try JSONDecoder().decode(
                HookTold.self,
                from: Data(
                    #"{"hook": "page", "key": {"labels": {"host": "web1"}, "name": "A"}, "number": 1, "repeats": 0}"#
                        .utf8))
        ]
        var life = Life(&kept, at: Self.noon, steady: 0)
        #expect(life.tell(at: Self.noon, &kept) == [])
        // And the next one from there.
        life = Life(&kept, at: Self.noon + 29 * Self.minute, steady: 0)
        #expect(life.tell(at: Self.noon + 29 * Self.minute, &kept) == [])
        #expect(life.tell(at: Self.noon + 30 * Self.minute, &kept) == ["A 1"])
    }

    @Test func `repeats within its time where the clock was set back, by a year and between all lives`() {
        var kept = Self.told()
        let year: Int64 = 365 * 1440 * Self.minute
        var heard: [String] = []
        for number in 0..<Int64(12) {
            let began = Self.noon - year + number * 5 * Self.minute
            var life = Life(&kept, at: began, steady: 0)
            heard += life.tell(at: began + 4 * Self.minute, &kept)
        }
        #expect(heard == ["A 1"])
    }

    @Test func `repeats all once and in one run where the clock was set forward`() {
        var kept = Self.told(["A", "B", "C"])
        let later = Self.noon + 365 * 1440 * Self.minute
        var life = Life(&kept, at: later, steady: 0)
        let before = kept.lastRun
        #expect(life.tell(at: later, &kept).sorted() == ["A 1", "B 1", "C 1"])
        #expect(kept.lastRun == before + 1)
        life = Life(&kept, at: later + Self.minute, steady: 0)
        #expect(life.tell(at: later + Self.minute, &kept) == [])
    }

    @Test func `gathers on where it was, and keeps nobody waiting for a clock that was set back`() {
        var kept = Kept()
        var life = Life(&kept, at: Self.noon, steady: 7_000_000, gather: .seconds(30))
        life.fire(1, "A", &kept)
        #expect(life.tell(at: Self.noon, &kept) == ["A 0"])
        life = Life(&kept, at: Self.noon + 10_000, steady: 0, gather: .seconds(30))
        life.fire(2, "B", &kept)
        #expect(life.tell(at: Self.noon + 29_000, &kept) == [])
        var back = Life(&kept, at: Self.noon - 3_600_000, steady: 0, gather: .seconds(30))
        var copy = kept
        #expect(back.tell(at: Self.noon - 3_600_000, &copy) == ["B 0"])
        #expect(life.tell(at: Self.noon + 30_000, &kept) == ["B 0"])
    }
}
