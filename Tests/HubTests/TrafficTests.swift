import Archive
import Fleet
import Foundation
import Hub
import HubClient
import NIOPosix
import Telemetry
import TestSupport
import Testing
import Wire

@Suite(.timeLimit(.minutes(1))) struct `The hub on requests` {
    private static let host = HostID("web1")
    /// Some Tuesday, at a whole minute.
    private static let start = Timestamp(seconds: 1_785_594_720)

    private static func at(_ seconds: Int64) -> Timestamp {
        start.advanced(byMilliseconds: seconds * 1000)
    }

    private static func core() async -> HubCore {
        let core = HubCore()
        _ = await core.add(SourceCommand(host: host, arguments: [], summary: ""))
        await core.hasGreeted(host, agent: nil)
        return core
    }

    /// What a view told, by signal and by the second after `start`.
    private struct Told {
        var values: [SignalKey: [Int64: Double]] = [:]
        var histograms: [SignalKey: [Int64: ExponentialHistogram]] = [:]
        var events: [(host: HostID, time: Timestamp, kind: LogEventKind, labels: Labels, text: String)] = []
        private var signals: [Int32: SignalKey] = [:]

        mutating func take(_ updates: [LiveUpdate]) {
            for update in updates {
                switch update {
                case .define(let index, _, let signal): signals[index] = signal
                case .retire(let index): signals[index] = nil
                case .values(let time, let indices, let numbers):
                    for (index, number) in zip(indices, numbers) {
                        guard let signal = signals[index] else { continue }
                        values[signal, default: [:]][time.milliseconds(since: start) / 1000] = number
                    }
                case .histograms(let time, let indices, let observed):
                    for (index, one) in zip(indices, observed) {
                        guard let signal = signals[index] else { continue }
                        histograms[signal, default: [:]][time.milliseconds(since: start) / 1000] = one
                    }
                case .event(let host, let time, let kind, let labels, let text):
                    events.append((host, time, kind, labels, text))
                case .processes, .facts, .liveBegins, .hosts, .marks, .hubLost: break
                }
            }
        }

        func total(_ signal: SignalKey) -> ExponentialHistogram {
            histograms[signal, default: [:]].values.reduce(into: ExponentialHistogram()) { $0.merge($1) }
        }
    }

    private static func told(
        _ core: HubCore, _ subject: LiveView.Subject = .traffic(host: host), window: Int64, step: Int64 = 1,
        end: Int64
    ) async throws -> Told {
        let feed = try await core.open(
            LiveView(
                subject: subject, windowMilliseconds: window * 1000, stepMilliseconds: step * 1000,
                end: at(end)))
        var decoder = LiveDecoder()
        var told = Told()
        for await bytes in feed.frames { told.take(try decoder.updates(for: bytes)) }
        return told
    }

    private static func rate(_ route: String, _ code: String) -> SignalKey {
        SignalKey(TrafficSignals.requests, RequestAgent.requests(route, code).labels)
    }

    private static func latency(_ route: String) -> SignalKey {
        SignalKey(TrafficSignals.duration, RequestAgent.duration(route).labels)
    }

    /// Ten seconds: 1,000 requests before, three a second, a first 500 in the fifth second, a new route in the seventh.
    private static func frames() -> [UInt8] {
        var agent = RequestAgent()
        var state = ExponentialHistogram()
        for _ in 0..<1000 { state.observe(9) }
        var frames: [UInt8] = []
        for second in Int64(0)...10 {
            var counters = [(RequestAgent.requests("/", "200"), 1000 + 3 * Double(second))]
            if second >= 5 { counters.append((RequestAgent.requests("/", "500"), 2)) }
            if second > 0 { for _ in 0..<3 { state.observe(0.25) } }
            var histograms = [(RequestAgent.duration("/"), state)]
            if second >= 7 {
                counters.append((RequestAgent.requests("/cart", "200"), 4))
                var fresh = ExponentialHistogram()
                for value in [0.1, 0.2, 0.3, 0.4] { fresh.observe(value) }
                histograms.append((RequestAgent.duration("/cart"), fresh))
            }
            frames += agent.tick(at(second), counters, histograms)
        }
        return frames
    }

    @Test func `gives the exact numbers of each step, and counts nothing that was before`() async throws {
        let core = await Self.core()
        await core.take(try RequestAgent.messages(Self.frames()), from: Self.host)
        let told = try await Self.told(core, window: 11, end: 10)
        #expect(
            told.values[Self.rate("/", "200")] == Dictionary(uniqueKeysWithValues: (1...10).map { ($0, 3) }))
        #expect(told.values[Self.rate("/", "500")]?.filter { $0.value > 0 } == [5: 2])
        #expect(told.values[Self.rate("/cart", "200")]?.filter { $0.value > 0 } == [7: 4])
        let observed = try #require(told.histograms[Self.latency("/")])
        #expect(observed.keys.sorted() == Array(1...10))
        #expect(observed.values.allSatisfy { $0.count == 3 && abs($0.sum - 0.75) < 1e-9 })
        let cart = told.total(Self.latency("/cart"))
        #expect(cart.count == 4)
        #expect(cart.min == 0.1)
        #expect(cart.max == 0.4)
    }

    @Test func `gives the mean of wider steps, with the seconds before a code was first seen`() async throws {
        let core = await Self.core()
        await core.take(try RequestAgent.messages(Self.frames()), from: Self.host)
        let told = try await Self.told(core, window: 10, step: 5, end: 10)
        let failures = try #require(told.values[Self.rate("/", "500")])
        #expect(abs((failures[5] ?? 0) - 0.4) < 1e-6)
        #expect(failures[10] == 0)
        #expect(told.values[Self.rate("/", "200")] == [5: 3, 10: 3])
        #expect(told.histograms[Self.latency("/")]?.mapValues(\.count) == [5: 15, 10: 15])
    }

    @Test func `tells of how much of a step its rates are, and of the step that has begun`() async throws {
        let core = HubCore()
        _ = await core.add(SourceCommand(host: Self.host, arguments: [], summary: ""))
        await core.hasGreeted(Self.host, agent: nil)
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
        await core.take(try RequestAgent.messages(frames), from: Self.host)
        let feed = try await core.open(
            LiveView(subject: .traffic(host: Self.host), windowMilliseconds: 60_000, stepMilliseconds: 5000))
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
        let core = await Self.core()
        let feed = try await core.open(
            LiveView(subject: .traffic(host: nil), windowMilliseconds: 1000, stepMilliseconds: 1000))
        let fleet = try await core.open(
            LiveView(subject: .fleet, windowMilliseconds: 1000, stepMilliseconds: 1000))
        await core.take(try RequestAgent.messages(Self.frames()), from: Self.host)
        feed.finish()
        fleet.finish()
        var decoder = LiveDecoder()
        var told = Told()
        for await bytes in feed.frames { told.take(try decoder.updates(for: bytes)) }
        #expect(
            told.values[Self.rate("/", "200")] == Dictionary(uniqueKeysWithValues: (1...10).map { ($0, 3) }))
        #expect(told.values[Self.rate("/", "500")] == [5: 2, 6: 0, 7: 0, 8: 0, 9: 0, 10: 0])
        #expect(told.total(Self.latency("/")).count == 30)
        var other = LiveDecoder()
        for await bytes in fleet.frames {
            for update in try other.updates(for: bytes) {
                if case .define(_, _, let signal) = update {
                    // The sums of the host alone, which are no service's.
                    #expect(
                        Signal.named(signal.name)?.isFleetColumn == true && signal.labels == [:], "\(signal)")
                }
                if case .histograms = update { Issue.record("\(update)") }
            }
        }
    }

    @Test func `puts ticks that are a little late into the step of their second`() async throws {
        let core = await Self.core()
        var agent = RequestAgent()
        var state = ExponentialHistogram()
        var frames: [UInt8] = []
        for (second, late) in [0, 4, 0, 9, 0, 100, 3].enumerated() as EnumeratedSequence<[Int64]> {
            let time = Self.at(Int64(second)).advanced(byMilliseconds: late)
            frames += agent.tick(
                time, [(RequestAgent.requests("/", "200"), 5 * Double(second))],
                [(RequestAgent.duration("/"), state)])
            state.observe(1)
        }
        await core.take(try RequestAgent.messages(frames), from: Self.host)
        let told = try await Self.told(core, window: 6, end: 6)
        #expect(
            told.histograms[Self.latency("/")]?.mapValues(\.count) == [1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 1])
        #expect(told.values[Self.rate("/", "200")] == [1: 5, 2: 5, 3: 5, 4: 5, 5: 5, 6: 5])
    }

    @Test func `does not count twice what an agent that came back tells again`() async throws {
        let core = await Self.core()
        await core.take(try RequestAgent.messages(Self.frames()), from: Self.host)
        // The counts went on while it was away, and it knows them all.
        await core.hasGreeted(Self.host, agent: nil)
        var agent = RequestAgent()
        var state = ExponentialHistogram()
        for _ in 0..<1060 { state.observe(0.25) }
        var frames: [UInt8] = []
        for second in Int64(20)...22 {
            frames += agent.tick(
                Self.at(second), [(RequestAgent.requests("/", "200"), 1060 + Double(second - 20))],
                [(RequestAgent.duration("/"), state)])
            state.observe(0.25)
        }
        await core.take(try RequestAgent.messages(frames), from: Self.host)
        let told = try await Self.told(core, window: 23, end: 22)
        #expect(told.values[Self.rate("/", "200")]?.values.reduce(0, +) == 32)
        #expect(told.total(Self.latency("/")).count == 32)
    }

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
                at(second), [(RequestAgent.requests("/", "200"), count)],
                [(RequestAgent.duration("/"), state)], isLate: true)
        }
        return frames
    }

    @Test func `draws what comes late where it was, before what comes now, and to who looks too`()
        async throws
    {
        let core = await Self.core()
        let feed = try await core.open(
            LiveView(subject: .traffic(host: nil), windowMilliseconds: 1000, stepMilliseconds: 1000))
        let fleet = try await core.open(
            LiveView(subject: .fleet, windowMilliseconds: 1000, stepMilliseconds: 1000))
        var agent = RequestAgent()
        var state = ExponentialHistogram()
        var frames = agent.tick(Self.at(56), [])
        frames += Self.late(&agent, &state)
        state.observe(0.25)
        frames += agent.tick(
            Self.at(58), [(RequestAgent.requests("/", "200"), 38)], [(RequestAgent.duration("/"), state)])
        await core.take(try RequestAgent.messages(frames), from: Self.host)
        let told = try await Self.told(core, window: 60, step: 10, end: 60)
        // The last step: seven in seven seconds, and one in the second after.
        #expect(told.values[Self.rate("/", "200")] == [10: 0, 20: 0, 30: 3, 40: 0, 50: 0, 60: 1])
        #expect(told.histograms[Self.latency("/")]?.mapValues(\.count) == [30: 30, 60: 8])
        let fine = try await Self.told(core, window: 10, step: 1, end: 30)
        #expect(
            fine.values[Self.rate("/", "200")] == Dictionary(uniqueKeysWithValues: (21...30).map { ($0, 3) }))

        feed.finish()
        fleet.finish()
        var decoder = LiveDecoder()
        var live = Told()
        for await bytes in feed.frames { live.take(try decoder.updates(for: bytes)) }
        #expect(live.values[Self.rate("/", "200")] == [10: 0, 20: 0, 30: 3, 40: 0, 50: 0, 57: 1, 58: 1])
        #expect(live.total(Self.latency("/")).count == 38)
        var other = LiveDecoder()
        for await bytes in fleet.frames {
            for update in try other.updates(for: bytes) {
                if case .values(let time, _, _) = update { #expect(time >= Self.at(56)) }
            }
        }
    }

    @Test func `draws nothing twice that a later session tells of the past again`() async throws {
        let core = await Self.core()
        for _ in 0..<2 {
            var agent = RequestAgent()
            var state = ExponentialHistogram()
            await core.hasGreeted(Self.host, agent: nil)
            await core.take(
                try RequestAgent.messages(Self.late(&agent, &state)), from: Self.host)
        }
        // Nor does a late tick change what was told in time.
        var agent = RequestAgent()
        var state = ExponentialHistogram()
        await core.hasGreeted(Self.host, agent: nil)
        var frames = agent.tick(Self.at(60), [(RequestAgent.requests("/", "200"), 100)])
        frames += Self.late(&agent, &state)
        frames += agent.tick(Self.at(61), [(RequestAgent.requests("/", "200"), 104)])
        await core.take(try RequestAgent.messages(frames), from: Self.host)
        let told = try await Self.told(core, window: 70, step: 10, end: 70)
        let rates = try #require(told.values[Self.rate("/", "200")])
        #expect(rates.filter { $0.value > 0 } == [30: 3, 60: 1, 70: 4])
        #expect(told.histograms[Self.latency("/")]?.mapValues(\.count) == [30: 30, 60: 7])
    }

    @Test func `weighs a rate by the time that it covers`() async throws {
        let core = await Self.core()
        var agent = RequestAgent()
        var frames: [UInt8] = []
        // The second tick comes a tenth of a second behind the first, and one request between them.
        for (milliseconds, count) in [(300, 5.0), (400, 6), (1300, 6), (2300, 6), (3300, 6)]
            as [(Int64, Double)]
        {
            frames += agent.tick(
                Self.start.advanced(byMilliseconds: milliseconds),
                [(RequestAgent.requests("/", "200"), count)])
        }
        await core.take(try RequestAgent.messages(frames), from: Self.host)
        let told = try await Self.told(core, window: 3, step: 3, end: 3)
        let rate = try #require(told.values[Self.rate("/", "200")]?[3])
        // One request in the 2.7 seconds that are known of.
        #expect(abs(rate - 1 / 2.7) < 1e-6)
    }

    @Test func `takes a count that shrinks within a session for one that began anew`() async throws {
        let core = await Self.core()
        var agent = RequestAgent()
        var frames: [UInt8] = []
        for (second, count) in [(0, 100), (1, 103), (2, 2), (3, 5)] as [(Int64, Int)] {
            var state = ExponentialHistogram()
            for _ in 0..<count { state.observe(0.5) }
            frames += agent.tick(
                Self.at(second), [(RequestAgent.requests("/", "200"), Double(count))],
                [(RequestAgent.duration("/"), state)])
        }
        await core.take(try RequestAgent.messages(frames), from: Self.host)
        let told = try await Self.told(core, window: 4, end: 3)
        #expect(told.values[Self.rate("/", "200")] == [1: 3, 2: 2, 3: 3])
        #expect(told.histograms[Self.latency("/")]?.mapValues(\.count) == [1: 3, 2: 2, 3: 3])
    }

    @Test func `keeps quantiles within 1.1 % of truth over any span`() async throws {
        let core = await Self.core()
        var agent = RequestAgent()
        var random = SeededRandom(seed: 11)
        var state = ExponentialHistogram()
        var values: [Double] = []
        var frames = agent.tick(
            Self.at(0), [(RequestAgent.requests("/", "200"), 0)], [(RequestAgent.duration("/"), state)])
        for second in Int64(1)...120 {
            for _ in 0..<50 {
                let value = Foundation.exp(Double.random(in: -7...2, using: &random))
                state.observe(value)
                values.append(value)
            }
            frames += agent.tick(
                Self.at(second), [(RequestAgent.requests("/", "200"), Double(values.count))],
                [(RequestAgent.duration("/"), state)])
        }
        await core.take(try RequestAgent.messages(frames), from: Self.host)
        for (from, to) in [(0, 120), (60, 120), (119, 120)] as [(Int64, Int64)] {
            let told = try await Self.told(core, window: to - from, end: to)
            let total = told.total(Self.latency("/"))
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
        let core = await Self.core()
        var agent = RequestAgent()
        let info = SeriesKey("martlet_log_lines_total", ["service": "db", "level": "info"])
        let unread = SeriesKey("martlet_log_unparsed_total", ["service": "db", "reason": "torn"])
        let slow = SeriesKey("martlet_db_slow_statements_total", ["service": "db"])
        let aborts = SeriesKey("martlet_http_aborts_total", ["service": "db"])
        var frames: [UInt8] = []
        for second in Int64(0)...2 {
            let count = Double(second)
            frames += agent.tick(
                Self.at(second),
                [(info, 10 * count), (unread, count), (slow, 4 * count), (aborts, 7 * count)])
        }
        await core.take(try RequestAgent.messages(frames), from: Self.host)
        let told = try await Self.told(core, window: 2, end: 2)
        #expect(told.values[SignalKey(TrafficSignals.lines, info.labels)] == [1: 10, 2: 10])
        #expect(told.values[SignalKey(TrafficSignals.slowStatements, slow.labels)] == [1: 4, 2: 4])
        #expect(told.values[SignalKey(TrafficSignals.aborts, aborts.labels)] == [1: 7, 2: 7])
        let share = told.values[SignalKey(TrafficSignals.unparsed, ["service": "db"])] ?? [:]
        #expect(share.keys.sorted() == [1, 2])
        #expect(share.values.allSatisfy { abs($0 - 1.0 / 11) < 1e-6 })
    }

    @Test func `sums a service up over its window, for rules and queries`() async throws {
        let core = await Self.core()
        var agent = RequestAgent()
        var state = ExponentialHistogram()
        var frames: [UInt8] = []
        let match = SeriesKey("martlet_log_matches_total", ["service": "shop", "match": "oom"])
        for second in Int64(0)...40 {
            let count = Double(second)
            frames += agent.tick(
                Self.at(second),
                [
                    (RequestAgent.requests("/", "200"), 6 * count),
                    (RequestAgent.requests("/", "404"), 3 * count),
                    (RequestAgent.requests("/cart", "503"), count), (match, count),
                ], [(RequestAgent.duration("/"), state)])
            for value in [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 2] { state.observe(value) }
        }
        await core.take(try RequestAgent.messages(frames), from: Self.host)
        let told = try await Self.told(core, .host(Self.host), window: 40, end: 40)
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
        let fleet = try await Self.told(core, .fleet, window: 40, end: 40)
        #expect(fleet.values[SignalKey("http.rate.all")]?[40] == 10)
        #expect(fleet.values[SignalKey("http.rate", ["service": "shop"])] == nil)
        #expect(!told.values.keys.contains { TrafficSignals.all.contains($0.name) })
    }

    @Test func `refuses garbage and counts it, and goes on with what is none`() async throws {
        let core = await Self.core()
        let definition = SeriesDefinition(RequestAgent.duration("/"), .histogram, .one)
        func state(_ count: UInt64, sum: Double, min: Double = 1, max: Double = 1) throws
            -> ExponentialHistogram
        {
            try #require(
                ExponentialHistogram(
                    buckets: [.init(index: 0, count: count)], zeroCount: 0, sum: sum, min: min, max: max))
        }
        var messages: [WireMessage] = [
            .define(SeriesDescription(index: 0, group: "logs", definition: definition)),
            .histogram(index: 0, try state(9, sum: 9)), .histogram(index: 99, try state(9, sum: 9)),
            .histogram(index: -1, try state(9, sum: 9)),
        ]
        let states = [
            try state(1, sum: 1), try state(2, sum: .infinity), try state(3, sum: -1),
            try state(4, sum: 4, min: 5),
            try state(.max, sum: 0.5), try state(5, sum: 5), try state(7, sum: 7),
        ]
        for (second, state) in states.enumerated() {
            messages.append(
                .tick(
                    Tick(
                        sequence: UInt64(second), time: Self.at(Int64(second)), isSnapshot: false, samples: []
                    )))
            messages.append(.histogram(index: 0, state))
        }
        await core.take(messages, from: Self.host)
        #expect(await core.figures().refusedHistograms == 4)
        let told = try await Self.told(core, window: 10, end: 9)
        // After a state that no histogram has, what comes is one that began anew.
        #expect(told.histograms[Self.latency("/")]?.mapValues(\.count) == [5: 5, 6: 2])
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `takes whatever an agent says, and bounds what it keeps`(seed: UInt64) async throws {
        let core = HubCore(head: Head(bytesMax: 1 << 20), signalsMax: 200)
        _ = await core.add(SourceCommand(host: Self.host, arguments: [], summary: ""))
        let feed = try await core.open(
            LiveView(subject: .traffic(host: nil), windowMilliseconds: 1000, stepMilliseconds: 1000))
        var random = SeededRandom(seed: seed)
        let numbers: [Double] = [0, 1, 2, 1e18, .infinity, -.infinity, .nan, -1, .greatestFiniteMagnitude]
        let times: [Int64] = [.min, -1, 0, 1000, 2000, 3000, 1_785_594_720_000, .max]
        let metrics = [
            "martlet_http_requests_total", "martlet_http_request_duration_seconds", "martlet_log_lines_total",
            "martlet_log_unparsed_total", "martlet_log_matches_total", "martlet_log_lag_bytes",
            "martlet_db_statement_duration_seconds",
        ]
        var batch: [WireMessage] = []
        for _ in 0..<5000 {
            let index = Int32.random(in: -1...40, using: &random)
            let time = Timestamp(milliseconds: times[Int.random(in: 0..<times.count, using: &random)])
            let message: WireMessage
            switch Int.random(in: 0..<8, using: &random) {
            case 0:
                let key = SeriesKey(
                    metrics[Int.random(in: 0..<metrics.count, using: &random)],
                    ["service": "s\(Int.random(in: 0..<4, using: &random))", "route": "\(index)"])
                let type: MetricType = Bool.random(using: &random) ? .histogram : .counter
                message = .define(
                    SeriesDescription(index: index, group: "", definition: SeriesDefinition(key, type)))
            case 1: message = .retire(index: index)
            case 2:
                message = .event(WireEvent(time: time, kind: "error-sample", labels: [:], text: "x"))
            case 3, 4:
                let number = { numbers[Int.random(in: 0..<numbers.count, using: &random)] }
                let buckets = [
                    ExponentialHistogram.Bucket(index: 0, count: UInt64.random(in: 1...9, using: &random)),
                    ExponentialHistogram.Bucket(index: 7, count: .max - 9),
                ]
                let state = ExponentialHistogram(
                    buckets: Array(buckets.prefix(Int.random(in: 0...2, using: &random))), zeroCount: 0,
                    sum: number(), min: number(), max: number())
                message = .histogram(index: index, state ?? ExponentialHistogram())
            default:
                let samples = (0..<20).map { _ in
                    TickSample(
                        index: Int32.random(in: -1...40, using: &random), ageMilliseconds: .max,
                        value: numbers[Int.random(in: 0..<numbers.count, using: &random)])
                }
                message = .tick(Tick(sequence: 1, time: time, isSnapshot: false, samples: samples))
            }
            batch.append(message)
            guard Int.random(in: 0..<10, using: &random) == 0 else { continue }
            await core.take(batch, from: Self.host)
            batch = []
            if Int.random(in: 0..<50, using: &random) == 0 { await core.hasGreeted(Self.host, agent: nil) }
        }
        feed.finish()
        #expect(await core.figures().storedBytes <= 1 << 20)
        _ = try await Self.told(core, window: 600, end: 10)
    }

    @Test func `gives examples newest first, of a flood the newest, and lines where lines are asked for`()
        async throws
    {
        let core = await Self.core()
        var frames: [UInt8] = []
        for number in Int64(0)..<5000 {
            frames += RequestAgent.event(
                Self.at(0).advanced(byMilliseconds: number), "error-sample",
                ["service": "shop", "code": "500", "host": "liar"], "GET / \(number)")
        }
        frames += RequestAgent.event(Self.at(1), "line", ["service": "shop"], "a line")
        frames += RequestAgent.event(Self.at(1), "unknown", [:], "a mark")
        await core.take(try RequestAgent.messages(frames), from: Self.host)
        #expect(await core.figures().droppedEvents == 3000)
        let told = try await Self.told(core, window: 60, end: 10)
        #expect(told.events.count == 2000)
        #expect(told.events.first?.text == "GET / 4999")
        #expect(told.events.last?.text == "GET / 3000")
        #expect(told.events.allSatisfy { $0.host == Self.host && $0.labels["code"] == "500" })
        let logs = try await Self.told(core, .logs(hosts: []), window: 60, end: 10)
        #expect(logs.events.count == 2001)
        #expect(logs.events.contains { $0.kind == .line && $0.text == "a line" })
        #expect(logs.values.isEmpty)
    }

    @Test func `asks for lines while a screen shows logs of the host`() async throws {
        let core = await Self.core()
        let (sent, continuation) = AsyncStream.makeStream(of: [UInt8].self)
        await core.attach(Self.host) { continuation.yield($0) }
        var requests = sent.makeAsyncIterator()
        func wanted(_ bytes: [UInt8]?) throws -> Bool? {
            guard case .subscribe(let subscription) = try RequestAgent.messages(bytes ?? []).first else {
                return nil
            }
            #expect(!subscription.wantsAllProcesses)
            return subscription.wantsLines
        }
        _ = try await core.open(
            LiveView(subject: .logs(hosts: [HostID("db1")]), windowMilliseconds: 1000, stepMilliseconds: 1000)
        )
        let feed = try await core.open(
            LiveView(subject: .logs(hosts: [Self.host]), windowMilliseconds: 1000, stepMilliseconds: 1000))
        #expect(try wanted(await requests.next()) == true)
        feed.finish()
        #expect(try wanted(await requests.next()) == false)
    }

    @Test func `says of each host whether its link delivers`() async {
        let core = HubCore()
        _ = await core.add(SourceCommand(host: Self.host, arguments: [], summary: ""))
        let now = Timestamp(milliseconds: InventedAgent.now.milliseconds / 1000 * 1000)
        await core.markStale(at: now)
        await core.hasGreeted(Self.host, agent: nil)
        await core.markStale(at: now.advanced(byMilliseconds: 1000))
        await core.markStale(at: now.advanced(byMilliseconds: 10_000))
        await core.take([.liveBegins], from: Self.host)
        await core.markStale(at: now.advanced(byMilliseconds: 11_000))
        await core.hasFailed(Self.host, reason: "gone", name: "ended")
        await core.markStale(at: now.advanced(byMilliseconds: 12_000))
        await core.isStarting(Self.host)
        await core.markStale(at: now.advanced(byMilliseconds: 13_000))
        let values = await core.range(
            Self.host, HubCore.upKey, from: now.advanced(byMilliseconds: -1000),
            to: now.advanced(byMilliseconds: 13_000), stepMilliseconds: 1000, .last)
        #expect(values.map { $0.isNaN ? -1 : $0 } == [-1, 1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0])
    }

    @Test func `has the numbers of an agent that runs as a process`() async throws {
        let folder = try TemporaryFolder()
        let event = RequestAgent.event(Self.at(5), "error-sample", ["service": "shop"], "GET / 500")
        let agent = try StandIn(in: folder, frames: InventedAgent.hello() + Self.frames() + event)
        let core = HubCore()
        let command = SourceCommand.standIn(agent)
        _ = await core.add(command)
        let source = Source(command, core: core, group: MultiThreadedEventLoopGroup.singleton)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await source.run() }
            let came = try await Eventually.comes {
                try await Self.told(core, window: 11, end: 10).events.count == 1
            }
            #expect(came)
            let told = try await Self.told(core, window: 11, end: 10)
            #expect(told.values[Self.rate("/", "200")]?.values.reduce(0, +) == 30)
            #expect(told.values[Self.rate("/", "500")]?.values.reduce(0, +) == 2)
            #expect(told.total(Self.latency("/")).count == 30)
            tasks.cancelAll()
        }
    }
}
