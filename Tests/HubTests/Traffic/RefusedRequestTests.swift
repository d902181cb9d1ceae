import Archive
import Fleet
import Hub
import Telemetry
import TestSupport
import Testing
import Wire

@Suite(.timeLimit(.minutes(3))) struct `The hub on what no agent says of requests` {
    @Test func `refuses garbage and counts it, and goes on with what is none`() async throws {
        let hub = await RequestHub()
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
                        sequence: UInt64(second), time: RequestHub.at(Int64(second)), isSnapshot: false,
                        samples: []
                    )))
            messages.append(.histogram(index: 0, state))
        }
        await hub.core.take(messages, from: RequestHub.host)
        #expect(await hub.core.figures().refusedHistograms == 4)
        let told = try await hub.told(window: 10, end: 9)
        // After a state that no histogram has, what comes is one that began anew.
        #expect(told.histograms[RequestHub.latency("/")]?.mapValues(\.count) == [5: 5, 6: 2])
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `takes whatever an agent says, and bounds what it keeps`(seed: UInt64) async throws {
        let hub = await RequestHub(HubCore(head: Head(bytesMax: 1 << 20), signalsMax: 200))
        let feed = try await hub.look(.traffic(host: nil))
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
            await hub.core.take(batch, from: RequestHub.host)
            batch = []
            if Int.random(in: 0..<50, using: &random) == 0 { await hub.beginSession() }
        }
        feed.finish()
        #expect(await hub.core.figures().storedBytes <= 1 << 20)
        _ = try await hub.told(window: 600, end: 10)
    }
}
