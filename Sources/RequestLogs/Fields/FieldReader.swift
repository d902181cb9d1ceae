/// What a line turned out to be.
enum LineOutcome: Equatable {
    case request
    case entry
    /// No request, and not meant to be one.
    case other
    /// `offset` is where in the buffer the line stopped fitting.
    case unparsed(UnparsedCounts.Reason, offset: Int)
}

/// Reads lines by one or more programs: the first that fits wins.
struct FieldReader: Sendable {
    private let usual: FieldProgram
    private let programs: [FieldProgram]
    /// Reads the lines of the usual form; nil where the format has another.
    let quick: QuickLine?
    /// Only requests are in this log, so that every other line is one that could not be read. Else a line counts as
    /// such if it went as far as what only a request has.
    var isPure: Bool
    /// Lines may hold colours for a terminal.
    var hasColors = false
    /// What the server writes between the lines of its requests.
    var aside: ServerEntry?

    init(_ programs: [FieldProgram], isPure: Bool, hasColors: Bool = false) {
        // A format without a program reads nothing; there is none.
        usual = programs.first ?? FieldProgram()
        self.programs = programs
        quick = QuickLine(usual)
        self.isPure = isPure
        self.hasColors = hasColors
    }

    @inline(__always)
    func read(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ summary: inout LogSummary) -> LineOutcome {
        if hasColors, bytes.firstFar(0x1B, from: start, to: end) < end {
            let plain = ANSIColors.removed(bytes, start, end)
            let outcome = match(plain.span, 0, plain.count, &summary)
            // What the line says is known by its places in the plain text.
            if summary.notable != nil { summary.keepText(plain.span, 0, plain.count) }
            // The column is that of the line without its colours.
            guard case .unparsed(let reason, let offset) = outcome else { return outcome }
            return .unparsed(reason, offset: start + offset)
        }
        var record = RequestRecord()
        if !usual.isEntry, usual.run(bytes, start, end, &record) == nil {
            summary.add(record, in: bytes)
            return .request
        }
        return match(bytes, start, end, &summary)
    }

    @inline(never)
    private func match(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ summary: inout LogSummary)
        -> LineOutcome
    {
        var record = RequestRecord()
        var furthest = FieldProgram.Failure(step: -1, offset: start)
        var isTelling = isPure
        for program in programs {
            record = RequestRecord()
            guard let failure = program.run(bytes, start, end, &record) else {
                return add(program, record, bytes, &summary)
            }
            if failure.step >= program.firstTelling { isTelling = true }
            if failure.offset >= furthest.offset { furthest = failure }
        }
        // A stack trace or a notice ends here at once: it never looks like a request.
        let isWorthIt = isTelling || bytes.find(" HTTP/", from: start, to: end) != nil
        guard isWorthIt, start < end else {
            let beside = readAside(bytes, start, end, &summary)
            // A request in JSON does not look like one here.
            let isForeign =
                beside == .other && start < end && bytes[start] == 0x7B
                && ForeignRequest.isOne(bytes, start, end)
            return isForeign ? .unparsed(.mismatch, offset: furthest.offset) : beside
        }
        for program in programs {
            guard let matcher = program.matcher, matcher.read(bytes, start, end, program, &record) else {
                continue
            }
            return add(program, record, bytes, &summary)
        }
        if aside == .haproxy, HAProxySyntax.isTCP(bytes, start, end) { return .other }
        let beside = readAside(bytes, start, end, &summary)
        guard beside == .other, isTelling || ForeignRequest.isOne(bytes, start, end) else { return beside }
        return .unparsed(.mismatch, offset: furthest.offset)
    }

    private func add(
        _ program: FieldProgram, _ record: RequestRecord, _ bytes: Span<UInt8>, _ summary: inout LogSummary
    ) -> LineOutcome {
        guard program.isEntry else {
            summary.add(record, in: bytes)
            return .request
        }
        var entry = EntryRecord()
        entry.time = record.time
        entry.timeShape = record.timeShape
        entry.severityText = record.route
        entry.message = record.path
        entry.severity = LevelWord.severity(bytes, record.route.start, record.route.end) ?? .none
        summary.add(entry, in: bytes)
        return .entry
    }

    private func readAside(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ summary: inout LogSummary
    ) -> LineOutcome {
        guard let (entry, name) = aside?.read(bytes, start, end) else { return .other }
        summary.add(entry, named: name, in: bytes)
        return .entry
    }
}

/// Colours and other control sequences, which some servers write even into files (ECMA-48, CSI).
enum ANSIColors {
    static func removed(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> [UInt8] {
        var plain: [UInt8] = []
        plain.reserveCapacity(end - start)
        var place = start
        while place < end {
            if bytes[place] == 0x1B, place + 1 < end, bytes[place + 1] == 0x5B {
                place += 2
                while place < end, bytes[place] < 0x40 || bytes[place] > 0x7E { place += 1 }
                place += 1
            } else {
                plain.append(bytes[place])
                place += 1
            }
        }
        return plain
    }
}
