import Fleet
import Testing

/// What people write, as docs/hosts-yaml.md has it.
@Suite struct `A range of hosts` {
    @Test(arguments: [
        (
            "web[01:04].eu.example.net",
            "web01.eu.example.net web02.eu.example.net web03.eu.example.net web04.eu.example.net"
        ),
        ("db[1:2]", "db1 db2"), ("edge-[a:c]", "edge-a edge-b edge-c"),
        ("rack[1:2]-n[08:09]", "rack1-n08 rack1-n09 rack2-n08 rack2-n09"), ("n[9:11]", "n9 n10 n11"),
        ("web1", "web1"), ("2001:db8::7", "2001:db8::7"), ("n[0:1]", "n0 n1"), ("n[007:007]", "n007"),
    ])
    func `names hosts`(text: String, names: String) throws {
        #expect(try HostRange.names(text).joined(separator: " ") == names)
    }

    @Test(arguments: [
        ("web[4:1]", "falls: 4 to 1"), ("web[01:100]", "write [001:100]"),
        ("web[1:100000]", "more than 10000 hosts"),
        ("web[a:3]", "both numbers or both one letter"), ("web[1-4]", "write [1:4]"),
        ("-oProxyCommand=x", "begins with -"), ("ops@web1", "the user goes into the field user"),
        ("web1 web2", "blank"), ("web[1:200][1:200]", "more than 10000 hosts"), ("web[1:", "not closed"),
        ("web[1:2:3]", "two ends"), ("web]", "only letters, digits"), ("", "missing"),
        ("w\u{7}b", "only letters"),
        ("web[1:99999999999999999999]", "more than 10000"), (String(repeating: "a", count: 254), "253"),
    ])
    func `is refused with what to write`(text: String, names: String) {
        let error = #expect(throws: WrittenValue.Refusal.self) { try HostRange.names(text) }
        #expect(error?.reason.contains(names) == true, "\(error?.reason ?? "nothing")")
    }

    @Test func `is listed as people count`() {
        let names = ["web10", "web2", "web02", "db1", "web", "web2.eu"]
        let sorted = ["db1", "web", "web02", "web2", "web2.eu", "web10"]
        #expect(names.sorted(by: NaturalOrder.isBefore) == sorted)
    }
}
