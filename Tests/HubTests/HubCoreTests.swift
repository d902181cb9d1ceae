import Archive
import Fleet
import Hub
import HubClient
import Telemetry
import Testing
import Wire

@Suite(.timeLimit(.minutes(3))) struct `The hub's core` {
    private static let host = HostID("web1")
    private static let load = SeriesKey("node_load1")

    private static func core(_ head: Head = Head()) async -> HubCore {
        let core = HubCore(head: head)
        _ = await core.add(SourceCommand(host: host, arguments: [], summary: "ssh web1"))
        return core
    }

    private static func send(
        _ agent: inout InventedAgent, _ time: Timestamp, _ values: [Double], to core: HubCore
    ) async throws {
        await core.take(try agent.messages(time, values), from: host)
    }

    @Test func `says how it stands with a host, from dialling to failing and again`() async {
        let core = await Self.core()
        func state() async -> LinkState? { await core.summaries().first?.state }
        #expect(await state() == .connecting)
        #expect(await core.isConnecting(Self.host))
        await core.hasGreeted(Self.host, agent: nil)
        #expect(await state() == .live)
        let now = InventedAgent.now
        await core.markStale(at: now.advanced(byMilliseconds: 2000))
        #expect(await state() == .live)
        await core.markStale(at: now.advanced(byMilliseconds: 10_000))
        #expect(await state() == .stale)
        await core.take([.liveBegins], from: Self.host)
        #expect(await state() == .live)
        await core.hasFailed(
            Self.host, reason: "its frames cannot be read", name: "checksum", isOfFrames: true)
        #expect(await state() == .failed(reason: "its frames cannot be read", retryAt: 0))
        await core.willRetry(Self.host, in: 4000)
        guard case .failed(_, let retryAt) = await state() else {
            Issue.record("not failed")
            return
        }
        #expect(abs(retryAt - now.milliseconds - 4000) < 3000)
        await core.isStarting(Self.host)
        #expect(await state() == .connecting)
        await core.hasFailed(Self.host, reason: "it ended", name: "ended")
        let summary = await core.summaries()[0]
        #expect(summary.malformedFrames == 1)
        #expect(summary.restarts == 2)
        #expect(await core.figures().endings == ["checksum": 1, "ended": 1])
    }

    @Test(arguments: [Int64.min, -1, .max, .max - 807, 7_258_118_400_001])
    func `takes nothing of a time that cannot be`(_ time: Int64) async throws {
        let core = await Self.core()
        await core.beginEvaluation(RuleBook.shipped, saved: SavedAlerts()) { _ in }
        await core.hasGreeted(Self.host, agent: nil)
        let probe: Labels = ["probe": "web"]
        var agent = InventedAgent(
            [
                SeriesKey("martlet_probe_success", probe),
                SeriesKey("martlet_probe_timestamp_seconds", probe),
            ], type: .gauge)
        let feed = try await core.open(
            LiveView(subject: .host(Self.host), windowMilliseconds: 60_000, stepMilliseconds: 1000))
        for moment in [InventedAgent.now, Timestamp(milliseconds: time), InventedAgent.now] {
            try await Self.send(&agent, moment, [1, 1], to: core)
            let table = ProcessTable(time: moment, isComplete: true, total: 0, rows: [])
            await core.take(
                [.processes(host: "", table), .have(from: Self.epoch, to: moment)], from: Self.host)
            await core.take([.have(from: moment, to: InventedAgent.now)], from: Self.host)
            _ = await core.probe("web", of: Self.host)
            await core.evaluate()
            await core.lookBack()
        }
        feed.finish()
    }

    private static let epoch = Timestamp(milliseconds: 0)

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

    @Test func `takes nothing from hosts that it does not know, and no host twice`() async {
        let core = await Self.core()
        #expect(await core.add(SourceCommand(host: Self.host, arguments: [], summary: "")) == false)
        await core.take([.liveBegins], from: HostID("other"))
        await core.hasFailed(HostID("other"), reason: "", name: "ended")
        await core.willRetry(HostID("other"), in: 1)
        #expect(await core.summaries().map(\.host) == ["web1"])
        await #expect(throws: HubError.unknownHost("other")) {
            try await core.open(
                LiveView(subject: .host(HostID("other")), windowMilliseconds: 1000, stepMilliseconds: 1000))
        }
    }

    @Test func `passes over samples of series that nothing defined`() async {
        let core = await Self.core()
        let samples = [-1, 0, 5, .max].map { TickSample(index: $0, ageMilliseconds: 0, value: 1) }
        await core.take(
            [
                .tick(Tick(sequence: 1, time: InventedAgent.now, isSnapshot: true, samples: samples)),
                .retire(index: 9),
            ],
            from: Self.host)
        #expect(await core.figures().samples == 0)
    }

    @Test func `tells every change of state to those who follow, the newest to slow ones`() async {
        let core = await Self.core()
        let feed = await core.states()
        await core.hasGreeted(Self.host, agent: nil)
        await core.hasFailed(Self.host, reason: "gone", name: "ended")
        var states = feed.values.makeAsyncIterator()
        #expect(await states.next()?.first?.state == .failed(reason: "gone", retryAt: 0))
        feed.finish()
        #expect(await states.next() == nil)
    }

    /// All updates of a view that ends by itself.
    private func history(_ core: HubCore, _ view: LiveView) async throws -> [LiveUpdate] {
        let feed = try await core.open(view)
        var decoder = LiveDecoder()
        var updates: [LiveUpdate] = []
        for await bytes in feed.frames { updates += try decoder.updates(for: bytes) }
        return updates
    }

    @Test func `gives a view its history by steps, with gaps as gaps, and then says that it is live`()
        async throws
    {
        let core = await Self.core()
        var agent = InventedAgent([Self.load], type: .gauge)
        await core.hasGreeted(Self.host, agent: nil)
        let end = InventedAgent.now
        for second in [-9, -8, -7, -3, -2, -1, 0] as [Int64] {
            try await Self.send(
                &agent, end.advanced(byMilliseconds: second * 1000), [Double(10 + second)], to: core)
        }
        let view = LiveView(
            subject: .host(Self.host), windowMilliseconds: 10_000, stepMilliseconds: 1000, end: end)
        let updates = try await history(core, view)
        #expect(updates.first == .define(index: 0, host: Self.host, signal: SignalKey("load.1")))
        #expect(updates.last == .liveBegins)
        let values = updates.compactMap { update -> (Int64, Double)? in
            guard case .values(let time, _, let values) = update, let value = values.first else { return nil }
            return (time.milliseconds(since: end) / 1000, value)
        }
        #expect(values.map(\.0) == [-9, -8, -7, -3, -2, -1, 0])
        #expect(values.map(\.1) == [1, 2, 3, 7, 8, 9, 10])
    }

    @Test func `forgets what came after a clock that was set back`() async throws {
        let core = await Self.core()
        var agent = InventedAgent([Self.load], type: .gauge)
        await core.hasGreeted(Self.host, agent: nil)
        let end = InventedAgent.now
        try await Self.send(&agent, end.advanced(byMilliseconds: 400 * 86_400_000), [99], to: core)
        for second in [-3, -2, -1] as [Int64] {
            try await Self.send(
                &agent, end.advanced(byMilliseconds: second * 1000), [Double(second)], to: core)
        }
        #expect(await core.figures().repeatedSamples == 0)
        let view = LiveView(subject: .fleet, windowMilliseconds: 10_000, stepMilliseconds: 1000, end: end)
        let values = try await history(core, view).compactMap { update -> Double? in
            if case .values(_, _, let values) = update { values.first } else { nil }
        }
        #expect(values == [-3, -2, -1])
    }

    @Test func `goes on counting and drawing after the head had to drop the oldest`() async throws {
        let core = await Self.core(Head(bytesMax: 64 * 1024))
        var agent = InventedAgent((0..<10).map { SeriesKey("node_load1", ["x": "\($0)"]) }, type: .gauge)
        await core.hasGreeted(Self.host, agent: nil)
        for second in Int64(0)..<2000 {
            let values = (0..<10).map { _ in Double.random(in: 0...1) }
            try await Self.send(&agent, Timestamp(seconds: second), values, to: core)
        }
        let figures = await core.figures()
        #expect(figures.droppedChunks > 0)
        #expect(figures.storedBytes <= 64 * 1024)
    }

    @Test func `asks for the whole process table while a screen shows the host`() async throws {
        let core = await Self.core()
        let (sent, continuation) = AsyncStream.makeStream(of: [UInt8].self)
        await core.attach(Self.host) { continuation.yield($0) }
        var requests = sent.makeAsyncIterator()
        func wanted(_ bytes: [UInt8]?) throws -> Bool? {
            var decoder = FrameDecoder()
            decoder.append(bytes ?? [])
            guard case .subscribe(let subscription) = try decoder.next() else { return nil }
            return subscription.wantsAllProcesses
        }
        let view = LiveView(subject: .host(Self.host), windowMilliseconds: 1000, stepMilliseconds: 1000)
        let first = try await core.open(view)
        #expect(try wanted(await requests.next()) == true)
        // An agent that comes back is asked again.
        await core.attach(Self.host) { continuation.yield($0) }
        #expect(try wanted(await requests.next()) == true)
        first.finish()
        #expect(try wanted(await requests.next()) == false)
    }
}

@Suite(.timeLimit(.minutes(3))) struct `A screen's feed` {
    private static let host = HostID("web1")

    @Test func `sends what comes after the history, and loses nothing that fits`() async throws {
        let core = HubCore()
        _ = await core.add(SourceCommand(host: Self.host, arguments: [], summary: ""))
        await core.hasGreeted(Self.host, agent: nil)
        let feed = try await core.open(
            LiveView(subject: .fleet, windowMilliseconds: 1000, stepMilliseconds: 1000))
        try await send(100, from: 1, to: core)
        feed.finish()
        let (values, _) = try await read(feed)
        #expect(values == (1...100).map(Double.init))
    }

    @Test func `leaves whole ticks out for a slow reader, and goes on with a snapshot`() async throws {
        let core = HubCore()
        _ = await core.add(SourceCommand(host: Self.host, arguments: [], summary: ""))
        await core.hasGreeted(Self.host, agent: nil)
        let feed = try await core.open(
            LiveView(subject: .fleet, windowMilliseconds: 1000, stepMilliseconds: 1000))
        try await send(1000, from: 1, to: core)
        var frames = feed.frames.makeAsyncIterator()
        var decoder = LiveDecoder()
        var values: [Double] = []
        for _ in 0..<256 { values += Self.values(try decoder.updates(for: await frames.next() ?? [])) }
        #expect(values == (1...255).map(Double.init))
        try await send(5, from: 2001, to: core)
        for _ in 0..<5 { values += Self.values(try decoder.updates(for: await frames.next() ?? [])) }
        #expect(values.suffix(5) == [2001, 2002, 2003, 2004, 2005])
    }

    @Test func `carries of many hosts only the columns of the fleet`() async throws {
        let core = HubCore()
        _ = await core.add(SourceCommand(host: Self.host, arguments: [], summary: ""))
        await core.hasGreeted(Self.host, agent: nil)
        let fleet = try await core.open(
            LiveView(subject: .fleet, windowMilliseconds: 1000, stepMilliseconds: 1000))
        let whole = try await core.open(
            LiveView(subject: .host(Self.host), windowMilliseconds: 1000, stepMilliseconds: 1000))
        try await send(2, from: 1, to: core)
        fleet.finish()
        whole.finish()
        #expect(try await read(fleet).signals == ["load.1"])
        #expect(try await read(whole).signals == ["load.1", "load.15"])
    }

    @Test func `retires a slot when its number goes to another signal`() async throws {
        let core = HubCore(signalsMax: 100)
        _ = await core.add(SourceCommand(host: Self.host, arguments: [], summary: ""))
        await core.hasGreeted(Self.host, agent: nil)
        let feed = try await core.open(
            LiveView(subject: .host(Self.host), windowMilliseconds: 1000, stepMilliseconds: 1000))
        var frames = feed.frames.makeAsyncIterator()
        var decoder = LiveDecoder()
        _ = try decoder.updates(for: await frames.next() ?? [])
        var named: [Int32: SignalKey] = [:]
        var retired = 0
        // More containers than a host has numbers for, one after the other.
        for container in 0..<200 {
            let signal = SignalKey("container.memory", ["container": "c\(container)"])
            await core.take(Self.only(container), from: Self.host)
            for update in try decoder.updates(for: await frames.next() ?? []) {
                switch update {
                case .define(let index, _, let signal): named[index] = signal
                case .retire(let index):
                    named[index] = nil
                    retired += 1
                case .values(_, let indices, let values):
                    #expect(indices.map { named[$0] } == [signal])
                    #expect(values == [Double(container)])
                case .histograms, .event, .processes, .facts, .liveBegins, .hosts, .marks, .hubLost: break
                }
            }
        }
        #expect(retired > 150)
        #expect(named.count < 50)
    }

    /// A container's memory in place of the one before.
    private static func only(_ container: Int) -> [WireMessage] {
        let key = SeriesKey("martlet_container_memory_bytes", ["container": "c\(container)"])
        let definition = SeriesDefinition(key, .gauge, .double)
        let sample = TickSample(index: 0, ageMilliseconds: 0, value: Double(container))
        let tick = Tick(
            sequence: 1, time: Timestamp(seconds: Int64(container)), isSnapshot: false, samples: [sample])
        return [.define(SeriesDescription(index: 0, group: "", definition: definition)), .tick(tick)]
    }

    private func send(_ count: Int, from first: Int, to core: HubCore) async throws {
        var agent = InventedAgent([SeriesKey("node_load1"), SeriesKey("node_load15")], type: .gauge)
        for value in first..<first + count {
            let messages = try agent.messages(Timestamp(seconds: Int64(1000 + value)), [Double(value), 1])
            await core.take(messages, from: Self.host)
        }
    }

    private func read(_ feed: LiveFeed) async throws -> (values: [Double], signals: [String]) {
        var decoder = LiveDecoder()
        var values: [Double] = []
        var signals: [String] = []
        for await bytes in feed.frames {
            let updates = try decoder.updates(for: bytes)
            values += Self.values(updates)
            for case .define(_, _, let signal) in updates { signals.append(signal.name) }
        }
        return (values, signals.sorted())
    }

    private static func values(_ updates: [LiveUpdate]) -> [Double] {
        updates.compactMap { if case .values(_, _, let values) = $0 { values.first } else { nil } }
    }
}
