import Fleet
import Hub
import HubSupport
import Telemetry
import Testing

/// Hosts that are there and do not tell all.
@Suite(.timeLimit(.minutes(2))) struct `A value that is lost` {
    /// NaN: the host says that it has none.
    private static func memory(_ used: Double) -> [SimulatedFleet.Value] {
        [
            .gauge("node_memory_MemTotal_bytes", 1000),
            .gauge("node_memory_MemAvailable_bytes", used.isNaN ? .nan : 1000 * (1 - used)),
        ]
    }

    /// A second at a time, a frame each.
    private static func pass(_ fleet: SimulatedFleet, seconds: Int, _ values: [SimulatedFleet.Value]) async {
        for _ in 0..<seconds {
            await fleet.pass(1000)
            await fleet.send("web1", values)
            await fleet.core.evaluate()
        }
    }

    @Test(arguments: ["memory.used > 90%", "series node_memory_MemAvailable_bytes < 100"])
    func `leaves what fires firing, and says since when nothing is known`(_ condition: String) async throws {
        let fleet = SimulatedFleet()
        await fleet.begin(try EvaluationWorld.book([("Full", condition)]), hosts: ["web1"])
        await fleet.send("web1", Self.memory(0.95))
        #expect(await fleet.told() == ["firing Full web1"])
        await Self.pass(fleet, seconds: 1, Self.memory(.nan))
        let lostAt = await fleet.now
        #expect(await fleet.core.alerts().map(\.noDataSince) == [lostAt])
        await Self.pass(fleet, seconds: 600, Self.memory(.nan))
        #expect(await fleet.told() == [])
        #expect(await fleet.core.alerts().map(\.noDataSince) == [lostAt])
        await Self.pass(fleet, seconds: 1, Self.memory(0.5))
        #expect(await fleet.told() == ["resolved Full web1"])
    }

    @Test(arguments: [
        "memory.used > 90% for 4m", "series node_memory_MemAvailable_bytes < 100 for 4m",
        "memory.used.avg(5m) > 90% for 4m",
    ])
    func `stops the clock of what is pending`(_ condition: String) async throws {
        let fleet = SimulatedFleet()
        await fleet.begin(try EvaluationWorld.book([("Full", condition)]), hosts: ["web1"])
        await fleet.send("web1", Self.memory(0.95))
        #expect(await fleet.told() == ["pending Full web1 quiet"])
        await Self.pass(fleet, seconds: 600, Self.memory(.nan))
        await Self.pass(fleet, seconds: 239, Self.memory(0.95))
        #expect(await fleet.told() == [])
        await Self.pass(fleet, seconds: 3, Self.memory(0.95))
        #expect(await fleet.told() == ["firing Full web1"])
    }

    @Test func `is told of after a minute where a rule asks for that`() async throws {
        let fleet = SimulatedFleet()
        let book = try EvaluationWorld.book([("Full", "memory.used > 90%")], noData: .alert)
        await fleet.begin(book, hosts: ["web1"])
        await Self.pass(fleet, seconds: 120, Self.memory(0.5))
        #expect(await fleet.told() == [])
        await Self.pass(fleet, seconds: 60, Self.memory(.nan))
        #expect(await fleet.told() == ["pending Full web1 quiet"])
        await Self.pass(fleet, seconds: 1, Self.memory(.nan))
        #expect(await fleet.told() == ["firing Full web1"])
    }

    /// A probe that is read each minute is in no other tick, which says nothing of it.
    @Test func `is none that was only not read in this tick, for five minutes`() async throws {
        let fleet = SimulatedFleet()
        await fleet.begin(try EvaluationWorld.book([("Queue", "series depth > 5 for 4m")]), hosts: ["web1"])
        await fleet.send("web1", [.gauge("depth", 6)])
        await Self.pass(fleet, seconds: 241, Self.memory(0.5))
        #expect(await fleet.told() == ["pending Queue web1 quiet", "firing Queue web1"])
        await Self.pass(fleet, seconds: 59, Self.memory(0.5))
        #expect(await fleet.core.alerts().map(\.noDataSince) == [nil])
        await Self.pass(fleet, seconds: 1, Self.memory(0.5))
        let now = await fleet.now
        #expect(await fleet.core.alerts().map(\.noDataSince) == [now])
        #expect(await fleet.told() == [])
    }

    /// What is gone is told as gone, and is over.
    @Test func `is another thing than a series that ends`() async throws {
        let fleet = SimulatedFleet()
        await fleet.begin(try EvaluationWorld.book([("Queue", "series depth > 5")]), hosts: ["web1"])
        await fleet.send("web1", [.gauge("depth", 6)])
        await Self.pass(fleet, seconds: 3, [.gauge("depth", .nan)])
        #expect(await fleet.told() == ["firing Queue web1"])
        await fleet.retire("web1", SeriesKey("depth"))
        await Self.pass(fleet, seconds: 1, Self.memory(0.5))
        #expect(await fleet.told() == ["resolved Queue web1"])
    }
}
