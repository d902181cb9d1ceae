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
        history columns: [[Double]], of signals: [SignalKey], host: HubHost, first: Timestamp,
        stepMilliseconds: Int64
    ) {
        guard let steps = columns.first?.count else { return }
        state.withLock { state in
            var group = Self.takeGroup(of: host, &state)
            let slots = signals.map { Self.slot($0, &group, &state) }
            for step in 0..<steps where columns.contains(where: { !$0[step].isNaN }) {
                for (slot, column) in zip(slots, columns) { group.values[Int(slot)] = Self.raw(column[step]) }
                let time = first.advanced(byMilliseconds: Int64(step + 1) * stepMilliseconds)
                Self.tick(group, at: time, isSnapshot: false, &state)
            }
            state.groups[host.number] = group
        }
    }

    func beginLive() {
        state.withLock { $0.encoder.append(.liveBegins) }
        flush()
    }

    func send(_ readings: [SignalDeriver.Reading], of host: HubHost, at time: Timestamp) {
        guard view.includes(host.id) else { return }
        state.withLock { state in
            var group = Self.takeGroup(of: host, &state)
            for slot in group.values.indices { group.values[slot] = Self.missing }
            for reading in readings {
                let number = Int(reading.number)
                while group.slotByNumber.count <= number { group.slotByNumber.append(Self.unknown) }
                if group.slotByNumber[number] == Self.unknown {
                    group.slotByNumber[number] = newSlot(host.deriver.signals[number], &group, &state)
                }
                let slot = Int(group.slotByNumber[number])
                if slot >= 0 { group.values[slot] = Self.raw(reading.value) }
            }
            let isSnapshot = state.isSnapshotDue
            state.isSnapshotDue = false
            Self.tick(group, at: time, isSnapshot: isSnapshot, &state)
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
        let definition = SeriesDefinition(SeriesKey(signal.name, signal.labels), .gauge, .double)
        state.encoder.define(definition, slot: Int(slot), group: group.group)
        return slot
    }

    private static func tick(_ group: HostGroup, at time: Timestamp, isSnapshot: Bool, _ state: inout State) {
        state.encoder.beginTick(at: time, isSnapshot: isSnapshot)
        state.encoder.append(group: group.group, values: group.values.span, ageMilliseconds: 0)
        state.encoder.endTick()
    }

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
