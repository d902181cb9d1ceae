/// Reads PostgreSQL's logs (runtime-config-logging of its manual): stderr with any `log_line_prefix`, csvlog, and the
/// message part of jsonlog.
struct PostgresReader: Sendable {
    enum Layout: Sendable {
        case stderr
        case csv
    }

    let layout: Layout
    /// Within a CSV field that holds line breaks.
    var isInQuotes = false

    init(_ layout: Layout) {
        self.layout = layout
    }

    mutating func read(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ summary: inout LogSummary)
        -> LineOutcome
    {
        switch layout {
        case .stderr: readText(bytes, start, end, &summary)
        case .csv: readCSV(bytes, start, end, &summary)
        }
    }

    private struct Word: Sendable {
        let text: [UInt8]
        /// The name in English; nil for a line that belongs to the entry before.
        let severity: String?
        let rank: Severity

        init(_ text: String, _ severity: String?, _ rank: Severity) {
            self.text = Array(text.utf8)
            self.severity = severity
            self.rank = rank
        }
    }

    /// Severities and labels as PostgreSQL writes them, in the languages of its German, French and Spanish messages, too.
    private static let words: [Word] = [
        Word("LOG", "LOG", .info), Word("ERROR", "ERROR", .error), Word("FATAL", "FATAL", .critical),
        Word("PANIC", "PANIC", .critical), Word("WARNING", "WARNING", .warning),
        Word("NOTICE", "NOTICE", .notice),
        Word("INFO", "INFO", .info), Word("DEBUG", "DEBUG", .debug), Word("DEBUG1", "DEBUG1", .debug),
        Word("DEBUG2", "DEBUG2", .debug), Word("DEBUG3", "DEBUG3", .debug), Word("DEBUG4", "DEBUG4", .debug),
        Word("DEBUG5", "DEBUG5", .debug), Word("DETAIL", nil, .none), Word("HINT", nil, .none),
        Word("STATEMENT", nil, .none), Word("CONTEXT", nil, .none), Word("QUERY", nil, .none),
        Word("LOCATION", nil, .none), Word("BACKTRACE", nil, .none),
        Word("FEHLER", "ERROR", .error), Word("WARNUNG", "WARNING", .warning),
        Word("HINWEIS", "NOTICE", .notice),
        Word("PANIK", "PANIC", .critical), Word("TIPP", nil, .none), Word("ANWEISUNG", nil, .none),
        Word("ZUSAMMENHANG", nil, .none), Word("ERREUR", "ERROR", .error),
        Word("ATTENTION", "WARNING", .warning),
        Word("JOURNAL", "LOG", .info), Word("PANIQUE", "PANIC", .critical), Word("DÉTAIL", nil, .none),
        Word("ASTUCE", nil, .none), Word("INSTRUCTION", nil, .none), Word("CONTEXTE", nil, .none),
        Word("ADVERTENCIA", "WARNING", .warning), Word("REGISTRO", "LOG", .info),
        Word("PÁNICO", "PANIC", .critical),
        Word("DETALLE", nil, .none), Word("SUGERENCIA", nil, .none), Word("SENTENCIA", nil, .none),
        Word("CONTEXTO", nil, .none),
    ]

    private static let durations = ["duration: ", "Dauer: ", "durée : ", "duración: "].map { Array($0.utf8) }

    private func readText(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ summary: inout LogSummary
    ) -> LineOutcome {
        guard start < end, bytes[start] != 0x09 else { return .other }
        var place = start
        // The first "WORD:  " is the severity: what follows is text that may hold others.
        while place < end {
            place = bytes.first(0x3A, from: place, to: end)
            guard place + 2 < end else { return .other }
            if bytes[place + 1] == 0x20, bytes[place + 2] == 0x20, let word = word(bytes, start, place) {
                guard let severity = word.severity else { return .other }
                var entry = EntryRecord()
                entry.severity = word.rank
                entry.message = ByteRange(start: place + 3, end: end)
                entry.time = timeRange(bytes, start, end)
                entry.timeShape = .any
                if let duration = Self.duration(bytes, place + 3, end) { entry.duration = duration }
                summary.add(entry, named: severity, in: bytes)
                return .entry
            }
            place += 1
        }
        return .other
    }

    /// The word that ends before the colon at `colon`, behind a blank, a bracket or nothing.
    private func word(_ bytes: Span<UInt8>, _ start: Int, _ colon: Int) -> Word? {
        for word in Self.words where colon - word.text.count >= start {
            let first = colon - word.text.count
            guard bytes.has(word.text, at: first, before: colon) else { continue }
            if first == start || bytes[first - 1] <= 0x40 || bytes[first - 1] == 0x5D
                || bytes[first - 1] == 0x7C
            {
                return word
            }
        }
        return nil
    }

    /// A time at the line's start, as `%m`, `%t` and `%n` write it.
    private func timeRange(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> ByteRange {
        var last = start
        var blanks = 0
        while last < end, last - start < 40 {
            if bytes[last] == 0x20 {
                blanks += 1
                if blanks == 3 { break }
            } else if bytes[last] == 0x5B || bytes[last] == 0x5D {
                break
            }
            last += 1
        }
        while last > start, bytes[last - 1] == 0x20 || bytes[last - 1] == 0x3A { last -= 1 }
        return ByteRange(start: start, end: last)
    }

    /// The duration of a statement in nanoseconds, if the message tells of one. Of the three that the extended protocol
    /// makes of one query only `execute` counts; a plan of auto_explain repeats one that has its own line.
    static func duration(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int64? {
        guard let head = durations.first(where: { bytes.has($0, at: start, before: end) }) else { return nil }
        var place = start + head.count
        guard let value = DecimalNumber.scaled(bytes, at: &place, to: end, shift: 6), value >= 0,
            bytes.has(" ms", at: place, before: end)
        else { return nil }
        place = bytes.skipBlanks(from: place + 3, to: end)
        for phase in ["parse ", "bind ", "plan:"] where bytes.has(Array(phase.utf8), at: place, before: end) {
            return nil
        }
        return value
    }

    private mutating func readCSV(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ summary: inout LogSummary
    ) -> LineOutcome {
        if isInQuotes {
            if quotes(bytes, start, end) & 1 == 1 { isInQuotes = false }
            return .other
        }
        guard start < end else { return .other }
        // Columns from 1: time, user, database, pid, ..., severity (12), state (13), message (14).
        var place = start
        var column = 1
        var entry = EntryRecord()
        while place <= end, column <= 14 {
            let first = place
            let isQuoted = place < end && bytes[place] == 0x22
            if isQuoted {
                place = endOfQuoted(bytes, place + 1, end)
            } else {
                place = bytes.first(0x2C, from: place, to: end)
            }
            let range = ByteRange(start: isQuoted ? first + 1 : first, end: place)
            switch column {
            case 1:
                entry.time = range
                entry.timeShape = .iso
            case 12: entry.severityText = range
            case 14: entry.message = range
            default: break
            }
            if isQuoted, place < end { place += 1 }
            place += 1
            column += 1
            if place > end { break }
        }
        guard column > 12, !entry.severityText.isEmpty,
            let severity = Self.severity(bytes, entry.severityText)
        else {
            return .unparsed(.mismatch, offset: min(place, end))
        }
        isInQuotes = quotes(bytes, start, end) & 1 == 1
        entry.severity = severity.rank
        if let duration = Self.duration(bytes, entry.message.start, entry.message.end) {
            entry.duration = duration
        }
        summary.add(entry, named: severity.name, in: bytes)
        return .entry
    }

    /// The severity that the bytes name, in English, and its rank.
    static func severity(_ bytes: Span<UInt8>, _ range: ByteRange) -> (name: String, rank: Severity)? {
        for word in words where word.text.count == range.end - range.start {
            if let name = word.severity, bytes.has(word.text, at: range.start, before: range.end) {
                return (name, word.rank)
            }
        }
        return nil
    }

    /// The quote that ends a quoted field, or `end` where the field goes on on the next line.
    private func endOfQuoted(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        var place = start
        while place < end {
            place = bytes.first(0x22, from: place, to: end)
            guard place + 1 < end, bytes[place + 1] == 0x22 else { return place }
            place += 2
        }
        return end
    }

    private func quotes(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        var count = 0
        var place = bytes.first(0x22, from: start, to: end)
        while place < end {
            count += 1
            place = bytes.first(0x22, from: place + 1, to: end)
        }
        return count
    }
}
