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
        var slots: [SignalKey: Int] = [:]
        var values: [Int64] = []
    }

    private struct State: Sendable {
        var encoder = SampleEncoder()
        var groups: [HostID: HostGroup] = [:]
        var isSnapshotDue = false
    }

    /// What a view of many hosts carries of each.
    package static let fleetSignals: Set<String> = [
        "cpu", "memory.used", "swap.used", "load.1", "load.per_core", "pressure.cpu", "pressure.memory",
        "pressure.io",
        "disk.fullest", "disk.busiest", "net.receive.all", "net.transmit.all", "units.failed", "host.uptime",
        "processes.total",
    ]

    private static let missing = Int64(bitPattern: Double.nan.bitPattern)

    init(_ view: LiveView) {
        self.view = view
        (frames, continuation) = AsyncStream.makeStream(
            of: [UInt8].self, bufferingPolicy: .bufferingOldest(Self.framesMax))
        state = Mutex(State())
    }

    func onTermination(_ body: @escaping @Sendable () -> Void) {
        continuation.onTermination = { _ in body() }
    }

    func finish() {
        continuation.finish()
    }

    // MARK: What is sent

    func send(
        history columns: [[Double]], of signals: [SignalKey], host: HostID, first: Timestamp,
        stepMilliseconds: Int64
    ) {
        guard let steps = columns.first?.count else { return }
        state.withLock { state in
            let slots = signals.map { Self.slot($0, host, &state) }
            for step in 0..<steps where columns.contains(where: { !$0[step].isNaN }) {
                for (slot, column) in zip(slots, columns) {
                    state.groups[host]?.values[slot] = Self.raw(column[step])
                }
                let time = first.advanced(byMilliseconds: Int64(step + 1) * stepMilliseconds)
                Self.tick(host, at: time, isSnapshot: false, &state)
            }
        }
    }

    func beginLive() {
        state.withLock { $0.encoder.append(.liveBegins) }
        flush()
    }

    func send(_ readings: [SignalDeriver.Reading], of host: HostID, at time: Timestamp) {
        guard view.includes(host) else { return }
        state.withLock { state in
            let count = state.groups[host]?.values.count ?? 0
            for slot in 0..<count { state.groups[host]?.values[slot] = Self.missing }
            for reading in readings where view.includes(signal: reading.signal.name) {
                let slot = Self.slot(reading.signal, host, &state)
                state.groups[host]?.values[slot] = Self.raw(reading.value)
            }
            let isSnapshot = state.isSnapshotDue
            state.isSnapshotDue = false
            Self.tick(host, at: time, isSnapshot: isSnapshot, &state)
        }
        flush()
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

    private static func slot(_ signal: SignalKey, _ host: HostID, _ state: inout State) -> Int {
        if let slot = state.groups[host]?.slots[signal] { return slot }
        if state.groups[host] == nil {
            state.groups[host] = HostGroup(group: state.encoder.addGroup(host.name))
        }
        let slot = state.groups[host]?.values.count ?? 0
        state.groups[host]?.values.append(missing)
        state.groups[host]?.slots[signal] = slot
        let definition = SeriesDefinition(SeriesKey(signal.name, signal.labels), .gauge, .double)
        state.encoder.define(definition, slot: slot, group: state.groups[host]?.group ?? 0)
        return slot
    }

    private static func tick(_ host: HostID, at time: Timestamp, isSnapshot: Bool, _ state: inout State) {
        guard let group = state.groups[host] else { return }
        state.encoder.beginTick(at: time, isSnapshot: isSnapshot)
        state.encoder.append(group: group.group, values: group.values.span, ageMilliseconds: 0)
        state.encoder.endTick()
    }

    private func flush() {
        let bytes = state.withLock { state in
            state.encoder.drain { span in
                Array(unsafeUninitializedCapacity: span.count) { buffer, count in
                    for offset in span.indices { buffer.initializeElement(at: offset, to: span[offset]) }
                    count = span.count
                }
            }
        }
        guard !bytes.isEmpty else { return }
        if case .dropped = continuation.yield(bytes) {
            state.withLock { $0.isSnapshotDue = true }
        }
    }
}
