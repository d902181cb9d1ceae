import Fleet
import Foundation
import Hub
import HubClient
import NIOPosix
import Telemetry
import TestSupport
import Testing
import Wire

@Suite(.timeLimit(.minutes(3))) struct `The hub on requests` {
    @Test func `gives the exact numbers of each step, and counts nothing that was before`() async throws {
        let hub = await RequestHub()
        try await hub.take(RequestHub.tenSeconds())
        let told = try await hub.told(window: 11, end: 10)
        #expect(
            told.values[RequestHub.rate("/", "200")]
                == Dictionary(uniqueKeysWithValues: (1...10).map { ($0, 3) }))
        #expect(told.values[RequestHub.rate("/", "500")]?.filter { $0.value > 0 } == [5: 2])
        #expect(told.values[RequestHub.rate("/cart", "200")]?.filter { $0.value > 0 } == [7: 4])
        let observed = try #require(told.histograms[RequestHub.latency("/")])
        #expect(observed.keys.sorted() == Array(1...10))
        #expect(observed.values.allSatisfy { $0.count == 3 && abs($0.sum - 0.75) < 1e-9 })
        let cart = told.total(RequestHub.latency("/cart"))
        #expect(cart.count == 4)
        #expect(cart.min == 0.1)
        #expect(cart.max == 0.4)
    }

    @Test func `gives the mean of wider steps, with the seconds before a code was first seen`() async throws {
        let hub = await RequestHub()
        try await hub.take(RequestHub.tenSeconds())
        let told = try await hub.told(window: 10, step: 5, end: 10)
        let failures = try #require(told.values[RequestHub.rate("/", "500")])
        #expect(abs((failures[5] ?? 0) - 0.4) < 1e-6)
        #expect(failures[10] == 0)
        #expect(told.values[RequestHub.rate("/", "200")] == [5: 3, 10: 3])
        #expect(told.histograms[RequestHub.latency("/")]?.mapValues(\.count) == [5: 15, 10: 15])
    }

    @Test func `tells of how much of a step its rates are, and of the step that has begun`() async throws {
        let hub = await RequestHub()
        let now = Int64(Date().timeIntervalSince1970)
        let begin = now / 5 * 5 - 11
        var agent = RequestAgent()
        var frames: [UInt8] = []
        // From the last second of a step up to now.
        for second in begin...now {
            frames += agent.tick(
                Timestamp(seconds: second),
                [(RequestAgent.requests("/", "200"), 1000 + 3 * Double(second - begin))], [])
        }
        try await hub.take(frames)
        let feed = try await hub.core.open(
            LiveView(
                subject: .traffic(host: RequestHub.host), windowMilliseconds: 60_000, stepMilliseconds: 5000))
        feed.finish()
        var decoder = LiveDecoder()
        var (signals, requests, seconds) = ([Int32: SignalKey](), 0.0, 0.0)
        for await bytes in feed.frames {
            for update in try decoder.updates(for: bytes) {
                switch update {
                case .define(let index, _, let signal): signals[index] = signal
                case .values(_, let indices, let values):
                    let named = Dictionary(
                        uniqueKeysWithValues: zip(indices.compactMap { signals[$0]?.name }, values))
                    let covered = named[TrafficSignals.covered] ?? 0
                    seconds += covered
                    requests += (named[TrafficSignals.requests] ?? 0) * covered
                default: continue
                }
            }
        }
        #expect(seconds == Double(now - begin))
        #expect(abs(requests - 3 * Double(now - begin)) < 1e-6)
    }

    @Test func `tells what comes while a screen looks, and of one service the others nothing`() async throws {
        let hub = await RequestHub()
        let feed = try await hub.look(.traffic(host: nil))
        let fleet = try await hub.look(.fleet)
        try await hub.take(RequestHub.tenSeconds())
        feed.finish()
        fleet.finish()
        let told = try await RequestsTold(by: feed)
        #expect(
            told.values[RequestHub.rate("/", "200")]
                == Dictionary(uniqueKeysWithValues: (1...10).map { ($0, 3) }))
        #expect(told.values[RequestHub.rate("/", "500")] == [5: 2, 6: 0, 7: 0, 8: 0, 9: 0, 10: 0])
        #expect(told.total(RequestHub.latency("/")).count == 30)
        // The sums of the host alone, which are no service's.
        let rows = try await RequestsTold(by: fleet)
        #expect(rows.defined.contains(SignalKey("http.rate.all")))
        for signal in rows.defined {
            #expect(Signal.named(signal.name)?.isFleetColumn == true && signal.labels == [:], "\(signal)")
        }
        #expect(rows.histograms.isEmpty)
    }

    @Test func `puts ticks that are a little late into the step of their second`() async throws {
        let hub = await RequestHub()
        var agent = RequestAgent()
        var state = ExponentialHistogram()
        var frames: [UInt8] = []
        for (second, late) in [0, 4, 0, 9, 0, 100, 3].enumerated() as EnumeratedSequence<[Int64]> {
            let time = RequestHub.at(Int64(second)).advanced(byMilliseconds: late)
            frames += agent.tick(
                time, [(RequestAgent.requests("/", "200"), 5 * Double(second))],
                [(RequestAgent.duration("/"), state)])
            state.observe(1)
        }
        try await hub.take(frames)
        let told = try await hub.told(window: 6, end: 6)
        #expect(
            told.histograms[RequestHub.latency("/")]?.mapValues(\.count) == [
                1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 1,
            ])
        #expect(told.values[RequestHub.rate("/", "200")] == [1: 5, 2: 5, 3: 5, 4: 5, 5: 5, 6: 5])
    }

    @Test func `does not count twice what an agent that came back tells again`() async throws {
        let hub = await RequestHub()
        try await hub.take(RequestHub.tenSeconds())
        // The counts went on while it was away, and it knows them all.
        await hub.beginSession()
        var agent = RequestAgent()
        var state = ExponentialHistogram()
        for _ in 0..<1060 { state.observe(0.25) }
        var frames: [UInt8] = []
        for second in Int64(20)...22 {
            frames += agent.tick(
                RequestHub.at(second), [(RequestAgent.requests("/", "200"), 1060 + Double(second - 20))],
                [(RequestAgent.duration("/"), state)])
            state.observe(0.25)
        }
        try await hub.take(frames)
        let told = try await hub.told(window: 23, end: 22)
        #expect(told.values[RequestHub.rate("/", "200")]?.values.reduce(0, +) == 32)
        #expect(told.total(RequestHub.latency("/")).count == 32)
    }

    @Test func `weighs a rate by the time that it covers`() async throws {
        let hub = await RequestHub()
        var agent = RequestAgent()
        var frames: [UInt8] = []
        // The second tick comes a tenth of a second behind the first, and one request between them.
        for (milliseconds, count) in [(300, 5.0), (400, 6), (1300, 6), (2300, 6), (3300, 6)]
            as [(Int64, Double)]
        {
            frames += agent.tick(
                RequestHub.start.advanced(byMilliseconds: milliseconds),
                [(RequestAgent.requests("/", "200"), count)])
        }
        try await hub.take(frames)
        let told = try await hub.told(window: 3, step: 3, end: 3)
        let rate = try #require(told.values[RequestHub.rate("/", "200")]?[3])
        // One request in the 2.7 seconds that are known of.
        #expect(abs(rate - 1 / 2.7) < 1e-6)
    }

    @Test func `takes a count that shrinks within a session for one that began anew`() async throws {
        let hub = await RequestHub()
        var agent = RequestAgent()
        var frames: [UInt8] = []
        for (second, count) in [(0, 100), (1, 103), (2, 2), (3, 5)] as [(Int64, Int)] {
            var state = ExponentialHistogram()
            for _ in 0..<count { state.observe(0.5) }
            frames += agent.tick(
                RequestHub.at(second), [(RequestAgent.requests("/", "200"), Double(count))],
                [(RequestAgent.duration("/"), state)])
        }
        try await hub.take(frames)
        let told = try await hub.told(window: 4, end: 3)
        #expect(told.values[RequestHub.rate("/", "200")] == [1: 3, 2: 2, 3: 3])
        #expect(told.histograms[RequestHub.latency("/")]?.mapValues(\.count) == [1: 3, 2: 2, 3: 3])
    }

    @Test func `keeps quantiles within 1.1 % of truth over any span`() async throws {
        let hub = await RequestHub()
        var agent = RequestAgent()
        var random = SeededRandom(seed: 11)
        var state = ExponentialHistogram()
        var values: [Double] = []
        var frames = agent.tick(
            RequestHub.at(0), [(RequestAgent.requests("/", "200"), 0)], [(RequestAgent.duration("/"), state)])
        for second in Int64(1)...120 {
            for _ in 0..<50 {
                let value = Foundation.exp(Double.random(in: -7...2, using: &random))
                state.observe(value)
                values.append(value)
            }
            frames += agent.tick(
                RequestHub.at(second), [(RequestAgent.requests("/", "200"), Double(values.count))],
                [(RequestAgent.duration("/"), state)])
        }
        try await hub.take(frames)
        for (from, to) in [(0, 120), (60, 120), (119, 120)] as [(Int64, Int64)] {
            let told = try await hub.told(window: to - from, end: to)
            let total = told.total(RequestHub.latency("/"))
            let truth = values[Int(from * 50)..<Int(to * 50)].sorted()
            #expect(total.count == UInt64(truth.count))
            #expect(abs(total.sum - truth.reduce(0, +)) < 1e-6 * total.sum)
            for share in [0.5, 0.9, 0.99, 1] {
                let exact = truth[Int((share * Double(truth.count)).rounded(.up)) - 1]
                let found = try #require(total.quantile(share))
                #expect(abs(found - exact) <= 0.011 * exact, "\(from) \(share)")
            }
        }
    }

    @Test func `gives lines, statements and the share of unread lines`() async throws {
        let hub = await RequestHub()
        var agent = RequestAgent()
        let info = SeriesKey("martlet_log_lines_total", ["service": "db", "level": "info"])
        let unread = SeriesKey("martlet_log_unparsed_total", ["service": "db", "reason": "torn"])
        let slow = SeriesKey("martlet_db_slow_statements_total", ["service": "db"])
        let aborts = SeriesKey("martlet_http_aborts_total", ["service": "db"])
        var frames: [UInt8] = []
        for second in Int64(0)...2 {
            let count = Double(second)
            frames += agent.tick(
                RequestHub.at(second),
                [(info, 10 * count), (unread, count), (slow, 4 * count), (aborts, 7 * count)])
        }
        try await hub.take(frames)
        let told = try await hub.told(window: 2, end: 2)
        #expect(told.values[SignalKey(TrafficSignals.lines, info.labels)] == [1: 10, 2: 10])
        #expect(told.values[SignalKey(TrafficSignals.slowStatements, slow.labels)] == [1: 4, 2: 4])
        #expect(told.values[SignalKey(TrafficSignals.aborts, aborts.labels)] == [1: 7, 2: 7])
        let share = told.values[SignalKey(TrafficSignals.unparsed, ["service": "db"])] ?? [:]
        #expect(share.keys.sorted() == [1, 2])
        #expect(share.values.allSatisfy { abs($0 - 1.0 / 11) < 1e-6 })
    }

    @Test func `sums a service up over its window, for rules and queries`() async throws {
        let hub = await RequestHub()
        var agent = RequestAgent()
        var state = ExponentialHistogram()
        var frames: [UInt8] = []
        let match = SeriesKey("martlet_log_matches_total", ["service": "shop", "match": "oom"])
        for second in Int64(0)...40 {
            let count = Double(second)
            frames += agent.tick(
                RequestHub.at(second),
                [
                    (RequestAgent.requests("/", "200"), 6 * count),
                    (RequestAgent.requests("/", "404"), 3 * count),
                    (RequestAgent.requests("/cart", "503"), count), (match, count),
                ], [(RequestAgent.duration("/"), state)])
            for value in [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 2] { state.observe(value) }
        }
        try await hub.take(frames)
        let told = try await hub.told(.host(RequestHub.host), window: 40, end: 40)
        func last(_ signal: String, _ labels: Labels = ["service": "shop"]) -> Double {
            told.values[SignalKey(signal, labels)]?[40] ?? .nan
        }
        #expect(last("http.rate") == 10)
        #expect(last("http.errors") == 1)
        #expect(abs(last("http.error_ratio") - 0.1) < 1e-6)
        #expect(abs(last("http.client_error_ratio") - 0.3) < 1e-6)
        #expect(abs(last("http.p50") - 0.1) < 0.0011)
        #expect(abs(last("http.p99") - 2) < 0.022)
        #expect(last("log.matches", match.labels) == 40)
        #expect(last("http.rate.all", [:]) == 10)
        #expect(abs(last("http.error_ratio.all", [:]) - 0.1) < 1e-6)
        #expect(abs(last("http.p50.slowest", [:]) - 0.1) < 0.0011)
        #expect(abs(last("http.p99.slowest", [:]) - 2) < 0.022)
        let fleet = try await hub.told(.fleet, window: 40, end: 40)
        #expect(fleet.values[SignalKey("http.rate.all")]?[40] == 10)
        #expect(fleet.values[SignalKey("http.rate", ["service": "shop"])] == nil)
        #expect(!told.values.keys.contains { TrafficSignals.all.contains($0.name) })
    }

    @Test func `has the numbers of an agent that runs as a process`() async throws {
        let folder = try TemporaryFolder()
        let event = RequestAgent.event(RequestHub.at(5), "error-sample", ["service": "shop"], "GET / 500")
        let agent = try StandIn(in: folder, frames: InventedAgent.hello() + RequestHub.tenSeconds() + event)
        let core = HubCore()
        let command = SourceCommand.standIn(agent)
        _ = await core.add(command)
        let source = Source(command, core: core, group: MultiThreadedEventLoopGroup.singleton)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await source.run() }
            let came = try await Eventually.comes {
                try await RequestHub.told(core, window: 11, end: 10).events.count == 1
            }
            #expect(came)
            let told = try await RequestHub.told(core, window: 11, end: 10)
            #expect(told.values[RequestHub.rate("/", "200")]?.values.reduce(0, +) == 30)
            #expect(told.values[RequestHub.rate("/", "500")]?.values.reduce(0, +) == 2)
            #expect(told.total(RequestHub.latency("/")).count == 30)
            tasks.cancelAll()
        }
    }
}
