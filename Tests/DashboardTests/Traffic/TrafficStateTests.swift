import Dashboard
import Fleet
import Telemetry
import TestSupport
import Testing

@Suite struct `The requests that the hub tells of` {
    private let view = LiveView(
        subject: .traffic(host: nil), windowMilliseconds: 600_000, stepMilliseconds: 5000)
    private let noon = FixtureHost.noon

    private func define(_ index: Int32, host: String = "a", code: String?, route: String = "/") -> LiveUpdate
    {
        var labels = [Label("service", "web"), Label("route", route), Label("method", "GET")]
        if let code { labels.append(Label("code", code)) }
        return .define(
            index: index, host: HostID(host),
            signal: SignalKey(code == nil ? "http.duration" : "http.requests.rate", Labels(labels)))
    }

    private func values(_ seconds: Int64, _ pairs: [(Int32, Double)]) -> LiveUpdate {
        .values(
            time: noon.advanced(byMilliseconds: seconds * 1000), indices: pairs.map(\.0),
            values: pairs.map(\.1))
    }

    private func rate(_ state: TrafficState, _ code: Int = 0, at seconds: Int64 = 0) -> Double? {
        let step = state.step(of: noon.advanced(byMilliseconds: seconds * 1000))
        return state.rate(state.series[0], code: code, step: step)
    }

    private func traffic(_ updates: [LiveUpdate]) throws -> TrafficState {
        var state = FleetState(view)
        state.take(updates)
        return try #require(state.traffic)
    }

    @Test func `are averaged over the parts of a step, of which one without a value is a zero`() throws {
        let state = try traffic([
            define(0, code: "200"), define(1, code: "500"),
            values(-4, [(0, 10), (1, 4)]), values(-3, [(0, 20)]),
        ])
        #expect(rate(state, at: -4) == 15)
        #expect(rate(state, 1, at: -4) == 2)
    }

    @Test func `are as many as came in a step of which the hub knows a part`() throws {
        let covered = LiveUpdate.define(
            index: 2, host: HostID("a"), signal: SignalKey(TrafficSignals.covered, ["service": "web"]))
        let state = try traffic([
            define(0, code: "200"), define(1, code: "500"), covered,
            // The service is there for a second and a half of the first step; a look at the next begins in its middle.
            values(-10, [(0, 10), (1, 2), (2, 1.5)]), values(-5, [(0, 20), (2, 2)]), values(-4, [(0, 30)]),
        ])
        let step = state.step(of: noon.advanced(byMilliseconds: -10_000))
        #expect(state.requests(state.series[0], code: 0, step: step) == 15)
        #expect(state.requests(state.series[0], code: 1, step: step) == 3)
        #expect(rate(state, at: -10) == 10)
        #expect(state.requests(state.series[0], code: 0, step: step + 1) == 70)
    }

    @Test func `have a gap where nothing came and a zero where a zero came`() throws {
        let state = try traffic([define(0, code: "200"), values(-10, [(0, 0)]), values(0, [(0, 5)])])
        #expect(rate(state, at: -10) == 0)
        #expect(rate(state, at: -5) == nil)
        #expect(rate(state) == 5)
    }

    @Test func `of other series of a service tell that one had none`() throws {
        let state = try traffic([
            define(0, code: "200"), define(1, code: "200", route: "/b"), values(0, [(1, 5)]),
        ])
        #expect(rate(state) == 0)
    }

    @Test func `do not count twice when they come late and again`() throws {
        let state = try traffic([
            define(0, code: "200"), values(-7, [(0, 8)]), values(0, [(0, 5)]), values(-7, [(0, 8)]),
        ])
        #expect(rate(state, at: -7) == 8)
    }

    @Test func `are told anew after the hub was lost`() throws {
        var histogram = ExponentialHistogram()
        histogram.observe(0.25)
        let told: [LiveUpdate] = [
            define(0, code: "200"), define(1, code: nil), values(0, [(0, 5)]),
            .histograms(time: noon, indices: [1], [histogram]), .liveBegins,
        ]
        let state = try traffic(told + [.hubLost(reason: "gone")] + told)
        #expect(state.series.count == 1)
        #expect(rate(state) == 5)
        #expect(state.latencyCount(step: state.step(of: noon)) == 1)
    }

    @Test func `have at most so many routes a service, and what is beyond is in other`() throws {
        var updates: [LiveUpdate] = (0..<1000).map { define($0, code: "200", route: "/\($0)") }
        updates.append(values(0, (0..<1000).map { ($0, 1) }))
        let state = try traffic(updates)
        #expect(state.services[0].routes.count == TrafficState.routesMax + 1)
        #expect(state.services[0].routes.last == TrafficState.other)
        let step = state.step(of: noon)
        let total = state.series.reduce(0) { $0 + (state.rate($1, code: 0, step: step) ?? 0) }
        #expect(total == 1000)
    }

    @Test(arguments: UInt64(1)...8)
    func `stay within their bounds whatever comes`(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var state = FleetState(view)
        for _ in 0..<20_000 {
            let index = Int32.random(in: 0..<30_000, using: &random)
            let labels: Labels = [
                "service": "s\(Int.random(in: 0..<100, using: &random))",
                "route": "/\(Int.random(in: 0..<5000, using: &random))",
                "method": "M\(Int.random(in: 0..<40, using: &random))",
                "code": "\(Int.random(in: 0..<700, using: &random))",
            ]
            let host = HostID("h\(Int.random(in: 0..<300, using: &random))")
            state.take(.define(index: index, host: host, signal: SignalKey("http.requests.rate", labels)))
            state.take(values(Int64.random(in: -700...5, using: &random), [(index, 1)]))
            if index % 4 == 0 {
                state.take(
                    .event(host: host, time: noon, kind: .errorSample, labels: labels, text: "error \(index)")
                )
            }
        }
        let traffic = try #require(state.traffic)
        #expect(traffic.services.count <= TrafficState.servicesMax + 1, "seed \(seed)")
        #expect(traffic.services.allSatisfy { $0.routes.count <= TrafficState.routesMax + 1 })
        #expect(traffic.series.count <= TrafficState.allSeriesMax)
        #expect(traffic.series.allSatisfy { $0.codes.count <= TrafficState.codesMax + 1 })
        #expect(traffic.samples.count <= ErrorSamples.samplesMax)
        #expect(traffic.samples.of(service: nil).count == traffic.samples.count)
    }
}
