/// Reads logs of one JSON object a line: of servers, of loggers, and of MongoDB.
struct JSONReader: Sendable {
    enum Family: Equatable, Sendable {
        case generic
        /// Only lines of the loggers `http.log.access` are requests: `http.log.error` tells of the same ones again.
        case caddy
        case mongodb
        /// PostgreSQL's jsonlog.
        case postgresql
    }

    var family = Family.generic
    var roles = FieldRoles()
    /// The power of ten from the unit of a duration whose name tells none to nanoseconds; nil where it is not known, and
    /// then such durations are not taken.
    var shift: Int?
    /// Text before the object, as in Caddy's console format, is passed over.
    var hasHead = false

    init(_ family: Family = .generic, shift: Int? = nil) {
        self.family = family
        self.shift = shift ?? (family == .caddy ? 9 : nil)
    }

    @inline(__always)
    func read(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ summary: inout LogSummary) -> LineOutcome {
        var place = JSONScanner.skipSpace(bytes, start, end)
        if hasHead, place < end, bytes[place] != 0x7B {
            guard let tail = bytes.find("\t{", from: place, to: end) else { return beside(bytes, place, end) }
            place = tail + 1
        }
        guard place < end, bytes[place] == 0x7B else { return beside(bytes, place, end) }
        var record = StructuredRecord()
        let stop = JSONScanner.read(bytes, place, end, roles, &record)
        guard stop >= 0 else {
            return broken(bytes, start, end, offset: -1 - stop)
        }
        if family == .mongodb { return mongo(bytes, record, &summary) }
        if family == .postgresql { return postgres(bytes, record, &summary) }
        if hasHead { takeHead(bytes, start, place, &record) }
        guard record.isRequest, family != .caddy || isAccess(bytes, record) else {
            return note(bytes, record, &summary)
        }
        return finish(bytes, &record, &summary)
    }

    @inline(__always)
    private func finish(
        _ bytes: Span<UInt8>, _ record: inout StructuredRecord, _ summary: inout LogSummary
    ) -> LineOutcome {
        if record.request.path.isEmpty, !record.requestLine.isEmpty {
            FieldProgram.split(
                request: bytes, record.requestLine.start, record.requestLine.end, &record.request)
        }
        if record.unscaled >= 0, record.request.duration < 0, let shift {
            // The value is in billionths of its unit.
            record.request.duration =
                shift == 9 ? record.unscaled : record.unscaled / DecimalNumber.powers[9 - shift]
        }
        let path = record.request.path
        if bytes.first(0x5C, from: path.start, to: path.end) < path.end {
            addUnescaped(bytes, record.request, &summary)
        } else {
            summary.add(record.request, in: bytes)
        }
        return .request
    }

    /// A request whose path holds escapes, as PHP's `\/`: the few fields that count are copied without them.
    @inline(never)
    private func addUnescaped(
        _ bytes: Span<UInt8>, _ request: RequestRecord, _ summary: inout LogSummary
    ) {
        var request = request
        var scratch = JSONScanner.unescaped(bytes, request.path.start, request.path.end)
        request.path = ByteRange(start: 0, end: scratch.count)
        for field in [\RequestRecord.method, \.time, \.route] where !request[keyPath: field].isEmpty {
            let start = scratch.count
            scratch += bytes.array(request[keyPath: field].range)
            request[keyPath: field] = ByteRange(start: start, end: scratch.count)
        }
        summary.add(request, in: scratch.span)
    }

    private func isAccess(_ bytes: Span<UInt8>, _ record: StructuredRecord) -> Bool {
        record.logger.isEmpty
            || !bytes.has("http.log.error", at: record.logger.start, before: record.logger.end)
    }

    /// Caddy's console format has time, level and logger before the object, with tabs between.
    private func takeHead(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ record: inout StructuredRecord) {
        let timeEnd = bytes.first(0x09, from: start, to: end)
        record.request.time = ByteRange(start: start, end: timeEnd)
        record.request.timeShape = .any
        let levelEnd = bytes.first(0x09, from: timeEnd + 1, to: end)
        record.level = ByteRange(start: min(timeEnd + 1, end), end: levelEnd)
        let loggerEnd = bytes.first(0x09, from: levelEnd + 1, to: end)
        record.logger = ByteRange(start: min(levelEnd + 1, end), end: loggerEnd)
    }

    /// An object that tells of no request: an entry, where it says how grave it is.
    @inline(never)
    private func note(
        _ bytes: Span<UInt8>, _ record: StructuredRecord, _ summary: inout LogSummary
    ) -> LineOutcome {
        guard let (entry, name) = record.entry(bytes) else { return .other }
        summary.add(entry, named: name, in: bytes)
        return .entry
    }

    /// A line that is no object.
    @inline(never)
    private func beside(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> LineOutcome {
        ForeignRequest.isOne(bytes, start, end) ? .unparsed(.mismatch, offset: start) : .other
    }

    private func broken(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, offset: Int) -> LineOutcome {
        .unparsed(.json, offset: offset)
    }

    private func postgres(
        _ bytes: Span<UInt8>, _ record: StructuredRecord, _ summary: inout LogSummary
    ) -> LineOutcome {
        guard let (name, rank) = PostgresReader.severity(bytes, record.level) else { return .other }
        var entry = EntryRecord()
        entry.time = record.request.time
        entry.timeShape = .iso
        entry.severity = rank
        entry.message = record.message
        if let duration = PostgresReader.duration(bytes, record.message.start, record.message.end) {
            entry.duration = duration
        }
        summary.add(entry, named: name, in: bytes)
        return .entry
    }

    /// MongoDB 4.4 and later: slow statements have the number 51803; slow transactions have a duration, too, but are
    /// made of statements that are told of themselves.
    private func mongo(
        _ bytes: Span<UInt8>, _ record: StructuredRecord, _ summary: inout LogSummary
    ) -> LineOutcome {
        var entry = EntryRecord()
        entry.time = record.request.time
        entry.timeShape = record.request.timeShape
        entry.severityText = record.level
        entry.message = record.message
        entry.severity =
            switch record.level.isEmpty ? 0x49 : bytes[record.level.start] {
            case 0x46: .critical
            case 0x45: .error
            case 0x57: .warning
            case 0x44: .debug
            default: .info
            }
        let isSlow =
            record.messageID == 51803
            || bytes.has("Slow query", at: record.message.start, before: record.message.end)
        if isSlow { entry.duration = record.request.duration }
        summary.add(entry, in: bytes)
        return .entry
    }
}
