/// The fields of one structured line, as they are found; the best of each role is kept.
struct StructuredRecord {
    var request = RequestRecord()
    var requestLine = ByteRange.none
    var level = ByteRange.none
    var logger = ByteRange.none
    var message = ByteRange.none
    var messageID: Int64 = -1
    var hasStatus = false
    private var hasRequestLine = false
    var hasEscapes = false
    /// The value of a duration without a unit, in billionths of whatever it is, or -1.
    var unscaled: Int64 = -1

    private var ranks = (
        status: UInt8.max, method: UInt8.max, path: UInt8.max, time: UInt8.max, duration: UInt8.max,
        bytes: UInt8.max,
        level: UInt8.max, message: UInt8.max
    )

    init() {}

    /// Whether this is a request: something was asked for, and it was answered or given up. Fastify and pino-http's
    /// `quietReqLogger` tell of the end alone, with status and time of an answer.
    var isRequest: Bool {
        hasStatus
            && (ranks.path != .max || ranks.method != .max || hasRequestLine
                || isAnswer && ranks.duration != .max)
    }

    private var isAnswer = false

    /// Takes a text, which stands between quotes.
    @inline(__always)
    mutating func takeText(_ entry: FieldRoles.Entry, _ bytes: Span<UInt8>, _ start: Int, _ end: Int) {
        let range = ByteRange(start: start, end: end)
        switch entry.role {
        case .none, .parent: return
        case .method where entry.rank < ranks.method:
            request.method = range
            ranks.method = entry.rank
        case .path where entry.rank < ranks.path:
            request.path = range
            ranks.path = entry.rank
        case .request:
            requestLine = range
            hasRequestLine = true
        case .route: request.route = range
        case .time where entry.rank < ranks.time:
            request.time = range
            request.timeShape = .any
            ranks.time = entry.rank
        case .level where entry.rank < ranks.level:
            level = range
            ranks.level = entry.rank
        case .logger: logger = range
        case .message where entry.rank < ranks.message:
            message = range
            ranks.message = entry.rank
        case .termination: if start < end { request.isAbort = bytes[start] | 0x20 == 0x63 }
        default: takeNumber(entry, bytes, start, end)
        }
    }

    /// Takes a number; also of text that holds one, as Tomcat's JSON valve writes all numbers.
    @inline(__always)
    mutating func takeNumber(_ entry: FieldRoles.Entry, _ bytes: Span<UInt8>, _ start: Int, _ end: Int) {
        var place = start
        switch entry.role {
        case .status where entry.rank < ranks.status:
            guard let status = FieldProgram.status(bytes, &place, end), place == end else { return }
            request.status = status
            hasStatus = true
            isAnswer = entry.rank == FieldNames.answerRank
            ranks.status = entry.rank
        case .durationSeconds, .durationMilliseconds, .durationMicroseconds, .durationNanoseconds:
            guard entry.rank < ranks.duration, let shift = entry.role.shift else { return }
            if let value = DecimalNumber.scaled(bytes, at: &place, to: end, shift: shift), place == end,
                value >= 0
            {
                request.duration = value
                ranks.duration = entry.rank
            } else if start < end, let value = Self.withUnit(bytes, start, end) {
                request.duration = value
                ranks.duration = entry.rank
            }
        case .duration:
            guard ranks.duration == .max else { return }
            if let value = DecimalNumber.scaled(bytes, at: &place, to: end, shift: 9), place == end {
                unscaled = max(-1, value)
            } else if let value = Self.withUnit(bytes, start, end) {
                request.duration = value
            }
        case .bytes where entry.rank < ranks.bytes:
            guard let value = bytes.digits(at: &place, to: end), place == end else { return }
            request.bytes = value
            ranks.bytes = entry.rank
        case .time where entry.rank < ranks.time:
            request.time = ByteRange(start: start, end: end)
            request.timeShape = .epoch
            ranks.time = entry.rank
        case .level where entry.rank < ranks.level:
            level = ByteRange(start: start, end: end)
            ranks.level = entry.rank
        case .messageID: messageID = bytes.digits(at: &place, to: end) ?? -1
        default: return
        }
    }

    /// The entry that a line without a request is, where it says how grave it is; `name` is a word for a level that is a
    /// number.
    func entry(_ bytes: Span<UInt8>) -> (entry: EntryRecord, name: String?)? {
        guard !level.isEmpty else { return nil }
        var entry = EntryRecord()
        var name: String?
        var place = level.start
        if let severity = LevelWord.severity(bytes, level.start, level.end) {
            entry.severity = severity
        } else if let number = bytes.digits(at: &place, to: level.end), place == level.end,
            let known = LevelWord.numbered(number)
        {
            (name, entry.severity) = known
        } else {
            return nil
        }
        entry.severityText = level
        entry.time = request.time
        entry.timeShape = request.timeShape
        entry.message = message
        return (entry, name)
    }

    /// `null`, `true` and the like: of these only a status that is null means something.
    mutating func takeWord(_ entry: FieldRoles.Entry) {
        guard entry.role == .status, !hasStatus else { return }
        hasStatus = true
        request.isAbort = true
    }

    /// `12.5ms`, `1.2s`, `350µs`, `1m3.5s`: Go's durations, in nanoseconds.
    static func withUnit(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int64? {
        var place = start
        var total: Int64 = 0
        while place < end {
            let first = place
            guard DecimalNumber.scaled(bytes, at: &place, to: end, shift: 0) != nil else { return nil }
            place = bytes.skipBlanks(from: place, to: end)
            guard place < end, let unit = unit(bytes, place, end) else { return nil }
            var again = first
            guard let value = DecimalNumber.scaled(bytes, at: &again, to: end, shift: unit.shift) else {
                return nil
            }
            let (part, isOver) = value.multipliedReportingOverflow(by: unit.factor)
            let (sum, isOverToo) = total.addingReportingOverflow(part)
            guard value >= 0, !isOver, !isOverToo else { return nil }
            total = sum
            place += unit.length
        }
        return total
    }

    /// The unit at `place`: the power of ten to nanoseconds of what it is `factor` of, and the length of its name.
    private static func unit(
        _ bytes: Span<UInt8>, _ place: Int, _ end: Int
    ) -> (shift: Int, factor: Int64, length: Int)? {
        for (text, shift) in [("ns", 0), ("us", 3), ("µs", 3), ("μs", 3), ("ms", 6)]
        where bytes.has(Array(text.utf8), at: place, before: end) {
            return (shift, 1, text.utf8.count)
        }
        switch bytes[place] {
        case 0x73: return (9, 1, 1)
        case 0x6D: return (9, 60, 1)
        case 0x68: return (9, 3600, 1)
        default: return nil
        }
    }
}
