/// Reads Spring Boot's application log (its reference, "Logging"): entries by level, stack traces as part of the entry
/// before. It tells of no requests.
///
///     2026-11-22T08:07:27.897Z  INFO 12345 --- [shop] [main] com.example.Shop : Started
struct SpringReader: Sendable {
    init() {}

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
        guard end - start > 30, bytes[start] &- 0x30 < 10,
            let marker = bytes.find(" --- [", from: start, to: min(end, start + 80))
        else { return .other }
        // Time, level and process stand before the marker.
        var place = marker
        while place > start, bytes[place - 1] &- 0x30 < 10 { place -= 1 }
        while place > start, bytes[place - 1] == 0x20 { place -= 1 }
        let levelEnd = place
        while place > start, bytes[place - 1] &- 0x41 < 26 { place -= 1 }
        guard let severity = Self.severity(bytes, place, levelEnd) else { return .other }
        var entry = EntryRecord()
        entry.severity = severity
        entry.severityText = ByteRange(start: place, end: levelEnd)
        var timeEnd = place
        while timeEnd > start, bytes[timeEnd - 1] == 0x20 { timeEnd -= 1 }
        entry.time = ByteRange(start: start, end: timeEnd)
        entry.timeShape = .iso
        entry.message = ByteRange(start: marker + 5, end: end)
        summary.add(entry, in: bytes)
        return .entry
    }

    static func severity(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Severity? {
        let words: [(StaticString, Severity)] = [
            ("ERROR", .error), ("WARN", .warning), ("INFO", .info), ("DEBUG", .debug), ("TRACE", .debug),
            ("FATAL", .critical), ("OFF", .none),
        ]
        return words.first { word, _ in
            word.utf8CodeUnitCount == end - start && bytes.has(word, at: start, before: end)
        }?.1
    }
}
