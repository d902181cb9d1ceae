import Fleet
import Hub
import HubSupport
import Testing

/// Operators-contract 2: `expect: sometimes`.
@Suite struct `A host that comes and goes` {
    /// What is told while the hosts `silent` say nothing for two minutes.
    private func told(_ silent: Set<String>, of hosts: [String], sometimes: Set<String>) async throws
        -> [String]
    {
        let fleet = SimulatedFleet()
        await fleet.begin(RuleBook.shipped, hosts: hosts, sometimes: sometimes)
        for second in 0..<150 {
            await fleet.pass(1000)
            for host in hosts where second < 10 || !silent.contains(host) {
                await fleet.send(host, EvaluationWorld.memory(0.5))
            }
            await fleet.core.evaluate()
        }
        return await fleet.told().filter { $0.contains("firing") }
    }

    @Test func `is not alerted when it is silent`() async throws {
        #expect(try await told(["a"], of: ["a", "b"], sometimes: ["a"]).isEmpty)
        #expect(try await told(["b"], of: ["a", "b"], sometimes: ["a"]) == ["firing HostSilent b"])
    }

    @Test func `is none by which a fleet is cut off`() async throws {
        let hosts = ["a", "b", "c", "d", "e"]
        #expect(try await told(["a", "b", "c"], of: hosts, sometimes: ["a", "b", "c"]).isEmpty)
        // Both that are always there: too few to be a fleet.
        #expect(
            try await told(["d", "e"], of: hosts, sometimes: ["a", "b", "c"])
                == ["firing HostSilent d", "firing HostSilent e"])
    }

    @Test func `is not told of for want of data while it is silent`() async throws {
        let fleet = SimulatedFleet()
        var book = try EvaluationWorld.book([("Full", "memory.used > 90%")])
        book.rules[0].noData = .alert
        await fleet.begin(book, hosts: ["a", "b"], sometimes: ["a"])
        for second in 0..<200 {
            await fleet.pass(1000)
            if second < 10 { for host in ["a", "b"] { await fleet.send(host, EvaluationWorld.memory(0.5)) } }
            await fleet.core.evaluate()
        }
        let told = await fleet.told()
        #expect(
            told.contains { $0.hasSuffix("Full b") } && !told.contains { $0.contains("Full a") }, "\(told)")
    }

    @Test func `has what it told muted while it is silent`() async throws {
        let fleet = SimulatedFleet()
        let book = try EvaluationWorld.book([("Full", "memory.used > 90%")])
        await fleet.begin(book, hosts: ["a", "b"], sometimes: ["a"])
        var muted: [Bool] = []
        for second in 0..<60 {
            await fleet.pass(1000)
            await fleet.send("b", EvaluationWorld.memory(0.5))
            if second < 10 || second >= 40 { await fleet.send("a", EvaluationWorld.memory(0.95)) }
            await fleet.core.evaluate()
            muted.append(await fleet.core.alerts().first?.mutedBy == [.hostSilent])
        }
        #expect(!muted[9] && muted[30] && muted[39] && !muted[41])
        #expect(await fleet.told() == ["firing Full a"])
    }

    @Test func `is alerted of whatever else it tells`() async throws {
        let fleet = SimulatedFleet()
        let book = try EvaluationWorld.book([("Full", "memory.used > 90%")])
        await fleet.begin(book, hosts: ["a"], sometimes: ["a"])
        await fleet.send("a", EvaluationWorld.memory(0.95))
        #expect(await fleet.told() == ["firing Full a"])
    }
}
