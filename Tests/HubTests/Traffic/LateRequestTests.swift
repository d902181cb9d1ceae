import Fleet
import Hub
import Telemetry
import Testing

@Suite(.timeLimit(.minutes(3))) struct `The hub on requests told late` {
    /// Late ticks from a minute ago: nothing, six quiet windows but the third (30 requests) and the last, which ends with now.
    private static func late(_ agent: inout RequestAgent, _ state: inout ExponentialHistogram) -> [UInt8] {
        var count = 0.0
        var frames: [UInt8] = []
        for (second, requests) in [(0, 0), (10, 0), (20, 0), (30, 30), (40, 0), (50, 0), (57, 7)]
            as [(Int64, Int)]
        {
            count += Double(requests)
            for _ in 0..<requests { state.observe(0.25) }
            frames += agent.tick(
                RequestHub.at(second), [(RequestAgent.requests("/", "200"), count)],
                [(RequestAgent.duration("/"), state)], isLate: true)
        }
        return frames
    }

    @Test func `draws what comes late where it was, before what comes now, and to who looks too`()
        async throws
    {
        let hub = await RequestHub()
        let feed = try await hub.look(.traffic(host: nil))
        let fleet = try await hub.look(.fleet)
        var agent = RequestAgent()
        var state = ExponentialHistogram()
        var frames = agent.tick(RequestHub.at(56), [])
        frames += Self.late(&agent, &state)
        state.observe(0.25)
        frames += agent.tick(
            RequestHub.at(58), [(RequestAgent.requests("/", "200"), 38)],
            [(RequestAgent.duration("/"), state)])
        try await hub.take(frames)
        let told = try await hub.told(window: 60, step: 10, end: 60)
        // The last step: seven in seven seconds, and one in the second after.
        #expect(told.values[RequestHub.rate("/", "200")] == [10: 0, 20: 0, 30: 3, 40: 0, 50: 0, 60: 1])
        #expect(told.histograms[RequestHub.latency("/")]?.mapValues(\.count) == [30: 30, 60: 8])
        let fine = try await hub.told(window: 10, step: 1, end: 30)
        #expect(
            fine.values[RequestHub.rate("/", "200")]
                == Dictionary(uniqueKeysWithValues: (21...30).map { ($0, 3) }))

        feed.finish()
        fleet.finish()
        let live = try await RequestsTold(by: feed)
        #expect(
            live.values[RequestHub.rate("/", "200")] == [10: 0, 20: 0, 30: 3, 40: 0, 50: 0, 57: 1, 58: 1])
        #expect(live.total(RequestHub.latency("/")).count == 38)
        let rows = try await RequestsTold(by: fleet).values.values.flatMap(\.keys)
        #expect((rows.min() ?? 0) >= 56, "a row of the fleet tells of now alone")
    }

    @Test func `draws nothing twice that a later session tells of the past again`() async throws {
        let hub = await RequestHub()
        for _ in 0..<2 {
            var agent = RequestAgent()
            var state = ExponentialHistogram()
            await hub.beginSession()
            try await hub.take(Self.late(&agent, &state))
        }
        // Nor does a late tick change what was told in time.
        var agent = RequestAgent()
        var state = ExponentialHistogram()
        await hub.beginSession()
        var frames = agent.tick(RequestHub.at(60), [(RequestAgent.requests("/", "200"), 100)])
        frames += Self.late(&agent, &state)
        frames += agent.tick(RequestHub.at(61), [(RequestAgent.requests("/", "200"), 104)])
        try await hub.take(frames)
        let told = try await hub.told(window: 70, step: 10, end: 70)
        let rates = try #require(told.values[RequestHub.rate("/", "200")])
        #expect(rates.filter { $0.value > 0 } == [30: 3, 60: 1, 70: 4])
        #expect(told.histograms[RequestHub.latency("/")]?.mapValues(\.count) == [30: 30, 60: 7])
    }
}
