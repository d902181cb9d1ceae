/// Reads one log: bytes in, counts out. What it keeps between reads are lines and requests that are not whole yet.
package struct LogReader: Sendable {
    var engine: LineEngine
    let prefix: LinePrefix
    var lineNumber: UInt64 = 0
    /// Lines that the format does not fit, since one that it does: of many the log has changed its format.
    package internal(set) var misfits = 0
    /// A line that a container's runtime cut, until its end comes.
    var partial: [UInt8] = []
    /// The stream that it came from, as `LinePrefix.stream` tells it.
    private var partialStream: UInt8 = 0

    package init(_ format: LogFormat) {
        engine = format.engine
        prefix = format.prefix
    }

    /// Takes all whole lines out of the buffer; `isFinal` takes what is left, too, and ends what is open.
    @_optimize(speed)
    package mutating func read(_ buffer: inout LineBuffer, isFinal: Bool, into summary: inout LogSummary) {
        let before = lineNumber
        // What is fast is chosen once for all lines; the copies of the readers made here are references.
        switch engine {
        case .fields(let reader) where prefix == .none && reader.quick != nil:
            var scratch = LineScratch()
            buffer.forEachLine(isFinal: isFinal) { bytes, place, end in
                takeMany(bytes, &place, end, reader, &scratch, &summary)
            } _: { bytes, start, end, isCut in
                lineNumber &+= 1
                take(bytes, start, end, isCut, &summary)
            }
        case .fields(let reader) where prefix == .none:
            buffer.forEachLine(isFinal: isFinal) { bytes, start, end, isCut in
                lineNumber &+= 1
                let first = start < end && bytes[start] == 0 ? skipHole(bytes, start, end, &summary) : start
                note(
                    reader.read(bytes, first, end, &summary), bytes, start, end, isCut, &summary)
            }
        case .json(let reader) where prefix == .none:
            buffer.forEachLine(isFinal: isFinal) { bytes, start, end, isCut in
                lineNumber &+= 1
                let isPlain = start < end && bytes[start] == 0x7B
                let first = isPlain ? start : skipHole(bytes, start, end, &summary)
                note(
                    reader.read(bytes, first, end, &summary), bytes, start, end, isCut, &summary)
            }
        default:
            buffer.forEachLine(isFinal: isFinal) { bytes, start, end, isCut in
                lineNumber &+= 1
                take(bytes, start, end, isCut, &summary)
            }
        }
        if isFinal {
            takePartial(&summary)
            engine.finish(&summary)
        }
        summary.lines &+= lineNumber &- before
    }

    /// Takes one line without its line end, of a file that is followed; `isCut` where its tail was skipped.
    package mutating func take(_ line: Span<UInt8>, isCut: Bool = false, into summary: inout LogSummary) {
        lineNumber &+= 1
        summary.lines &+= 1
        take(line, 0, line.count, isCut, &summary)
    }

    /// Whether it reads a line of which it knows none of those before.
    package func fits(_ line: Span<UInt8>) -> Bool {
        var (reader, summary) = (self, LogSummary())
        reader.take(line, into: &summary)
        return summary.unparsed.count == 0
    }

    /// Counts what is open, as at the end of a file that gets no more lines.
    package mutating func finish(into summary: inout LogSummary) {
        takePartial(&summary)
        engine.finish(&summary)
    }

    @inline(__always)
    mutating func take(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ isCut: Bool, _ summary: inout LogSummary
    ) {
        var first = start
        if first < end, bytes[first] == 0 || bytes[first] == 0xEF {
            first = skipHole(bytes, start, end, &summary)
        }
        if prefix != .none {
            takePrefixed(bytes, first, end, isCut, &summary)
        } else {
            note(
                engine.read(bytes, first, end, &summary), bytes, start, end, isCut, &summary)
        }
    }

    @inline(__always)
    private mutating func note(
        _ outcome: LineOutcome, _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ isCut: Bool,
        _ summary: inout LogSummary
    ) {
        if summary.notable != nil { summary.keepText(bytes, start, end) }
        switch outcome {
        case .request, .entry: misfits = 0
        case .other where isCut:
            summary.unparsed.add(.tooLong, bytes, start, end, offset: start, line: lineNumber)
        case .other: summary.other &+= 1
        case .unparsed(let reason, let offset):
            misfits &+= 1
            summary.unparsed.add(
                isCut ? .tooLong : reason, bytes, start, end, offset: offset, line: lineNumber)
        }
    }

    /// A line in a transport's wrapping; pieces of one line are joined.
    @inline(never)
    private mutating func takePrefixed(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ isCut: Bool, _ summary: inout LogSummary
    ) {
        if prefix == .docker {
            guard let (text, isWhole, stream) = DockerLine.text(bytes, start, end) else {
                note(
                    engine.read(bytes, start, end, &summary), bytes, start, end, isCut, &summary)
                return
            }
            if text.isEmpty, partial.isEmpty, isWhole {
                summary.other &+= 1
                return
            }
            add(text, isWhole, stream, &summary)
            return
        }
        if prefix == .journal {
            add(DockerLine.journal(bytes, start, end) ?? bytes.array(start..<end), true, 0, &summary)
            return
        }
        let first = prefix.end(bytes, start, end)
        if prefix.isPartial(bytes, start, first) || !partial.isEmpty {
            let isWhole = !prefix.isPartial(bytes, start, first)
            add(bytes.array(first..<end), isWhole, prefix.stream(bytes, first), &summary)
            return
        }
        note(
            engine.read(bytes, first, end, &summary), bytes, start, end, isCut, &summary)
    }

    /// Adds to the piece of a line that is open. Both streams of a container share its file: a line of the other one does
    /// not go on with it.
    private mutating func add(
        _ text: [UInt8], _ isWhole: Bool, _ stream: UInt8, _ summary: inout LogSummary
    ) {
        if !partial.isEmpty, partialStream != 0, stream != partialStream {
            if isWhole {
                note(
                    engine.read(text.span, 0, text.count, &summary), text.span, 0, text.count, false, &summary
                )
                return
            }
            takePartial(&summary)
        }
        partialStream = stream
        if partial.count < LineBuffer.lineMax { partial += text }
        if isWhole { takePartial(&summary) }
    }

    private mutating func takePartial(_ summary: inout LogSummary) {
        guard !partial.isEmpty else { return }
        let line = partial
        partial = []
        note(
            engine.read(line.span, 0, line.count, &summary), line.span, 0, line.count, false, &summary)
    }

    /// Behind the NUL bytes that copytruncate leaves before a writer's next line, and behind a byte order mark.
    @inline(never)
    private func skipHole(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ summary: inout LogSummary
    ) -> Int {
        if bytes.has([0xEF, 0xBB, 0xBF], at: start, before: end) { return start + 3 }
        guard start < end, bytes[start] == 0 else { return start }
        var place = start
        while place < end, bytes[place] == 0 { place += 1 }
        summary.unparsed.add(.nul, bytes, start, place, offset: start, line: lineNumber)
        return place
    }
}

/// The reader of one kind of log.
enum LineEngine: Sendable {
    case fields(FieldReader)
    case json(JSONReader)
    case logfmt(LogfmtReader)
    case postgres(PostgresReader)
    case mysqlSlow(MySQLSlowReader)
    case mysqlError(MySQLErrorReader)
    case rails(RailsReader)
    case spring(SpringReader)
    case entries(EntryReader)

    @inline(__always)
    mutating func read(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ summary: inout LogSummary
    ) -> LineOutcome {
        switch self {
        case .fields(let reader): reader.read(bytes, start, end, &summary)
        case .json(let reader): reader.read(bytes, start, end, &summary)
        default: readRare(bytes, start, end, &summary)
        }
    }

    @inline(never)
    private mutating func readRare(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ summary: inout LogSummary
    ) -> LineOutcome {
        switch self {
        case .fields, .json: return .other
        case .logfmt(var reader):
            defer { self = .logfmt(reader) }
            return reader.read(bytes, start, end, &summary)
        case .postgres(var reader):
            defer { self = .postgres(reader) }
            return reader.read(bytes, start, end, &summary)
        case .mysqlSlow(var reader):
            defer { self = .mysqlSlow(reader) }
            return reader.read(bytes, start, end, &summary)
        case .mysqlError(let reader): return reader.read(bytes, start, end, &summary)
        case .rails(var reader):
            // Taken out, so that its table is not copied.
            self = .spring(SpringReader())
            defer { self = .rails(reader) }
            return reader.read(bytes, start, end, &summary)
        case .spring(let reader): return reader.read(bytes, start, end, &summary)
        case .entries(let reader): return reader.read(bytes, start, end, &summary)
        }
    }

    /// Counts what is still open at the end of the log.
    mutating func finish(_ summary: inout LogSummary) {
        switch self {
        case .logfmt(var reader):
            reader.finish(&summary)
            self = .logfmt(reader)
        case .rails(var reader):
            reader.finish(&summary)
            self = .rails(reader)
        default: break
        }
    }
}
