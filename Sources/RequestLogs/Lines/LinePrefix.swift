/// What a transport puts before each line: syslog's header, or that of a container runtime.
enum LinePrefix: Sendable, Equatable {
    case none
    /// `<134>Nov 22 08:03:34 host haproxy[21869]: ` (RFC 3164), `<134>1 2026-11-22T08:03:34Z host app pid id [sd] `
    /// (RFC 5424), both also without the priority, as files of rsyslog have it.
    case syslog
    /// `2026-11-22T08:03:34.123456789Z stdout F `: CRI, as Kubernetes' nodes keep it.
    case cri
    /// `{"log":"...\n","stream":"stdout","time":"..."}`: Docker's json-file.
    case docker
    /// `web-1  | `: docker compose's.
    case compose
    /// `2026-11-22T08:03:34.123456789Z `: of `docker logs --timestamps` and `kubectl logs --timestamps`.
    case stamp
    /// `journalctl -o export`: the line of an entry is what stands behind `MESSAGE=`, all others tell of the entry.
    case export
    /// `journalctl -o json`: the line is the field `MESSAGE`.
    case journal

    /// Where the line itself begins; `start` where there is no such prefix.
    func end(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        switch self {
        case .none, .docker, .journal: start
        case .export: bytes.has("MESSAGE=", at: start, before: end) ? start + 8 : end
        case .compose: Self.endOfCompose(bytes, start, end) ?? start
        case .stamp: Self.endOfStamp(bytes, start, end) ?? start
        case .syslog: Self.endOfSyslog(bytes, start, end) ?? start
        case .cri: Self.endOfCRI(bytes, start, end) ?? start
        }
    }

    /// The prefix that most of a sample's lines have.
    static func find(_ sample: Span<UInt8>) -> LinePrefix {
        var counts = (lines: 0, syslog: 0, cri: 0, docker: 0, compose: 0, stamp: 0, journal: 0)
        var export = (cursors: 0, messages: 0)
        var place = 0
        while place < sample.count, counts.lines < 200 {
            let end = sample.firstFar(0x0A, from: place, to: sample.count)
            if end > place {
                counts.lines += 1
                if endOfSyslog(sample, place, end) != nil { counts.syslog += 1 }
                if endOfCRI(sample, place, end) != nil { counts.cri += 1 }
                if DockerLine.isOne(sample, place, end) { counts.docker += 1 }
                if endOfCompose(sample, place, end) != nil { counts.compose += 1 }
                if endOfStamp(sample, place, end) != nil { counts.stamp += 1 }
                if DockerLine.isJournal(sample, place, end) { counts.journal += 1 }
                if sample.has("__CURSOR=", at: place, before: end) { export.cursors += 1 }
                if sample.has("MESSAGE=", at: place, before: end) { export.messages += 1 }
            }
            place = end + 1
        }
        if counts.docker * 2 > counts.lines { return .docker }
        if counts.cri * 2 > counts.lines { return .cri }
        if counts.journal * 2 > counts.lines { return .journal }
        if export.cursors > 0, export.messages > 0 { return .export }
        if counts.compose * 2 > counts.lines { return .compose }
        if counts.stamp * 2 > counts.lines { return .stamp }
        return counts.syslog * 2 > counts.lines ? .syslog : .none
    }

    private static func endOfCompose(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
        var place = start
        while place < end, place - start < 64, isNameByte(bytes[place]) { place += 1 }
        let nameEnd = place
        place = bytes.skipBlanks(from: place, to: end)
        guard nameEnd > start, place > nameEnd, bytes.has("| ", at: place, before: end) else { return nil }
        return place + 2
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A || byte == 0x5F || byte == 0x2D
            || byte == 0x2E
    }

    /// The fraction has all nine digits, as no server's own time has.
    private static func endOfStamp(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
        guard start + 31 < end, bytes[start + 10] == 0x54, LogClock.clock(bytes, start + 11, end) != nil,
            bytes[start + 19] == 0x2E, bytes.has("Z ", at: start + 29, before: end)
        else { return nil }
        var digits = start + 20
        return bytes.digits(at: &digits, to: end) != nil && digits == start + 29 ? start + 31 : nil
    }

    private static func endOfSyslog(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
        var place = start
        var hasPriority = false
        if place < end, bytes[place] == 0x3C {
            var digits = place + 1
            guard let value = bytes.digits(at: &digits, to: min(end, place + 5)), value < 192, digits < end,
                bytes[digits] == 0x3E
            else { return nil }
            place = digits + 1
            hasPriority = true
        }
        if hasPriority, place + 2 < end, bytes[place] == 0x31, bytes[place + 1] == 0x20 {
            return endOfModern(bytes, place + 2, end)
        }
        guard let timeEnd = endOfTime(bytes, place, end) else { return nil }
        // A host may be missing, as HAProxy leaves it out; the tag ends in a colon.
        var words = 0
        place = timeEnd
        while place < end, words < 2 {
            let wordEnd = bytes.first(0x20, from: place, to: end)
            guard wordEnd < end, wordEnd > place, wordEnd - place < 120 else { return nil }
            if bytes[wordEnd - 1] == 0x3A { return wordEnd + 1 }
            words += 1
            place = wordEnd + 1
        }
        return nil
    }

    /// Behind `Nov 22 08:03:34 ` or an ISO time and a blank.
    private static func endOfTime(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
        if start + 16 < end, LogClock.month(bytes, start) != nil, bytes[start + 3] == 0x20,
            LogClock.clock(bytes, start + 7, end) != nil, bytes[start + 15] == 0x20
        {
            return start + 16
        }
        guard start + 20 < end, bytes[start + 4] == 0x2D, bytes[start + 10] == 0x54,
            LogClock.clock(bytes, start + 11, end) != nil
        else { return nil }
        let blank = bytes.first(0x20, from: start, to: min(end, start + 40))
        return blank < end ? blank + 1 : nil
    }

    /// Behind time, host, application, process, message id and structured data.
    private static func endOfModern(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
        var place = start
        for _ in 0..<5 {
            place = bytes.first(0x20, from: place, to: end) + 1
            guard place < end else { return nil }
        }
        if bytes[place] == 0x2D { place += 1 }
        while place < end, bytes[place] == 0x5B {
            while place < end, bytes[place] != 0x5D || FieldProgram.isEscaped(bytes, place, start) {
                place += 1
            }
            place += 1
        }
        place = bytes.skipBlanks(from: place, to: end)
        if bytes.has([0xEF, 0xBB, 0xBF], at: place, before: end) { place += 3 }
        return place <= end ? place : nil
    }

    private static func endOfCRI(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
        guard start + 30 < end, bytes[start + 4] == 0x2D, bytes[start + 10] == 0x54 else { return nil }
        let blank = bytes.first(0x20, from: start, to: min(end, start + 40))
        guard bytes.has(" stdout ", at: blank, before: end) || bytes.has(" stderr ", at: blank, before: end)
        else {
            return nil
        }
        let tag = blank + 8
        guard tag + 1 < end, bytes[tag] == 0x46 || bytes[tag] == 0x50, bytes[tag + 1] == 0x20 else {
            return nil
        }
        return tag + 2
    }

    /// Which of the two streams of a container the line came from: the letter that tells them apart; 0 where nothing does.
    func stream(_ bytes: Span<UInt8>, _ prefixEnd: Int) -> UInt8 {
        self == .cri && prefixEnd >= 6 ? bytes[prefixEnd - 6] : 0
    }

    /// Whether the runtime cut this line, so that the next one goes on with it.
    func isPartial(_ bytes: Span<UInt8>, _ start: Int, _ prefixEnd: Int) -> Bool {
        self == .cri && prefixEnd > start + 2 && bytes[prefixEnd - 2] == 0x50
    }
}

/// Docker's json-file lines: the text is a JSON string, which ends in `\n` unless Docker cut it at 16 KiB.
enum DockerLine {
    static func isOne(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        bytes.has("{\"log\":\"", at: start, before: end) && bytes[end - 1] == 0x7D
    }

    static func isJournal(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        bytes[start] == 0x7B && bytes[end - 1] == 0x7D && message(bytes, start, end) != nil
    }

    /// Where the text of the journal's MESSAGE begins.
    private static func message(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
        guard
            bytes.find("\"__REALTIME_TIMESTAMP\"", from: start, to: end) != nil
                || bytes.find("\"__CURSOR\"", from: start, to: end) != nil
        else { return nil }
        for name in ["{\"MESSAGE\":\"", ",\"MESSAGE\":\"", ", \"MESSAGE\" : \""].map({ Array($0.utf8) }) {
            if let place = bytes.find(name, from: start, to: end) { return place + name.count }
        }
        return nil
    }

    /// The journal's message; nil for what is no such line.
    static func journal(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> [UInt8]? {
        guard start < end, bytes[start] == 0x7B, let text = message(bytes, start, end) else { return nil }
        let close = JSONScanner.endOfString(bytes, text, end)
        return close < end ? JSONScanner.unescaped(bytes, text, close) : nil
    }

    /// The line's text, whether it is whole, and the letter that tells its stream; nil for what is no such line.
    static func text(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int
    ) -> (text: [UInt8], isWhole: Bool, stream: UInt8)? {
        guard isOne(bytes, start, end) else { return nil }
        let close = JSONScanner.endOfString(bytes, start + 8, end)
        guard close < end else { return nil }
        var text = JSONScanner.unescaped(bytes, start + 8, close)
        let isWhole = text.last == 0x0A
        if isWhole { text.removeLast() }
        if text.last == 0x0D { text.removeLast() }
        let isError = bytes.find("\"stream\":\"stderr\"", from: close, to: end) != nil
        return (text, isWhole, isError ? 0x65 : 0x6F)
    }
}
