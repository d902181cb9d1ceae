package import Fleet
package import Hub
import Synchronization
package import Telemetry
import Wire

/// A core with hosts whose frames a test writes, under clocks that it moves.
package actor SimulatedFleet {
    package struct Value: Sendable {
        package let key: SeriesKey
        package var value: Double
        package var type = MetricType.gauge
    }

    private nonisolated let times: MovableClock
    /// The clocks that it moves.
    package nonisolated var clock: HubClock { times.clock }
    package nonisolated let core: HubCore
    private var known: [HostID: [SeriesKey: Int32]] = [:]
    private let kept = Kept()

    private final class Kept: Sendable {
        let changes = Mutex<[AlertChanges]>([])
        let late = Mutex<[AlertEvent]>([])
    }

    package init(wallMilliseconds: Int64 = 1_900_000_000_000, steadyMilliseconds: Int64 = 5_000_000) {
        times = MovableClock(wallMilliseconds: wallMilliseconds, steadyMilliseconds: steadyMilliseconds)
        core = HubCore(clock: times.clock)
    }

    package func begin(
        _ book: RuleBook, hosts: [String], saved: SavedAlerts = SavedAlerts(),
        silentAfterMilliseconds: [String: Int64] = [:], sometimes: Set<String> = [],
        tags: [String: [String: String]] = [:]
    ) async {
        for host in hosts {
            var command = SourceCommand(host: HostID(host), arguments: [], summary: host)
            let limit = silentAfterMilliseconds[host]
            if limit != nil || sometimes.contains(host) || tags[host] != nil {
                var target = HostTarget(host)
                target.connect = .local
                if let limit { target.silentAfterMilliseconds = limit }
                target.tags = tags[host] ?? [:]
                target.expectation = sometimes.contains(host) ? .sometimes : .always
                command = (try? SourceCommand.to(target, localAgent: "agent")) ?? command
            }
            _ = await core.add(command)
        }
        let kept = self.kept
        await core.beginEvaluation(
            book, saved: saved, lateSink: { late in kept.late.withLock { $0 += late } },
            sink: { changes in kept.changes.withLock { $0.append(changes) } })
        for host in hosts { await core.hasGreeted(HostID(host), agent: nil) }
    }

    package var now: Timestamp { times.now }

    /// Both clocks go on; the wall clock by more where it is set.
    package func pass(_ milliseconds: Int64, set: Int64 = 0) {
        times.pass(milliseconds, set: set)
    }

    package func suspend(_ milliseconds: Int64) {
        times.suspend(milliseconds)
    }

    /// A tick, NaN for a series that has no value: what was read `age` milliseconds ago, on a host whose wall clock is ahead, and whose boot clock stood still for a while.
    package func send(
        _ host: String, _ values: [Value], age: Int64 = 0, ahead: Int64 = 0, paused: Int64 = 0
    ) async {
        let id = HostID(host)
        var messages: [WireMessage] = []
        var samples: [TickSample] = []
        var gaps: [Int32] = []
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
            guard !value.value.isNaN else {
                gaps.append(index)
                continue
            }
            samples.append(TickSample(index: index, ageMilliseconds: 0, value: value.value))
        }
        let tick = Tick(
            sequence: 0, time: now.advanced(byMilliseconds: ahead - age),
            bootMilliseconds: times.bootMilliseconds - paused - age, isSnapshot: true, samples: samples,
            gaps: gaps)
        messages.append(.tick(tick))
        await core.take(messages, from: id)
    }

    /// The link was lost, and is there again: the host's series are defined anew.
    package func reconnect(_ host: String) async {
        known[HostID(host)] = nil
        await core.hasGreeted(HostID(host), agent: nil)
    }

    package func retire(_ host: String, _ key: SeriesKey) async {
        guard let index = known[HostID(host)]?.removeValue(forKey: key) else { return }
        await core.take([.retire(index: index)], from: HostID(host))
    }

    /// What was told since the last call: `firing DiskFull web1`.
    package func told() -> [String] {
        kept.changes.withLock { changes in
            defer { changes.removeAll() }
            return changes.flatMap(\.transitions).map { transition in
                let labels = transition.alert.key.labels.pairs.map(\.value).joined(separator: " ")
                return
                    "\(transition.kind) \(transition.alert.name) \(labels)\(transition.isNotice ? "" : " quiet")"
            }
        }
    }

    /// What was listed as late since the last call.
    package func listed() -> [AlertEvent] {
        kept.late.withLock { late in
            defer { late.removeAll() }
            return late
        }
    }

    /// What evaluations changed since the last call of this or of `told`.
    package func takeChanges() -> [AlertChanges] {
        kept.changes.withLock { changes in
            defer { changes.removeAll() }
            return changes
        }
    }

    package func saved(_ before: SavedAlerts = SavedAlerts()) -> SavedAlerts {
        kept.changes.withLock { changes in
            var saved = before
            for change in changes { saved.apply(change) }
            return saved
        }
    }
}

extension SimulatedFleet.Value {
    package static func gauge(_ name: String, _ value: Double, _ labels: Labels = [:]) -> Self {
        SimulatedFleet.Value(key: SeriesKey(name, labels), value: value)
    }

    package static func counter(_ name: String, _ value: Double, _ labels: Labels = [:]) -> Self {
        SimulatedFleet.Value(key: SeriesKey(name, labels), value: value, type: .counter)
    }
}
