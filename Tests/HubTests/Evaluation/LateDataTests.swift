import Fleet
import Hub
import HubSupport
import Synchronization
import Telemetry
import TestSupport
import Testing
import Wire

/// Operators-contract 3.1, rule 3: what comes late is listed, and runs no hook.
@Suite(.timeLimit(.minutes(2))) struct `Data that comes late` {
    private static let host = HostID("web1")
    private static let gauge = SeriesKey("queue_depth", ["queue": "mail"])

    private static func book(_ when: String = "series queue_depth > 5 for 20s") throws -> RuleBook {
        var book = RuleBook()
        book.rules = [
            Rule(
                name: "Queue", place: Place(file: "test"), condition: try Condition(when),
                clear: Rule.Clear(hold: .zero), severity: .critical, noData: .alert)
        ]
        return book
    }

    private static func live(_ value: Double) -> [SimulatedFleet.Value] {
        [.gauge(gauge.name, value, gauge.labels)]
    }

    /// The hour before `end`, each ten seconds' value, as a recorder tells it; `slowness` seconds lie between its two parts.
    private func tell(
        _ fleet: SimulatedFleet, _ values: [Int64: Double], of keys: [SeriesKey] = [gauge],
        before end: Timestamp, slowness: Int = 0
    ) async {
        await fleet.core.attach(Self.host) { _ in }
        await fleet.core.take(
            [.have(from: end.advanced(byMilliseconds: -86_400_000), to: end)], from: Self.host)
        // The last minutes, then the hour before them.
        for range in [-600...0, -3600...(-600)] as [ClosedRange<Int64>] {
            var agent = InventedAgent(keys, type: .gauge)
            let told = values.filter { range.contains($0.key) }.sorted { $0.key < $1.key }
            let frames = told.flatMap { second, value in
                agent.tick(end.advanced(byMilliseconds: second * 1000), keys.map { _ in value })
            }
            await fleet.core.take(
                [.past(PastPortion(isFirst: true, isLast: true, frames: frames))], from: Self.host)
            await pass(fleet, seconds: slowness, value: 1)
        }
    }

    private func pass(_ fleet: SimulatedFleet, seconds: Int, value: Double?) async {
        for _ in 0..<seconds {
            await fleet.pass(1000)
            if let value { await fleet.send("web1", Self.live(value)) }
            await fleet.core.evaluate()
            await fleet.core.lookBack()
        }
    }

    /// An hour with a depth of 1 and, between `high`, of 9.
    private static func hour(high: Range<Int64>, step: Int64 = 10) -> [Int64: Double] {
        Dictionary(
            uniqueKeysWithValues: stride(from: -3600, through: -step, by: Int64.Stride(step)).map {
                ($0, high.contains($0) ? 9.0 : 1.0)
            })
    }

    @Test func `is listed with the time in which it would have fired, and told to nobody`() async throws {
        let fleet = SimulatedFleet()
        await fleet.begin(try Self.book(), hosts: ["web1"])
        let end = await fleet.now
        await fleet.send("web1", Self.live(1))
        await tell(fleet, Self.hour(high: -2000 ..< -1000), before: end)
        await pass(fleet, seconds: 10, value: 1)
        let listed = await fleet.listed()
        let event = try #require(listed.first)
        #expect(listed.count == 1)
        #expect(event.kind == .late && event.subject == "Queue" && event.place == "web1 mail")
        #expect(event.severity == .critical)
        // Held for twenty seconds, looked at each ten.
        #expect((-1990 ... -1970).contains(event.at.milliseconds(since: end) / 1000))
        let until = try #require(event.until)
        #expect((-1010 ... -980).contains(until.milliseconds(since: end) / 1000))
        #expect(await fleet.told() == [])
        #expect(
            event.words { "\($0.milliseconds(since: end) / 60_000)" }.hasPrefix("would have fired -33--16: "))
        // Once.
        await pass(fleet, seconds: 20, value: 1)
        #expect(await fleet.listed().isEmpty)
    }

    @Test func `is looked at as a whole, though the parts of an answer come slowly`() async throws {
        let fleet = SimulatedFleet()
        await fleet.begin(try Self.book(), hosts: ["web1"])
        let end = await fleet.now
        await fleet.send("web1", Self.live(1))
        // It begins in the part that comes last.
        await tell(fleet, Self.hour(high: -1000 ..< -300), before: end, slowness: 20)
        await pass(fleet, seconds: 10, value: 1)
        let listed = await fleet.listed()
        #expect(listed.count == 1)
        let at = try #require(listed.first).at.milliseconds(since: end) / 1000
        #expect((-990 ... -970).contains(at))
    }

    @Test func `that goes on now is listed until now, and what fires now is told as ever`() async throws {
        let fleet = SimulatedFleet()
        await fleet.begin(try Self.book(), hosts: ["web1"])
        let end = await fleet.now
        await fleet.send("web1", Self.live(9))
        await tell(fleet, Self.hour(high: -300..<0), before: end)
        await pass(fleet, seconds: 30, value: 9)
        let listed = await fleet.listed()
        #expect(listed.count == 1)
        #expect(listed.first?.until == end)
        #expect(await fleet.told() == ["pending Queue web1 mail quiet", "firing Queue web1 mail"])
    }

    @Test func `is not listed of what was told before the link broke`() async throws {
        let fleet = SimulatedFleet()
        await fleet.begin(try Self.book(), hosts: ["web1"])
        await pass(fleet, seconds: 30, value: 9)
        #expect(await fleet.told().last == "firing Queue web1 mail")
        let broken = await fleet.now
        await fleet.core.detach(Self.host)
        await pass(fleet, seconds: 200, value: nil)
        await fleet.reconnect("web1")
        let end = await fleet.now
        await fleet.send("web1", Self.live(9))
        let missed = end.milliseconds(since: broken) / 1000
        await tell(
            fleet,
            Dictionary(uniqueKeysWithValues: (-missed ... -1).map { ($0, 9.0) }), before: end)
        await pass(fleet, seconds: 10, value: 9)
        #expect(await fleet.listed().isEmpty)
    }

    @Test(arguments: ["host.silent > 60s", "process.count{name=nginx} < 1", "series other > 5"])
    func `lists nothing by rules on what a recorder does not tell`(_ when: String) async throws {
        let fleet = SimulatedFleet()
        await fleet.begin(try Self.book(when), hosts: ["web1"])
        let end = await fleet.now
        await fleet.send("web1", Self.live(1))
        await tell(fleet, Self.hour(high: -2000 ..< -1000), before: end)
        await pass(fleet, seconds: 10, value: 1)
        #expect(await fleet.listed().isEmpty)
    }

    // MARK: What waits for the core meanwhile

    /// How far a look is, for whoever goes on beside it.
    private final class Progress: Sendable {
        let hasBegun = Mutex(false)
        let isOver = Mutex(false)
    }

    /// A look at so much that it rests many times. What is listed, and how many evaluations were done between its begin and its
    /// end; `change` comes after a few of them.
    private func lookLong(
        _ change: @Sendable (HubCore) async -> Void = { _ in }
    ) async throws -> (listed: [AlertEvent], evaluations: Int) {
        let fleet = SimulatedFleet()
        await fleet.begin(try Self.book(), hosts: ["web1"])
        let end = await fleet.now
        await fleet.send("web1", Self.live(1))
        await tell(
            fleet, Self.hour(high: -2000 ..< -1000),
            of: (0..<150).map { SeriesKey(Self.gauge.name, ["queue": "q\($0)"]) }, before: end)
        await fleet.pass(10_000)
        let (core, progress) = (fleet.core, Progress())
        async let look: Void = {
            progress.hasBegun.withLock { $0 = true }
            await core.lookBack()
            progress.isOver.withLock { $0 = true }
        }()
        #expect(await Eventually.comes { progress.hasBegun.withLock(\.self) })
        var evaluations = 0
        let isOver = await Eventually.comes(within: 60) {
            await core.evaluate()
            evaluations += 1
            if evaluations == 2 { await change(core) }
            return progress.isOver.withLock(\.self)
        }
        #expect(isOver)
        await look
        return (await fleet.listed(), evaluations)
    }

    @Test func `is looked at in slices, between which the core evaluates what is live`() async throws {
        let (listed, evaluations) = try await lookLong()
        #expect(listed.count == 150)
        #expect(evaluations >= 5, "\(evaluations)")
    }

    @Test func `is not listed by a rule that went during the look`() async throws {
        let (listed, evaluations) = try await lookLong { await $0.set(RuleBook()) }
        #expect(listed.isEmpty)
        #expect(evaluations >= 5, "\(evaluations)")
    }
}
