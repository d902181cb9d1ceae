import Fleet
import Hub
import HubSupport
import Telemetry
import Testing

/// Operators-contract 3.3: tags are labels of their own name, `mount` is `mountpoint`, `unit` is `name` of the systemd series.
@Suite struct `A condition with labels` {
    private static let hosts = ["web1", "web2", "web3", "db1", "db2", "db3"]
    private static let tags = Dictionary(
        uniqueKeysWithValues: hosts.map { ($0, ["role": String($0.dropLast())]) })

    private func begin(_ condition: String, where selector: String? = nil) async throws -> SimulatedFleet {
        var book = RuleBook()
        book.rules = [
            Rule(
                name: "Odd", place: Place(file: "test"), condition: try Condition(condition, tags: ["role"]),
                selector: try selector.map { try Selector($0) })
        ]
        let fleet = SimulatedFleet()
        await fleet.begin(book, hosts: Self.hosts, tags: Self.tags)
        return fleet
    }

    private static func size(_ mount: String) -> SimulatedFleet.Value {
        .gauge("node_filesystem_avail_bytes", 7, ["mountpoint": mount, "device": "/dev/sda"])
    }

    private static func unit(_ name: String) -> SimulatedFleet.Value {
        .gauge("node_systemd_unit_state", 1, ["name": name, "state": "failed"])
    }

    @Test(arguments: [
        ("memory.used{role=web} > 90%", nil, ["web1", "web2", "web3"]),
        ("memory.used{role!=web} > 90%", nil, ["db1", "db2", "db3"]),
        ("memory.used{role=d*} > 90%", "host=*2", ["db2"]),
        ("series queue{role=web} > 5", nil, ["web1", "web2", "web3"]),
        // A series' own label is what it says, whatever the host's tag is.
        ("series queue{role=mail} > 5", nil, ["db3"]),
        ("memory.used > 90% and load.1{role=web} > 1", nil, ["web1", "web2", "web3"]),
    ])
    func `takes the hosts that have the tags`(_ condition: String, _ selector: String?, _ told: [String])
        async throws
    {
        let fleet = try await begin(condition, where: selector)
        await fleet.pass(1000)
        for host in Self.hosts {
            let labels: Labels = host == "db3" ? ["role": "mail"] : [:]
            await fleet.send(
                host,
                EvaluationWorld.memory(0.95) + [.gauge("queue", 9, labels), .gauge("node_load1", 3)])
        }
        let found = await fleet.told().compactMap {
            $0.split(separator: " ").first { $0.hasSuffix("1") || $0.hasSuffix("2") || $0.hasSuffix("3") }
        }
        #expect(Set(found.map(String.init)) == Set(told))
    }

    @Test(arguments: [
        ("series node_filesystem_avail_bytes{mount=/srv} > 1", nil),
        ("series node_filesystem_avail_bytes > 1", "mount=/srv"),
    ])
    func `calls a mount mount`(_ condition: String, _ selector: String?) async throws {
        let fleet = try await begin(condition, where: selector)
        await fleet.send("db1", [Self.size("/"), Self.size("/srv")])
        #expect(await fleet.told() == ["firing Odd /dev/sda db1 /srv"])
    }

    @Test(arguments: [
        (#"series node_systemd_unit_state{unit=nginx.service,state=failed} > 0"#, nil),
        ("series node_systemd_unit_state > 0", "unit=nginx.service"),
    ])
    func `calls a unit unit`(_ condition: String, _ selector: String?) async throws {
        let fleet = try await begin(condition, where: selector)
        await fleet.send("db1", [Self.unit("nginx.service"), Self.unit("cron.service")])
        #expect(await fleet.told() == ["firing Odd db1 nginx.service failed"])
    }

    @Test(arguments: [
        ("fleet.silent_ratio{role=web} > 50%", nil, true), ("fleet.silent_ratio > 50%", "role=web", true),
        // Each comparison counts among the hosts that its own labels take.
        ("fleet.silent_ratio{role=web} > 50% and fleet.silent_ratio{role=db} < 10%", nil, true),
        ("fleet.silent_ratio{role=web} > 50% and fleet.silent_ratio{role=db} > 10%", nil, false),
        ("fleet.silent_ratio > 20% and fleet.silent_ratio < 90%", nil, true),
        ("fleet.silent_ratio > 20% and fleet.silent_ratio < 40%", nil, false),
        // Three of six.
        ("fleet.silent_ratio > 50%", nil, false), ("fleet.silent_ratio{role=db} > 50%", nil, false),
    ])
    func `counts the silent among the hosts that it takes`(
        _ condition: String, _ selector: String?, _ isTold: Bool
    ) async throws {
        let fleet = try await begin(condition, where: selector)
        for second in 0..<60 {
            await fleet.pass(1000)
            for host in Self.hosts where second < 10 || host.hasPrefix("db") {
                await fleet.send(host, EvaluationWorld.memory(0.5))
            }
            await fleet.core.evaluate()
        }
        #expect(await fleet.told().contains("firing Odd ") == isTold)
    }

    /// What the fleet's rules and HostSilent tell while the three web hosts are silent for two minutes.
    private func told(_ rules: [Rule]) async throws -> [String] {
        var book = RuleBook.shipped
        book.rules = rules + book.rules
        let fleet = SimulatedFleet()
        await fleet.begin(book, hosts: Self.hosts, tags: Self.tags)
        for second in 0..<130 {
            await fleet.pass(1000)
            for host in Self.hosts where second < 10 || host.hasPrefix("db") {
                await fleet.send(host, EvaluationWorld.memory(0.5))
            }
            await fleet.core.evaluate()
        }
        return await fleet.told()
    }

    private func rule(_ name: String, _ condition: String, where selector: String? = nil) throws -> Rule {
        Rule(
            name: name, place: Place(file: "test"), condition: try Condition(condition, tags: ["role"]),
            selector: try selector.map { try Selector($0) })
    }

    @Test(arguments: [
        ("fleet.silent_ratio >= 50% for 10s", nil), ("fleet.silent_ratio > 50% for 10s", "role=web"),
        ("fleet.silent_ratio{role=web} > 50% for 10s", nil),
    ])
    func `stands for its name where the shipped rule of that name does not hold`(
        _ condition: String, _ selector: String?
    ) async throws {
        let told = try await told([try rule("HubCutOff", condition, where: selector)])
            .filter { $0.contains("HubCutOff") }
        #expect(told == ["pending HubCutOff  quiet", "firing HubCutOff "])
    }

    @Test func `mutes no silent host where it is of a part of the fleet`() async throws {
        let part = try await told([try rule("WebGone", "fleet.silent_ratio{role=web} > 50% for 10s")])
        #expect(part.filter { $0.hasPrefix("firing") && !$0.hasSuffix("quiet") }.count == 4, "\(part)")
        // Nor where a rule of its name has taken the other hosts from the shipped one.
        let rest = try await told([
            try rule("HubCutOff", "fleet.silent_ratio > 50% for 10s", where: "role=db")
        ])
        #expect(
            rest.filter { $0.hasPrefix("firing") && !$0.hasSuffix("quiet") }.count == 4
                && rest.contains("firing HubCutOff "), "\(rest)")
        let whole = try await told([try rule("HalfGone", "fleet.silent_ratio >= 50% for 10s")])
        #expect(
            whole.filter { $0.hasPrefix("firing") && !$0.hasSuffix("quiet") } == ["firing HalfGone "],
            "\(whole)")
    }

    @Test func `takes hosts by the tags that an inventory has just given them`() async throws {
        let fleet = try await begin("memory.used{role=batch} > 90%")
        func evaluate() async throws -> [String] {
            await fleet.pass(1000)
            for host in Self.hosts { await fleet.send(host, EvaluationWorld.memory(0.95)) }
            await fleet.core.evaluate()
            return await fleet.told()
        }
        #expect(try await evaluate() == [])
        var target = HostTarget("db2")
        target.connect = .local
        target.tags = ["role": "batch"]
        await fleet.core.update(target)
        #expect(try await evaluate() == ["firing Odd db2"])
    }

    @Test(arguments: [
        ("unit=nginx", false), ("unit=nginx.service", false), ("unit=pay", true), ("mount=x", false),
        ("name=nginx", true),
    ])
    func `takes a process' name for no unit, and a tag before what node_exporter says`(
        _ selector: String, _ matches: Bool
    ) throws {
        let host = HostAttributes(name: "web1", tags: ["unit": "pay"])
        #expect(try Selector(selector).matches(host, labels: ["name": "nginx"]) == matches)
        let plain = HostAttributes(name: "web1")
        #expect(try Selector("unit=nginx").matches(plain, labels: ["name": "nginx"]) == false)
        #expect(try Selector("unit=nginx.service").matches(plain, labels: ["name": "nginx.service"]))
    }

    @Test func `is tried over the past as it is told`() async throws {
        let fleet = SimulatedFleet()
        await fleet.begin(RuleBook(), hosts: Self.hosts, tags: Self.tags)
        for _ in 0..<60 {
            await fleet.pass(1000)
            for host in Self.hosts { await fleet.send(host, EvaluationWorld.memory(0.95)) }
        }
        let now = await fleet.now
        let trial = try #require(
            await fleet.core.tryCondition(
                try Condition("memory.used{role=db} > 90%", tags: nil), where: nil,
                from: now.advanced(byMilliseconds: -50_000), to: now))
        #expect(trial.spans.compactMap { $0.labels["host"] }.sorted() == ["db1", "db2", "db3"])
    }
}
