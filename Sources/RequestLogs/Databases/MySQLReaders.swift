/// Reads the slow query log of MySQL, MariaDB and Percona Server ("The Slow Query Log" of their manuals).
///
/// An entry is header lines that begin with `#`, then the statement, which ends with a semicolon. A statement may hold
/// lines that look like headers, so headers count only where a statement has ended.
struct MySQLSlowReader: Sendable {
    private enum State: Sendable {
        /// A statement has ended, or none has begun.
        case between
        /// Within the lines that begin with `#`; whether `# User@Host:` was among them.
        case head(hasUser: Bool)
        /// Within a statement.
        case statement
    }

    private var state = State.between
    private var time: [UInt8] = []

    init() {}

    mutating func read(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ summary: inout LogSummary)
        -> LineOutcome
    {
        guard start < end else { return .other }
        if isBanner(bytes, start, end) {
            state = .between
            return .other
        }
        let isHead = bytes[start] == 0x23 && !bytes.has("# administrator command:", at: start, before: end)
        switch state {
        case .statement:
            if bytes[end - 1] == 0x3B { state = .between }
            return .other
        case .between where !isHead, .head where !isHead:
            if isPreamble(bytes, start, end) {
                state = .head(hasUser: false)
            } else {
                state = bytes[end - 1] == 0x3B ? .between : .statement
            }
            return .other
        case .between, .head:
            return readHead(bytes, start, end, &summary)
        }
    }

    /// Appends where in an entry the log is; nothing between entries.
    func appendState(to bytes: inout [UInt8]) {
        switch state {
        case .between: return
        case .head(let hasUser): bytes.append(hasUser ? 2 : 1)
        case .statement: bytes.append(3)
        }
        StateBytes.put(Array(time.prefix(64)), &bytes)
    }

    mutating func restore(_ bytes: Span<UInt8>, _ reader: inout CountsReader) -> Bool {
        guard reader.place < bytes.count else { return true }
        guard let kind = reader.varint(bytes), let time = reader.bytes(bytes, max: 64) else { return false }
        switch kind {
        case 1: state = .head(hasUser: false)
        case 2: state = .head(hasUser: true)
        case 3: state = .statement
        default: return false
        }
        self.time = time
        return true
    }

    /// `use shop;` and `SET timestamp=...;` stand between the head and its statement.
    private func isPreamble(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        guard case .head = state else { return false }
        return bytes.has("use ", at: start, before: end)
            || bytes.has("SET timestamp=", at: start, before: end)
            || bytes.has("SET last_insert_id=", at: start, before: end)
            || bytes.has("SET insert_id=", at: start, before: end)
    }

    private mutating func readHead(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ summary: inout LogSummary
    ) -> LineOutcome {
        if bytes.has("# Time: ", at: start, before: end) {
            time = bytes.array(start + 8..<end)
            state = .head(hasUser: false)
            return .other
        }
        if bytes.has("# User@Host:", at: start, before: end) {
            state = .head(hasUser: true)
            return .other
        }
        guard bytes.has("# Query_time: ", at: start, before: end) else {
            if case .between = state { state = .head(hasUser: false) }
            return .other
        }
        guard case .head(hasUser: true) = state else { return .other }
        var place = bytes.skipBlanks(from: start + 13, to: end)
        guard let duration = DecimalNumber.scaled(bytes, at: &place, to: end, shift: 9), duration >= 0 else {
            return .unparsed(.mismatch, offset: place)
        }
        state = .head(hasUser: false)
        var entry = EntryRecord()
        entry.duration = duration
        let copy = time
        entry.time = ByteRange(start: 0, end: copy.count)
        entry.timeShape = copy.count > 6 && copy[6] == 0x20 ? .compact : .iso
        summary.add(entry, in: copy.span)
        return .entry
    }

    /// The three lines that every start and every flush writes.
    private func isBanner(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        if bytes.has("Tcp port: ", at: start, before: end) { return true }
        if bytes.has("Time", at: start, before: end), bytes.find("Id Command", from: start, to: end) != nil {
            return true
        }
        return bytes[start] == 0x2F && bytes.find(", Version: ", from: start, to: end) != nil
    }
}

/// Reads the error log of MySQL and MariaDB: `time thread [Severity] message`; what has no such head belongs to the
/// entry before.
struct MySQLErrorReader: Sendable {
    init() {}

    func read(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ summary: inout LogSummary) -> LineOutcome {
        guard end - start > 20, bytes[start] &- 0x30 < 10 else { return .other }
        let open = bytes.first(0x5B, from: start, to: min(end, start + 64))
        guard open < min(end, start + 64) else { return .other }
        let close = bytes.first(0x5D, from: open, to: end)
        guard close < end, close - open < 16, let severity = severity(bytes, open + 1, close) else {
            return .other
        }
        var entry = EntryRecord()
        entry.severity = severity
        entry.severityText = ByteRange(start: open + 1, end: close)
        entry.time = timeRange(bytes, start, open)
        entry.timeShape = bytes[start + 4] == 0x2D ? .iso : .compact
        entry.message = ByteRange(start: bytes.skipBlanks(from: close + 1, to: end), end: end)
        var clock = summary.clock
        guard clock.milliseconds(bytes, entry.time, entry.timeShape) != nil else { return .other }
        summary.add(entry, in: bytes)
        return .entry
    }

    private func severity(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Severity? {
        let words: [(String, Severity)] = [
            ("note", .info), ("system", .info), ("warning", .warning), ("error", .error),
            ("fatal", .critical),
        ]
        return words.first { word, _ in
            word.utf8.count == end - start
                && zip(word.utf8, start..<end).allSatisfy { bytes[$1] | 0x20 == $0 }
        }?.1
    }

    /// The time, without the thread's number behind it.
    private func timeRange(_ bytes: Span<UInt8>, _ start: Int, _ open: Int) -> ByteRange {
        var end = open
        while end > start, bytes[end - 1] == 0x20 { end -= 1 }
        var digits = end
        while digits > start, bytes[digits - 1] &- 0x30 < 10 { digits -= 1 }
        // A thread is a number behind a blank; the seconds are behind a colon.
        if digits > start, digits < end, bytes[digits - 1] == 0x20 { end = digits }
        while end > start, bytes[end - 1] == 0x20 { end -= 1 }
        return ByteRange(start: start, end: end)
    }
}
