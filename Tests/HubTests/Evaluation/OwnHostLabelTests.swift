import Fleet
import Hub
import HubSupport
import Telemetry
import Testing

/// A backup host's textfile has a series for each host that it saves: of them all, the hub's `host` is the backup host.
@Suite struct `Series with a label host of their own` {
    private static func age(_ host: String, _ value: Double, exported: String? = nil)
        -> SimulatedFleet.Value
    {
        var labels = [Label("host", host)]
        if let exported { labels.append(Label("exported_host", exported)) }
        return .gauge("backup_age", value, Labels(labels))
    }

    private func told(_ when: String, _ ticks: [[SimulatedFleet.Value]]) async throws -> [String] {
        let fleet = SimulatedFleet()
        await fleet.begin(try EvaluationWorld.book([("Backup", when)]), hosts: ["store"])
        for values in ticks {
            await fleet.pass(1000)
            await fleet.send("store", values)
        }
        return await fleet.told().sorted()
    }

    @Test func `are an alert each, with it as exported_host`() async throws {
        // Three seconds in which one is over the limit and the other is not.
        let tick = [Self.age("db1", 9), Self.age("db2", 1), Self.age("db3", 9)]
        #expect(
            try await told("series backup_age > 5 for 2s", [tick, tick, tick]) == [
                "firing Backup db1 store", "firing Backup db3 store", "pending Backup db1 store quiet",
                "pending Backup db3 store quiet",
            ])
    }

    @Test func `stay apart where exported_host is taken too`() async throws {
        #expect(
            try await told(
                "series backup_age > 5",
                [[Self.age("db1", 9, exported: "x"), Self.age("db2", 9, exported: "x")]]
            ) == [
                "firing Backup db1 x store", "firing Backup db2 x store",
            ])
    }

    @Test func `are selected by exported_host, and by host as the hub names it`() async throws {
        let tick = [Self.age("db1", 9), Self.age("db2", 9)]
        #expect(
            try await told("series backup_age{exported_host=db2} > 5", [tick])
                == ["firing Backup db2 store"])
        #expect(try await told("series backup_age{host=db2} > 5", [tick]) == [])
    }

    @Test func `are tried over the past as they are told`() async throws {
        let fleet = SimulatedFleet()
        await fleet.begin(RuleBook(), hosts: ["store"])
        for _ in 0..<60 {
            await fleet.pass(1000)
            await fleet.send("store", [Self.age("db1", 9), Self.age("db2", 1)])
        }
        let now = await fleet.now
        let trial = try #require(
            await fleet.core.tryCondition(
                try Condition("series backup_age > 5"), where: nil,
                from: now.advanced(byMilliseconds: -50_000), to: now))
        #expect(trial.spans.map(\.labels) == [["exported_host": "db1", "host": "store"]])
    }
}
