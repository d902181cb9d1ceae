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
        summary.entries.keepsKinds = true
        summary.clock.zone = options.zone
        summary.clock.year = Self.year()
        var reads: [Read] = []
        var status: Int32 = 0
        let progress = LogsProgress()
        for path in options.paths {
            do throws(LogSourceError) {
                let source = try LogSource(path)
                switch try read(source, into: &summary, progress) {
                case .counted(let read, let isWhole):
                    reads.append(read)
                    if !isWhole { status = 65 }
                case .empty:
                    progress.end()
                    CommandOutput.complain("martlet-agent: \(SafeText(path)): is empty\n")
                case .unfit: status = 65
                }
            } catch {
                progress.end()
                CommandOutput.complain("martlet-agent: \(error)\n")
                if case .packed = error { status = 65 } else { status = 66 }
            }
        }
        progress.end()
        // Logs without a line are no error, and whoever asked for JSON gets their zeros.
        guard !reads.isEmpty || status == 0 else { return status }
        switch options.output {
        case .json: CommandOutput.write(SummaryJSON.text(summary, format: reads.first?.format) + "\n")
        case .jsonl: CommandOutput.write(SummaryJSON.lines(summary))
        case .csv: CommandOutput.write(SummaryJSON.csv(summary))
        case .table where !reads.isEmpty: CommandOutput.write(LogsReport(summary, reads).text)
        case .table: break
        }
        if options.explains, !reads.isEmpty {
            // What follows JSON on the same output would be no JSON any more.
            CommandOutput.write(LogsExplanation.text(summary, reads), to: options.output == .table ? 1 : 2)
        } else if let sample = summary.unparsed.first.first, summary.requests == 0, summary.entries.count == 0
        {
            CommandOutput.complain(
                "martlet-agent: no line is as \(SafeText(options.format)) says; the first, from column \(sample.column):\n"
                    + LogsExplanation.marked(sample) + "  --explain shows which formats come near\n")
            status = max(status, 65)
        }
        return status
    }

    /// What became of one log.
    private enum Outcome {
        /// Not whole where the log is damaged: what came before that place is counted.
        case counted(Read, isWhole: Bool)
        case empty
        /// No format fits; that is said already.
        case unfit
    }

    /// Reads one log to its end.
    private func read(
        _ source: LogSource, into summary: inout LogSummary, _ progress: LogsProgress
    ) throws(LogSourceError) -> Outcome {
        var buffer = LineBuffer()
        var (isEnded, isWhole) = (false, true)
        while !isEnded, buffer.count < Detector.sampleMax { isEnded = try fill(&buffer, source, &isWhole) }
        guard buffer.count > 0 else { return .empty }
        var found = choose(&buffer, source.path)
        if found == nil, case .fixed(let any)? = try? LogFormats.choice("traefik") {
            let failure = Self.failure(buffer, source.path, format: options.format)
            let before = summary
            // What a log begins with may be none of its own, as a crash's dump or a line without an end: it is not read,
            // and then goes on.
            var passing = LogReader(any)
            while found == nil, !isEnded {
                passing.read(&buffer, isFinal: false, into: &summary)
                repeat {
                    isEnded = try fill(&buffer, source, &isWhole)
                } while !isEnded && buffer.count < Self.laterSample
                progress.show(source)
                found = choose(&buffer, source.path, isLater: true)
            }
            if found == nil {
                summary = before
                progress.end()
                CommandOutput.complain(failure)
            }
        }
        guard let read = found else { return .unfit }
        var reader = LogReader(read.format)
        while !isEnded {
            reader.read(&buffer, isFinal: false, into: &summary)
            isEnded = try fill(&buffer, source, &isWhole)
            progress.show(source)
        }
        reader.read(&buffer, isFinal: true, into: &summary)
        return .counted(read, isWhole: isWhole)
    }

    /// True at the end of the log.
    private func fill(
        _ buffer: inout LineBuffer, _ source: LogSource, _ isWhole: inout Bool
    ) throws(LogSourceError) -> Bool {
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
                CommandOutput.complain("martlet-agent: \(failure)\n")
                isWhole = false
                return true
            }
            throw failure
        }
        return count <= 0
    }

    /// Bytes that are looked at where what came before fits nothing.
    private static let laterSample = 16 * 1024

    /// The format of the buffer's lines; where it `isLater` than the log's begin, of a part behind its first line's end, which
    /// may be the rest of one that was too long.
    private func choose(_ buffer: inout LineBuffer, _ path: String, isLater: Bool = false) -> Read? {
        guard let choice = try? LogFormats.choice(options.format) else { return nil }
        let wantsOthers = options.explains
        return buffer.peek { bytes in
            var begin = 0
            if isLater {
                while begin < bytes.count, bytes[begin] != 0x0A { begin += 1 }
                begin = min(begin + 1, bytes.count)
            }
            let most = isLater ? Self.laterSample : Detector.sampleMax
            let sample = bytes.extracting(begin..<min(bytes.count, begin + most))
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

    private static func failure(_ buffer: LineBuffer, _ path: String, format: String) -> String {
        let (first, nearest) = buffer.peek { bytes in
            let first = Detector.firstLine(bytes.extracting(0..<min(bytes.count, 4096)))
            return (first, Detector.nearest(to: first.span))
        }
        let sample = UnparsedCounts.Sample(line: 1, column: nearest.first?.column ?? 1, text: first)
        let which = format == "auto" ? "no known format reads" : "\(SafeText(format)) does not read"
        return "martlet-agent: \(SafeText(path)): \(which) this log, which begins:\n"
            + LogsExplanation.marked(sample) + LogsExplanation.text(nearest)
            + "  name its format: --format NAME, or a pattern of {fields} as in agent.conf\n"
    }

    static func year() -> Int {
        var now = time(nil)
        var parts = unsafe tm()
        unsafe gmtime_r(&now, &parts)
        return unsafe Int(parts.tm_year) + 1900
    }
}
