extension FieldProgram {
    /// Reads the line `start..<end` of `bytes` into `record`; nil where it fits, else where it stopped fitting.
    @_optimize(speed)
    func run(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ record: inout RequestRecord) -> Failure? {
        var place = start
        var index = 0
        let count = steps.count
        if common.resume > 0 {
            let behind = CommonLine.read(bytes, start, end, common, &record)
            if behind >= 0 {
                place = behind
                index = common.resume
            } else {
                record = RequestRecord()
            }
        }
        while index < count {
            let step = steps[index]
            let field = place
            switch step.kind {
            case .text: break
            case .skip, .query, .message, .id, .level:
                if step.textCount == 0 { return nil }
                if step.isQuoted {
                    let behind = behindQuoted(bytes, step, field, end)
                    if behind >= 0 {
                        place = behind
                        index &+= 1
                        continue
                    }
                }
                place = endOfField(bytes, step, field, end)
            case .list:
                if step.textCount == 0 { return nil }
                place = endOfList(bytes, step, field, end)
            case .time:
                place = Self.endOfTime(bytes, step, field, end)
                if place < 0 { place = endOfField(bytes, step, field, end) }
                record.time = ByteRange(start: field, end: place)
                record.timeShape = step.timeShape
            case .request:
                place = endOfField(bytes, step, field, end)
                if place >= 0 { Self.split(request: bytes, field, place, &record) }
            case .method:
                place = endOfField(bytes, step, field, end)
                guard Self.isMethodField(bytes, field, place, mayBeEmpty: step.isQuoted) else {
                    return Failure(step: index, offset: field)
                }
                record.method = ByteRange(start: field, end: place)
            case .path:
                place = endOfField(bytes, step, field, end)
                record.path = ByteRange(start: field, end: place)
            case .hostAndPath:
                place = endOfField(bytes, step, field, end)
                record.path = ByteRange(start: bytes.first(0x2F, from: field, to: place), end: place)
            case .pathAndQuery:
                place = endOfField(bytes, step, field, end)
                record.path = Self.withoutDash(bytes, field, place)
            case .route:
                place = endOfField(bytes, step, field, end)
                record.route = ByteRange(start: field, end: place)
            case .status:
                guard let status = Self.status(bytes, &place, end) else {
                    return Failure(step: index, offset: field)
                }
                record.status = status
            case .bytes:
                // HAProxy writes a plus before the size of what was not all sent yet.
                if place < end, bytes[place] == 0x2B { place &+= 1 }
                if place < end, bytes[place] == 0x2D {
                    place &+= 1
                } else if let value = bytes.digits(at: &place, to: end) {
                    record.bytes = value
                }
            case .duration:
                guard Self.duration(bytes, step, &place, end, &record) else {
                    return Failure(step: index, offset: field)
                }
            case .timers:
                place = endOfField(bytes, step, field, end)
                guard place >= 0, Self.timers(bytes, step, field, place, &record) else {
                    return Failure(step: index, offset: field)
                }
            case .termination:
                place = endOfField(bytes, step, field, end)
                if field < end { record.isAbort = bytes[field] | 0x20 == 0x63 }
            }
            guard place >= 0 else { return Failure(step: index, offset: field) }
            if step.textCount > 0 {
                let next = Self.pass(bytes, step, place, end)
                guard next >= 0 else { return Failure(step: index, offset: place) }
                place = next
            }
            index &+= 1
        }
        return place == end || allowsMore ? nil : Failure(step: count, offset: place)
    }

    /// Behind the step's text, which stands at `place`; -1 where it does not.
    @inline(__always)
    static func pass(_ bytes: Span<UInt8>, _ step: FieldStep, _ place: Int, _ end: Int) -> Int {
        if step.isBlankLoose { return passLoose(bytes, step, place, end) }
        guard place &+ Int(step.textCount) <= end, bytes.word(at: place) & step.textMask == step.text else {
            return -1
        }
        return place &+ Int(step.textCount)
    }

    /// The same where a blank stands for any number of blanks and tabs.
    @inline(never)
    static func passLoose(_ bytes: Span<UInt8>, _ step: FieldStep, _ place: Int, _ end: Int) -> Int {
        var place = place
        for index in 0..<Int(step.textCount) {
            let wanted = UInt8(truncatingIfNeeded: step.text >> UInt64(8 * index))
            guard place < end else { return -1 }
            if wanted == 0x20 {
                let behind = bytes.skipBlanks(from: place, to: end)
                guard behind > place else { return -1 }
                place = behind
            } else {
                guard bytes[place] == wanted else { return -1 }
                place += 1
            }
        }
        return place
    }

    /// Behind the text that ends a field in quotes, if its first quote is the one; -1 where to look closer. Most such
    /// fields are long, so the C library looks for the quote.
    @inline(__always)
    func behindQuoted(_ bytes: Span<UInt8>, _ step: FieldStep, _ start: Int, _ end: Int) -> Int {
        let place = bytes.firstFar(0x22, from: start, to: end)
        let behind = place &+ Int(step.textCount)
        guard behind <= end, step.textCount > 0, bytes.word(at: place) & step.textMask == step.text,
            bytes.word(at: place &- 1) & 0xFF != 0x5C
        else { return -1 }
        return behind
    }

    /// Where the text that ends the field stands, the end of the line for the last field, or -1.
    @inline(never)
    @_optimize(speed)
    func endOfField(_ bytes: Span<UInt8>, _ step: FieldStep, _ start: Int, _ end: Int) -> Int {
        if step.textCount == 0 { return end }
        let head = UInt8(truncatingIfNeeded: step.text)
        var place = start
        while true {
            place = bytes.first(head, from: place, to: end)
            if place >= end { return -1 }
            let fits =
                step.isBlankLoose
                ? Self.passLoose(bytes, step, place, end) >= 0
                : bytes.word(at: place) & step.textMask == step.text && place &+ Int(step.textCount) <= end
            if fits, !(step.isQuoted && escaping == .backslash && Self.isEscaped(bytes, place, start)) {
                return place
            }
            place &+= 1
        }
    }

    /// Where a list of upstreams ends: a comma, and a colon between blanks, go on with it.
    @inline(never)
    private func endOfList(_ bytes: Span<UInt8>, _ step: FieldStep, _ start: Int, _ end: Int) -> Int {
        var place = endOfField(bytes, step, start, end)
        while place > start, bytes[place - 1] == 0x2C || bytes.has(" : ", at: place, before: end) {
            place = endOfField(bytes, step, place + (bytes[place - 1] == 0x2C ? 1 : 3), end)
        }
        return place
    }

    /// Whether an odd number of backslashes stands before `place`.
    @inline(__always)
    static func isEscaped(_ bytes: Span<UInt8>, _ place: Int, _ start: Int) -> Bool {
        guard place > start, bytes[place &- 1] == 0x5C else { return false }
        var first = place &- 1
        while first > start, bytes[first &- 1] == 0x5C { first &-= 1 }
        return (place &- first) & 1 == 1
    }

    /// Where a time of known width ends, if the step's text follows; -1 else.
    @inline(__always)
    static func endOfTime(_ bytes: Span<UInt8>, _ step: FieldStep, _ start: Int, _ end: Int) -> Int {
        guard step.timeShape == .common, start &+ 26 <= end, !step.isBlankLoose else { return -1 }
        return bytes.word(at: start &+ 26) & step.textMask == step.text ? start &+ 26 : -1
    }

    /// Three digits; `-`, nothing, `000` and `-1` are 0, which is no status; nil for anything else.
    @inline(__always)
    static func status(_ bytes: Span<UInt8>, _ place: inout Int, _ end: Int) -> UInt16? {
        let word = bytes.word(at: place)
        let (a, b, c) = (word & 0xFF &- 0x30, word >> 8 & 0xFF &- 0x30, word >> 16 & 0xFF &- 0x30)
        if place &+ 3 <= end, a < 10, b < 10, c < 10 {
            place &+= 3
            if place < end, bytes[place] &- 0x30 < 10 { return nil }
            let value = UInt16(truncatingIfNeeded: a &* 100 &+ b &* 10 &+ c)
            return value < 100 ? 0 : value
        }
        return noStatus(bytes, &place, end)
    }

    @inline(never)
    private static func noStatus(_ bytes: Span<UInt8>, _ place: inout Int, _ end: Int) -> UInt16? {
        guard place < end else { return 0 }
        if bytes[place] == 0x2D {
            place += 1
            if place < end, bytes[place] == 0x31 { place += 1 }
            return 0
        }
        if bytes[place] == 0x30 {
            place += 1
            return 0
        }
        return bytes[place] <= 0x20 || bytes[place] == 0x22 || bytes[place] == 0x2C ? 0 : nil
    }

    /// A decimal number, `-` or nothing; false for anything else.
    @inline(__always)
    static func duration(
        _ bytes: Span<UInt8>, _ step: FieldStep, _ place: inout Int, _ end: Int, _ record: inout RequestRecord
    ) -> Bool {
        if step.shift == 9, let value = DecimalNumber.thousandths(bytes, at: &place, to: end) {
            record.duration = value
            return true
        }
        if let value = DecimalNumber.scaled(bytes, at: &place, to: end, shift: Int(step.shift)) {
            record.duration = value < 0 ? -1 : value
            return true
        }
        if place < end, bytes[place] == 0x2D { place &+= 1 }
        return true
    }

    /// `0/0/0/5/5`: the last is the duration, with a plus before it where the log was written early.
    static func timers(
        _ bytes: Span<UInt8>, _ step: FieldStep, _ start: Int, _ end: Int, _ record: inout RequestRecord
    ) -> Bool {
        var last = end
        while last > start, bytes[last - 1] != 0x2F { last -= 1 }
        guard last > start else { return false }
        if last < end, bytes[last] == 0x2B { last += 1 }
        guard let value = DecimalNumber.scaled(bytes, at: &last, to: end, shift: Int(step.shift)), last == end
        else {
            return false
        }
        record.duration = value < 0 ? -1 : value
        return true
    }

    /// Method, target and protocol; what is not of that form leaves method and path empty.
    @inline(__always)
    static func split(
        request bytes: Span<UInt8>, _ start: Int, _ end: Int, _ record: inout RequestRecord
    ) {
        let blank = bytes.first(0x20, from: start, to: Swift.min(end, start &+ 24))
        guard blank > start, blank < end, isMethod(bytes, start, blank) else { return }
        record.method = ByteRange(start: start, end: blank)
        var last = end
        // " HTTP/1.1" and " HTTP/2.0" are nine bytes, " HTTP/2" and " HTTP/3" are seven.
        if end &- blank > 9, bytes.word(at: end &- 9) & 0xFFFF_FFFF_FFFF == 0x2F50_5454_4820 {
            last = end &- 9
        } else {
            last = endOfTarget(bytes, blank &+ 1, end)
        }
        record.path = ByteRange(start: blank &+ 1, end: last)
    }

    /// A path without the dash that stands for "no query".
    static func withoutDash(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> ByteRange {
        let hasDash =
            end > start && bytes[end - 1] == 0x2D && bytes.firstFar(0x3F, from: start, to: end) == end
        return ByteRange(start: start, end: hasDash ? end - 1 : end)
    }

    /// Whether a field of its own can be a method: a token of capitals, `-`, `null`, or nothing between quotes.
    static func isMethodField(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int, mayBeEmpty: Bool = false
    ) -> Bool {
        guard end > start, end - start <= 24 else { return mayBeEmpty && end == start }
        for place in start..<end {
            let byte = bytes[place]
            guard byte &- 0x41 < 26 || byte == 0x2D || byte == 0x5F else {
                return bytes.has("null", at: start, before: end) && end - start == 4
            }
        }
        return true
    }

    @inline(__always) static func isMethod(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        let first = bytes[start]
        return first &- 0x41 < 26 || first &- 0x61 < 26
    }

    /// The last blank before a protocol's name, else the end: HTTP/0.9 has none.
    @inline(never)
    private static func endOfTarget(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        var last = end
        while last > start, bytes[last - 1] != 0x20 { last -= 1 }
        guard last > start, bytes.has("HTTP", at: last, before: end) else { return end }
        return last - 1
    }
}
