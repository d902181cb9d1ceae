import Fleet
import Hub
import HubSupport
import Telemetry
import Testing

@Suite(.timeLimit(.minutes(2))) struct `The evaluation of rules, after a restart or with other rules` {
    @Test func `has nothing as over because its windows begin anew`() async throws {
        let book = try EvaluationWorld.book([("Oom", "oom.kills(10m) > 0")])
        func oom(_ count: Double) -> [SimulatedFleet.Value] { [.counter("node_vmstat_oom_kill", count)] }
        let fleet = SimulatedFleet()
        await fleet.begin(book, hosts: ["web1"])
        await fleet.send("web1", oom(7))
        await fleet.pass(1000)
        await fleet.send("web1", oom(8))
        let saved = await fleet.saved()
        #expect(await fleet.told() == ["firing Oom web1"])
        let next = SimulatedFleet()
        await next.begin(book, hosts: ["web1"], saved: saved)
        var over: Int?
        for second in 0..<620 {
            await next.send("web1", oom(8))
            await next.core.evaluate()
            if await next.told() == ["resolved Oom web1"] { over = second }
            if second == 300 { await next.core.set(book) }
            await next.pass(1000)
        }
        #expect(over == 600)
    }

    @Test func `misses nothing of a host that has come and not told everything yet`() async throws {
        let book = try EvaluationWorld.book(
            [("Slow", "series martlet_probe_performance > 5")], noData: .resolve)
        func value(_ seconds: Double) -> [SimulatedFleet.Value] {
            EvaluationWorld.memory(0.5) + [.gauge("martlet_probe_performance", seconds, ["probe": "nightly"])]
        }
        let fleet = SimulatedFleet()
        await fleet.begin(book, hosts: ["web1", "web2"])
        for host in ["web1", "web2"] { await fleet.send(host, value(9)) }
        #expect(await fleet.core.alerts().count == 2)
        let next = SimulatedFleet()
        await next.begin(book, hosts: ["web1", "web2"], saved: await fleet.saved())
        var told: [String] = []
        for second in 0..<200 {
            await next.pass(1000)
            // A check that takes minutes has not answered yet; the other host does not come.
            await next.send("web1", second < 150 ? EvaluationWorld.memory(0.5) : value(8))
            await next.core.evaluate()
            told += await next.told()
        }
        #expect(told == ["resolved Slow web2 nightly"])
    }

    @Test func `has nothing as over that a check told, while the check fails`() async throws {
        let book = try EvaluationWorld.book([("Old", "series martlet_probe_performance{label=age} > 5")])
        func check(_ name: String, isGood: Bool, age: Double?) -> [SimulatedFleet.Value] {
            [.gauge("martlet_probe_success", isGood ? 1 : 0, ["probe": name])]
                + (age.map {
                    [.gauge("martlet_probe_performance", $0, ["label": "age", "probe": name])]
                } ?? [])
        }
        let fleet = SimulatedFleet()
        await fleet.begin(book, hosts: ["web1"])
        await fleet.send("web1", check("backup", isGood: true, age: 9) + check("other", isGood: true, age: 9))
        #expect(await fleet.core.alerts().count == 2)
        let saved = await fleet.saved()
        for hub in [fleet, SimulatedFleet()] {
            if hub === fleet {
                await hub.reconnect("web1")
            } else {
                await hub.begin(book, hosts: ["web1"], saved: saved)
            }
            _ = await hub.told()
            var over: [Int: [String]] = [:]
            for second in 0..<700 {
                await hub.pass(1000)
                // The one breaks off before it tells of its age, until it is well and has none; the other was changed.
                await hub.send(
                    "web1",
                    check("backup", isGood: second >= 500, age: nil) + check("other", isGood: true, age: nil))
                await hub.core.evaluate()
                let told = await hub.told()
                if !told.isEmpty { over[second] = told }
            }
            #expect(
                over.values.flatMap(\.self).sorted() == [
                    "resolved Old web1 age backup", "resolved Old web1 age other",
                ])
            #expect(over.keys.sorted().last == 500 && over.keys.count == 2, "\(over)")
        }
    }

    @Test func `has as over what went from its host while no hub ran`() async throws {
        func disk(_ mounts: [String]) -> [SimulatedFleet.Value] {
            mounts.flatMap { mount -> [SimulatedFleet.Value] in
                let labels: Labels = ["mountpoint": mount]
                return [
                    .gauge("node_filesystem_size_bytes", 1000, labels),
                    .gauge("node_filesystem_free_bytes", 50, labels),
                    .gauge("node_filesystem_avail_bytes", 50, labels),
                ]
            }
        }
        let book = try EvaluationWorld.book([("Full", "disk.used > 90%")])
        let fleet = SimulatedFleet()
        await fleet.begin(book, hosts: ["web1", "web2"])
        for host in ["web1", "web2"] { await fleet.send(host, disk(["/", "/mnt"])) }
        #expect(await fleet.core.alerts().count == 4)
        let next = SimulatedFleet()
        await next.begin(book, hosts: ["web1", "web2"], saved: await fleet.saved())
        var over: [Int: [String]] = [:]
        for second in 0..<400 {
            await next.pass(1000)
            // Of the other one nobody knows what it has.
            if second >= 30 { await next.send("web1", disk(["/"])) }
            await next.core.evaluate()
            let told = await next.told()
            if !told.isEmpty { over[second] = told }
        }
        #expect(over == [360: ["resolved Full web1 /mnt"]])
        #expect(await next.core.alerts().count == 3)
    }

    @Test func `lets a silence that was pending fire, where its host does not come`() async throws {
        let book = try EvaluationWorld.book([("Gone", "host.silent > 60s for 2m")])
        let fleet = SimulatedFleet()
        await fleet.begin(book, hosts: ["web1"])
        await fleet.send("web1", EvaluationWorld.memory(0.5))
        for _ in 0..<90 {
            await fleet.pass(1000)
            await fleet.core.evaluate()
        }
        let saved = await fleet.saved()
        let next = SimulatedFleet()
        await next.begin(book, hosts: ["web1"], saved: saved)
        for _ in 0..<240 {
            await next.pass(1000)
            await next.core.evaluate()
        }
        #expect(await next.told().contains("firing Gone web1"))
    }

    @Test func `goes on with the rule that an alert is of, where its host has not come yet`() async throws {
        var book = try EvaluationWorld.book([("Full", "memory.used > 95%"), ("Full", "memory.used > 90%")])
        book.rules[0].selector = try Selector("host=db1")
        book.rules[1].severity = .critical
        let fleet = SimulatedFleet()
        await fleet.begin(book, hosts: ["web1"])
        await fleet.send("web1", EvaluationWorld.memory(0.92))
        let saved = await fleet.saved()
        let next = SimulatedFleet()
        await next.begin(book, hosts: ["web1"], saved: saved)
        await next.core.evaluate()
        let alert = try #require(await next.core.alerts().first)
        #expect(alert.thresholdText == "90%" && alert.severity == .critical)
    }

    @Test func `keeps what is open when its rules are read again, and lets go of what has none`() async throws
    {
        let fleet = SimulatedFleet()
        await fleet.begin(
            try EvaluationWorld.book([("Full", "memory.used > 90%"), ("Old", "memory.used > 80%")]),
            hosts: ["web1"])
        await fleet.send("web1", EvaluationWorld.memory(0.95))
        #expect(await fleet.told() == ["firing Full web1", "firing Old web1"])
        await fleet.core.set(try EvaluationWorld.book([("Full", "memory.used > 85%")]))
        await fleet.pass(1000)
        await fleet.send("web1", EvaluationWorld.memory(0.95))
        await fleet.core.evaluate()
        #expect(await fleet.told() == ["resolved Old web1"])
        #expect(await fleet.core.alerts().map(\.thresholdText) == ["85%"])
    }

    @Test func `lets what fires fire on when its rules are read again with a longer hold`() async throws {
        let fleet = SimulatedFleet()
        await fleet.begin(
            try EvaluationWorld.book([("Full", "memory.used > 90% for 1s")]), hosts: ["web1", "web2"])
        for _ in 0..<2 {
            await fleet.send("web1", EvaluationWorld.memory(0.95))
            await fleet.core.evaluate()
            await fleet.pass(1000)
        }
        await fleet.send("web1", EvaluationWorld.memory(0.95))
        await fleet.send("web2", EvaluationWorld.memory(0.95))
        await fleet.core.evaluate()
        #expect(
            await fleet.told() == ["pending Full web1 quiet", "firing Full web1", "pending Full web2 quiet"])
        await fleet.core.set(try EvaluationWorld.book([("Full", "memory.used > 90% for 1h")]))
        for _ in 0..<5 {
            await fleet.pass(1000)
            for host in ["web1", "web2"] { await fleet.send(host, EvaluationWorld.memory(0.95)) }
            await fleet.core.evaluate()
        }
        // What waits, waits for the new hold.
        #expect(await fleet.told() == [])
        #expect(await fleet.core.alerts().map(\.state) == [.firing, .pending])
    }

    @Test func `misses nothing when its rules are read between a host's frame and the next look at all`()
        async throws
    {
        let book = try EvaluationWorld.book([("Full", "memory.used > 90%")], noData: .resolve)
        let fleet = SimulatedFleet()
        await fleet.begin(book, hosts: ["web1"])
        await fleet.send("web1", EvaluationWorld.memory(0.95))
        await fleet.core.evaluate()
        #expect(await fleet.told() == ["firing Full web1"])
        await fleet.pass(1000)
        await fleet.send("web1", EvaluationWorld.memory(0.95))
        await fleet.core.set(book)
        await fleet.core.evaluate()
        #expect(await fleet.told() == [])
    }

    @Test func `has what is open of a host as over once nobody wants to watch it, and of the others not`()
        async throws
    {
        let fleet = SimulatedFleet()
        await fleet.begin(
            try EvaluationWorld.book([("Full", "memory.used > 90%")]), hosts: ["web1", "web2", "web3"])
        for host in ["web1", "web2", "web3"] { await fleet.send(host, EvaluationWorld.memory(0.95)) }
        #expect(await fleet.told() == ["firing Full web1", "firing Full web2", "firing Full web3"])
        // A host whose link is made anew is removed for a moment.
        await fleet.core.remove(HostID("web2"))
        await fleet.core.evaluate()
        #expect(await fleet.told() == [])
        await fleet.core.remove(HostID("web1"))
        await fleet.core.letGo(of: ["web1", "web3"].map { HostID($0) })
        await fleet.core.evaluate()
        #expect(await fleet.told() == ["resolved Full web1"])
        await fleet.core.letGo(ofAllBut: [HostID("web3")])
        await fleet.core.evaluate()
        #expect(await fleet.told() == ["resolved Full web2"])
        #expect(await fleet.core.alerts().map(\.key.labels["host"]) == ["web3"])
    }

    @Test func `does not find a service of a host anew that nobody wants to watch`() async throws {
        var book = try EvaluationWorld.book([("Busy", "http.rate > 5/s")])
        book.rules[0].by = ["host", "service"]
        let fleet = SimulatedFleet()
        await fleet.begin(book, hosts: ["web1"])
        let labels = ["service": "shop", "route": "/", "method": "GET", "code": "200"] as Labels
        for second in 0..<40 {
            await fleet.pass(1000)
            await fleet.send(
                "web1", [.counter("martlet_http_requests_total", Double(second) * 10, labels)])
            await fleet.core.evaluate()
        }
        #expect(await fleet.told() == ["firing Busy web1 shop"])
        await fleet.core.remove(HostID("web1"))
        await fleet.core.letGo(of: [HostID("web1")])
        for second in 0..<90 {
            await fleet.pass(1000)
            await fleet.core.evaluate()
            let told = await fleet.told()
            #expect(told == (second == 0 ? ["resolved Busy web1 shop"] : []), "second \(second)")
        }
    }

    @Test func `keeps the words that its host's tags gave, over a restart and while the host is unknown`()
        async throws
    {
        var book = try EvaluationWorld.book([("Full", "memory.used > 90%")])
        book.rules[0].summary = try SummaryTemplate("{host} of {role}")
        var target = HostTarget("web1")
        target.tags = ["role": "web"]
        let fleet = SimulatedFleet()
        await fleet.begin(book, hosts: ["web1"])
        await fleet.core.update(target)
        await fleet.send("web1", EvaluationWorld.memory(0.95))
        await fleet.core.evaluate()
        #expect(await fleet.core.alerts().map(\.summary) == ["web1 of web"])
        let saved = await fleet.saved()
        let next = SimulatedFleet()
        await next.begin(book, hosts: [], saved: saved)
        for _ in 0..<70 {
            await next.pass(1000)
            await next.core.evaluate()
        }
        let alert = try #require(await next.core.alerts().first)
        #expect(alert.summary == "web1 of web" && alert.noDataSince != nil)
    }
}
