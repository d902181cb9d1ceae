import Fleet
import Foundation
import Hub
import HubClient
import Synchronization
import Telemetry
import TestSupport
import Testing
import Wire

/// What a host's recorder holds, as the hub asks for it and puts it between what it has.
@Suite(.timeLimit(.minutes(3))) struct `What a host recorded` {
    private static let host = HostID("web1")
    private static let load = SeriesKey("node_load1")

    /// What the hub sent to the agent.
    private final class Letters: Sendable {
        private let decoder = Mutex(FrameDecoder())
        private let all = Mutex<[WireMessage]>([])

        func take(_ bytes: [UInt8]) {
            decoder.withLock { decoder in
                decoder.append(bytes)
                while let message = (try? decoder.next()) ?? nil { all.withLock { $0.append(message) } }
            }
        }

        /// From, to and step in seconds of each replay that was asked for.
        func replays(before end: Timestamp) -> [[Int64]] {
            all.withLock { $0 }.compactMap { message in
                guard case .replay(let from, let to, let step) = message else { return nil }
                return [
                    from.milliseconds(since: end) / 1000, to.milliseconds(since: end) / 1000,
                    Int64(step) / 1000,
                ]
            }
        }
    }

    private func core(_ letters: Letters) async -> HubCore {
        let core = HubCore()
        _ = await core.add(SourceCommand(host: Self.host, arguments: ["agent"], summary: "local"))
        await greet(core, letters)
        return core
    }

    private func greet(_ core: HubCore, _ letters: Letters) async {
        await core.hasGreeted(Self.host, agent: nil)
        await core.attach(Self.host) { bytes in letters.take(bytes) }
    }

    /// An answer with a load of 7 at each of the seconds before `end`.
    private func answer(_ seconds: [Int64], before end: Timestamp, load: Double = 7) -> WireMessage {
        var agent = InventedAgent([Self.load], type: .gauge)
        let frames = seconds.flatMap { agent.tick(end.advanced(byMilliseconds: $0 * 1000), [load]) }
        return .past(PastPortion(isFirst: true, isLast: true, frames: frames))
    }

    private func live(
        _ core: HubCore, _ agent: inout InventedAgent, _ seconds: ClosedRange<Int64>, of end: Timestamp
    ) async throws {
        for second in seconds {
            await core.take(
                try agent.messages(end.advanced(byMilliseconds: second * 1000), [1]), from: Self.host)
        }
    }

    private func loads(_ updates: [LiveUpdate], before end: Timestamp) -> [Int64: Double] {
        var found: [Int64: Double] = [:]
        for update in updates {
            if case .values(let time, _, let values) = update, let value = values.first {
                found[time.milliseconds(since: end) / 1000] = value
            }
        }
        return found
    }

    private func history(_ core: HubCore, _ view: LiveView) async throws -> [LiveUpdate] {
        let feed = try await core.open(view)
        var decoder = LiveDecoder()
        var updates: [LiveUpdate] = []
        for await bytes in feed.frames { updates += try decoder.updates(for: bytes) }
        return updates
    }

    @Test func `of the last hour is asked for when it connects, the newest first, and is there then`()
        async throws
    {
        let letters = Letters()
        let core = await core(letters)
        let end = InventedAgent.now
        var agent = InventedAgent([Self.load], type: .gauge)
        try await live(core, &agent, 0...2, of: end)
        await core.take([.have(from: end.advanced(byMilliseconds: -86_400_000), to: end)], from: Self.host)
        #expect(await Eventually.comes { letters.replays(before: end) == [[-600, 0, 1]] })
        await core.take([answer([-300, -299, -298], before: end)], from: Self.host)
        #expect(await Eventually.comes { letters.replays(before: end).last == [-3600, -600, 10] })
        await core.take([answer([-3000, -2990], before: end)], from: Self.host)
        let view = LiveView(
            subject: .host(Self.host), windowMilliseconds: 3_700_000, stepMilliseconds: 1000,
            end: end.advanced(byMilliseconds: 2000))
        let found = loads(try await history(core, view), before: end)
        #expect(found == [-3000: 7, -2990: 7, -300: 7, -299: 7, -298: 7, 0: 1, 1: 1, 2: 1])
    }

    @Test func `in the time of a broken link is asked for, and no more`() async throws {
        let letters = Letters()
        let core = await core(letters)
        let end = InventedAgent.now
        var agent = InventedAgent([Self.load], type: .gauge)
        try await live(core, &agent, (-100)...(-80), of: end)
        await core.detach(Self.host)
        await greet(core, letters)
        var again = InventedAgent([Self.load], type: .gauge)
        try await live(core, &again, 0...1, of: end)
        await core.take([.have(from: end.advanced(byMilliseconds: -86_400_000), to: end)], from: Self.host)
        #expect(await Eventually.comes { letters.replays(before: end) == [[-80, 0, 1]] })
        await core.take([answer(Array(-79...(-1)), before: end)], from: Self.host)
        let view = LiveView(
            subject: .host(Self.host), windowMilliseconds: 110_000, stepMilliseconds: 1000,
            end: end.advanced(byMilliseconds: 1000))
        let found = loads(try await history(core, view), before: end)
        #expect(found.count == 102)
        #expect(found[-80] == 1 && found[-79] == 7 && found[-1] == 7 && found[0] == 1)
    }

    @Test func `of yesterday is asked for when somebody looks, at the step of the screen, and waited for`()
        async throws
    {
        let letters = Letters()
        let core = await core(letters)
        let end = InventedAgent.now
        await core.take(
            [.have(from: end.advanced(byMilliseconds: -7 * 86_400_000), to: end)], from: Self.host)
        await core.take([answer([], before: end)], from: Self.host)
        await core.take([answer([], before: end)], from: Self.host)
        let moment = end.advanced(byMilliseconds: -86_400_000)
        let view = LiveView(
            subject: .host(Self.host), windowMilliseconds: 600_000, stepMilliseconds: 5000, end: moment)
        async let updates = history(core, view)
        #expect(await Eventually.comes { letters.replays(before: moment).contains([-600, 0, 5]) })
        await core.take([answer([-500, -495], before: moment, load: 3)], from: Self.host)
        let found = loads(try await updates, before: moment)
        #expect(Set(found.values) == [3] && found.count == 2)
        // It is known by now.
        let asked = letters.replays(before: moment).count
        _ = try await history(core, view)
        #expect(letters.replays(before: moment).count == asked)
    }

    @Test func `comes to screens that look already`() async throws {
        let letters = Letters()
        let core = await core(letters)
        let end = InventedAgent.now
        let feed = try await core.open(
            LiveView(subject: .host(Self.host), windowMilliseconds: 600_000, stepMilliseconds: 1000))
        await core.take([.have(from: end.advanced(byMilliseconds: -86_400_000), to: end)], from: Self.host)
        await core.take([answer([-30, -29], before: end, load: 5)], from: Self.host)
        var decoder = LiveDecoder()
        var updates: [LiveUpdate] = []
        for await bytes in feed.frames {
            updates += try decoder.updates(for: bytes)
            if loads(updates, before: end).count == 2 { break }
        }
        #expect(loads(updates, before: end) == [-30: 5, -29: 5])
    }

    @Test func `that cannot be read, or is not answered, is gone without and does not stop what comes`()
        async throws
    {
        let letters = Letters()
        let core = await core(letters)
        let end = InventedAgent.now
        await core.take([.have(from: end.advanced(byMilliseconds: -86_400_000), to: end)], from: Self.host)
        await core.take(
            [
                .past(
                    PastPortion(
                        isFirst: true, isLast: false,
                        frames: InventedAgent.hello() + Array(repeating: 1, count: 40)))
            ],
            from: Self.host)
        #expect(await Eventually.comes { letters.replays(before: end).count == 2 })
        // No answer: an empty span.
        await core.take([.have(from: end, to: end)], from: Self.host)
        // Nobody asked.
        await core.take([answer([-9], before: end)], from: Self.host)
        let view = LiveView(
            subject: .host(Self.host), windowMilliseconds: 60_000, stepMilliseconds: 1000, end: end)
        #expect(loads(try await history(core, view), before: end).isEmpty)
    }

    @Test func `gives rates between its ticks, and goes back with a clock that was set back`() async throws {
        let letters = Letters()
        let core = await core(letters)
        let end = InventedAgent.now
        await core.take([.have(from: end.advanced(byMilliseconds: -86_400_000), to: end)], from: Self.host)
        var agent = InventedAgent([Self.load], type: .gauge)
        var frames: [UInt8] = []
        for (second, load) in [(-100, 1.0), (-99, 1), (-40, 9), (-39, 9), (-98, 2), (-97, 2)]
            as [(Int64, Double)]
        {
            frames += agent.tick(end.advanced(byMilliseconds: second * 1000), [load])
        }
        await core.take([.past(PastPortion(isFirst: true, isLast: true, frames: frames))], from: Self.host)
        let view = LiveView(
            subject: .host(Self.host), windowMilliseconds: 300_000, stepMilliseconds: 1000, end: end)
        #expect(
            loads(try await history(core, view), before: end) == [-100: 1, -99: 1, -98: 2, -97: 2])
    }
}
