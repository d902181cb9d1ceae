import Fleet
import Hub
import Synchronization
import Telemetry
import Wire

/// A core with hosts whose frames a test writes, under clocks that it moves.
actor SimulatedFleet {
    private final class Times: Sendable {
        let wall = Mutex<Int64>(1_900_000_000_000)
        let steady = Mutex<Int64>(5_000_000)
    }

    struct Value {
        let key: SeriesKey
        var value: Double
        var type = MetricType.gauge
    }

    private nonisolated let times = Times()
    let core: HubCore
    private var known: [HostID: [SeriesKey: Int32]] = [:]
    private let kept = Kept()

    final class Kept: Sendable {
        let changes = Mutex<[AlertChanges]>([])
    }

    init() {
        let times = times
        core = HubCore(
            clock: HubClock(
                now: { Timestamp(milliseconds: times.wall.withLock { $0 }) },
                steadyMilliseconds: { times.steady.withLock { $0 } }))
    }

    func begin(_ book: RuleBook, hosts: [String], saved: SavedAlerts = SavedAlerts()) async {
        for host in hosts {
            _ = await core.add(SourceCommand(host: HostID(host), arguments: [], summary: host))
        }
        let kept = self.kept
        await core.beginEvaluation(book, saved: saved) { changes in
            kept.changes.withLock { $0.append(changes) }
        }
        for host in hosts { await core.hasGreeted(HostID(host), agent: nil) }
    }

    var now: Timestamp { Timestamp(milliseconds: times.wall.withLock { $0 }) }

    /// Both clocks go on; the wall clock by more where it is set.
    func pass(_ milliseconds: Int64, set: Int64 = 0) {
        times.steady.withLock { $0 += milliseconds }
        times.wall.withLock { $0 += milliseconds + set }
    }

    func send(_ host: String, _ values: [Value]) async {
        let id = HostID(host)
        var messages: [WireMessage] = []
        var samples: [TickSample] = []
        for value in values {
            let index: Int32
            if let found = known[id]?[value.key] {
                index = found
            } else {
                index = Int32(known[id]?.count ?? 0)
                known[id, default: [:]][value.key] = index
                let definition = SeriesDefinition(value.key, value.type)
                messages.append(
                    .define(SeriesDescription(index: index, group: "test", definition: definition)))
            }
            samples.append(TickSample(index: index, ageMilliseconds: 0, value: value.value))
        }
        let time = Timestamp(milliseconds: times.wall.withLock { $0 })
        messages.append(.tick(Tick(sequence: 0, time: time, isSnapshot: true, samples: samples)))
        await core.take(messages, from: id)
    }

    func retire(_ host: String, _ key: SeriesKey) async {
        guard let index = known[HostID(host)]?.removeValue(forKey: key) else { return }
        await core.take([.retire(index: index)], from: HostID(host))
    }

    /// What was told since the last call: `firing DiskFull web1`.
    func told() -> [String] {
        kept.changes.withLock { changes in
            defer { changes.removeAll() }
            return changes.flatMap(\.transitions).map { transition in
                let labels = transition.alert.key.labels.pairs.map(\.value).joined(separator: " ")
                return
                    "\(transition.kind) \(transition.alert.name) \(labels)\(transition.isNotice ? "" : " quiet")"
            }
        }
    }

    func saved(_ before: SavedAlerts = SavedAlerts()) -> SavedAlerts {
        kept.changes.withLock { changes in
            var saved = before
            for change in changes { saved.apply(change) }
            return saved
        }
    }
}

extension SimulatedFleet.Value {
    static func gauge(_ name: String, _ value: Double, _ labels: Labels = [:]) -> Self {
        SimulatedFleet.Value(key: SeriesKey(name, labels), value: value)
    }

    static func counter(_ name: String, _ value: Double, _ labels: Labels = [:]) -> Self {
        SimulatedFleet.Value(key: SeriesKey(name, labels), value: value, type: .counter)
    }
}
