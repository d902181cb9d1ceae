package import Telemetry

/// The recent past of all hosts, in memory: an hour as sampled, three days by the minute, bounded. Histograms and events
/// lie beside it: see `HistogramHistory` and `EventHistory`.
///
/// When the bound is reached the oldest chunks go first, whoever's they are, and are counted.
package struct Head: Sendable {
    /// A series for as long as the head keeps it; an id that outlives its series is never another's.
    package struct SeriesID: Hashable, Sendable {
        fileprivate let place: Int
        fileprivate let generation: UInt64
    }

    private struct Owner: Sendable {
        let host: HostID
        let key: SeriesKey

        /// Memory that a series takes beside its chunks: its names, its row, its place in two dictionaries.
        var overhead: Int {
            key.labels.pairs.reduce(360 + key.name.utf8.count) {
                $0 + 64 + $1.name.utf8.count + $1.value.utf8.count
            }
        }
    }

    package static let defaultBytesMax = 512 << 20

    // A column each, by place: what is changed with each sample is not to be copied out of anything.
    private var series: [StoredSeries] = []
    private var owners: [Owner?] = []
    /// Nought where no series is.
    private var generations: [UInt64] = []
    private var generation: UInt64 = 0
    private var free: [Int] = []
    private var places: [HostID: [SeriesKey: Int]] = [:]
    private var tables: [HostID: ProcessHistory] = [:]
    var histograms: [HostID: [SeriesKey: HistogramHistory]] = [:]
    var histogramCount = 0
    var events: [HostID: EventHistory] = [:]
    let bytesMax: Int
    var bytes = 0
    package private(set) var droppedChunks: UInt64 = 0
    /// Minutes of process tables dropped for the bound.
    package private(set) var droppedTables: UInt64 = 0
    /// Events dropped because a host's ring was full, or for the bound.
    package internal(set) var droppedEvents: UInt64 = 0
    package internal(set) var samples: UInt64 = 0
    /// Samples that were not newer than the last of their series.
    package internal(set) var repeatedSamples: UInt64 = 0
    /// Series that were not taken because the head had `seriesMax`.
    package internal(set) var refusedSeries: UInt64 = 0

    package init(bytesMax: Int = Head.defaultBytesMax) {
        self.bytesMax = bytesMax
    }

    package var storedBytes: Int { bytes }
    /// A series takes about half a kibibyte with nothing in it; half the bound is for samples.
    package var seriesMax: Int { bytesMax / 1024 }
    package var seriesCount: Int { series.count - free.count }

    /// The id of a series, which is made when it is new; nil, and counted, where the head has as many as it can. A value of
    /// a rate is true of all the time since the value before it, and a NaN says that nothing is known up to its moment.
    package mutating func id(
        _ host: HostID, _ key: SeriesKey, isCounter: Bool, isRate: Bool = false
    ) -> SeriesID? {
        if let place = places[host]?[key] {
            return SeriesID(place: place, generation: generations[place])
        }
        guard seriesCount < seriesMax else {
            refusedSeries &+= 1
            return nil
        }
        generation &+= 1
        let owner = Owner(host: host, key: key)
        let stored = StoredSeries(isCounter: isCounter, isRate: isRate)
        let place: Int
        if let reused = free.popLast() {
            place = reused
            (series[place], owners[place], generations[place]) = (stored, owner, generation)
        } else {
            place = series.count
            series.append(stored)
            owners.append(owner)
            generations.append(generation)
        }
        bytes += owner.overhead
        places[host, default: [:]][key] = place
        return SeriesID(place: place, generation: generation)
    }

    /// Appends one sample; one that is not newer than the last of its series is left out, so repeats are harmless.
    /// False where the series was forgotten meanwhile: its id must be asked for anew.
    @discardableResult
    package mutating func append(_ id: SeriesID, _ time: Timestamp, _ value: Double) -> Bool {
        guard isThere(id) else { return false }
        let before = series[id.place].bytes
        if series[id.place].append(time, value) {
            samples &+= 1
            bytes += series[id.place].bytes - before
            if bytes > bytesMax { dropOldest() }
        } else {
            repeatedSamples &+= 1
        }
        return true
    }

    private func isThere(_ id: SeriesID) -> Bool {
        generations.indices.contains(id.place) && generations[id.place] == id.generation
    }

    /// Changes a series in place and keeps count of what it takes.
    mutating func change(_ id: SeriesID, _ body: (inout StoredSeries) -> Void) {
        if isThere(id) { change(at: id.place, body) }
    }

    private mutating func change(at place: Int, _ body: (inout StoredSeries) -> Void) {
        let before = series[place].bytes
        body(&series[place])
        bytes += series[place].bytes - before
    }

    /// Puts older tables before and between those that are here.
    mutating func insert(_ past: [ProcessTable], of host: HostID) {
        guard !past.isEmpty else { return }
        let before = tables[host]?.bytes ?? 0
        tables[host, default: ProcessHistory()].insert(past)
        bytes += (tables[host]?.bytes ?? 0) - before
    }

    /// Forgets a host's samples after `time`: its clock was set back.
    package mutating func forget(_ host: HostID, after time: Timestamp) {
        for place in (places[host] ?? [:]).values {
            change(at: place) { $0.forget(after: time) }
        }
        changeTables(of: host) { $0.forget(after: time) }
        forgetRequests(host, after: time)
    }

    package mutating func append(_ table: ProcessTable, of host: HostID) {
        let before = tables[host]?.bytes ?? 0
        tables[host, default: ProcessHistory()].append(table)
        bytes += (tables[host]?.bytes ?? 0) - before
        if bytes > bytesMax { dropOldest() }
    }

    /// The process table that was true at `time`, at most ten seconds old.
    package func processes(of host: HostID, at time: Timestamp) -> ProcessTable? {
        tables[host]?.table(at: time)
    }

    /// Once a minute: forgets what is too old, and the oldest where the bound is passed.
    package mutating func expire(at now: Timestamp) {
        for place in series.indices { change(at: place) { $0.expire(at: now) } }
        forgetEmpty()
        for host in Array(tables.keys) {
            changeTables(of: host) { $0.expire(at: now) }
        }
        expireRequests(at: now)
        if bytes > bytesMax { dropOldest() }
    }

    private enum Droppable {
        case series(Int)
        case tables(HostID)
        case histogram(HostID, SeriesKey)
        case events(HostID)
    }

    /// Drops the oldest chunk of each series and the oldest minute of process tables, the oldest first, until a
    /// sixteenth of the bound is free, so that it is seldom called; series that have nothing left go whole.
    mutating func dropOldest() {
        let goal = bytesMax - bytesMax / 16
        while bytes > goal {
            let oldest = droppable()
            guard !oldest.isEmpty else { return forgetEmpty() }
            // A half at a time: one series' second chunk may be older than another's first.
            for (_, what) in oldest.prefix(max(1, oldest.count / 2)) where bytes > goal {
                switch what {
                case .series(let place):
                    change(at: place) { $0.dropOldest() }
                    droppedChunks &+= 1
                case .tables(let host):
                    changeTables(of: host) { $0.dropOldest() }
                    droppedTables &+= 1
                case .histogram(let host, let key):
                    changeHistogram(of: host, key) { $0.dropOldest() }
                    droppedChunks &+= 1
                case .events(let host):
                    changeEvents(of: host) { $0.dropOldest() }
                    droppedEvents &+= 1
                }
            }
        }
    }

    /// What can be dropped, the oldest first.
    private func droppable() -> [(time: Timestamp, what: Droppable)] {
        var found: [(time: Timestamp, what: Droppable)] = []
        for place in series.indices {
            if let time = series[place].oldest { found.append((time, .series(place))) }
        }
        for (host, history) in tables {
            if let time = history.oldest { found.append((time, .tables(host))) }
        }
        for (host, known) in histograms {
            for (key, history) in known {
                if let time = history.oldest { found.append((time, .histogram(host, key))) }
            }
        }
        for (host, history) in events {
            if let time = history.oldest { found.append((time, .events(host))) }
        }
        return found.sorted { $0.time < $1.time }
    }

    /// Changes a host's process tables and keeps count of what they take.
    private mutating func changeTables(of host: HostID, _ body: (inout ProcessHistory) -> Void) {
        guard var history = tables.removeValue(forKey: host) else { return }
        let before = history.bytes
        body(&history)
        bytes += history.bytes - before
        if !history.isEmpty { tables[host] = history }
    }

    private mutating func forgetEmpty() {
        for place in series.indices where series[place].isEmpty { forget(place) }
    }

    /// The keys of a host's series whose name satisfies `condition`, in order.
    package func keys(of host: HostID, where condition: (String) -> Bool) -> [SeriesKey] {
        (places[host] ?? [:]).keys.filter { condition($0.name) }.sorted()
    }

    /// When a series took its first sample, be that still kept or not; nil where it has none.
    package func began(_ key: SeriesKey, of host: HostID) -> Timestamp? {
        places[host]?[key].flatMap { series[$0].began }
    }

    /// One value a step for the steps that end after `from` and up to `to`; NaN where a step had no sample. The average of a
    /// rate weighs each value by the time that it covers, and has one in each step that any covers.
    package func range(
        _ host: HostID, _ key: SeriesKey, from: Timestamp, to: Timestamp, stepMilliseconds: Int64,
        _ aggregate: Aggregate
    ) -> [Double] {
        let steps = Int(max(0, (to.milliseconds(since: from)) / max(1, stepMilliseconds)))
        guard steps > 0, steps <= Self.stepsMax, stepMilliseconds > 0 else { return [] }
        var values = [Double](repeating: .nan, count: steps)
        guard let place = places[host]?[key] else { return values }
        let stored = series[place]
        if stored.isRate, aggregate == .average {
            return Self.average(of: stored, from: from, to: to, stepMilliseconds, steps).values
        }
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

    /// Of a series that is a rate, the averages of the steps, and the milliseconds of each step that these are of; nil of
    /// others, and where there are more than ``stepsMax``.
    package func averages(
        _ host: HostID, _ key: SeriesKey, from: Timestamp, to: Timestamp, stepMilliseconds: Int64
    ) -> (values: [Double], coveredMilliseconds: [Int64])? {
        let steps = Int(max(0, to.milliseconds(since: from) / max(1, stepMilliseconds)))
        guard steps > 0, steps <= Self.stepsMax, stepMilliseconds > 0,
            let place = places[host]?[key], series[place].isRate
        else { return nil }
        return Self.average(of: series[place], from: from, to: to, stepMilliseconds, steps)
    }

    private static func average(
        of rate: StoredSeries, from: Timestamp, to: Timestamp, _ width: Int64, _ steps: Int
    ) -> (values: [Double], coveredMilliseconds: [Int64]) {
        var sums = [Double](repeating: 0, count: steps)
        var covered = [Int64](repeating: 0, count: steps)
        rate.forEachCovered(from: from, to: to) { begin, end, value in
            var begin = max(0, begin.milliseconds(since: from))
            let end = min(end.milliseconds(since: from), Int64(steps) * width)
            while begin < end {
                let step = Int(begin / width)
                let until = min(end, Int64(step + 1) * width)
                sums[step] += value * Double(until - begin)
                covered[step] += until - begin
                begin = until
            }
        }
        return (zip(sums, covered).map { $1 > 0 ? $0 / Double($1) : .nan }, covered)
    }

    package static let stepsMax = 11_000

    private mutating func forget(_ place: Int) {
        guard let owner = owners[place] else { return }
        bytes -= owner.overhead + series[place].bytes
        places[owner.host]?[owner.key] = nil
        if places[owner.host]?.isEmpty == true { places[owner.host] = nil }
        (series[place], owners[place], generations[place]) = (StoredSeries(isCounter: true), nil, 0)
        free.append(place)
    }
}
