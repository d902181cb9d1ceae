import Archive
import Fleet
import Hub
import HubSupport
import Telemetry
import Testing

/// Operators-contract 3.1, rule 3: what a short partition held up comes all in one moment, over a connection that lived on.
@Suite(.timeLimit(.minutes(1))) struct `Ticks that a link held up` {
    private static let depth = SeriesKey("queue_depth")

    private static func book(_ when: String = "series queue_depth > 5") throws -> RuleBook {
        try EvaluationWorld.book([("Queue", when)])
    }

    private func begin(_ book: RuleBook) async -> SimulatedFleet {
        let fleet = SimulatedFleet()
        await fleet.begin(book, hosts: ["web1"])
        await pass(fleet, seconds: 5, 1)
        return fleet
    }

    private func tell(
        _ fleet: SimulatedFleet, _ depth: Double, age: Int64 = 0, ahead: Int64 = 0, paused: Int64 = 0
    ) async {
        await fleet.send(
            "web1", [.gauge(Self.depth.name, depth)], age: age * 1000, ahead: ahead, paused: paused)
    }

    /// Seconds with a tick each; without a value nothing comes.
    private func pass(
        _ fleet: SimulatedFleet, seconds: Int, _ depth: Double?, age: Int64 = 0, ahead: Int64 = 0,
        paused: Int64 = 0
    ) async {
        for _ in 0..<seconds {
            await fleet.pass(1000)
            if let depth { await tell(fleet, depth, age: age, ahead: ahead, paused: paused) }
            await fleet.core.evaluate()
            await fleet.core.lookBack()
        }
    }

    /// A partition of forty seconds heals: what it held up comes now, the newest at last.
    private func heal(_ fleet: SimulatedFleet, _ depth: (Int64) -> Double, ahead: Int64 = 0) async {
        await pass(fleet, seconds: 40, nil)
        for age in (0..<40).reversed() { await tell(fleet, depth(Int64(age)), age: Int64(age), ahead: ahead) }
    }

    /// Deep from thirty to twenty seconds ago.
    private static func wave(_ age: Int64) -> Double { (20..<30).contains(age) ? 9 : 1 }

    @Test(arguments: [0, 3_600_000, -3_600_000] as [Int64])
    func `are drawn and listed, and told to nobody, whatever the host's clock shows`(_ ahead: Int64)
        async throws
    {
        let fleet = SimulatedFleet()
        await fleet.begin(try Self.book(), hosts: ["web1"])
        await pass(fleet, seconds: 5, 1, ahead: ahead)
        await heal(fleet, Self.wave, ahead: ahead)
        let healed = await fleet.now
        await pass(fleet, seconds: 10, 1, ahead: ahead)
        #expect(await fleet.told() == [])
        let listed = await fleet.listed()
        #expect(listed.count == 1)
        let event = try #require(listed.first)
        #expect((-30 ... -28).contains(event.at.milliseconds(since: healed) / 1000))
        let until = try #require(event.until)
        #expect((-21 ... -18).contains(until.milliseconds(since: healed) / 1000))
        let drawn = await fleet.core.range(
            HostID("web1"), Self.depth, from: healed.advanced(byMilliseconds: ahead - 30_000),
            to: healed.advanced(byMilliseconds: ahead - 20_000), stepMilliseconds: 1000, .last)
        #expect(drawn.filter { $0 == 9 }.count >= 9)
    }

    @Test func `are followed by what is now`() async throws {
        let fleet = await begin(try Self.book())
        await heal(fleet) { _ in 1 }
        #expect(await fleet.told() == [])
        await pass(fleet, seconds: 1, 9)
        #expect(await fleet.told() == ["firing Queue web1"])
    }

    @Test func `say nothing of now while they come one by one, but that the host is there`() async throws {
        let fleet = await begin(
            try EvaluationWorld.book([
                ("Queue", "series queue_depth > 5 for 20s"), ("Gone", "host.silent > 30s"),
            ]))
        await pass(fleet, seconds: 10, 9)
        await pass(fleet, seconds: 40, nil)
        #expect(await fleet.told().last == "firing Gone web1")
        for age in stride(from: 40, to: 12, by: -2) as StrideTo<Int64> {
            await pass(fleet, seconds: 1, 1, age: age)
        }
        #expect(await fleet.told() == ["resolved Gone web1"])
    }

    @Test func `move counters, of which the next live tick counts its own rise alone`() async throws {
        let fleet = SimulatedFleet()
        await fleet.begin(try Self.book("rate jobs_failed_total(30s) > 5/s"), hosts: ["web1"])
        func tell(_ count: Double, age: Int64 = 0) async {
            await fleet.send("web1", [.counter("jobs_failed_total", count)], age: age * 1000)
        }
        for _ in 0..<3 {
            await fleet.pass(1000)
            await tell(0)
        }
        await fleet.pass(20_000)
        await tell(10_000, age: 12)
        await tell(10_000, age: 11)
        await tell(10_000, age: 0)
        #expect(await fleet.told() == [])
        await fleet.pass(1000)
        await tell(10_100)
        #expect(await fleet.told().last == "firing Queue web1")
    }

    @Test(arguments: [3_600_000, -3_600_000] as [Int64])
    func `are none of a host whose clock is set`(_ ahead: Int64) async throws {
        let fleet = await begin(try Self.book())
        await pass(fleet, seconds: 2, 9, ahead: ahead)
        #expect(await fleet.told().last == "firing Queue web1")
        #expect(await fleet.listed().isEmpty)
    }

    @Test func `are none of a virtual machine that was paused, half a minute later`() async throws {
        let fleet = await begin(try Self.book())
        await pass(fleet, seconds: 40, nil)
        await pass(fleet, seconds: 29, 9, paused: 40_000)
        #expect(await fleet.told() == [])
        await pass(fleet, seconds: 3, 9, paused: 40_000)
        #expect(await fleet.told().last == "firing Queue web1")
    }

    @Test func `are those that wait while the hub's machine sleeps`() async throws {
        let fleet = await begin(try Self.book())
        await fleet.suspend(600_000)
        for age in [599, 598, 597] as [Int64] { await tell(fleet, 9, age: age) }
        await tell(fleet, 1)
        #expect(await fleet.told() == [])
    }
}
