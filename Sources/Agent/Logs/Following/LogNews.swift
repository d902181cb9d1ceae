package import RequestLogs
import Telemetry
package import Wire

/// What followed logs have told up to one moment, as a tick of the stream needs it: a value, so that it may come from
/// another thread.
package struct LogNews: Sendable {
    /// What the logs of one service have told, and how far they are read.
    package struct Service: Sendable {
        package let name: String
        package let totals: RequestCounts
        /// Bytes of its logs that are there and not read yet.
        package let lag: UInt64
        /// Its files that are there, and of these the ones that could not be opened or read last; nil where it is
        /// followed in the journal alone.
        package let files: UInt64?
        package let unreadable: UInt64
        /// False while a backlog is read, of which nothing is told but its length.
        var isTold = true
        /// What the backlog told, before `totals`.
        var past: ServiceLog.Past?
    }

    package var services: [Service] = []
    /// The tails' own, by `TailCounter`.
    package var counters: [UInt64] = []
    /// Error samples, lines that could not be read, and lines while somebody looks at them, that were not sent yet; the oldest
    /// first.
    package var events: [WireEvent] = []

    /// Events that wait at most, and so go with one tick: the hub reads 500 frames a second of an agent.
    private static let eventsMax = 400

    /// CLOCK_BOOTTIME in nanoseconds.
    private(set) var madeAt: UInt64 = 0
    private(set) var wall = Timestamp(milliseconds: 0)
    /// Whether there was more to read when this was made.
    private(set) var hasMore = false

    package init() {}

    /// What is to be told of a past moment: no counters of the tails', nothing of services that are not due.
    init(late services: [Service]) { self.services = services }

    /// What is known now; `consumer` must have settled. Takes the samples that are due, and of services whose backlog is read
    /// what it told. `hasMore` says that not all was read that is there.
    init(_ consumer: ServiceConsumer, _ tails: TailSet, at now: TickTime, hasMore: Bool) {
        (madeAt, wall, self.hasMore) = (now.bootNanoseconds, now.wall, hasMore)
        var lags = [UInt64](repeating: 0, count: consumer.services.count)
        for file in tails.due where file.size > file.offset {
            lags[consumer.service(ofSource: file.source)] &+= file.size - file.offset
        }
        var isBehind = lags.map { hasMore && $0 > 0 }
        for journal in tails.journals where journal.isBehind {
            isBehind[consumer.service(ofSource: journal.source)] = true
        }
        var files = [UInt64?](repeating: nil, count: consumer.services.count)
        var unreadable = [UInt64](repeating: 0, count: consumer.services.count)
        for (source, known) in tails.sources.enumerated() where !known.paths.isEmpty {
            let service = consumer.service(ofSource: source)
            files[service] = files[service] ?? 0
        }
        for (source, census) in tails.census() {
            let service = consumer.service(ofSource: source)
            files[service] = (files[service] ?? 0) &+ census.files
            unreadable[service] &+= census.failing
        }
        for (place, service) in consumer.services.enumerated() {
            let (isTold, past) = consumer.takePast(
                of: place, isBehind: isBehind[place], at: now)
            let totals = consumer.services[place].log.totals
            services.append(
                Service(
                    name: service.name, totals: totals, lag: lags[place], files: files[place],
                    unreadable: unreadable[place], isTold: isTold, past: past))
            for sample in consumer.takeSamples(of: place, at: now.wall) {
                events.append(
                    Self.event(sample, service.name, path: tails.files[sample.file]?.path, at: now.wall))
            }
            events += consumer.takeUnread(of: place, at: now.wall).map {
                Self.event($0, service.name, at: now.wall)
            }
        }
        takeLines(consumer, tails)
        counters = tails.counters.values
    }

    /// The first lines of each service, of the busy ones so many that all together are within the bound.
    private mutating func takeLines(_ consumer: ServiceConsumer, _ tails: TailSet) {
        let shown = consumer.services.indices.map { consumer.takeLines(of: $0) }
        var share = ServiceLog.shownLinesMax
        while share > 1, shown.reduce(0, { $0 + min($1.count, share) }) > Self.eventsMax { share -= 1 }
        for (lines, service) in zip(shown, consumer.services) {
            for line in lines.prefix(share) {
                events.append(
                    Self.event(line, service.name, path: tails.files[line.file]?.path, at: wall))
            }
        }
    }

    /// Puts what was not sent of older news before this.
    mutating func take(unsent older: LogNews) {
        events.insert(contentsOf: older.events, at: 0)
        dropEvents()
        for place in older.services.indices where services.indices.contains(place) {
            guard let past = older.services[place].past else { continue }
            services[place].past = services[place].past.map { past.followed(by: $0) } ?? past
        }
    }

    /// Keeps to the bound: the oldest go, and lines before samples, which stand for more than themselves.
    private mutating func dropEvents() {
        var excess = events.count - Self.eventsMax
        guard excess > 0 else { return }
        events = events.filter { event in
            guard excess > 0, event.kind == "line" else { return true }
            excess -= 1
            return false
        }
        events.removeFirst(max(0, excess))
    }

    private static func event(_ line: UnreadLine, _ service: String, at time: Timestamp) -> WireEvent {
        let nearest = line.nearest.map { format, column in column.map { "\(format) \($0)" } ?? format }
        let labels: Labels = [
            // What is no UTF-8 becomes longer on its way.
            "fit": String(String(decoding: line.text.prefix(line.fit), as: UTF8.self).utf8.count),
            "nearest": nearest.joined(separator: ","),
            "reason": line.reason.rawValue, "service": service,
        ]
        return WireEvent(
            time: time, kind: "unread-line", labels: labels,
            text: String(decoding: line.text, as: UTF8.self))
    }

    private static func event(
        _ line: ServiceLog.ShownLine, _ service: String, path: String?, at time: Timestamp
    ) -> WireEvent {
        let level = line.severity == .none && line.status >= 500 ? "error" : line.severity.label
        var labels: [Label] = [Label("level", level), Label("service", service)]
        if line.status > 0 { labels.append(Label("code", String(line.status))) }
        if let path { labels.append(Label("path", path)) }
        return WireEvent(
            time: time, kind: "line", labels: Labels(labels),
            text: String(decoding: line.text, as: UTF8.self))
    }

    /// A sample may wait a minute to be told, so it is of its line's own time; where that is an hour away or lies ahead, as
    /// with a clock or a zone that is wrong, it is of the time at which it is told.
    private static func moment(of sample: ErrorSample, toldAt now: Timestamp) -> Timestamp {
        guard let time = sample.time else { return now }
        let (age, overflow) = now.milliseconds.subtractingReportingOverflow(time)
        return !overflow && age > 0 && age < agedMilliseconds ? Timestamp(milliseconds: time) : now
    }

    /// A sample waits for the next minute at most, and some seconds to be told.
    private static let spreadSeconds: Int64 = 90

    /// What is read back, and some time for it.
    private static let agedMilliseconds: Int64 = 3_600_000 + 600_000

    private static func event(
        _ sample: ErrorSample, _ service: String, path: String?, at time: Timestamp
    ) -> WireEvent {
        var labels: [Label] = [
            Label("count", String(sample.count)),
            Label(
                "level", sample.severity == .none && sample.status >= 500 ? "error" : sample.severity.label),
            Label("service", service),
        ]
        if let method = sample.method {
            labels.append(Label("method", method.text))
            labels.append(Label("route", sample.route))
        }
        if sample.status > 0 { labels.append(Label("code", String(sample.status))) }
        if let path { labels.append(Label("path", path)) }
        let moment = Self.moment(of: sample, toldAt: time)
        // The lines that it stands for came between its own and now: whoever draws them needs to know.
        let seconds = (time.milliseconds - moment.milliseconds) / 1000
        if sample.count > 1, (1...spreadSeconds).contains(seconds) {
            labels.append(Label("seconds", String(seconds)))
        }
        return WireEvent(
            time: moment, kind: "error-sample", labels: Labels(labels),
            text: String(decoding: sample.text, as: UTF8.self))
    }
}
