import Fleet
import TestSupport
import Testing

@Suite struct `A row query` {
    @Test(arguments: [
        ("", true), ("  \t", true), ("role=web", true), ("role=web,api env!=dev", true), ("web or db", true),
        ("(web or db) not canary", true), ("host=web-0?.eu.example.net", false),
        ("host=web?.eu.example.net", true), (#"service="my shop""#, true), (#"service="my*""#, false),
        ("service=my*", true), ("not (role=db and env=prod)", true), ("not (role=web and env=prod)", false),
        ("web1", true), ("WEB1", true), ("we?1", true), ("w*1", true), ("w*2", false), ("web", true),
        ("we", false), ("eu", true), ("rack!=7", true), ("rack=7", false), ("not rack=*", true),
        ("role=*", true),
        ("role=Web", false), ("db or web1 env=dev", false), ("db or web1 env=prod", true),
        ("not not web", true),
    ])
    func `selects by attributes and bare words`(text: String, matches: Bool) throws {
        #expect(try RowQuery(text).matches(TypedRow.web) == matches)
    }

    @Test(arguments: [
        ("cpu > 60%", true), ("cpu>60%", true), ("cpu > 70%", false), ("cpu >= 70%", true),
        ("cpu < 71.5%", true),
        ("memory.available < 2GiB", true), ("memory.available < 1.5GB", false),
        ("net.receive > 10MB/s", true),
        ("net.receive > 11MiB/s", true), ("host.uptime < 10m", true),
        ("host.uptime < 8m", false), ("host.uptime == 9m", true), ("load.1 >= 4", true),
        ("load.1 != 4", false),
        ("load.1!=5", true), ("temperature > 85C", true), ("temperature > -5C", true),
        ("swap.rate > 30/min", false),
        ("swap.rate > 20/min", true), ("cpu.p95(5m) > 90%", true), ("cpu.p95(10m) > 90%", false),
        ("unit.failed == 1", true), ("role=web cpu > 60% not canary", true),
        // No value, and no number: no comparison holds.
        ("cpu.iowait < 5%", false), ("cpu.iowait != 5%", false), ("not cpu.iowait < 5%", true),
        ("cpu.steal < 5%", false), ("cpu.steal != 5%", false),
    ])
    func `compares signals with numbers and their units`(text: String, matches: Bool) throws {
        #expect(try RowQuery(text).matches(TypedRow.web) == matches)
    }

    @Test(arguments: [
        ("nginx", true), ("NGINX", true), ("worker*conf", true), ("worker*config", false),
        ("/etc/nginx", true),
        ("-c", true), ("user=root memory > 32MiB", true), ("memory > 1GiB", false), ("pid=812", true),
        ("threads >= 4", true), (#""worker process""#, true), (#""worker*""#, false), ("gr??e", true),
        ("gr???e", false), ("unit=*", false), ("redis", false),
    ])
    func `finds processes by parts of their command line`(text: String, matches: Bool) throws {
        #expect(try RowQuery(text).matches(TypedRow.process) == matches)
    }

    @Test(arguments: [
        ("role=", 6, "a value is missing"), ("role==web", 5, "one sign"), ("=web", 1, "a key is missing"),
        ("(web or db", 1, "not closed"), ("web or", 7, "something must follow or"),
        ("role=web,,api", 10, "empty value"),
        ("role=we b=", 11, "a value is missing"), ("role= web", 7, "a value is missing"),
        ("role =web", 6, "a key is missing"),
        ("or web", 1, "something must come before or"), ("not", 4, "something must follow not"),
        ("web and", 8, "something must follow and"), ("web OR db", 5, #"write or, or "OR""#),
        ("()", 1, "hold nothing"),
        ("web)", 4, "no bracket is open"), ("!web", 1, "write not"), (#"role="my"#, 6, "not closed"),
        (#"role="""#, 6, "write not role=*"), (#"role="a\n""#, 8, "backslash"),
        (#"a"b""#, 2, "a blank is missing"),
        ("web,db", 4, "web or db"), ("role=web ,api", 10, "without blanks"), ("ro*=web", 1, "written out"),
        ("a=b=c", 4, "in quotes"), ("über=", 6, "a value is missing"), ("web\u{1}", 4, "control character"),
        ("cpu{mount=/} > 5%", 4, "braces"), (#""" x"#, 1, "hold nothing"),
        ("cpu > 90% for 10m", 11, "martlet rules try"),
    ])
    func `says where a selector is wrong and what to write`(text: String, column: Int, reason: String) {
        expect(text, column: column, reason: reason)
    }

    @Test(arguments: [
        ("cpu > 90", 7, "write 90%"), ("cpu > 0.9", 7, "write 90%"),
        ("cpu.used > 90%", 1, "did you mean cpu"),
        ("cpi > 90%", 1, "did you mean cpu"), ("disk.used > 20GiB", 13, "disk.used is a ratio"),
        ("disk.used > 20GiB", 13, "did you mean disk.free"), ("> 5%", 1, "a signal is missing"),
        ("disk.used 90%", 11, "a comparison is missing: write disk.used > 90%"),
        ("temperature > 85", 15, "write 85C"),
        ("disk.used => 90%", 11, "write >="), ("disk.used =< 90%", 11, "write <="),
        ("cpu <> 5%", 5, "write !="),
        ("cpu = 5%", 5, "write cpu == 5%"), ("cpu=5%", 4, "write cpu == 5%"),
        ("memory.available < 2", 20, "write 2GiB"),
        ("memory.available < 2gib", 20, "write 2GiB"), ("memory.available < 2G", 20, "write 2GiB"),
        ("net.receive > 10", 15, "write 10MB/s"), ("net.receive > 10MB", 15, "write 10MB/s"),
        ("host.uptime < 10", 15, "write 10m"), ("swap.rate > 5", 13, "write 5/s"),
        ("load.1 > 4%", 10, "load.1 is a number"),
        ("cpu > many", 7, "not a number"), ("cpu >", 6, "a number is missing"),
        ("cpu > > 5%", 7, "a number is missing"),
        ("cpu > = 5%", 7, "write >="), ("role > 5", 1, "role=web"),
        ("memory > 80%", 10, "did you mean memory.used"),
        ("memory.used(5m) > 5%", 1, "write memory.used.avg(5m)"),
        ("memory.used.avg > 5%", 1, "write memory.used.avg(5m)"),
        ("http.rate.p95 > 5/s", 1, "has no statistics"), ("cpu(5) > 5%", 5, "write cpu(5m)"),
        ("cpu(99d) > 5%", 5, "write cpu(5m)"), ("cpu(5m > 5%", 4, "not closed"),
        ("unit.failed == 2", 16, "0 or 1"),
        ("cpu > 5 %", 7, "write 5%"), ("cpu > 5%x", 7, "is not a unit"), ("load > 4", 1, "load.1"),
        ("cpu > 1111111111111111111111111%", 7, "not a number"), ("cpu > 5%(x)", 9, "a blank is missing"),
    ])
    func `says where a comparison is wrong and what to write`(text: String, column: Int, reason: String) {
        expect(text, column: column, reason: reason)
    }

    private func expect(_ text: String, column: Int, reason: String) {
        do {
            let query = try RowQuery(text)
            Issue.record("\(text) was read as \(query.text)")
        } catch {
            #expect(error.column == column, "\(text): \(error)")
            #expect(error.reason.contains(reason), "\(text): \(error)")
        }
    }

    @Test(arguments: [
        ("  role=web   and  env=prod ", "role=web env=prod"), ("((web))", "web"),
        ("(web db) eu", "web db eu"),
        ("(web or db) eu", "(web or db) eu"), ("web or (db or eu)", "web or db or eu"),
        ("not (not web)", "web"),
        ("not(web db)", "not (web db)"), (#"service="shop""#, "service=shop"),
        (#"service="a b",c*"#, #"service="a b",c*"#),
        (#""or""#, #""or""#), (#""a\"b\\""#, #""a\"b\\""#), ("cpu>60%", "cpu > 60%"),
        ("cpu(300s)>60%", "cpu(5m) > 60%"),
        (#"(cpu) 90%"#, #"cpu "90%""#), (#"cpu="5""#, #"cpu="5""#), ("not cpu (90)", #"not cpu "90""#),
    ])
    func `prints in one form, which reads as the same query`(text: String, printed: String) throws {
        let query = try RowQuery(text)
        #expect(query.text == printed)
        #expect(try RowQuery(printed) == query)
    }

    @Test(arguments: 1...20)
    func `never traps, and prints what reads as itself, whatever is typed`(seed: Int) throws {
        let parts = [
            "web", "role", "=", "!=", "==", ">", "<=", "(", ")", " ", " ", " ", "or", "and", "not", "\"",
            "\\", ",", "*", "?",
            "cpu", ".p95", "(5m)", "60%", "2GiB", "memory.available", "\u{7F}", "ü", "日", "{", "-5",
            "\u{301}", "🇩🇪", "90",
        ]
        var random = SeededRandom(seed: UInt64(seed))
        for _ in 0..<500 {
            let text = (0..<Int.random(in: 0..<14, using: &random)).map { _ in
                parts.randomElement(using: &random) ?? ""
            }
            .joined()
            let query: RowQuery
            do {
                query = try RowQuery(text)
            } catch {
                #expect((1...text.count + 1).contains(error.column), "\(text): \(error)")
                continue
            }
            let again = try? RowQuery(query.text)
            #expect(again == query, "\(text) printed \(query.text)")
            #expect(again?.matches(TypedRow.web) == query.matches(TypedRow.web), "\(text)")
        }
    }

    @Test func `refuses what is too long and too deep`() throws {
        expect(String(repeating: "a", count: 3000), column: 1, reason: "longer than 2048 bytes")
        expect(String(repeating: "(", count: 1000), column: 33, reason: "more than 32 brackets")
        let longest = String(repeating: "not ", count: 511) + "web"
        #expect(try RowQuery(longest).text == "not web")
    }

    @Test func `names the first key or value that nothing has`() throws {
        let seen = ["host": ["web1.eu", "db1.eu"], "group": ["web"], "role": ["web", "db"]]
        #expect(try RowQuery("role=web web1").firstUnknown(among: seen) == nil)
        #expect(
            try RowQuery("web rolle=web").firstUnknown(among: seen)
                == QueryError(column: 5, reason: "unknown key rolle: did you mean role"))
        #expect(
            try RowQuery("role=wbe").firstUnknown(among: seen)
                == QueryError(column: 1, reason: "nothing has role=wbe: did you mean web"))
        #expect(
            try RowQuery("cpu > 5% (web or wbe1)").firstUnknown(among: seen)
                == QueryError(column: 18, reason: "no host or group is called wbe1: did you mean web1"))
    }
}
