import Fleet
import Hub
import HubClient
import Telemetry
import Testing
import Wire

/// A hub with one host, whose agent tells of requests from `start` on.
struct RequestHub {
    let core: HubCore

    static let host = HostID("web1")
    /// Some Tuesday, at a whole minute.
    static let start = Timestamp(seconds: 1_785_594_720)

    static func at(_ seconds: Int64) -> Timestamp { start.advanced(byMilliseconds: seconds * 1000) }

    init(_ core: HubCore = HubCore()) async {
        self.core = core
        _ = await core.add(SourceCommand(host: Self.host, arguments: [], summary: ""))
        await beginSession()
    }

    /// The host's agent is there, or there again.
    func beginSession() async { await core.hasGreeted(Self.host, agent: nil) }

    /// The frames come from the host.
    func take(_ frames: [UInt8]) async throws {
        await core.take(try RequestAgent.messages(frames), from: Self.host)
    }

    // MARK: Looking

    /// What a view tells that ends `end` seconds after `start`.
    func told(
        _ subject: LiveView.Subject = .traffic(host: host), window: Int64, step: Int64 = 1, end: Int64
    ) async throws -> RequestsTold {
        try await Self.told(core, subject, window: window, step: step, end: end)
    }

    static func told(
        _ core: HubCore, _ subject: LiveView.Subject = .traffic(host: host), window: Int64, step: Int64 = 1,
        end: Int64
    ) async throws -> RequestsTold {
        try await RequestsTold(
            by: core.open(
                LiveView(
                    subject: subject, windowMilliseconds: window * 1000, stepMilliseconds: step * 1000,
                    end: at(end))))
    }

    /// A view by seconds of what comes from now on, until it is finished.
    func look(_ subject: LiveView.Subject) async throws -> LiveFeed {
        try await core.open(LiveView(subject: subject, windowMilliseconds: 1000, stepMilliseconds: 1000))
    }

    // MARK: What the host tells

    static func rate(_ route: String, _ code: String) -> SignalKey {
        SignalKey(TrafficSignals.requests, RequestAgent.requests(route, code).labels)
    }

    static func latency(_ route: String) -> SignalKey {
        SignalKey(TrafficSignals.duration, RequestAgent.duration(route).labels)
    }

    /// Ten seconds: 1,000 requests before, three a second, a first 500 in the fifth second, a new route in the seventh.
    static func tenSeconds() -> [UInt8] {
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
}

/// What a view told, by signal and by the second after `RequestHub.start`.
struct RequestsTold {
    private(set) var values: [SignalKey: [Int64: Double]] = [:]
    private(set) var histograms: [SignalKey: [Int64: ExponentialHistogram]] = [:]
    private(set) var events:
        [(host: HostID, time: Timestamp, kind: LogEventKind, labels: Labels, text: String)] = []
    private(set) var defined: Set<SignalKey> = []
    private var signals: [Int32: SignalKey] = [:]

    /// All that `feed` says until it ends.
    init(by feed: LiveFeed) async throws {
        var decoder = LiveDecoder()
        for await bytes in feed.frames { take(try decoder.updates(for: bytes)) }
    }

    private mutating func take(_ updates: [LiveUpdate]) {
        for update in updates {
            switch update {
            case .define(let index, _, let signal):
                signals[index] = signal
                defined.insert(signal)
            case .retire(let index): signals[index] = nil
            case .values(let time, let indices, let numbers):
                for (index, number) in zip(indices, numbers) {
                    guard let signal = signals[index] else { continue }
                    values[signal, default: [:]][second(time)] = number
                }
            case .histograms(let time, let indices, let observed):
                for (index, one) in zip(indices, observed) {
                    guard let signal = signals[index] else { continue }
                    histograms[signal, default: [:]][second(time)] = one
                }
            case .event(let host, let time, let kind, let labels, let text):
                events.append((host, time, kind, labels, text))
            case .processes, .facts, .liveBegins, .hosts, .marks, .hubLost: break
            }
        }
    }

    private func second(_ time: Timestamp) -> Int64 { time.milliseconds(since: RequestHub.start) / 1000 }

    func total(_ signal: SignalKey) -> ExponentialHistogram {
        histograms[signal, default: [:]].values.reduce(into: ExponentialHistogram()) { $0.merge($1) }
    }
}
