import Fleet
import Telemetry
import Testing

@Suite struct `A selector` {
    private static let web = HostAttributes(
        name: "web-01.eu.example.net", groups: ["web", "eu"], tags: ["role": "web", "env": "prod"])

    /// What people write, as docs/hosts-yaml.md has it.
    @Test(arguments: [
        ("role=web", true), ("role=web,api env!=dev", true), ("web or db", true),
        ("(web or db) not canary", true), ("host=web-0?.eu.example.net", true),
        (#"service="my shop""#, false),
        ("not (role=db and env=prod)", true), ("web-01", true), ("WEB-01.eu.example.net", true), ("eu", true),
        ("example", false), ("we", false), ("env!=prod", false), ("rack!=7", true), ("*", true),
    ])
    func `selects hosts`(text: String, matches: Bool) throws {
        let selector = try Selector(text)
        #expect(selector.matches(Self.web) == matches)
        #expect(try Selector(selector.text) == selector)
    }

    @Test(arguments: [
        ("role=", "a value is missing"), ("role==web", "write role="), ("=web", "a key is missing"),
        ("(web or db", "bracket is not closed"), ("web or", "something must follow or"),
        ("role=web,,api", "empty value"), ("role=we b=", "a value is missing"), ("", "a selector is missing"),
        ("web cpu > 90%", "no comparisons"),
    ])
    func `says what is wrong`(text: String, names: String) {
        let error = #expect(throws: QueryError.self) { try Selector(text) }
        #expect(error?.reason.contains(names) == true, "\(error?.reason ?? "nothing")")
    }

    @Test func `looks at a series' labels before the host's tags`() throws {
        let labels: Labels = ["service": "my shop", "env": "blue"]
        #expect(try Selector(#"service="my shop" env=blue role=web"#).matches(Self.web, labels: labels))
        #expect(try !Selector("env=prod").matches(Self.web, labels: labels))
        #expect(try Selector("host=db1 mount=/").matches(["instance": "db1", "mount": "/"]))
    }

    @Test(arguments: [
        ("wbe", "no host or group is called wbe: did you mean web"),
        ("rol=web", "unknown key rol: did you mean role"),
        ("role=wen", "nothing has role=wen: did you mean web"), ("host=db*", "nothing has host=db*"),
    ])
    func `tells of words that nothing has`(text: String, reason: String) throws {
        #expect(try Selector(text).firstUnknown(among: [Self.web])?.reason == reason)
    }

    @Test(arguments: ["web", "role=web,w*", "service=anything", "not rack=7 or eu"])
    func `takes the values of series as they come`(text: String) throws {
        let unknown = try Selector(text).firstUnknown(among: [Self.web])
        #expect((unknown == nil) == (text != "not rack=7 or eu"))
    }
}
