import Fleet
import TestSupport
import Testing

@Suite struct `A condition` {
    @Test(
        arguments: [
            ("cpu > 90% and http.errors > 1/s", ["host"]), ("http.errors > 1/s and load.1 > 3", ["host"]),
            ("fleet.silent_ratio > 50% and http.errors > 1/s", []),
        ] as [(String, [String])])
    func `does not put together what is summed over hosts and what each host tells`(
        _ text: String, _ by: [String]
    ) throws {
        let error = #expect(throws: QueryError.self) { try Condition(text, by: by) }
        #expect(error?.reason.contains("write two rules") == true, "\(String(describing: error))")
        _ = try Condition("http.errors > 1/s and http.rate > 5/s", by: by)
    }

    @Test(arguments: [
        "disk.used > 90% for 10m", "disk.used > 97% and disk.free < 10GiB for 5m",
        "http.p99(5m){route=/checkout} > 800ms and http.rate(5m){route=/checkout} > 1/s for 5m",
        "cpu.max(5m) >= 99%", #"series node_load1{job="node"} > 5"#,
        "rate node_vmstat_pgmajfault(5m) > 500/s for 5m", "process.count{name=nginx} < 1 for 30s", "never",
        "net.receive{device=eth0} > 100MiB/s for 1m", "log.rate{service=web,level=error} > 30/min",
        "http.error_ratio{route!=/health*} > 1.5%", "temperature > 85C for 2m", "cpu>90% for 5m",
        "disk.full_in < 1h30m for 1h30m", "series shop_queue_depth{queue=mail} > 5000 for 10m",
        "fleet.silent_ratio > 50% for 10s", "disk.free < 20KB", "probe.up == 0 for 30s",
        #"http.rate{route="a, \"b\"*"} > 1/s"#, "clock.offset > 500ms for 1500ms", "load.per_core > -1",
    ])
    func `is read, and its printed form is read as the same`(text: String) throws {
        let condition = try Condition(text)
        #expect(try Condition(condition.printed) == condition)
        #expect(try Condition(condition.printed).printed == condition.printed)
    }

    @Test(arguments: [
        "cpu{role=web} > 90%", "http.p99{env!=dev,route=/} > 1s", "process.count{name=a,role=db} < 1",
    ])
    func `may name hosts' tags as labels`(text: String) throws {
        #expect(throws: QueryError.self) { try Condition(text) }
        let condition = try Condition(text, tags: ["env", "role"])
        #expect(condition.printed == text)
        // Who reads it again need not know them.
        #expect(try Condition(text, tags: nil) == condition)
        #expect(try GateCondition("cpu{role=web} < 90%", tags: ["role"]).printed == "cpu{role=web} < 90%")
    }

    @Test(arguments: [
        ("cpu{rol=web} > 90%", "cpu has no label rol: did you mean role"),
        ("cpu{service=web} > 90%", "cpu has no label service: it has host; hosts' tags are env, role"),
    ])
    func `says which tags there are`(text: String, reason: String) {
        let error = #expect(throws: QueryError.self) { try Condition(text, tags: ["env", "role"]) }
        #expect(error?.reason == reason)
    }

    @Test(arguments: [
        ("cpu > 90", 7, "write 90%"), ("cpu > 0.9", 7, "write 90%"),
        ("cpu.used > 90%", 1, "unknown signal cpu.used: did you mean cpu"),
        ("disk.used > 20GiB", 13, "disk.used is a ratio"),
        ("disk.used > 20GiB", 13, "did you mean disk.free"),
        ("disk.used > 90% for 10", 21, "`10` has no unit: write 10s"),
        ("disk.used > 90% for 10m and cpu > 5%", 21, "`for` comes last"),
        ("http.error_ratio > 5% or cpu > 90%", 23, "no `or`: write two rules"),
        ("http.error_ratio > 5% and cpu > 90%", 27, "http.error_ratio is one per service, cpu one per host"),
        ("series a > 5 and cpu > 90%", 18, "one per"),
        ("http.p99{service=web}(5m) > 1s", 22, "the window comes before the labels"),
        ("http.p99 <= baseline * 1.3", 13, "baseline stands in a gate only"),
        ("> 5%", 1, "a signal is missing"),
        ("disk.used 90%", 11, "a comparison is missing: write disk.used > 90%"),
        ("process.count < 1", 1, "name is required"), ("process.count{name=*} < 1", 1, "name is required"),
        ("disk.used{service=web} > 90%", 11, "disk.used has no label service"),
        ("temperature > 85", 15, "write 85C"), ("series node.load > 5", 8, "not a metric name"),
        ("disk.used => 90%", 11, "write >="), ("disk.used = 90%", 11, "write =="),
        ("", 1, "a signal is missing"),
        ("disk.used > 90% and", 20, "something must follow and"), ("never for 5m", 7, "never stands alone"),
        ("disk.used(5m) > 90%", 1, "write disk.used.avg(5m)"),
        ("disk.used.max > 90%", 1, "write disk.used.max(5m)"),
        ("http.p99.max(5m) > 1s", 1, "no statistics"), ("cpu(0s) > 5%", 5, "from 1s to 31d"),
        ("cpu(5m > 5%", 4, "not closed"), ("http.rate{route=/a > 1/s", 10, "not closed"),
        ("http.rate{rout=/a} > 1/s", 11, "did you mean route"),
        ("http.rate{route=} > 1/s", 17, "a value is missing"),
        ("series x(5m) > 5", 9, "write rate x(5m)"), ("node_load1 > 5", 1, "write series node_load1"),
        ("cpu > 5% cpu > 6%", 10, "belongs here"), ("unit.failed == 2", 16, "0 or 1"),
        ("cpu > 5% for 40d", 14, "longer than 31d"), ("cpu > baseline", 7, "in a gate only"),
    ])
    func `says where it is wrong and what to write`(text: String, column: Int, reason: String) {
        do {
            _ = try Condition(text)
            Issue.record("\(text) was taken")
        } catch {
            #expect(error.column == column, "\(text): \(error)")
            #expect(error.reason.contains(reason), "\(text): \(error)")
        }
    }

    @Test func `has numbers in the signal's own unit`() throws {
        let rows = [
            ("disk.used > 90%", 0.9), ("disk.free < 10GiB", 10_737_418_240), ("log.rate > 30/min", 0.5),
            ("disk.full_in < 1h30m", 5400), ("clock.offset > 500ms", 0.5), ("temperature > -5C", -5),
        ]
        for (text, number) in rows {
            #expect(try Condition(text).threshold?.first.limit() == number, "\(text)")
        }
    }

    @Test func `never traps on any text`() {
        var random = SeededRandom(seed: 20_301)
        let parts = [
            "cpu", "disk.used", " > ", "90%", "(5m)", "{", "}", "mount=", "\"", "\\", " and ", " for ", "5m",
            "never",
            "series ", "rate ", "x", "*", "-", "é", "\u{0}", "baseline", "==", "!", ",",
        ]
        for _ in 0..<2000 {
            let text = (0..<Int.random(in: 0..<9, using: &random)).map { _ in
                parts[Int.random(in: 0..<parts.count, using: &random)]
            }.joined()
            if let condition = try? Condition(text) {
                #expect((try? Condition(condition.printed)) == condition, "\(text)")
            }
            _ = try? GateCondition(text)
        }
    }
}

@Suite struct `A gate's condition` {
    @Test(arguments: [
        "http.p99{service=web} <= baseline * 1.3", "http.error_ratio < baseline + 0.2%",
        "http.error_ratio < 2%",
        "http.p99 < baseline - 20ms", "http.rate >= baseline",
    ])
    func `is read, and its printed form is read as the same`(text: String) throws {
        let gate = try GateCondition(text)
        #expect(gate.printed == text)
        #expect(try GateCondition(gate.printed) == gate)
    }

    @Test(arguments: [
        ("http.p99 <= baseline * 1.3 for 2m", 28, "gate_fails_after"),
        ("http.p99 <= baseline + 0.2%", 24, "http.p99 is a duration"),
        ("baseline * 2 > http.p99", 1, "a signal is missing on the left"),
        ("http.p99 <= baseline * x", 24, "a number is missing"),
    ])
    func `says where it is wrong and what to write`(text: String, column: Int, reason: String) {
        do {
            _ = try GateCondition(text)
            Issue.record("\(text) was taken")
        } catch {
            #expect(error.column == column, "\(text): \(error)")
            #expect(error.reason.contains(reason), "\(text): \(error)")
        }
    }

    @Test func `compares with what was before`() throws {
        let times = try GateCondition("http.p99 <= baseline * 1.3").comparisons[0]
        #expect(times.limit(baseline: 2) == 2.6)
        #expect(times.limit() == nil)
        #expect(
            try GateCondition("http.error_ratio < baseline + 0.5%").comparisons[0].limit(baseline: 0.01)
                == 0.015)
        #expect(try GateCondition("http.p99 < baseline - 20ms").comparisons[0].limit(baseline: 1) == 0.98)
    }
}
