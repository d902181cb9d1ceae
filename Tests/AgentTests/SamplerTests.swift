import Agent
import Telemetry
import Testing
import Wire

@Suite struct `The sampler` {
    private final class FakeProbe: Probe {
        let name: String
        let tier: Tier
        var reads = 0
        var failure: ProbeError?
        var wants = false
        var onRead: () -> Void = {}
        private var slot = -1

        init(_ name: String, _ tier: Tier = .second) {
            self.name = name
            self.tier = tier
        }

        func wantsReading(at now: TickTime) -> Bool { wants }

        func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
            reads += 1
            onRead()
            if let failure { throw failure }
            if slot < 0 { slot = readings.define(SeriesDefinition(SeriesKey(name), .gauge)) }
            readings[slot] = Int64(reads)
        }
    }

    private final class Clock {
        var nanoseconds: UInt64 = 0
    }

    @Test(arguments: [
        (tier: Tier.second, interval: 1, ticks: 120, reads: 119...121),
        (tier: .tenSeconds, interval: 1, ticks: 120, reads: 12...13),
        (tier: .minute, interval: 1, ticks: 120, reads: 2...3),
        (tier: .second, interval: 10, ticks: 12, reads: 12...12),
        (tier: .tenSeconds, interval: 10, ticks: 12, reads: 12...12),
        (tier: .minute, interval: 10, ticks: 12, reads: 2...3),
        (tier: .minute, interval: 300, ticks: 4, reads: 4...4),
    ])
    func `reads a tier at its own time, however far apart the ticks are`(
        _ row: (tier: Tier, interval: Int64, ticks: Int, reads: ClosedRange<Int>)
    ) throws {
        // Seven others before it, whose place spreads it.
        let probe = FakeProbe("a", row.tier)
        let bench = ProbeBench((0..<7).map { FakeProbe("other\($0)") } + [probe])
        for _ in 0..<row.ticks {
            try bench.tick()
            bench.move(seconds: row.interval - 1)
        }
        #expect(row.reads.contains(probe.reads), "\(probe.reads) reads")
    }

    @Test func `reads a probe that wants it before its time`() throws {
        let probe = FakeProbe("a", .minute)
        let bench = ProbeBench([probe])
        for _ in 0..<5 { try bench.tick() }
        #expect(probe.reads == 1)
        probe.wants = true
        for _ in 0..<5 { try bench.tick() }
        #expect(probe.reads == 6)
    }

    @Test func `tells once that a failing collector has no values, and its values when it has them again`()
        throws
    {
        let (good, bad) = (FakeProbe("good"), FakeProbe("bad"))
        let bench = ProbeBench([good, bad])
        #expect(try bench.tick() == ["good": 1, "bad": 1])
        bad.failure = .malformed(path: "/proc/bad", reason: "torn")
        #expect(try bench.tick() == ["good": 2])
        #expect(try bench.tick() == ["good": 3])
        #expect(bench.failures == [.malformed(path: "/proc/bad", reason: "torn")])
        bad.failure = nil
        #expect(try bench.tick() == ["good": 4, "bad": 4])
    }

    @Test func `asks once a minute for what the host cannot have, and says so once`() throws {
        let probe = FakeProbe("a")
        probe.failure = .notApplicable(reason: "no such hardware")
        let bench = ProbeBench([probe])
        try bench.tick()
        #expect(bench.sampler.hasNewFacts)
        #expect(bench.sampler.collectors[0].notApplicable == "no such hardware")
        bench.sampler.hasNewFacts = false
        for _ in 0..<120 { try bench.tick() }
        #expect((2...3).contains(probe.reads))
        #expect(!bench.sampler.hasNewFacts)
        probe.failure = nil
        for _ in 0..<60 { try bench.tick() }
        #expect(bench.sampler.hasNewFacts)
        #expect(bench.sampler.collectors[0].notApplicable == nil)
    }

    @Test func `leaves a probe that is over its budget out, so that it stays near it`() {
        let clock = Clock()
        let (slow, quick) = (FakeProbe("slow"), FakeProbe("quick"))
        slow.onRead = { clock.nanoseconds += 100_000_000 }
        let sampler = Sampler([slow, quick], clock: { clock.nanoseconds })
        var encoder = SampleEncoder()
        for second in 0..<60 {
            let time = TickTime(
                wall: Timestamp(seconds: 1_800_000_000 + Int64(second)),
                bootNanoseconds: UInt64(second + 1) * 1_000_000_000)
            sampler.tick(at: time, isSnapshot: false, into: &encoder)
        }
        #expect(quick.reads == 60)
        #expect(slow.reads == 10)
        #expect(sampler.collectors[0].skippedRounds == 50)
        #expect(sampler.collectors[0].durationNanoseconds == 100_000_000)
    }

    @Test func `stamps each group with the moment of its own reading, whatever the others cost`() throws {
        let clock = Clock()
        let (first, slow, last) = (FakeProbe("first"), FakeProbe("slow"), FakeProbe("last"))
        slow.onRead = { clock.nanoseconds += 140_000_000 }
        let sampler = Sampler([first, slow, last], clock: { clock.nanoseconds })
        var encoder = SampleEncoder()
        let time = TickTime(wall: Timestamp(seconds: 1_800_000_000), bootNanoseconds: 1_000_000_000)
        sampler.tick(at: time, isSnapshot: true, into: &encoder)
        var decoder = FrameDecoder()
        decoder.append(encoder.bytes)
        var ages: [UInt32] = []
        while let message = try decoder.next() {
            if case .tick(let tick) = message { ages = tick.samples.map(\.ageMilliseconds) }
        }
        #expect(ages == [0, 0, 140])
    }

    @Test func `has what it left out among the agent's own figures, and nothing where nothing was`() {
        let clock = Clock()
        let (slow, quick) = (FakeProbe("slow"), FakeProbe("quick"))
        let own = SelfProbe(AgentPaths(), ProbeBuffer(), pageSize: 4096)
        let sampler = Sampler([slow, quick, own], clock: { clock.nanoseconds })
        own.watch(sampler)
        var encoder = SampleEncoder()
        func lines(after seconds: ClosedRange<Int64>) -> [Substring] {
            for second in seconds {
                sampler.tick(
                    at: TickTime(
                        wall: Timestamp(seconds: 1_800_000_000 + second),
                        bootNanoseconds: UInt64(second) * 1_000_000_000), isSnapshot: false, into: &encoder)
            }
            return Exposition.text(sampler.collectors, .prometheus).split(separator: "\n")
                .filter { $0.hasPrefix("martlet_agent_") }
        }
        #expect(
            lines(after: 1...20) == ["martlet_agent_dropped_total 0", "martlet_agent_missed_ticks_total 0"])
        slow.onRead = { clock.nanoseconds += 100_000_000 }
        let found = lines(after: 21...60)
        #expect(
            found.contains { $0.hasPrefix("martlet_agent_skipped_rounds_total{collector=\"slow\"} ") })
        #expect(!found.contains { $0.contains("collector=\"quick\"") })
    }

    @Test func `counts series that the wire has no room for among the agent's own figures`() {
        let own = SelfProbe(AgentPaths(), ProbeBuffer(), pageSize: 4096)
        let bench = ProbeBench([FakeProbe(String(repeating: "x", count: 5000)), own])
        own.watch(bench.sampler)
        for _ in 0..<20 { bench.tickOnly() }
        // The series itself, and the collector's duration and success, which bear its name.
        let refused = bench.lines.first { $0.hasPrefix("martlet_agent_refused_series_total ") }
        #expect(refused == "martlet_agent_refused_series_total 3")
    }
}
