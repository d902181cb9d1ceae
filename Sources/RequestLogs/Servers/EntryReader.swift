/// Reads logs that tell of no requests: error logs of servers, MongoDB's text of before 4.4, and what applications write
/// with a time and a level. Lines without those belong to the entry before, as stack traces do.
struct EntryReader: Sendable {
    enum Kind: Equatable, Sendable {
        case server(ServerEntry)
        case mongoText
        case application
    }

    let kind: Kind

    func read(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ summary: inout LogSummary) -> LineOutcome {
        if bytes.firstFar(0x1B, from: start, to: end) < end {
            let plain = ANSIColors.removed(bytes, start, end)
            return readPlain(plain.span, 0, plain.count, &summary)
        }
        return readPlain(bytes, start, end, &summary)
    }

    private func readPlain(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ summary: inout LogSummary
    ) -> LineOutcome {
        switch kind {
        case .server(let server):
            guard let (entry, name) = server.read(bytes, start, end) else { return .other }
            summary.add(entry, named: name, in: bytes)
        case .mongoText:
            guard let entry = MongoText.read(bytes, start, end) else { return .other }
            summary.add(entry, in: bytes)
        case .application:
            guard let entry = ApplicationEntry.read(bytes, start, end) else { return .other }
            summary.add(entry, in: bytes)
        }
        return .entry
    }
}

/// MongoDB's log of before 4.4 (its manual, "Log Messages", version 4.2): time, severity, component, context, message;
/// the line of a slow operation ends in its duration.
///
///     2019-09-26T15:37:36.000+0000 I  COMMAND  [conn1] command test.c ... protocol:op_msg 131ms
enum MongoText {
    static func read(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> EntryRecord? {
        guard start + 34 < end, bytes[start + 4] == 0x2D, bytes[start + 10] == 0x54 else { return nil }
        let timeEnd = bytes.first(0x20, from: start, to: min(end, start + 34))
        guard timeEnd + 3 < end, bytes[timeEnd + 2] == 0x20 else { return nil }
        var entry = EntryRecord()
        switch bytes[timeEnd + 1] {
        case 0x46: entry.severity = .critical
        case 0x45: entry.severity = .error
        case 0x57: entry.severity = .warning
        case 0x49: entry.severity = .info
        case 0x44: entry.severity = .debug
        default: return nil
        }
        entry.severityText = ByteRange(start: timeEnd + 1, end: timeEnd + 2)
        entry.time = ByteRange(start: start, end: timeEnd)
        entry.timeShape = .iso
        let component = bytes.skipBlanks(from: timeEnd + 2, to: end)
        guard component < end, bytes[component] &- 0x41 < 26 || bytes[component] == 0x2D,
            let open = bytes.find(" [", from: component, to: min(end, component + 20))
        else { return nil }
        let close = bytes.first(0x5D, from: open, to: end)
        guard close < end else { return nil }
        entry.message = ByteRange(start: bytes.skipBlanks(from: close + 1, to: end), end: end)
        let tells =
            bytes.has("COMMAND", at: component, before: open)
            || bytes.has("WRITE", at: component, before: open)
            || bytes.has("QUERY", at: component, before: open)
        if tells, bytes.has("ms", at: end - 2, before: end) {
            var digits = end - 2
            while digits > close, bytes[digits - 1] &- 0x30 < 10 { digits -= 1 }
            if bytes[digits - 1] == 0x20, let value = bytes.digits(at: &digits, to: end), value < 1 << 40 {
                entry.duration = value * 1_000_000
            }
        }
        return entry
    }
}

/// The lines that loggers of many languages write, as far as they agree: a time, then a level as a word of its own among
/// the first few; glog's letter and date; and Python's `LEVEL:logger:message`, which has no time.
enum ApplicationEntry {
    /// How far behind the time a level is looked for.
    private static let levelWithin = 96

    static func read(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> EntryRecord? {
        guard end - start > 8 else { return nil }
        var place = start
        let time = time(bytes, &place, end)
        guard let time else { return untimed(bytes, start, end) }
        var entry = EntryRecord()
        (entry.time, entry.timeShape) = (time, .any)
        let limit = min(end, place + levelWithin)
        while place < limit {
            guard isLetter(bytes[place]) else {
                place += 1
                continue
            }
            let word = place
            while place < end, isLetter(bytes[place]) || bytes[place] &- 0x30 < 10 { place += 1 }
            // A word in a sentence is written small; a level's word is not, or stands between brackets or bars.
            let isApart = isMark(bytes, word - 1, start) && (place == end || isMark(bytes, place, start))
            let isLoud = bytes[word] &- 0x41 < 26 && bytes[place - 1] &- 0x41 < 26
            guard isLoud || isApart, place - word >= 4 || isLoud,
                let severity = LevelWord.severity(bytes, word, place)
            else { continue }
            entry.severity = severity
            entry.severityText = ByteRange(start: word, end: place)
            while place < end,
                bytes[place] == 0x20 || bytes[place] == 0x5D || bytes[place] == 0x3A
                    || bytes[place] == 0x2D || bytes[place] == 0x7C
            {
                place += 1
            }
            entry.message = ByteRange(start: place, end: end)
            return entry
        }
        return nil
    }

    /// A date and a clock at the line's start, also between brackets; `place` behind them.
    private static func time(_ bytes: Span<UInt8>, _ place: inout Int, _ end: Int) -> ByteRange? {
        var start = place
        if bytes[start] == 0x5B { start += 1 }
        guard start + 16 < end else { return nil }
        let isDate =
            bytes[start] &- 0x30 < 10
            && (bytes[start + 4] == 0x2D && bytes[start + 7] == 0x2D
                || bytes[start + 4] == 0x2F && bytes[start + 7] == 0x2F
                || bytes[start + 2] == bytes[start + 6] && LogClock.month(bytes, start + 3) != nil)
            || LogClock.month(bytes, start) != nil && bytes[start + 3] == 0x20
        guard isDate else { return nil }
        // To the end of the clock, and what of its fraction and zone follows without a blank.
        let colon = bytes.first(0x3A, from: start, to: min(end, start + 24))
        guard colon < min(end, start + 24) else { return nil }
        var last = colon
        while last < end, bytes[last] != 0x20, bytes[last] != 0x5D, bytes[last] != 0x7C { last += 1 }
        place = last
        return ByteRange(start: start, end: last)
    }

    /// A line without a time: glog's, or Python's and uvicorn's with a level and a colon.
    static func untimed(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> EntryRecord? {
        var entry = EntryRecord()
        // E1122 08:09:25.123456    1234 file.go:10] message
        if end - start > 24, bytes.twoDigits(at: start + 1) != nil, bytes.twoDigits(at: start + 3) != nil,
            bytes[start + 5] == 0x20, LogClock.clock(bytes, start + 6, end) != nil,
            let close = bytes.find("] ", from: start, to: min(end, start + 120))
        {
            switch bytes[start] {
            case 0x46: entry.severity = .critical
            case 0x45: entry.severity = .error
            case 0x57: entry.severity = .warning
            case 0x49: entry.severity = .info
            default: return nil
            }
            entry.severityText = ByteRange(start: start, end: start + 1)
            entry.message = ByteRange(start: close + 2, end: end)
            return entry
        }
        let colon = bytes.first(0x3A, from: start, to: min(end, start + 12))
        guard colon < min(end, start + 12), bytes[start] &- 0x41 < 26, bytes[colon - 1] &- 0x41 < 26,
            let severity = LevelWord.severity(bytes, start, colon)
        else { return nil }
        entry.severity = severity
        entry.severityText = ByteRange(start: start, end: colon)
        entry.message = ByteRange(start: bytes.skipBlanks(from: colon + 1, to: end), end: end)
        return entry
    }

    private static func isLetter(_ byte: UInt8) -> Bool { byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A }

    private static func isMark(_ bytes: Span<UInt8>, _ place: Int, _ start: Int) -> Bool {
        place < start || bytes[place] == 0x5B || bytes[place] == 0x5D || bytes[place] == 0x7C
            || bytes[place] == 0x3A || bytes[place] == 0x20 || bytes[place] == 0x3C || bytes[place] == 0x3E
    }
}
