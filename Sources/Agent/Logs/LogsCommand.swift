import Glibc
import RequestLogs
import Text

/// `martlet-agent logs`: reads finished logs and says what is in them.
struct LogsCommand {
    private let options: LogsOptions

    init(_ options: LogsOptions) {
        self.options = options
    }

    /// One log's name and how it was read.
    struct Read {
        var path: String
        var format: LogFormat
        var candidates: [Detector.Candidate]
    }

    func run() -> Int32 {
        var summary = LogSummary(routePatterns: options.routes, ignored: options.ignored)
        summary.clock.zoneSeconds = options.zoneSeconds
        summary.clock.year = Self.year()
        var reads: [Read] = []
        var status: Int32 = 0
        let progress = LogsProgress()
        for path in options.paths {
            do throws(LogSourceError) {
                let source = try LogSource(path)
                if let read = try read(source, into: &summary, progress) { reads.append(read) }
            } catch {
                progress.end()
                Self.complain("martlet-agent: \(error)\n")
                status = 66
            }
        }
        progress.end()
        guard let first = reads.first else {
            if status == 0 {
                Self.complain("martlet-agent: no format fits; say --format, or --explain to see why\n")
                status = 65
            }
            return status
        }
        switch options.output {
        case .json: Self.write(SummaryJSON.text(summary, format: first.format) + "\n")
        case .table: Self.write(LogsReport(summary, reads).text)
        }
        if options.explains { Self.write(LogsExplanation.text(summary, reads)) }
        return status
    }

    /// Reads one log to its end; nil where it is empty or no format fits.
    private func read(
        _ source: LogSource, into summary: inout LogSummary, _ progress: LogsProgress
    ) throws(LogSourceError) -> Read? {
        var buffer = LineBuffer()
        var isEnded = false
        while !isEnded, buffer.count < Detector.sampleMax { isEnded = try fill(&buffer, source) }
        guard let read = choose(&buffer, source.path) else {
            if buffer.count > 0 { Self.explainFailure(buffer, source.path) }
            return nil
        }
        var reader = LogReader(read.format)
        while !isEnded {
            reader.read(&buffer, isFinal: false, into: &summary)
            isEnded = try fill(&buffer, source)
            progress.show(source)
        }
        reader.read(&buffer, isFinal: true, into: &summary)
        return read
    }

    private func fill(_ buffer: inout LineBuffer, _ source: LogSource) throws(LogSourceError) -> Bool {
        var failure: LogSourceError?
        let count = unsafe buffer.fill { space in
            do throws(LogSourceError) {
                return try unsafe source.read(into: space)
            } catch {
                failure = error
                return 0
            }
        }
        if let failure {
            // What came before is still counted.
            if case .damaged = failure {
                Self.complain("martlet-agent: \(failure)\n")
                return true
            }
            throw failure
        }
        return count <= 0
    }

    private func choose(_ buffer: inout LineBuffer, _ path: String) -> Read? {
        guard let choice = try? LogFormats.choice(options.format) else { return nil }
        let wantsOthers = options.explains
        return buffer.peek { bytes in
            let sample = bytes.extracting(0..<min(bytes.count, Detector.sampleMax))
            switch choice {
            case .fixed(let format):
                let others = wantsOthers ? Detector.candidates(sample, family: nil) : []
                return Read(path: path, format: format.fitted(to: sample), candidates: others)
            case .detected(let family):
                let found = Detector.candidates(sample, family: family)
                guard let best = found.first else { return nil }
                return Read(path: path, format: best.format, candidates: found)
            }
        }
    }

    private static func explainFailure(_ buffer: LineBuffer, _ path: String) {
        let (first, nearest) = buffer.peek { bytes in
            let first = Detector.firstLine(bytes.extracting(0..<min(bytes.count, 4096)))
            return (first, Detector.nearest(to: first.span))
        }
        let sample = UnparsedCounts.Sample(line: 1, column: nearest.first?.column ?? 1, text: first)
        complain(
            "martlet-agent: \(SafeText(path)): no known format reads this log, which begins:\n"
                + LogsExplanation.marked(sample) + LogsExplanation.text(nearest))
    }

    static func year() -> Int {
        var now = time(nil)
        var parts = unsafe tm()
        unsafe gmtime_r(&now, &parts)
        return unsafe Int(parts.tm_year) + 1900
    }

    static func complain(_ text: String) { write(text, to: 2) }

    /// Writes all of `text`; a reader that went away ends the writing.
    static func write(_ text: String, to descriptor: Int32 = 1) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
