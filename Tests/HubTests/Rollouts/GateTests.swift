import Fleet
import Hub
import Telemetry
import TestSupport
import Testing
import Wire

/// Hosts that answered requests and worked for a minute, each as a test says, up to now.
private struct GateFleet {
    let core = HubCore()
    private let end = InventedAgent.now

    /// What one host did in each second.
    struct Load {
        var requests = 10.0
        var failures = 0.0
        var seconds = 0.05
        var load = 1.0
        /// Lines that hold the text that is looked for: all in one second, the tenth last.
        var panics = 0.0
        /// How long ago it began, and how long ago that of before ended.
        var since: Int64 = 60
    }

    /// Its clock is so many seconds ahead of the hub's.
    func add(_ name: String, before: Load? = nil, _ load: Load?, ahead: Int64 = 0) async throws {
        let host = HostID(name)
        _ = await core.add(SourceCommand(host: host, arguments: [], summary: name))
        await core.hasGreeted(host, agent: nil)
        var agent = RequestAgent()
        var frames: [UInt8] = []
        var (good, bad) = (0.0, 0.0)
        var durations = ExponentialHistogram()
        for second in Int64(-120)...0 {
            guard let doing = second > -(load?.since ?? 0) ? load : before else { continue }
            good += doing.requests - doing.failures
            bad += doing.failures
            for _ in 0..<Int(doing.requests) { durations.observe(doing.seconds) }
            var counters = [
                (RequestAgent.requests("/", "200"), good), (RequestAgent.requests("/", "500"), bad),
                (SeriesKey("martlet_log_lines_total", ["level": "", "service": "shop"]), good + bad),
            ]
            if second > -10, doing.panics > 0 {
                let labels: Labels = ["match": "panic", "service": "shop"]
                counters.append((SeriesKey("martlet_log_matches_total", labels), doing.panics))
            }
            frames += agent.tick(
                end.advanced(byMilliseconds: (second + ahead) * 1000), counters,
                [(RequestAgent.duration("/"), durations)])
        }
        await core.take(try RequestAgent.messages(frames), from: host)
    }

    func judge(
        _ condition: String, changed: [String], baseline: [String] = [], isBefore: Bool = false,
        minRequests: Int = 100
    ) async throws -> GateAnswer.Line {
        let minute = end.advanced(byMilliseconds: -60_000)
        let question = GateQuestion(
            conditions: [try GateCondition(condition)], changed: changed.map { HostID($0) }, from: minute,
            to: end,
            baseline: baseline.map { HostID($0) },
            baselineFrom: isBefore ? minute.advanced(byMilliseconds: -60_000) : minute,
            baselineTo: isBefore ? minute : end, minRequests: minRequests,
            baselineName: isBefore ? "before" : "the rest")
        return try #require(await core.judge(question).first)
    }
}

@Suite struct `A rollout's gate` {
    @Test func `holds the changed hosts against a number`() async throws {
        let fleet = GateFleet()
        try await fleet.add("web1", .init(failures: 2))
        try await fleet.add("web2", .init())
        let failed = try await fleet.judge("http.error_ratio{service=shop} < 2%", changed: ["web1"])
        #expect(failed.verdict == .failed && failed.text.hasPrefix("20% of "), "\(failed)")
        let passed = try await fleet.judge("http.error_ratio{service=shop} < 2%", changed: ["web2"])
        #expect(passed.verdict == .passed && passed.text.hasPrefix("0% of "), "\(passed)")
        // Of both together it is the share of all requests.
        let both = try await fleet.judge("http.error_ratio < 11%", changed: ["web1", "web2"])
        #expect(both.verdict == .passed && both.text.hasPrefix("10% of "), "\(both)")
    }

    @Test func `counts the first lines that hold a text, whose series comes with them`() async throws {
        let fleet = GateFleet()
        try await fleet.add("web1", .init(panics: 3))
        try await fleet.add("web2", .init())
        let condition = "log.matches{match=panic} < 1"
        let failed = try await fleet.judge(condition, changed: ["web1"], baseline: ["web2"])
        #expect(failed.verdict == .failed && failed.text.contains("3"), "\(failed)")
        let passed = try await fleet.judge(condition, changed: ["web2"], baseline: ["web1"])
        #expect(passed.verdict == .passed, "\(passed)")
        let beside = try await fleet.judge(
            "log.matches{match=panic} <= baseline * 2", changed: ["web1"], baseline: ["web2"])
        #expect(beside.verdict == .failed, "\(beside)")
    }

    @Test func `holds them against the rest, and against what they were before`() async throws {
        let fleet = GateFleet()
        try await fleet.add("web1", before: .init(seconds: 0.05), .init(seconds: 0.2))
        try await fleet.add("web2", before: .init(seconds: 0.3), .init(seconds: 0.19))
        let condition = "http.p99{service=shop} <= baseline * 1.3"
        let rest = try await fleet.judge(condition, changed: ["web1"], baseline: ["web2"])
        #expect(rest.verdict == .passed && rest.text.contains("(the rest)"), "\(rest)")
        let before = try await fleet.judge(condition, changed: ["web1"], baseline: ["web1"], isBefore: true)
        #expect(before.verdict == .failed && before.text.contains("(before)"), "\(before)")
        let better = try await fleet.judge(condition, changed: ["web2"], baseline: ["web2"], isBefore: true)
        #expect(better.verdict == .passed, "\(better)")
    }

    @Test func `has no verdict where requests are too few, data are missing, or a host is silent`()
        async throws
    {
        let fleet = GateFleet()
        try await fleet.add("web1", .init(since: 5))
        try await fleet.add("web2", nil)
        let few = try await fleet.judge("http.error_ratio < 2%", changed: ["web1"])
        #expect(few.verdict == .none && few.text.hasSuffix("requests, and 100 are needed"), "\(few)")
        let none = try await fleet.judge("http.error_ratio < 2%", changed: ["web2"])
        #expect(none.verdict == .none && none.text.hasPrefix("no data of http.error_ratio"), "\(none)")
        let alone = try await fleet.judge(
            "http.p99 <= baseline * 2", changed: ["web1"], baseline: ["web2"], minRequests: 1)
        #expect(alone.verdict == .none && alone.text.hasPrefix("no baseline (the rest)"), "\(alone)")
        await fleet.core.hasFailed(HostID("web1"), reason: "gone", name: "ended")
        let silent = try await fleet.judge("http.error_ratio < 2%", changed: ["web1"], minRequests: 0)
        #expect(silent.verdict == .none && silent.text == "nothing comes from web1", "\(silent)")
    }

    @Test(arguments: [3600, -3600] as [Int64])
    func `looks at each host by its own clock, though that be an hour off`(ahead: Int64) async throws {
        let fleet = GateFleet()
        try await fleet.add(
            "web1", before: .init(seconds: 0.05), .init(failures: 2, seconds: 0.2), ahead: ahead)
        try await fleet.add("web2", .init(seconds: 0.05))
        let share = try await fleet.judge("http.error_ratio < 2%", changed: ["web1"])
        // A second more or less of the time before, as clocks are compared by whole ones.
        #expect(share.verdict == .failed && ["19", "20"].contains(share.text.prefix(2)), "\(share)")
        let condition = "http.p99{service=shop} <= baseline * 1.3"
        let rest = try await fleet.judge(condition, changed: ["web1"], baseline: ["web2"])
        #expect(rest.verdict == .failed && rest.text.contains("(the rest)"), "\(rest)")
        let before = try await fleet.judge(condition, changed: ["web1"], baseline: ["web1"], isBefore: true)
        #expect(before.verdict == .failed && before.text.contains("(before)"), "\(before)")
    }

    @Test func `looks no further back than the change, however long a window is written`() async throws {
        let fleet = GateFleet()
        try await fleet.add("web1", before: .init(failures: 10), .init())
        let line = try await fleet.judge("http.error_ratio(10m) < 2%", changed: ["web1"])
        #expect(line.verdict == .passed, "\(line)")
    }

    @Test func `sees a failure beside a host that is silent`() async throws {
        let fleet = GateFleet()
        try await fleet.add("web1", .init(failures: 5))
        try await fleet.add("web2", .init())
        await fleet.core.hasFailed(HostID("web2"), reason: "gone", name: "ended")
        let line = try await fleet.judge("http.error_ratio < 2%", changed: ["web1", "web2"])
        #expect(line.verdict == .failed, "\(line)")
    }

    @Test(arguments: ["disk.full_in{mount=/} > 1h", "host.silent < 10s", "process.count{name=nginx} > 0"])
    func `does not take what a few minutes say nothing of`(condition: String) {
        #expect(throws: QueryError.self) { _ = try GateCondition(condition) }
    }
}
