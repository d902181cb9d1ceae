import Fleet
import Hub
import HubSupport
import Telemetry
import Testing
import Wire

/// Operators-contract 3.3: what agents read of logs, databases and checks, as rules look at it.
@Suite struct `A rule over a service or a check` {
    /// What was told first, when, in seconds.
    private struct Told: Equatable {
        let second: Int
        let text: String
    }

    /// A tick a second for so long; `tick` sends what the host tells in that second.
    private static func told(
        _ when: String, _ seconds: Range<Int>, by fleet: SimulatedFleet = SimulatedFleet(),
        _ tick: (SimulatedFleet, Int) async throws -> Void
    ) async throws -> [Told] {
        var found: [Told] = []
        if seconds.lowerBound == 0 {
            await fleet.begin(try EvaluationWorld.book([("Odd", when)]), hosts: ["db1"])
        }
        for second in seconds {
            try await tick(fleet, second)
            await fleet.core.evaluate()
            found += await fleet.told().map { Told(second: second, text: $0) }
            await fleet.pass(1000)
        }
        return found
    }

    private static func matches(_ text: String, _ count: Double) -> SimulatedFleet.Value {
        .counter("martlet_log_matches_total", count, ["service": "shop", "match": text])
    }

    @Test func `counts lines that hold a text over its window, and no others`() async throws {
        let told = try await Self.told("log.matches(10m){match=pool-empty} > 0", 0..<900) { fleet, second in
            await fleet.send(
                "db1",
                [
                    // What was counted before the hub came is nothing of now.
                    Self.matches("pool-empty", second < 60 ? 7 : second < 100 ? 8 : 9),
                    Self.matches("other", Double(second)),
                ])
        }
        #expect(
            told == [
                Told(second: 60, text: "firing Odd pool-empty shop"),
                // Ten minutes after the second one, give or take a part of the window.
                Told(second: told.last?.second ?? 0, text: "resolved Odd pool-empty shop"),
            ])
        #expect((700...716).contains(told.last?.second ?? 0), "\(told)")
    }

    @Test(arguments: [
        ("log.matches{match=pool-empty} > 0", "firing Odd pool-empty shop"),
        ("log.unparsed_ratio(2s) > 20%", "firing Odd shop"),
    ])
    func `counts the first of its kind, whose series comes with it`(_ when: String, _ text: String)
        async throws
    {
        let fleet = SimulatedFleet()
        let begin = await fleet.now
        let told = try await Self.told(when, 0..<30, by: fleet) { fleet, second in
            let lines = SimulatedFleet.Value.counter(
                "martlet_log_lines_total", Double(second), ["level": "", "service": "shop"])
            let unparsed = SimulatedFleet.Value.counter(
                "martlet_log_unparsed_total", 1, ["reason": "syntax", "service": "shop"])
            let first = when.hasPrefix("log.m") ? [Self.matches("pool-empty", 1)] : [unparsed]
            await fleet.send("db1", [lines] + (second < 20 ? [] : first))
        }
        #expect(told.first == Told(second: 20, text: text), "\(told)")
        // `rules try` says the same of the past.
        let (condition, now) = (try Condition(when), await fleet.now)
        let tried = await fleet.core.tryCondition(condition, where: nil, from: begin, to: now)
        let fired = try #require(tried?.spans.first).firedAt.milliseconds(since: begin)
        #expect((20_000...21_000).contains(fired), "\(fired)")
    }

    @Test func `takes what was counted before the host came for no news`() async throws {
        let when = "log.matches{match=pool-empty} > 0"
        let fleet = SimulatedFleet()
        let begin = await fleet.now
        let told = try await Self.told(when, 0..<30, by: fleet) { fleet, second in
            if second == 15 { await fleet.reconnect("db1") }
            // Its log is told of from the first tick on, and anew in a second session.
            await fleet.send("db1", [Self.matches("pool-empty", 9), Self.matches("other", Double(second))])
        }
        #expect(told == [])
        let (condition, now) = (try Condition(when), await fleet.now)
        let tried = await fleet.core.tryCondition(condition, where: nil, from: begin, to: now)
        #expect(tried?.spans == [])
    }

    @Test func `hears a check that fails for as long as it must, and that it is well again`() async throws {
        let told = try await Self.told("probe.up == 0 for 30s", 0..<200) { fleet, second in
            // Down for less than the time at first, then for longer; another one is well.
            let isDown = (10..<35).contains(second) || (100..<150).contains(second)
            await fleet.send(
                "db1",
                [
                    .gauge("martlet_probe_success", isDown ? 0 : 1, ["probe": "web"]),
                    .gauge("martlet_probe_success", 1, ["probe": "mail"]),
                ])
        }
        #expect(
            told == [
                Told(second: 10, text: "pending Odd db1 web quiet"),
                Told(second: 35, text: "dropped Odd db1 web quiet"),
                Told(second: 100, text: "pending Odd db1 web quiet"),
                Told(second: 130, text: "firing Odd db1 web"),
                Told(second: 150, text: "resolved Odd db1 web"),
            ])
    }

    @Test func `reckons a certificate's rest from the moment it ends, until there is a new one`() async throws
    {
        let fleet = SimulatedFleet()
        let begin = Double(await fleet.now.milliseconds) / 1000
        let days = 86_400.0
        let told = try await Self.told("tls.expires_in < 3d for 1m", 0..<300, by: fleet) { fleet, second in
            let ends = begin + (second < 200 ? 3 * days + 50 : 90 * days)
            let later = begin + 4 * days
            await fleet.send(
                "db1",
                [
                    .gauge("martlet_probe_tls_not_after_timestamp_seconds", ends, ["probe": "web"]),
                    .gauge("martlet_probe_tls_not_after_timestamp_seconds", later, ["probe": "mail"]),
                ])
        }
        #expect(
            told == [
                Told(second: 51, text: "pending Odd db1 web quiet"),
                Told(second: 111, text: "firing Odd db1 web"),
                Told(second: 200, text: "resolved Odd db1 web"),
            ])
    }

    @Test func `has the pace of a database's slow statements`() async throws {
        let told = try await Self.told("db.slow_rate > 0.5/s", 0..<1200) { fleet, second in
            // One in ten seconds, then one a second, then none.
            let count = second < 400 ? second / 10 : 40 + min(second - 400, 300)
            await fleet.send(
                "db1",
                [
                    .counter("martlet_db_slow_statements_total", Double(count), ["service": "pg"]),
                    .counter("martlet_db_slow_statements_total", 3, ["service": "other"]),
                ])
        }
        #expect(told.map(\.text) == ["firing Odd pg", "resolved Odd pg"])
        // Of 300 s, more than 150 statements are more than a half a second: 0.1 s of each before, 1 of each since.
        #expect((530...560).contains(told.first?.second ?? 0), "\(told)")
        #expect((840...870).contains(told.last?.second ?? 0), "\(told)")
    }

    @Test func `has the duration that 99 of 100 of its statements stay under`() async throws {
        var (agent, decoder) = (RequestAgent(), FrameDecoder())
        var states = (slow: ExponentialHistogram(), quick: ExponentialHistogram())
        let duration = { (service: String) in
            SeriesKey("martlet_db_statement_duration_seconds", ["service": service])
        }
        let told = try await Self.told("db.p99(5m) > 1s", 0..<900) { fleet, second in
            // Of fifty statements a second one takes three seconds, for 200 s.
            let isSlow = (300..<500).contains(second)
            for _ in 0..<49 { states.slow.observe(0.2) }
            states.slow.observe(isSlow ? 3 : 0.2)
            for _ in 0..<50 { states.quick.observe(0.9) }
            let counted = { (service: String) in
                SeriesKey("martlet_db_slow_statements_total", ["service": service])
            }
            let count = Double(50 * second)
            let frame = agent.tick(
                await fleet.now, [(counted("pg"), count), (counted("other"), count)],
                [(duration("pg"), states.slow), (duration("other"), states.quick)])
            decoder.append(frame)
            var messages: [WireMessage] = []
            while let message = try decoder.next() { messages.append(message) }
            await fleet.core.take(messages, from: HostID("db1"))
        }
        #expect(told.map(\.text) == ["firing Odd pg", "resolved Odd pg"])
        // One in a hundred of 300 s is one in fifty of 150 s; the window moves by parts of 25 s.
        #expect((425...455).contains(told.first?.second ?? 0), "\(told)")
        #expect((620...655).contains(told.last?.second ?? 0), "\(told)")
    }
}
