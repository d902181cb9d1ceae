package import RequestLogs
package import Telemetry
import Wire

/// Counts the lines of followed files for the services whose logs they are.
///
/// A file's format is told by the lines that it holds when its first line comes. While none fits, its lines count as
/// not readable, and it is asked again when their number has doubled. So it is when many lines in a row do not fit: whoever
/// gives a server another format goes on in the same file.
package final class ServiceConsumer: LineConsumer {
    /// A service and the state of reading its logs.
    package struct Service {
        package let name: String
        package var log: ServiceLog
        /// Whether its logs were looked at since it has begun to catch up.
        fileprivate var hasLooked = false
        /// Boot nanoseconds at which its backlog was first seen, and when it is told next though it goes on.
        fileprivate var behindSince: UInt64 = 0
        fileprivate var tellAt: UInt64 = 0
    }

    /// How one file is read.
    private final class FileReader {
        var reader: LogReader
        let service: Int
        let source: Int
        /// Whether a format fits; while none does, `reader` takes no line for more than that.
        var isFitted: Bool
        /// Of how many misfits in a row the format is asked for again.
        var patience: Int

        var isDoubted: Bool { reader.misfits >= patience }

        init(_ reader: LogReader, service: Int, source: Int, isFitted: Bool) {
            self.reader = reader
            self.service = service
            self.source = source
            self.isFitted = isFitted
            patience = isFitted ? ServiceConsumer.misfitsMax : 1
        }
    }

    /// A log of two formats, or with a long trace in it, keeps its own.
    private static let misfitsMax = 256

    package private(set) var services: [Service] = []
    /// By source: its service, and how its format was asked for.
    private var serviceOfSource: [Int] = []
    private var choices: [LogFormats.Choice] = []
    private var times: [(reader: LogReader?, times: LineTimes)] = []
    private var readers: [UInt64: FileReader] = [:]
    /// The file of the last line, which is mostly that of the next.
    private var last: (file: UInt64, reader: FileReader)?
    /// When lines were last read, and how long after the time before.
    private var lastStep: Timestamp?
    private var lastGap: Int64 = 0
    private var counters: TailCounters?
    private var scratch = LineScratch()
    /// Whether what was not recorded yet is kept, for who records it.
    private let keepsUnsaved: Bool
    /// Where a file lies.
    private var path: (UInt64) -> String? = { _ in nil }

    /// Throws for a format that is not known.
    package init(_ specs: [LogSpec], keepsUnsaved: Bool = true) throws(LogFormatError) {
        self.keepsUnsaved = keepsUnsaved
        for spec in specs { try add(spec) }
    }

    /// Takes the lines of one source more, the last in the order of all. Throws for a format that is not known, and takes
    /// none then.
    package func add(_ spec: LogSpec) throws(LogFormatError) {
        choices.append(try LogFormats.choice(spec.format))
        let place = services.firstIndex { $0.name == spec.service }
        serviceOfSource.append(place ?? services.count)
        times.append((nil, LineTimes(zone: spec.options.zone, year: spec.options.year)))
        if place == nil {
            var log = ServiceLog(spec.options)
            log.keepsUnsaved = keepsUnsaved
            services.append(Service(name: spec.service, log: log))
            // What is there already when a service is first followed was written in the past.
            catchUp(services.count - 1, toldThrough: nil)
        }
    }

    package func follows(_ tails: TailSet) {
        path = { [weak tails] file in tails?.files[file]?.path }
        counters = tails.counters
    }

    package func service(ofSource source: Int) -> Int { serviceOfSource[source] }

    /// Adds what came since the last call to each service's totals: once before they are read.
    package func settle() {
        for place in services.indices { services[place].log.settle() }
    }

    package func takeSamples(of service: Int, at time: Timestamp) -> [ErrorSample] {
        services[service].log.takeSamples(at: time.milliseconds)
    }

    package func takeUnread(of service: Int, at time: Timestamp) -> [UnreadLine] {
        services[service].log.takeUnread(at: time.milliseconds)
    }

    package func takeLines(of service: Int) -> [ServiceLog.ShownLine] { services[service].log.takeLines() }

    /// Whether somebody looks at lines as they come.
    package func showLines(_ isShowing: Bool) {
        for place in services.indices where services[place].log.isShowingLines != isShowing {
            services[place].log.isShowingLines = isShowing
        }
    }

    // MARK: Backlogs

    /// Of all services: more are told in wider windows.
    private static let windowBytesMax = 4 << 20
    /// A backlog that takes longer is told in parts.
    private static let partNanoseconds: UInt64 = 10_000_000_000
    /// What is written as fast as it is read has no end: after so long its lines count when they are read.
    private static let catchUpNanoseconds: UInt64 = 300_000_000_000
    /// Whoever comes back after so long has a backlog before it.
    private static let pauseMilliseconds: Int64 = 10_000

    private func catchUp(_ place: Int, toldThrough: Timestamp?) {
        guard !services[place].log.isCatchingUp else { return }
        let bytes = max(1 << 16, Self.windowBytesMax / services.count)
        services[place].log.beginCatchingUp(toldThrough: toldThrough?.milliseconds, bytesMax: bytes)
        services[place].behindSince = 0
        services[place].hasLooked = false
        if let lastStep { services[place].log.isAt(lastStep.milliseconds) }
    }

    package func isAt(_ now: Timestamp) {
        if let before = lastStep {
            let gap = now.milliseconds(since: before)
            // Three times as long as from the step before to that one: a slow reader makes no pauses.
            if gap > Self.pauseMilliseconds, gap > 3 * lastGap {
                for place in services.indices { catchUp(place, toldThrough: before) }
            }
            lastGap = max(0, gap)
        }
        lastStep = now
        for place in services.indices where services[place].log.isCatchingUp {
            services[place].log.isAt(now.milliseconds)
            services[place].hasLooked = true
        }
    }

    /// What the backlog of a service told, when it is read or for long; whether the service's totals may be told.
    package func takePast(
        of place: Int, isBehind: Bool, at now: TickTime
    ) -> (isTold: Bool, past: ServiceLog.Past?) {
        guard services[place].log.isCatchingUp else { return (true, nil) }
        defer { counters?[.widerWindows] &+= services[place].log.takeWidenings() }
        let boot = now.bootNanoseconds
        if services[place].behindSince == 0 {
            services[place].behindSince = boot
            services[place].tellAt = boot &+ Self.partNanoseconds
        }
        guard services[place].hasLooked else { return (false, nil) }
        if !isBehind || boot &- services[place].behindSince >= Self.catchUpNanoseconds {
            return (true, services[place].log.takePast(isDone: true))
        }
        guard boot >= services[place].tellAt else { return (false, nil) }
        services[place].tellAt = boot &+ Self.partNanoseconds
        return (false, services[place].log.takePast(isDone: false))
    }

    // MARK: Lines

    package func take(_ line: Span<UInt8>, at place: LinePlace) {
        let file = reader(of: place.file, source: place.source, firstLine: line)
        if file.isDoubted { refit(file, place.file, line) }
        services[file.service].log.take(
            line, isCut: place.kind == .cut, writtenAt: place.time?.milliseconds, file: place.file,
            by: &file.reader)
    }

    package func takeMany(_ bytes: Span<UInt8>, at place: LinePlace) -> LinesTaken {
        guard let last, last.file == place.file, last.reader.isFitted, !last.reader.isDoubted
        else { return LinesTaken() }
        return services[last.reader.service].log.takeMany(
            bytes, file: place.file, by: &last.reader.reader, &scratch)
    }

    package func finish(_ file: UInt64) {
        if last?.file == file { last = nil }
        guard let known = readers.removeValue(forKey: file) else { return }
        services[known.service].log.finish(file: file, by: &known.reader)
    }

    package func time(of line: Span<UInt8>, source: Int) -> Timestamp? {
        if times[source].reader == nil {
            times[source].reader = fitted(to: Self.alone(line), source)
        }
        guard let reader = times[source].reader else { return nil }
        return times[source].times.milliseconds(of: line, by: reader).map(Timestamp.init(milliseconds:))
    }

    private func reader(of file: UInt64, source: Int, firstLine line: Span<UInt8>) -> FileReader {
        if let last, last.file == file { return last.reader }
        let reader: FileReader
        if let known = readers[file] {
            reader = known
        } else {
            let fitted = fitted(file, line, source)
            reader = FileReader(
                fitted ?? LogReader(LogFormats.unfitted), service: serviceOfSource[source], source: source,
                isFitted: fitted != nil)
            readers[file] = reader
        }
        last = (file, reader)
        return reader
    }

    /// Changes to the format that fits what the file holds now, and this line of it.
    private func refit(_ file: FileReader, _ number: UInt64, _ line: Span<UInt8>) {
        file.patience *= 2
        // What a fitted file held before is in the old format.
        let linesMax = file.isFitted ? Self.misfitsMax / 4 : .max
        guard let fitted = fitted(number, line, file.source, linesMax: linesMax),
            !file.isFitted || fitted.fits(line)
        else {
            return
        }
        services[file.service].log.finish(file: number, by: &file.reader)
        file.reader = fitted
        file.isFitted = true
        file.patience = Self.misfitsMax
    }

    // MARK: Formats

    /// The reader that fits what the file holds, else the one line that is known of it.
    private func fitted(
        _ file: UInt64, _ line: Span<UInt8>, _ source: Int, linesMax: Int = .max
    ) -> LogReader? {
        let onDisk = path(file).map { LogSample.lastLines(of: $0, linesMax: linesMax) } ?? []
        if !onDisk.isEmpty, let reader = fitted(to: onDisk, source) { return reader }
        return fitted(to: Self.alone(line), source)
    }

    private func fitted(to sample: [UInt8], _ source: Int) -> LogReader? {
        switch choices[source] {
        case .fixed(let format): LogReader(format.fitted(to: sample.span))
        case .detected(let family):
            Detector.candidates(sample.span, family: family).first.map { LogReader($0.format) }
        }
    }

    private static func alone(_ line: Span<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(line.count + 1)
        for place in 0..<line.count { bytes.append(line[place]) }
        bytes.append(0x0A)
        return bytes
    }

    // MARK: What outlives the process

    package func appendState(of file: UInt64, to bytes: inout [UInt8]) {
        readers[file]?.reader.appendState(to: &bytes, max: WireLimits.markStateBytes)
    }

    package func appendDeltas(to bytes: inout [UInt8]) {
        settle()
        for service in services where !service.log.unsaved.isEmpty {
            Self.append(service.name, service.log.unsaved, to: &bytes)
        }
    }

    package func deltasAreSaved() {
        for place in services.indices { services[place].log.unsavedIsSaved() }
    }

    package func appendTotals(to bytes: inout [UInt8]) {
        settle()
        for service in services {
            Self.append(service.name, service.log.totals, to: &bytes)
            service.log.forEachUntold { coded in
                Self.append(Array(service.name.utf8), to: &bytes)
                Self.append(coded, to: &bytes)
            }
        }
    }

    package func restore(totals: Span<UInt8>) { add(totals) }

    package func replay(deltas: Span<UInt8>) { add(deltas) }

    package func restore(_ state: Span<UInt8>, of file: UInt64, source: Int) {
        let none: [UInt8] = []
        reader(of: file, source: source, firstLine: none.span).reader.restore(state)
    }

    /// A service's name and its counts, both behind their length in four bytes, the least first.
    private static func append(_ name: String, _ counts: RequestCounts, to bytes: inout [UInt8]) {
        append(Array(name.utf8), to: &bytes)
        var coded: [UInt8] = []
        counts.append(to: &coded)
        append(coded, to: &bytes)
    }

    private static func append(_ part: [UInt8], to bytes: inout [UInt8]) {
        for shift in stride(from: 0, to: 32, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: part.count >> shift))
        }
        bytes += part
    }

    /// Adds the counts of all services that are still followed; bytes that are damaged end it.
    private func add(_ bytes: Span<UInt8>) {
        var place = 0
        func part() -> Range<Int>? {
            guard bytes.count - place >= 4 else { return nil }
            var count = 0
            for offset in 0..<4 { count |= Int(bytes[place + offset]) << (8 * offset) }
            guard count <= bytes.count - place - 4 else { return nil }
            defer { place += 4 + count }
            return place + 4..<place + 4 + count
        }
        while let name = part(), let coded = part() {
            let name = String(decoding: name.map { bytes[$0] }, as: UTF8.self)
            guard let service = services.firstIndex(where: { $0.name == name }),
                let counts = RequestCounts(bytes.extracting(coded))
            else { continue }
            services[service].log.restore(counts)
        }
    }
}
