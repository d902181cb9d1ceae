/// Reads `key=value` lines: logfmt, Heroku's router, lograge. Words before the first pair, and words without an equals
/// sign, are passed over.
///
/// Since Ruby 3.1 the message of an exception holds line breaks, and lograge's line of every 500 is broken after
/// `error='`: status on the first line, duration on the last. Such a request is kept until its text ends.
struct LogfmtReader: Sendable {
    /// Lines that a broken text may go on for.
    private static let openLinesMax = 50

    var roles = FieldRoles()
    /// The power of ten from the unit of a duration whose name tells none to nanoseconds.
    var shift: Int?
    private var open: Open?

    /// A request whose line was broken within a text.
    private struct Open: Sendable {
        var line: [UInt8]
        var lines = 0
    }

    init(shift: Int?) {
        self.shift = shift
    }

    mutating func read(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ summary: inout LogSummary)
        -> LineOutcome
    {
        if let outcome = goOn(bytes, start, end, &summary) { return outcome }
        var record = StructuredRecord()
        let isOpen = fields(bytes, start, end, &record)
        guard record.isRequest else {
            guard let (entry, name) = record.entry(bytes) else { return .other }
            summary.add(entry, named: name, in: bytes)
            return .entry
        }
        if isOpen, record.request.duration < 0, record.unscaled < 0 {
            open = Open(line: bytes.array(start..<min(end, start + 4096)))
            return .request
        }
        add(bytes, &record, &summary)
        return .request
    }

    /// Counts a request that is still open; what its lines did not tell stays unknown.
    mutating func finish(_ summary: inout LogSummary) {
        guard let open else { return }
        self.open = nil
        var record = StructuredRecord()
        _ = fields(open.line.span, 0, open.line.count, &record)
        add(open.line.span, &record, &summary)
    }

    /// Appends the request that is open, nothing where none is.
    func appendState(to bytes: inout [UInt8]) {
        guard let open else { return }
        StateBytes.put(open.line, &bytes)
        StateBytes.put(open.lines, &bytes)
    }

    mutating func restore(_ bytes: Span<UInt8>, _ reader: inout CountsReader) -> Bool {
        guard reader.place < bytes.count else { return true }
        guard let line = reader.bytes(bytes, max: StateBytes.textMax), let lines = reader.varint(bytes) else {
            return false
        }
        open = Open(line: line, lines: Int(min(lines, UInt64(Self.openLinesMax))))
        return true
    }

    /// What the values of durations without a unit tell of it, and whether Rails's lograge wrote the lines.
    static func unit(_ sample: Span<UInt8>) -> (unit: DurationUnit, isLograge: Bool) {
        let reader = LogfmtReader(shift: nil)
        var unit = DurationUnit()
        var isLograge = false
        var place = 0
        var lines = 0
        while place < sample.count, lines < 2000 {
            let end = sample.firstFar(0x0A, from: place, to: sample.count)
            var record = StructuredRecord()
            _ = reader.fields(sample, place, end, &record)
            if record.isRequest {
                if record.unscaled >= 0 {
                    unit.take(record.unscaled, isWhole: record.unscaled % 1_000_000_000 == 0)
                }
                isLograge =
                    isLograge
                    || sample.find(" controller=", from: place, to: end) != nil
                        && sample.find(" action=", from: place, to: end) != nil
            }
            place = end + 1
            lines += 1
        }
        return (unit, isLograge)
    }

    private func add(_ bytes: Span<UInt8>, _ record: inout StructuredRecord, _ summary: inout LogSummary) {
        if record.unscaled >= 0, record.request.duration < 0, let shift {
            record.request.duration =
                shift == 9 ? record.unscaled : record.unscaled / DecimalNumber.powers[9 - shift]
        }
        if record.request.path.isEmpty, !record.requestLine.isEmpty {
            FieldProgram.split(
                request: bytes, record.requestLine.start, record.requestLine.end, &record.request)
        }
        summary.add(record.request, in: bytes)
    }

    /// What this line is to the request that is open: its end, a part of its text, or nothing (nil).
    private mutating func goOn(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ summary: inout LogSummary
    ) -> LineOutcome? {
        guard var open else { return nil }
        if let quote = bytes.find("' ", from: start, to: end), isPair(bytes, quote + 2, end) {
            var line = open.line
            line.append(contentsOf: bytes.array(quote..<end))
            self.open = nil
            var record = StructuredRecord()
            _ = fields(line.span, 0, line.count, &record)
            add(line.span, &record, &summary)
            return .other
        }
        open.lines += 1
        var record = StructuredRecord()
        _ = fields(bytes, start, end, &record)
        if record.isRequest || open.lines > Self.openLinesMax {
            finish(&summary)
            return nil
        }
        self.open = open
        return .other
    }

    private func isNameByte(_ byte: UInt8) -> Bool {
        byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A || byte &- 0x30 < 10 || byte == 0x5F || byte == 0x2E
            || byte == 0x40
            || byte == 0x2D
    }

    private func isPair(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        var place = start
        while place < end, isNameByte(bytes[place]) { place += 1 }
        return place > start && place < end && bytes[place] == 0x3D
    }

    /// Takes all pairs; whether the line ends within a text.
    private func fields(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ record: inout StructuredRecord
    ) -> Bool {
        var place = start
        while place < end {
            let name = place
            while place < end, isNameByte(bytes[place]) { place += 1 }
            guard place < end, place > name, bytes[place] == 0x3D else {
                // No pair: on to the next word.
                place = bytes.first(0x20, from: place, to: end)
                place = bytes.skipBlanks(from: place, to: end)
                continue
            }
            let entry = roles.valueEntry(
                roles.entry(FieldRoles.hash(bytes, name, place, below: FieldRoles.root)))
            place += 1
            guard place < end else { return false }
            let quote = bytes[place]
            if quote == 0x22 {
                let value = place + 1
                place = JSONScanner.endOfString(bytes, value, end)
                guard place < end else { return true }
                record.takeText(entry, bytes, value, place)
                place += 1
            } else if quote == 0x27 {
                guard let close = closing(bytes, place + 1, end) else { return true }
                record.takeText(entry, bytes, place + 1, close)
                place = close + 1
            } else {
                let value = place
                place = bytes.first(0x20, from: place, to: end)
                take(entry, bytes, value, place, &record)
            }
            place = bytes.skipBlanks(from: place, to: end)
        }
        return false
    }

    private func take(
        _ entry: FieldRoles.Entry, _ bytes: Span<UInt8>, _ start: Int, _ end: Int,
        _ record: inout StructuredRecord
    ) {
        guard start < end else { return }
        let first = bytes[start]
        if entry.role == .status, first == 0x2D || bytes.has("null", at: start, before: end) {
            record.takeWord(entry)
        } else if entry.role == .time {
            record.takeText(entry, bytes, start, end)
        } else if first &- 0x30 < 10 || first == 0x2E {
            record.takeNumber(entry, bytes, start, end)
        } else {
            record.takeText(entry, bytes, start, end)
        }
    }

    /// The quote that ends a text in single quotes, which may hold others: a blank and a pair follow, or nothing.
    private func closing(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
        var place = start
        while place < end {
            place = bytes.first(0x27, from: place, to: end)
            guard place < end else { return nil }
            if place + 1 == end || bytes[place + 1] == 0x20 && isPair(bytes, place + 2, end) { return place }
            place += 1
        }
        return nil
    }
}
