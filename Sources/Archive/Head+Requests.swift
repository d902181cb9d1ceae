package import Telemetry

/// Histograms and events, which lie beside the samples under the same bound.
extension Head {
    /// Histogram series of all hosts; a full one takes a MiB, a quiet one half a KiB.
    package var histogramsMax: Int { bytesMax / 8192 }

    /// Appends what a series observed in the step that ends at `time`. A step that is not newer than the last is left out;
    /// false, and counted, where there are as many series as there may be.
    @discardableResult
    package mutating func append(
        _ observed: ExponentialHistogram, of key: SeriesKey, _ host: HostID, at time: Timestamp
    ) -> Bool {
        if histograms[host]?[key] == nil {
            guard histogramCount < histogramsMax else {
                refusedSeries &+= 1
                return false
            }
            histogramCount += 1
            histograms[host, default: [:]][key] = HistogramHistory()
            bytes += HistogramHistory().bytes + Self.overhead(of: key)
        }
        let before = histograms[host]?[key]?.bytes ?? 0
        if histograms[host]?[key]?.append(time, observed) == true {
            samples &+= 1
            bytes += (histograms[host]?[key]?.bytes ?? before) - before
            if bytes > bytesMax { dropOldest() }
        } else {
            repeatedSamples &+= 1
        }
        return true
    }

    /// Puts the steps of an older span into a series, which is made where it is new.
    mutating func insert(_ past: HistogramHistory, of key: SeriesKey, _ host: HostID) {
        if histograms[host]?[key] == nil {
            guard histogramCount < histogramsMax else {
                refusedSeries &+= 1
                return
            }
            histogramCount += 1
            histograms[host, default: [:]][key] = HistogramHistory()
            bytes += HistogramHistory().bytes + Self.overhead(of: key)
        }
        changeHistogram(of: host, key) { $0.insert(past) }
    }

    /// The keys of a host's histograms whose name satisfies `condition`, in order.
    package func histogramKeys(of host: HostID, where condition: (String) -> Bool) -> [SeriesKey] {
        (histograms[host] ?? [:]).keys.filter { condition($0.name) }.sorted()
    }

    /// What a series observed in each step of those that end after `from` and up to `to`, by the step's place; quiet steps
    /// are not named.
    package func histograms(
        _ host: HostID, _ key: SeriesKey, from: Timestamp, to: Timestamp, stepMilliseconds: Int64
    ) -> [(step: Int, observed: ExponentialHistogram)] {
        guard stepMilliseconds > 0, to > from,
            to.milliseconds(since: from) / stepMilliseconds <= Int64(Self.stepsMax)
        else { return [] }
        var found: [(step: Int, observed: ExponentialHistogram)] = []
        var places: [Int: Int] = [:]
        histograms[host]?[key]?.forEach(from: from, to: to) { time, observed in
            let step = Int((time.milliseconds(since: from) - 1) / stepMilliseconds)
            if let place = places[step] {
                found[place].observed.merge(observed)
            } else {
                places[step] = found.count
                found.append((step, observed))
            }
        }
        return found.sorted { $0.step < $1.step }
    }

    package mutating func append(_ event: HostEvent, of host: HostID) {
        let before = events[host]?.bytes ?? 0
        droppedEvents &+= UInt64(events[host, default: EventHistory()].append(event))
        bytes += (events[host]?.bytes ?? 0) - before
        if bytes > bytesMax { dropOldest() }
    }

    /// The newest `count` events of a host after `from` and up to `to`, newest first.
    package func events(
        of host: HostID, from: Timestamp, to: Timestamp, kinds: Set<String>, count: Int
    ) -> [HostEvent] {
        let found = events[host]?.events(from: from, to: to, kinds: kinds) ?? []
        return Array(found.sorted { $0.time > $1.time }.prefix(count))
    }

    // MARK: Time passes

    mutating func expireRequests(at now: Timestamp) {
        for host in Array(histograms.keys) {
            for key in Array((histograms[host] ?? [:]).keys) {
                changeHistogram(of: host, key) { $0.expire(at: now) }
            }
        }
        for host in Array(events.keys) { changeEvents(of: host) { $0.expire(at: now) } }
    }

    mutating func forgetRequests(_ host: HostID, after time: Timestamp) {
        for key in Array((histograms[host] ?? [:]).keys) {
            changeHistogram(of: host, key) { $0.forget(after: time) }
        }
    }

    /// Changes a histogram's history in place, keeps count of what it takes, and forgets it when nothing is left.
    mutating func changeHistogram(
        of host: HostID, _ key: SeriesKey, _ body: (inout HistogramHistory) -> Void
    ) {
        guard var history = histograms[host]?.removeValue(forKey: key) else { return }
        let before = history.bytes
        body(&history)
        bytes += history.bytes - before
        if history.isEmpty {
            bytes -= history.bytes + Self.overhead(of: key)
            histogramCount -= 1
            if histograms[host]?.isEmpty == true { histograms[host] = nil }
        } else {
            histograms[host]?[key] = history
        }
    }

    mutating func changeEvents(of host: HostID, _ body: (inout EventHistory) -> Void) {
        guard var history = events.removeValue(forKey: host) else { return }
        let before = history.bytes
        body(&history)
        bytes += history.bytes - before
        if !history.isEmpty { events[host] = history }
    }

    /// Memory that a series' names and its place in a dictionary take.
    private static func overhead(of key: SeriesKey) -> Int {
        key.labels.pairs.reduce(160 + key.name.utf8.count) {
            $0 + 64 + $1.name.utf8.count + $1.value.utf8.count
        }
    }
}
