import Archive
package import Fleet
import Synchronization
import Telemetry
import Wire

/// The frames of one screen's view. A screen that does not keep up loses whole ticks and then gets a snapshot.
package final class LiveFeed: Sendable {
    package let view: LiveView
    package let frames: AsyncStream<[UInt8]>
    private let continuation: AsyncStream<[UInt8]>.Continuation
    private let state: Mutex<State>

    /// Frames that wait for a slow screen; history is one of them.
    private static let framesMax = 256

    /// One histogram series of a history: what was observed by the step's place.
    struct HistogramColumn {
        let signal: SignalKey
        let steps: [(step: Int, observed: ExponentialHistogram)]
    }

    private struct HostGroup: Sendable {
        let group: Int
        /// By the signal's number: its slot; `unknown` before it was seen, `excluded` where the view leaves it out.
        var slotByNumber: [Int32] = []
        var slots: [SignalKey: Int32] = [:]
        var keys: [SignalKey?] = []
        var values: [Int64] = []
        var free: [Int32] = []
    }

    private struct State: Sendable {
        var encoder = SampleEncoder()
        /// By the hub's number of the host.
        var groups: [HostGroup?] = []
        var isSnapshotDue = false
    }

    private static let unknown: Int32 = -1
    private static let excluded: Int32 = -2

    private static let missing = SampleScale.double.absent

    init(_ view: LiveView) {
        self.view = view
        (frames, continuation) = AsyncStream.makeStream(
            of: [UInt8].self, bufferingPolicy: .bufferingOldest(Self.framesMax))
        state = Mutex(State())
    }

    func onTermination(_ body: @escaping @Sendable () -> Void) {
        continuation.onTermination = { _ in body() }
    }

    package func finish() {
        continuation.finish()
    }

    // MARK: What is sent

    func send(
        history columns: [[Double]], of signals: [SignalKey], _ histograms: [HistogramColumn], host: HubHost,
        first: Timestamp, stepMilliseconds: Int64
    ) {
        var observed: [Int: [(slot: Int32, ExponentialHistogram)]] = [:]
        let last = histograms.compactMap { $0.steps.last?.step }.max().map { $0 + 1 } ?? 0
        let steps = max(columns.first?.count ?? 0, last)
        guard steps > 0 else { return }
        state.withLock { state in
            var group = Self.takeGroup(of: host, &state)
            let slots = signals.map { Self.slot($0, &group, &state) }
            for column in histograms {
                let slot = Self.slot(column.signal, &group, &state)
                for step in column.steps { observed[step.step, default: []].append((slot, step.observed)) }
            }
            for step in 0..<steps {
                let hasValues = columns.contains { $0.indices.contains(step) && !$0[step].isNaN }
                guard hasValues || observed[step] != nil else { continue }
                for (slot, column) in zip(slots, columns) { group.values[Int(slot)] = Self.raw(column[step]) }
                let time = first.advanced(byMilliseconds: Int64(step + 1) * stepMilliseconds)
                Self.tick(group, at: time, isSnapshot: false, observed[step] ?? [], &state)
            }
            state.groups[host.number] = group
        }
    }

    func beginLive() {
        state.withLock { $0.encoder.append(.liveBegins) }
        flush()
    }

    /// Sends what was added without being sent.
    func sendWaiting() { flush() }

    func send(_ step: HubHost.Step, of host: HubHost) {
        guard view.includes(host.id) else { return }
        state.withLock { state in
            var group = Self.takeGroup(of: host, &state)
            for slot in group.values.indices { group.values[slot] = Self.missing }
            for reading in step.readings {
                let slot = slot(ofNumber: reading.number, of: host, &group, &state)
                if slot >= 0 { group.values[Int(slot)] = Self.raw(reading.value) }
            }
            var observed: [(slot: Int32, ExponentialHistogram)] = []
            for (number, histogram) in step.histograms {
                let slot = slot(ofNumber: number, of: host, &group, &state)
                if slot >= 0 { observed.append((slot, histogram)) }
            }
            let isSnapshot = state.isSnapshotDue
            state.isSnapshotDue = false
            Self.tick(group, at: step.time, isSnapshot: isSnapshot, observed, &state)
            state.groups[host.number] = group
        }
        flush()
    }

    /// These numbers of the host's signals mean others from now on.
    func forget(_ numbers: [Int32], of host: HubHost) {
        state.withLock { state in
            guard state.groups.indices.contains(host.number), var group = state.groups[host.number] else {
                return
            }
            state.groups[host.number] = nil
            for number in numbers where group.slotByNumber.indices.contains(Int(number)) {
                let slot = group.slotByNumber[Int(number)]
                group.slotByNumber[Int(number)] = Self.unknown
                guard slot >= 0, let key = group.keys[Int(slot)] else { continue }
                group.keys[Int(slot)] = nil
                group.slots[key] = nil
                group.free.append(slot)
                state.encoder.retire(slot: Int(slot), group: group.group)
            }
            state.groups[host.number] = group
        }
    }

    func send(_ table: ProcessTable, of host: HostID) {
        guard case .host(host) = view.subject else { return }
        state.withLock { $0.encoder.append(.processes(host: host.name, table)) }
        flush()
    }

    func send(_ event: HostEvent, of host: HostID) {
        guard view.includes(host), view.eventKinds.contains(event.kind) else { return }
        append(event, of: host)
        flush()
    }

    /// Adds an event to what is sent next; its label `host` is ours, whatever the agent called itself.
    func append(_ event: HostEvent, of host: HostID) {
        let labels = Labels(event.labels.pairs + [Label("host", host.name)])
        let told = WireEvent(time: event.time, kind: event.kind, labels: labels, text: event.text)
        state.withLock { $0.encoder.append(.event(told)) }
    }

    func send(_ facts: HostFacts, of host: HostID) {
        guard view.includes(host) else { return }
        state.withLock { $0.encoder.append(.facts(host: host.name, facts)) }
        flush()
    }

    // MARK: How

    /// Rounded to a float's precision, which no screen passes: half the bytes on the wire.
    private static func raw(_ value: Double) -> Int64 {
        value.isNaN ? missing : Int64(bitPattern: Double(Float(value)).bitPattern)
    }

    /// The host's group, out of `state` while it is worked on, so that its arrays are changed in place.
    private static func takeGroup(of host: HubHost, _ state: inout State) -> HostGroup {
        while state.groups.count <= host.number { state.groups.append(nil) }
        guard let group = state.groups[host.number] else {
            return HostGroup(group: state.encoder.addGroup(host.id.name))
        }
        state.groups[host.number] = nil
        return group
    }

    /// The slot of a signal's number; `excluded` where the view leaves it out.
    private func slot(
        ofNumber number: Int32, of host: HubHost, _ group: inout HostGroup, _ state: inout State
    ) -> Int32 {
        let number = Int(number)
        while group.slotByNumber.count <= number { group.slotByNumber.append(Self.unknown) }
        if group.slotByNumber[number] == Self.unknown {
            group.slotByNumber[number] = newSlot(host.deriver.signals[number], &group, &state)
        }
        return group.slotByNumber[number]
    }

    private func newSlot(_ signal: SignalKey?, _ group: inout HostGroup, _ state: inout State) -> Int32 {
        guard let signal, view.includes(signal: signal.name) else { return Self.excluded }
        return Self.slot(signal, &group, &state)
    }

    private static func slot(
        _ signal: SignalKey, _ group: inout HostGroup, _ state: inout State
    ) -> Int32 {
        if let slot = group.slots[signal] { return slot }
        let slot: Int32
        if let free = group.free.popLast() {
            slot = free
        } else {
            slot = Int32(group.values.count)
            group.values.append(missing)
            group.keys.append(nil)
        }
        group.keys[Int(slot)] = signal
        group.slots[signal] = slot
        let type: MetricType = TrafficSignals.histograms.contains(signal.name) ? .histogram : .gauge
        let definition = SeriesDefinition(SeriesKey(signal.name, signal.labels), type, .double)
        state.encoder.define(definition, slot: Int(slot), group: group.group)
        return slot
    }

    private static func tick(
        _ group: HostGroup, at time: Timestamp, isSnapshot: Bool,
        _ histograms: [(slot: Int32, ExponentialHistogram)], _ state: inout State
    ) {
        state.encoder.beginTick(at: time, isSnapshot: isSnapshot)
        state.encoder.append(group: group.group, values: group.values.span, ageMilliseconds: 0)
        var buckets = 0
        for (slot, histogram) in histograms {
            buckets += histogram.buckets.count + Self.bucketsOfHead
            // A frame has room for so many; the rest of a moment is told by a tick of the same time.
            if buckets > Self.bucketsOfTick {
                buckets = histogram.buckets.count + Self.bucketsOfHead
                state.encoder.endTick()
                state.encoder.beginTick(at: time, isSnapshot: false)
            }
            state.encoder.append(histogram: histogram, slot: Int(slot), group: group.group)
        }
        state.encoder.endTick()
    }

    /// Half of what the encoder allows for at sixteen bytes a bucket.
    private static let bucketsOfTick = WireLimits.payloadBytes / 32
    /// What a histogram takes beside its buckets, as so many of them.
    private static let bucketsOfHead = 6

    private func flush() {
        let bytes = state.withLock { state in
            state.encoder.drain { span in
                span.withUnsafeBufferPointer { Array($0) }
            }
        }
        guard !bytes.isEmpty else { return }
        if case .dropped = continuation.yield(bytes) {
            state.withLock { $0.isSnapshotDue = true }
        }
    }
}
