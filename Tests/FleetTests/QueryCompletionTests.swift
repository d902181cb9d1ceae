import Fleet
import Testing

@Suite struct `Completion in the query bar` {
    private static let attributes = [
        "host": ["web1", "web2", "db1", "web1"], "group": ["web"], "role": ["web", "worker", "my shop"],
    ]
    private static let signals = ["cpu", "cpu.steal", "memory.available", "load.1", "host.uptime"]
        .compactMap { Signal.named($0) }

    @Test(arguments: [
        ("cp", ["cpu", "cpu.steal"]), ("ro", ["role="]), ("role=w", ["role=web", "role=worker"]),
        ("role!=w", ["role!=web", "role!=worker"]),
        ("role=web,", [#"role=web,"my shop""#, "role=web,web", "role=web,worker"]),
        (#"role="my"#, [#"role="my shop""#]), ("cpu ", [">", "<", ">=", "<=", "==", "!="]), ("cpu >", [">="]),
        ("cpu.p95(5m) > ", ["90%"]), ("cpu > ", ["90%"]), ("cpu > 6", ["6%"]),
        ("memory.available < 2G", ["2GiB", "2GB"]),
        ("host.uptime < 10m", ["10ms"]), ("(we", ["web", "web1", "web2"]), ("steal", ["cpu.steal"]),
        ("role=web not d", ["db1"]), ("nothing=", []), ("x >", []), ("no", ["not"]),
    ])
    func `offers what may stand at the cursor`(text: String, candidates: [String]) {
        let found = QueryCompletion.candidates(
            for: text, cursor: text.count, attributes: Self.attributes, signals: Self.signals)
        #expect(found == candidates, "\(text)")
    }

    @Test func `begins with signals, keys and names where nothing is typed`() {
        let found = QueryCompletion.candidates(
            for: "", cursor: 0, attributes: Self.attributes, signals: Self.signals)
        #expect(
            found == Self.signals.map(\.name) + ["group=", "host=", "role=", "db1", "web", "web1", "web2"])
    }

    @Test func `says which characters a candidate takes the place of`() {
        #expect(QueryCompletion.replaced(in: "not (ro", cursor: 7) == 5..<7)
        #expect(QueryCompletion.replaced(in: "role=web cp", cursor: 4) == 0..<4)
        #expect(QueryCompletion.replaced(in: #"role="my s"#, cursor: 10) == 0..<10)
        #expect(QueryCompletion.replaced(in: "web", cursor: 99) == 0..<3)
    }
}
