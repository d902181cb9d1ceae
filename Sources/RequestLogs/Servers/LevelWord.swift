/// Words and numbers by which programs say how grave an entry is.
enum LevelWord {
    private static let words: [(word: StaticString, severity: Severity)] = [
        ("error", .error), ("info", .info), ("warning", .warning), ("warn", .warning), ("debug", .debug),
        ("notice", .notice), ("crit", .critical), ("critical", .critical), ("alert", .critical),
        ("emerg", .critical), ("emergency", .critical), ("fatal", .critical), ("panic", .critical),
        ("severe", .error), ("err", .error), ("trace", .debug), ("verbose", .debug), ("http", .info),
        ("silly", .debug), ("fine", .debug), ("finer", .debug), ("finest", .debug), ("config", .info),
        ("information", .info), ("informational", .info), ("dpanic", .critical), ("exception", .error),
        ("note", .info), ("system", .info), ("default", .none),
    ]

    /// What the word means, whatever its case, also with a digit behind it, as `trace1` and `debug5`; nil where it is
    /// none of those known.
    static func severity(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Severity? {
        var end = end
        if end - start > 5, bytes[end - 1] &- 0x31 < 8 { end -= 1 }
        guard end - start >= 3, end - start <= 13 else { return nil }
        return words.first { word, _ in
            guard word.utf8CodeUnitCount == end - start else { return false }
            for place in start..<end where bytes[place] | 0x20 != letter(word, place - start) { return false }
            return true
        }?.severity
    }

    /// `index` is below the count of the literal's bytes, as the caller has checked.
    private static func letter(_ word: StaticString, _ index: Int) -> UInt8 {
        unsafe word.utf8Start[index]
    }

    /// The numbers of pino and bunyan, 10 to 60, and syslog's below 8, as GELF has them; with the name of the former.
    static func numbered(_ number: Int64) -> (name: String?, severity: Severity)? {
        switch number {
        case 60...: number <= 100 ? ("fatal", .critical) : nil
        case 50..<60: ("error", .error)
        case 40..<50: ("warn", .warning)
        case 30..<40: ("info", .info)
        case 20..<30: ("debug", .debug)
        case 10..<20: ("trace", .debug)
        case 0...2: (nil, .critical)
        case 3: (nil, .error)
        case 4: (nil, .warning)
        case 5: (nil, .notice)
        case 6: (nil, .info)
        case 7: (nil, .debug)
        default: nil
        }
    }
}
