package import Telemetry

/// What a host's recorder held of a span, gathered until all of it is here and can be put into the head in its place.
package struct PastSamples: Sendable {
    /// The samples of one series of the span.
    struct Series: Sendable {
        let key: SeriesKey
        let isCounter: Bool
        var series: StoredSeries
    }

    private(set) var series: [Series] = []
    private var places: [SeriesKey: Int] = [:]
    private(set) var histograms: [SeriesKey: HistogramHistory] = [:]
    private(set) var tables: [ProcessTable] = []
    private(set) var events: [HostEvent] = []

    /// More of it a recorder does not send in one answer.
    private static let tablesMax = 800
    private static let eventsMax = 2000
    package static let seriesMax = 1 << 17

    package init() {}

    /// The place of a series; nil where there are too many.
    package mutating func place(of key: SeriesKey, isCounter: Bool, isRate: Bool = false) -> Int? {
        if let place = places[key] { return place }
        guard series.count < Self.seriesMax else { return nil }
        places[key] = series.count
        series.append(
            Series(key: key, isCounter: isCounter, series: StoredSeries(isCounter: isCounter, isRate: isRate))
        )
        return series.count - 1
    }

    /// One that does not come after the last of its series is left out.
    package mutating func append(_ place: Int, _ time: Timestamp, _ value: Double) {
        _ = series[place].series.append(time, value)
    }

    /// The host's clock was set back: what follows is true there.
    package mutating func forget(after time: Timestamp) {
        for place in series.indices { series[place].series.forget(after: time) }
        for key in histograms.keys { histograms[key]?.forget(after: time) }
        tables.removeAll { $0.time > time }
    }

    package mutating func append(_ observed: ExponentialHistogram, of key: SeriesKey, at time: Timestamp) {
        _ = histograms[key, default: HistogramHistory()].append(time, observed)
    }

    package mutating func append(_ table: ProcessTable) {
        if tables.count < Self.tablesMax { tables.append(table) }
    }

    package mutating func append(_ event: HostEvent) {
        if events.count < Self.eventsMax { events.append(event) }
    }
}

extension Head {
    /// Puts a recorder's span between what is here of the host: what is here already stays, and is not told twice.
    package mutating func insert(_ past: PastSamples, of host: HostID) {
        for known in past.series where !known.series.isEmpty {
            guard let id = id(host, known.key, isCounter: known.isCounter, isRate: known.series.isRate) else {
                continue
            }
            change(id) { $0.insert(known.series) }
        }
        for (key, history) in past.histograms { insert(history, of: key, host) }
        insert(past.tables, of: host)
        for event in past.events { append(event, of: host) }
        if bytes > bytesMax { dropOldest() }
    }
}
