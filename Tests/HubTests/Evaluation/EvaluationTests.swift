import Fleet
import Hub
import HubSupport
import Telemetry
import Testing
import Wire

@Suite(.timeLimit(.minutes(2))) struct `The evaluation of rules` {
    @Test func `fires with the frame that crosses the threshold, and is over with the one that comes back`()
        async throws
    {
        let fleet = SimulatedFleet()
        await fleet.begin(try EvaluationWorld.book([("Full", "memory.used > 90%")]), hosts: ["web1", "web2"])
        await fleet.send("web1", EvaluationWorld.memory(0.5))
        await fleet.send("web2", EvaluationWorld.memory(0.5))
        #expect(await fleet.told() == [])
        await fleet.pass(1000)
        await fleet.send("web1", EvaluationWorld.memory(0.95))
        #expect(await fleet.told() == ["firing Full web1"])
        let alert = try #require(await fleet.core.alerts().first)
        #expect(alert.valueText == "95%")
        #expect(alert.thresholdText == "90%")
        #expect(alert.summary == "Full web1 95% (limit 90%)")
        await fleet.pass(1000)
        await fleet.send("web1", EvaluationWorld.memory(0.5))
        #expect(await fleet.told() == ["resolved Full web1"])
        #expect(await fleet.core.alerts().isEmpty)
    }

    @Test func `counts a hold over evaluations that follow each other, whatever the wall clock does`()
        async throws
    {
        let fleet = SimulatedFleet()
        await fleet.begin(try EvaluationWorld.book([("Full", "memory.used > 90% for 10s")]), hosts: ["web1"])
        await fleet.send("web1", EvaluationWorld.memory(0.95))
        #expect(await fleet.told() == ["pending Full web1 quiet"])
        for second in 1...9 {
            await fleet.pass(1000, set: second == 3 ? 3_600_000 : second == 6 ? -7_200_000 : 0)
            await fleet.send("web1", EvaluationWorld.memory(0.95))
            await fleet.core.evaluate()
        }
        // The hub stood still: nobody knows what was.
        await fleet.pass(600_000)
        await fleet.send("web1", EvaluationWorld.memory(0.95))
        #expect(await fleet.told() == [])
        await fleet.pass(1000)
        await fleet.send("web1", EvaluationWorld.memory(0.95))
        #expect(await fleet.told() == ["firing Full web1"])
    }

    @Test func `knows rates, rises, shares and statistics over their windows`() async throws {
        let fleet = SimulatedFleet()
        await fleet.begin(
            try EvaluationWorld.book([
                ("Oom", "oom.kills(10m) > 0"), ("Retransmits", "tcp.retransmits(1m) > 10%"),
                ("Faults", "rate faults(1m) > 5/s"),
                ("Peak", "load.1.max(1m) > 9"), ("Mean", "load.1.avg(1m) > 4"),
                ("Quiet", "load.1.p99(1m) < 0"),
                ("Restarts", "unit.restarts(1h) > 3"), ("Queue", "series depth{queue=mail} > 5000"),
            ]), hosts: ["web1"])
        func values(_ second: Double, _ load: Double, _ oom: Double) -> [SimulatedFleet.Value] {
            [
                .counter("node_vmstat_oom_kill", oom), .counter("node_netstat_Tcp_OutSegs", 100 * second),
                .counter("node_netstat_Tcp_RetransSegs", 20 * second), .counter("faults", 10 * second),
                .gauge("node_load1", load),
                .counter(
                    "node_systemd_service_restart_total", second < 20 ? 1 : 5, ["name": "nginx.service"]),
                .gauge("depth", 6000, ["queue": "mail"]), .gauge("depth", 9000, ["queue": "other"]),
            ]
        }
        await fleet.send("web1", values(0, 1, 7))
        #expect(await fleet.told() == ["firing Queue web1 mail"])
        for second in 1..<40 {
            await fleet.pass(1000)
            await fleet.send("web1", values(Double(second), second == 5 ? 10 : 1, second < 10 ? 7 : 8))
            let told = await fleet.told()
            switch second {
            // A mean is believed from half of its window.
            case 30: #expect(told == ["firing Retransmits web1", "firing Faults web1"])
            case 5: #expect(told == ["firing Peak web1"])
            case 10: #expect(told == ["firing Oom web1"])
            case 20: #expect(told == ["firing Restarts web1 nginx.service"])
            default: #expect(told == [], "second \(second)")
            }
        }
    }

    @Test func `sums a service over its hosts, and says which is worst`() async throws {
        let fleet = SimulatedFleet()
        await fleet.begin(
            try EvaluationWorld.book([
                ("Errors", "http.error_ratio > 5% and http.errors > 0.2/s"),
                ("Checkout", "http.rate{route=/checkout} > 15/s"),
            ]), hosts: ["web1", "web2"])
        func send(_ host: String, _ second: Int, errors: Double) async {
            let labels = ["service": "shop", "route": "/checkout", "method": "GET"] as Labels
            func total(_ code: String, _ count: Double) -> SimulatedFleet.Value {
                .counter("martlet_http_requests_total", count, Labels(labels.pairs + [Label("code", code)]))
            }
            await fleet.send(host, [total("200", Double(second) * 10), total("500", errors)])
        }
        for second in 0..<40 {
            await fleet.pass(1000)
            await send("web1", second, errors: 0)
            await send("web2", second, errors: 0)
        }
        await fleet.core.evaluate()
        #expect(await fleet.told().contains("firing Checkout shop"))
        for second in 40..<50 {
            await fleet.pass(1000)
            await send("web1", second, errors: 0)
            await send("web2", second, errors: Double(second - 39) * 10)
        }
        await fleet.core.evaluate()
        #expect(await fleet.told() == ["firing Errors shop"])
        let alert = try #require(await fleet.core.alerts().first { $0.name == "Errors" })
        #expect(alert.key.labels == ["service": "shop"])
        #expect(alert.worstHost == "web2" || alert.worstHost.isEmpty)
    }

    @Test func `tells of a silent host once, mutes its others, and of a fleet that is cut off instead`()
        async throws
    {
        let hosts = ["a", "b", "c", "d"]
        let fleet = SimulatedFleet()
        var book = try EvaluationWorld.book([("Full", "memory.used > 90%")])
        book.rules += ShippedRules.rules
        await fleet.begin(book, hosts: hosts)
        for host in hosts { await fleet.send(host, EvaluationWorld.memory(host == "a" ? 0.95 : 0.5)) }
        #expect(await fleet.told() == ["firing Full a"])
        for _ in 0..<70 {
            await fleet.pass(1000)
            for host in hosts where host != "a" { await fleet.send(host, EvaluationWorld.memory(0.5)) }
            await fleet.core.evaluate()
        }
        #expect(await fleet.told() == ["firing HostSilent a"])
        let full = try #require(await fleet.core.alerts().first { $0.name == "Full" })
        #expect(full.noDataSince != nil)
        #expect(full.mutedBy == [.hostSilent])
        for _ in 0..<80 {
            await fleet.pass(1000)
            await fleet.core.evaluate()
        }
        #expect(
            await fleet.told() == [
                "pending HubCutOff  quiet", "firing HubCutOff ", "firing HostSilent b quiet",
                "firing HostSilent c quiet",
                "firing HostSilent d quiet",
            ])
    }

    @Test func `has what is gone from a host as over, and does not miss what it cannot have`() async throws {
        let fleet = SimulatedFleet()
        await fleet.begin(
            try EvaluationWorld.book(
                [("Failed", "unit.failed == 1"), ("Raid", "raid.missing > 0")], noData: .alert),
            hosts: ["web1"])
        let failed = SimulatedFleet.Value.gauge(
            "node_systemd_unit_state", 1, ["name": "nginx.service", "state": "failed", "type": "simple"])
        for _ in 0..<4 {
            await fleet.send("web1", [failed, .gauge("node_load1", 1)])
            await fleet.pass(1000)
        }
        #expect(await fleet.told() == ["firing Failed web1 nginx.service"])
        await fleet.retire("web1", failed.key)
        for _ in 0..<90 {
            await fleet.send("web1", [.gauge("node_load1", 1)])
            await fleet.core.evaluate()
            await fleet.pass(1000)
        }
        #expect(await fleet.told() == ["resolved Failed web1 nginx.service"])
    }

    @Test func `gives a series to the first of a family that takes it`() async throws {
        let fleet = SimulatedFleet()
        await fleet.begin(RuleBook.shipped, hosts: ["web1"])
        func mount(_ name: String, _ free: Double) -> [SimulatedFleet.Value] {
            let labels = ["mountpoint": name, "device": "sda", "fstype": "ext4"] as Labels
            return [
                .gauge("node_filesystem_avail_bytes", free, labels),
                .gauge("node_filesystem_free_bytes", free, labels),
                .gauge("node_filesystem_size_bytes", 1000, labels),
            ]
        }
        for _ in 0..<310 {
            await fleet.send("web1", mount("/", 10) + mount("/boot", 10))
            await fleet.core.evaluate()
            await fleet.pass(1000)
        }
        #expect(await fleet.told() == ["pending DiskFull web1 / quiet", "firing DiskFull web1 /"])
    }

    @Test func `counts processes of a name, where whole tables come`() async throws {
        let fleet = SimulatedFleet()
        await fleet.begin(
            try EvaluationWorld.book([("Gone", "process.count{name=nginx} < 1 for 2s")]), hosts: ["web1"])
        func table(_ names: [String], isComplete: Bool = true) -> WireMessage {
            let rows = names.enumerated().map { number, name in
                ProcessRow(
                    pid: Int32(number + 1), parent: 0, startTicks: 0, state: 0x53, user: "root",
                    cpuHundredths: 0,
                    cpuMilliseconds: 0, residentBytes: 0, ioBytesPerSecond: nil, threads: 1, command: name,
                    commandLine: "", unit: "")
            }
            let table = ProcessTable(
                time: Timestamp(milliseconds: 0), isComplete: isComplete, total: Int32(names.count),
                rows: rows)
            return .processes(host: "", table)
        }
        for second in 0..<6 {
            await fleet.core.take([table(second < 3 ? ["nginx"] : [])], from: HostID("web1"))
            await fleet.core.take([table([], isComplete: false)], from: HostID("web1"))
            await fleet.send("web1", [.gauge("node_load1", 1)])
            await fleet.pass(1000)
        }
        #expect(await fleet.told() == ["pending Gone web1 nginx quiet", "firing Gone web1 nginx"])
    }

    @Test func `goes on where the hub before it ended, and takes no start for a lack of data`() async throws {
        let fleet = SimulatedFleet()
        let book = try EvaluationWorld.book([("Full", "memory.used > 90% for 10s")], noData: .resolve)
        await fleet.begin(book, hosts: ["web1"])
        for _ in 0..<6 {
            await fleet.send("web1", EvaluationWorld.memory(0.95))
            await fleet.core.evaluate()
            await fleet.pass(1000)
        }
        let saved = await fleet.saved()
        #expect(saved.open.count == 1)
        let next = SimulatedFleet()
        await next.begin(book, hosts: ["web1"], saved: saved)
        for _ in 0..<20 {
            await next.core.evaluate()
            await next.pass(1000)
        }
        #expect(await next.told() == [])
        var seconds = 0
        while await next.told() == [], seconds < 20 {
            await next.send("web1", EvaluationWorld.memory(0.95))
            await next.core.evaluate()
            await next.pass(1000)
            seconds += 1
        }
        #expect((5...7).contains(seconds))
    }

    @Test func `does not take its own start for the end of a silence, nor for a fleet that is cut off`()
        async throws
    {
        let hosts = ["a", "b", "c", "d"]
        let fleet = SimulatedFleet()
        await fleet.begin(RuleBook.shipped, hosts: hosts)
        for host in hosts { await fleet.send(host, EvaluationWorld.memory(0.5)) }
        for _ in 0..<70 {
            await fleet.pass(1000)
            for host in hosts where host != "a" { await fleet.send(host, EvaluationWorld.memory(0.5)) }
            await fleet.core.evaluate()
        }
        let saved = await fleet.saved()
        #expect(await fleet.told() == ["firing HostSilent a"])
        let next = SimulatedFleet()
        await next.begin(RuleBook.shipped, hosts: hosts, saved: saved)
        for second in 0..<200 {
            await next.pass(1000)
            // The others take half a minute to be there again.
            for host in hosts where host != "a" && second > 30 {
                await next.send(host, EvaluationWorld.memory(0.5))
            }
            await next.core.evaluate()
        }
        #expect(await next.told() == [])
        await next.send("a", EvaluationWorld.memory(0.5))
        for _ in 0..<61 {
            for host in hosts { await next.send(host, EvaluationWorld.memory(0.5)) }
            await next.core.evaluate()
            await next.pass(1000)
        }
        #expect(await next.told() == ["resolved HostSilent a"])
    }

    @Test func `compares a silence with the host's own limit, and says so`() async throws {
        let fleet = SimulatedFleet()
        await fleet.begin(RuleBook.shipped, hosts: ["a", "b", "c"], silentAfterMilliseconds: ["a": 20_000])
        for second in 0..<40 {
            for host in ["a", "b", "c"] where host != "a" || second == 0 {
                await fleet.send(host, EvaluationWorld.memory(0.5))
            }
            await fleet.core.evaluate()
            await fleet.pass(1000)
        }
        let alert = try #require(await fleet.core.alerts().first)
        #expect(alert.thresholdText == "20s")
        #expect(alert.summary == "HostSilent a 39 s (limit 20s)")
    }

    @Test func `tells of a fleet that never comes as cut off`() async throws {
        let fleet = SimulatedFleet()
        await fleet.begin(RuleBook.shipped, hosts: ["a", "b", "c"])
        for _ in 0..<90 {
            await fleet.pass(1000)
            await fleet.core.evaluate()
        }
        #expect(
            await fleet.told() == [
                "pending HubCutOff  quiet", "firing HubCutOff ", "firing HostSilent a quiet",
                "firing HostSilent b quiet", "firing HostSilent c quiet",
            ])
    }

    @Test func `marks what an action disturbs while it runs and a minute longer`() async throws {
        let fleet = SimulatedFleet()
        await fleet.begin(try EvaluationWorld.book([("Failed", "unit.failed == 1")]), hosts: ["web1"])
        func send(_ failed: Double) async {
            await fleet.send(
                "web1",
                [.gauge("node_systemd_unit_state", failed, ["name": "nginx.service", "state": "failed"])])
        }
        await send(0)
        await fleet.core.set(action: "a1", named: "restart", isRunning: true, on: HostID("web1"))
        await fleet.pass(1000)
        await send(1)
        #expect(await fleet.told() == ["firing Failed web1 nginx.service quiet"])
        #expect(await fleet.core.alerts().map(\.mutedBy) == [[.action]])
        #expect(await fleet.core.summaries().map(\.work) == [["restart"]])
        await fleet.core.set(action: "a1", named: "restart", isRunning: false, on: HostID("web1"))
        // What it disturbed is marked for a minute more, the host only while it runs.
        #expect(await fleet.core.summaries().map(\.work) == [nil])
        for second in 1...61 {
            await fleet.pass(1000)
            await send(1)
            await fleet.core.evaluate()
            let told = await fleet.told()
            #expect(told == (second == 60 ? ["unmuted Failed web1 nginx.service"] : []), "second \(second)")
        }
    }

    @Test func `marks what an action disturbs no longer than it can run, though nobody hears of its end`()
        async throws
    {
        let fleet = SimulatedFleet()
        await fleet.begin(RuleBook.shipped, hosts: ["web1"])
        await fleet.send("web1", EvaluationWorld.memory(0.5))
        await fleet.core.set(
            action: "a1", named: "restart", isRunning: true, on: HostID("web1"), atMostMilliseconds: 120_000)
        // The host dies: silent after a minute, told once the action's time and a minute are over.
        for second in 1...200 {
            await fleet.pass(1000)
            await fleet.core.evaluate()
            let told = await fleet.told().filter { $0.contains("HostSilent") }
            await fleet.core.markStale(at: fleet.now)
            let work = await fleet.core.summaries().map(\.work)
            #expect(work == (second < 120 ? [["restart"]] : [nil]), "second \(second)")
            switch second {
            case 61: #expect(told == ["firing HostSilent web1 quiet"], "second \(second)")
            case 180: #expect(told == ["unmuted HostSilent web1"], "second \(second)")
            default: #expect(told == [], "second \(second)")
            }
        }
    }

    @Test func `says when a condition would have fired`() async throws {
        let fleet = SimulatedFleet()
        await fleet.begin(RuleBook.shipped, hosts: ["web1", "web2"])
        for second in 0..<300 {
            await fleet.pass(1000)
            let used = (100..<200).contains(second) ? 0.95 : 0.5
            await fleet.send("web1", EvaluationWorld.memory(used))
            await fleet.send("web2", EvaluationWorld.memory(0.5))
        }
        let now = await fleet.now
        let tried = await fleet.core.tryCondition(
            try Condition("memory.used > 90% for 30s"), where: nil,
            from: now.advanced(byMilliseconds: -280_000), to: now)
        let trial = try #require(tried)
        #expect(trial.series == 2)
        let span = try #require(trial.spans.first)
        #expect(trial.spans.count == 1)
        #expect(span.labels == ["host": "web1"])
        #expect(span.valueText == "95%")
        #expect(abs(now.milliseconds(since: span.since) - 200_000) <= 2000)
        #expect(abs(now.milliseconds(since: span.firedAt) - 170_000) <= 2000)
        #expect(abs(now.milliseconds(since: try #require(span.until)) - 100_000) <= 2000)
        let none = await fleet.core.tryCondition(
            try Condition("raid.missing > 0"), where: nil, from: now.advanced(byMilliseconds: -60_000),
            to: now)
        #expect(none?.series == 0)
    }
}
