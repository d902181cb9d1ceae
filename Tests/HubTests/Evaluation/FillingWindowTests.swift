import Fleet
import Hub
import HubSupport
import Telemetry
import Testing

@Suite(.timeLimit(.minutes(2))) struct `The evaluation of rules, over windows that are not filled yet` {
    @Test
    func
        `knows when a disk is full after half an hour, keeps that over a restart, and ends it when it shrinks`()
        async throws
    {
        let book = try EvaluationWorld.book([("Soon", "disk.full_in < 3h")])
        let fleet = SimulatedFleet()
        await fleet.begin(book, hosts: ["db1"])
        var saved = SavedAlerts()
        var fired: Int?
        for second in stride(from: 0, through: 2000, by: 10) {
            await fleet.send("db1", Self.disk(12_000 - Double(second)))
            saved = await fleet.saved(saved)
            if await !fleet.told().isEmpty { fired = fired ?? second }
            await fleet.pass(10_000)
        }
        #expect(fired == 1800)
        let alert = try #require(await fleet.core.alerts().first)
        #expect(try abs(#require(alert.value) - 10_000) < 0.001)
        let next = SimulatedFleet()
        await next.begin(book, hosts: ["db1"], saved: saved)
        for second in stride(from: 0, through: 2000, by: 10) {
            await next.send("db1", Self.disk(10_000 - Double(second)))
            await next.core.evaluate()
            let told = await next.told()
            #expect(told == [], "second \(second)")
            await next.pass(10_000)
        }
        await next.send("db1", Self.disk(1_000_000))
        #expect(await next.told() == ["resolved Soon db1 /"])
    }

    @Test func `would not have fired by a window that had begun`() async throws {
        let fleet = SimulatedFleet()
        await fleet.begin(RuleBook(), hosts: ["web1"])
        let begin = await fleet.now
        for _ in 0..<240 {
            await fleet.send("web1", Self.load(9))
            await fleet.pass(1000)
        }
        let now = await fleet.now
        let trial = try #require(
            await fleet.core.tryCondition(
                try Condition("load.1.avg(2m) > 4"), where: nil,
                from: begin.advanced(byMilliseconds: -60_000),
                to: now))
        let fired = try #require(trial.spans.first).firedAt.milliseconds(since: begin) / 1000
        #expect((59...63).contains(fired), "\(fired)")
    }

    @Test func `begins anew after an absence as long as the window`() async throws {
        let fleet = SimulatedFleet()
        await fleet.begin(try EvaluationWorld.book([("Busy", "load.1.avg(1m) > 4")]), hosts: ["web1"])
        for _ in 0..<60 {
            await fleet.send("web1", Self.load(1))
            await fleet.core.evaluate()
            await fleet.pass(1000)
        }
        await fleet.pass(300_000)
        var fired: Int?
        for second in 0..<60 {
            await fleet.send("web1", Self.load(9))
            await fleet.core.evaluate()
            if await fleet.told().contains("firing Busy web1") { fired = fired ?? second }
            await fleet.pass(1000)
        }
        #expect(fired == 30)
    }

    @Test func `neither drops nor fires what was pending by a mean until half of it is there`() async throws {
        let book = try EvaluationWorld.book([("Busy", "load.1.avg(5m) > 4 for 10m")])
        let fleet = SimulatedFleet()
        await fleet.begin(book, hosts: ["web1"])
        // Its hold outlasts the window: it may begin with it.
        await fleet.send("web1", Self.load(9))
        let begun = await fleet.saved()
        #expect(await fleet.told() == ["pending Busy web1 quiet"])
        for _ in 0..<595 {
            await fleet.pass(1000)
            await fleet.send("web1", Self.load(9))
            await fleet.core.evaluate()
        }
        let saved = await fleet.saved(begun)
        #expect(await fleet.told() == [])
        let next = SimulatedFleet()
        await next.begin(book, hosts: ["web1"], saved: saved)
        var fired: Int?
        for second in 0..<200 {
            // Whatever the first seconds say.
            await next.send("web1", Self.load(second < 5 ? 1 : 9))
            await next.core.evaluate()
            let told = await next.told()
            if !told.isEmpty {
                #expect(told == ["firing Busy web1"])
                fired = second
            }
            await next.pass(1000)
        }
        #expect(try (150...156).contains(#require(fired)))
    }

    @Test(arguments: [
        ("load.1.avg(5m) > 4", 150), ("load.1.p90(5m) > 4", 150), ("load.1.avg(20m) > 4", 300),
        ("load.1.max(5m) > 4", 0), ("load.1.min(5m) > 4", 300), ("oom.kills(1m) < 1", 60), ("load.1 > 4", 0),
    ])
    func `fires nothing by what only a part of a window says`(_ condition: String, _ second: Int) async throws
    {
        let fleet = SimulatedFleet()
        await fleet.begin(try EvaluationWorld.book([("Rule", condition)]), hosts: ["web1"])
        var fired: Int?
        for second in 0...300 {
            await fleet.send("web1", Self.load(9) + [.counter("node_vmstat_oom_kill", 7)])
            await fleet.core.evaluate()
            if await !fleet.told().isEmpty { fired = fired ?? second }
            await fleet.pass(1000)
        }
        #expect(fired == second)
    }

    @Test func `has over what a moment's value ends, whatever else is not known yet`() async throws {
        let book = try EvaluationWorld.book([("Both", "load.1.avg(1m) > 4 and memory.used > 90%")])
        let fleet = SimulatedFleet()
        await fleet.begin(book, hosts: ["web1"])
        for _ in 0...30 {
            await fleet.send("web1", Self.load(9) + EvaluationWorld.memory(0.95))
            await fleet.pass(1000)
        }
        let saved = await fleet.saved()
        #expect(await fleet.told() == ["firing Both web1"])
        let next = SimulatedFleet()
        await next.begin(book, hosts: ["web1"], saved: saved)
        await next.send("web1", Self.load(1) + EvaluationWorld.memory(0.95))
        #expect(await next.told() == [])
        await next.pass(1000)
        await next.send("web1", Self.load(9) + EvaluationWorld.memory(0.5))
        #expect(await next.told() == ["resolved Both web1"])
    }

    @Test func `keeps a service's alert over a restart until its window is filled`() async throws {
        let book = try EvaluationWorld.book([("Errors", "http.error_ratio > 20%")])
        let fleet = SimulatedFleet()
        await fleet.begin(book, hosts: ["web1"])
        for second in 0..<40 { await Self.serve(fleet, second, failing: 5) }
        let saved = await fleet.saved()
        #expect(await fleet.told() == ["firing Errors shop"])
        let next = SimulatedFleet()
        await next.begin(book, hosts: ["web1"], saved: saved)
        var over: Int?
        for second in 0..<70 {
            await Self.serve(next, second, failing: 0)
            if await next.told() == ["resolved Errors shop"] { over = second }
        }
        #expect(try (60...61).contains(#require(over)))
    }

    @Test func `keeps a service's windows when rules are read again of which its own counts the same`()
        async throws
    {
        let fleet = SimulatedFleet()
        await fleet.begin(
            try EvaluationWorld.book([("Errors", "http.error_ratio > 50%")]), hosts: ["web1"])
        for second in 0..<40 { await Self.serve(fleet, second, failing: 3) }
        #expect(await fleet.told() == [])
        // Another comes before it, and its limit is another.
        let other = try EvaluationWorld.book([
            ("Busy", "http.rate > 100/s"), ("Errors", "http.error_ratio > 20%"),
        ])
        await fleet.core.set(other)
        await Self.serve(fleet, 40, failing: 3)
        #expect(await fleet.told() == ["firing Errors shop"])
        #expect(await fleet.core.alerts().map(\.thresholdText) == ["20%"])
    }

    private static func disk(_ free: Double) -> [SimulatedFleet.Value] {
        let labels = ["mountpoint": "/", "device": "/dev/vda1", "fstype": "ext4"] as Labels
        return [
            .gauge("node_filesystem_size_bytes", 2_000_000, labels),
            .gauge("node_filesystem_free_bytes", free, labels),
            .gauge("node_filesystem_avail_bytes", free, labels),
        ]
    }

    private static func load(_ load: Double) -> [SimulatedFleet.Value] { [.gauge("node_load1", load)] }

    /// A second in which a service answers ten requests.
    private static func serve(_ fleet: SimulatedFleet, _ second: Int, failing: Double) async {
        func total(_ code: String, _ each: Double) -> SimulatedFleet.Value {
            .counter(
                "martlet_http_requests_total", Double(second) * each,
                ["service": "shop", "route": "/", "method": "GET", "code": code])
        }
        await fleet.pass(1000)
        await fleet.send("web1", [total("200", 10 - failing), total("500", failing)])
        await fleet.core.evaluate()
    }
}
