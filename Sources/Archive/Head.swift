package import Telemetry

/// The recent past of all hosts, in memory: an hour as sampled, three days by the minute, bounded.
///
/// When the bound is reached the oldest chunks go first, whoever's they are, and are counted.
package struct Head: Sendable {
    package struct SeriesID: Hashable, Sendable {
        fileprivate let place: Int
    }

    private struct Owned: Sendable {
        let host: HostID
        let key: SeriesKey
        var series: StoredSeries
    }

    package static let defaultBytesMax = 512 << 20

    private var series: [Owned?] = []
    private var free: [Int] = []
    private var places: [HostID: [SeriesKey: Int]] = [:]
    private var tables: [HostID: ProcessHistory] = [:]
    private let bytesMax: Int
    private var bytes = 0
    package private(set) var droppedChunks: UInt64 = 0
    package private(set) var samples: UInt64 = 0

    package init(bytesMax: Int = Head.defaultBytesMax) {
        self.bytesMax = bytesMax
    }

    package var storedBytes: Int { bytes }
    package var seriesCount: Int { series.count - free.count }

    /// The id of a series, which is made when it is new.
    package mutating func id(_ host: HostID, _ key: SeriesKey, isCounter: Bool) -> SeriesID {
        if let place = places[host]?[key] { return SeriesID(place: place) }
        let owned = Owned(host: host, key: key, series: StoredSeries(isCounter: isCounter))
        let place: Int
        if let reused = free.popLast() {
            place = reused
            series[place] = owned
        } else {
            place = series.count
            series.append(owned)
        }
        places[host, default: [:]][key] = place
        return SeriesID(place: place)
    }

    /// Appends one sample; one that is not newer than the last of its series is left out, so repeats are harmless.
    package mutating func append(_ id: SeriesID, _ time: Timestamp, _ value: Double) {
        guard series.indices.contains(id.place), let before = series[id.place]?.series.bytes else { return }
        if series[id.place]?.series.append(time, value) == true {
            samples &+= 1
            bytes += (series[id.place]?.series.bytes ?? before) - before
        }
    }

    package mutating func append(_ table: ProcessTable, of host: HostID) {
        tables[host, default: ProcessHistory()].append(table)
    }

    /// The process table that was true at `time`, at most ten seconds old.
    package func processes(of host: HostID, at time: Timestamp) -> ProcessTable? {
        tables[host]?.table(at: time)
    }

    /// Once a minute: forgets what is too old, and the oldest where the bound is passed.
    package mutating func expire(at now: Timestamp) {
        for place in series.indices {
            guard let before = series[place]?.series.bytes else { continue }
            series[place]?.series.expire(at: now)
            bytes += (series[place]?.series.bytes ?? 0) - before
            if series[place]?.series.isEmpty == true { forget(place) }
        }
        for host in tables.keys { tables[host]?.expire(at: now) }
        while bytes > bytesMax, let place = oldestPlace() {
            let before = series[place]?.series.bytes ?? 0
            series[place]?.series.dropOldest()
            bytes += (series[place]?.series.bytes ?? 0) - before
            droppedChunks += 1
        }
    }

    /// The keys of a host's series whose name satisfies `condition`, in order.
    package func keys(of host: HostID, where condition: (String) -> Bool) -> [SeriesKey] {
        (places[host] ?? [:]).keys.filter { condition($0.name) }.sorted()
    }

    /// One value a step for the steps that end after `from` and up to `to`; NaN where a step had no sample.
    package func range(
        _ host: HostID, _ key: SeriesKey, from: Timestamp, to: Timestamp, stepMilliseconds: Int64,
        _ aggregate: Aggregate
    ) -> [Double] {
        let steps = Int(max(0, (to.milliseconds(since: from)) / max(1, stepMilliseconds)))
        guard steps > 0, steps <= Self.stepsMax else { return [] }
        var values = [Double](repeating: .nan, count: steps)
        guard let place = places[host]?[key], let stored = series[place]?.series else { return values }
        var counts = [Int32](repeating: 0, count: steps)
        stored.forEach(from: from.advanced(byMilliseconds: 1), to: to, aggregate) { time, value in
            let step = Int((time.milliseconds(since: from) - 1) / stepMilliseconds)
            guard step >= 0, step < steps, !value.isNaN else { return }
            defer { counts[step] += 1 }
            guard counts[step] > 0 else {
                values[step] = value
                return
            }
            switch aggregate {
            case .minimum: values[step] = min(values[step], value)
            case .maximum: values[step] = max(values[step], value)
            case .last: values[step] = value
            case .average: values[step] += (value - values[step]) / Double(counts[step] + 1)
            }
        }
        return values
    }

    package static let stepsMax = 11_000

    private func oldestPlace() -> Int? {
        var oldest: (place: Int, time: Timestamp)?
        for place in series.indices {
            guard let time = series[place]?.series.oldest else { continue }
            if oldest.map({ time < $0.time }) ?? true { oldest = (place, time) }
        }
        return oldest?.place
    }

    private mutating func forget(_ place: Int) {
        guard let owned = series[place] else { return }
        places[owned.host]?[owned.key] = nil
        if places[owned.host]?.isEmpty == true { places[owned.host] = nil }
        series[place] = nil
        free.append(place)
    }
}
