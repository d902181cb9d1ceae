/// What counts of a request of the usual form, as `QuickLine` reads it. Places are offsets into the buffer.
struct QuickRequest {
    var hash: UInt64 = 0
    /// Nanoseconds, or -1 where the format has none.
    var duration: Int64 = -1
    /// Bytes of the answer, or -1.
    var bytes: Int64 = -1
    var start: Int32 = 0
    var end: Int32 = 0
    var time: Int32 = 0
    var method: Int32 = 0
    var path: Int32 = 0
    var pathEnd: Int32 = 0
    var status: UInt16 = 0
    var methodLength: UInt8 = 0
    /// Whether its time differs from that of the request before.
    var isNewTime = true
    /// Where it is counted: the place of its series, and the slot of its status there.
    var series: Int32 = 0
    var slot: UInt8 = 0

    /// The same as the readers of all formats tell it.
    var record: RequestRecord {
        var record = RequestRecord()
        record.method = ByteRange(start: Int(method), end: Int(method) + Int(methodLength))
        record.path = ByteRange(start: Int(path), end: Int(pathEnd))
        record.time = ByteRange(start: Int(time), end: Int(time) + QuickLine.timeLength)
        record.timeShape = .common
        record.status = status
        record.duration = duration
        record.bytes = bytes
        return record
    }
}

/// Reads a line of the form that `CommonLine` shows, of which the quotes are known, without looking for anything that
/// they tell: where the request begins and ends, the referrer and the agent.
///
///     192.0.2.7 - - [22/Nov/2026:08:09:25 +0000] "GET /items/7?page=2 HTTP/1.1" 200 155 "referrer" "agent" 0.012
///
/// What it takes, the steps of the format would take likewise; it refuses all that is in any way unusual.
struct QuickLine: Sendable {
    /// What follows the size or the agent.
    private enum Tail: Sendable {
        case nothing
        /// A duration in seconds.
        case seconds
        /// A duration in seconds, and more that nobody needs.
        case secondsAndMore
    }

    static let timeLength = 26
    private let tail: Tail
    /// With referrer and agent six, else two.
    let quotes: Int

    /// Nil where the format has another form.
    init?(_ program: FieldProgram) {
        guard program.common.resume > 0, program.common.resume <= program.steps.count else { return nil }
        quotes = program.common.hasAgents ? 6 : 2
        let rest = program.steps[program.common.resume...]
        var texts: [UInt8] = []
        var kinds: [FieldStep.Kind] = []
        for step in rest {
            if step.isBlankLoose || step.kind == .duration && step.shift != 9 { return nil }
            if step.kind == .text, kinds.isEmpty { texts += step.textBytes } else { kinds.append(step.kind) }
        }
        if rest.isEmpty, !program.allowsMore {
            tail = .nothing
        } else if texts == [0x20], kinds.first == .duration,
            let first = rest.first(where: { $0.kind == .duration })
        {
            if kinds == [.duration], first.textCount == 0, !program.allowsMore {
                tail = .seconds
            } else if kinds == [.duration, .skip], first.textBytes == [0x20], rest.last?.textCount == 0 {
                tail = .secondsAndMore
            } else {
                return nil
            }
        } else {
            return nil
        }
    }

    /// Reads the line `start..<end`, which has as many quotes as the form, from the index's `first` on; false where it is
    /// unusual, and at the buffer's very end. The request that it is given is the one before.
    @inline(__always)
    @_optimize(speed)
    func read(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ index: borrowing LineIndex, _ first: Int,
        from origin: Int, _ request: inout QuickRequest
    ) -> Bool {
        guard start >= 0, start < end, end <= bytes.count &- 8 else { return false }
        return unsafe bytes.withUnsafeBytes { buffer in
            // All places that are read lie in start...end, behind which the buffer has eight bytes more.
            guard let base = buffer.baseAddress else { return false }
            return unsafe read(base, start, end, index, first, from: origin, &request, bytes)
        }
    }

    @inline(__always)
    @_optimize(speed)
    private func read(
        _ base: UnsafeRawPointer, _ start: Int, _ end: Int, _ index: borrowing LineIndex, _ first: Int,
        from origin: Int, _ request: inout QuickRequest, _ bytes: Span<UInt8>
    ) -> Bool {
        let open = origin &+ index.quote(first)
        let close = origin &+ index.quote(first &+ 1)
        // " - - [" before the time, `] "` behind it; the host is what stands before the first blank.
        let dashes = open &- 34
        guard dashes >= start, close > open, close &+ 7 < end,
            unsafe Self.word(base, dashes) & 0xFFFF_FFFF_FFFF == 0x5B20_2D20_2D20,
            unsafe Self.word(base, open &- 2) & 0xFF_FFFF == 0x22_205D,
            bytes.first(0x20, from: start, to: open) == dashes, unsafe Self.word(base, start) & 0xFF != 0
        else { return false }
        let time = open &- 28
        let isSame = unsafe Self.isSameTime(base, time, Int(request.time))
        request.isNewTime = request.time == 0 || !isSame
        request.time = Int32(truncatingIfNeeded: time)

        // The method, and before the closing quote " HTTP/1.1" or " HTTP/2.0".
        let blank = unsafe ByteWord.zeros(Self.word(base, open &+ 1) ^ 0x2020_2020_2020_2020)
        let length = blank.trailingZeroBitCount &>> 3
        let target = open &+ 2 &+ length
        guard blank != 0, length > 0, close &- target > 9, FieldProgram.isMethod(bytes, open &+ 1, target),
            unsafe Self.word(base, close &- 9) & 0xFFFF_FFFF_FFFF == 0x2F50_5454_4820
        else { return false }
        request.method = Int32(truncatingIfNeeded: open &+ 1)
        request.methodLength = UInt8(truncatingIfNeeded: length)
        request.hash = RouteHash.ofPath(bytes, target, close &- 9)
        request.path = Int32(truncatingIfNeeded: target)
        request.pathEnd = Int32(truncatingIfNeeded: close &- 9)

        // A quote, a blank, three digits, a blank; and no backslash before the quote.
        let word = unsafe Self.word(base, close)
        let (a, b, c) = (word >> 16 & 0xFF &- 0x30, word >> 24 & 0xFF &- 0x30, word >> 32 & 0xFF &- 0x30)
        guard word & 0xFF00_0000_FFFF == 0x2000_0000_2022, a &- 1 < 9, b < 10, c < 10,
            unsafe Self.word(base, close &- 1) & 0xFF != 0x5C
        else { return false }
        request.status = UInt16(truncatingIfNeeded: a &* 100 &+ b &* 10 &+ c)

        var place = close &+ 6
        if quotes == 6 {
            // The blank before the referrer's quote ends the size.
            let referrer = origin &+ index.quote(first &+ 2)
            let agent = origin &+ index.quote(first &+ 4)
            let last = origin &+ index.quote(first &+ 5)
            guard last > agent, agent &- 2 > referrer, last < end,
                unsafe Self.size(base, place, referrer &- 1, &request),
                unsafe Self.word(base, referrer &- 1) & 0xFF == 0x20,
                unsafe Self.word(base, agent &- 3) & 0xFFFF_FF00 == 0x2220_2200,
                unsafe Self.word(base, agent &- 3) & 0xFF != 0x5C,
                origin &+ index.quote(first &+ 3) == agent &- 2,
                unsafe Self.word(base, last &- 1) & 0xFF != 0x5C
            else { return false }
            place = last &+ 1
        } else if bytes[place] == 0x2D {
            request.bytes = -1
            place &+= 1
        } else {
            guard let value = bytes.digits(at: &place, to: end) else { return false }
            request.bytes = value
        }
        if tail == .nothing {
            request.duration = -1
            return place == end
        }
        guard place < end, unsafe Self.word(base, place) & 0xFF == 0x20 else { return false }
        place &+= 1
        guard let duration = DecimalNumber.thousandths(bytes, at: &place, to: end) else { return false }
        request.duration = duration
        if tail == .seconds { return place == end }
        return unsafe Self.word(base, place) & 0xFF == 0x20 && place < end
    }

    /// Eight bytes at a place of which the caller knows that they are there.
    @inline(__always)
    private static func word(_ base: UnsafeRawPointer, _ place: Int) -> UInt64 {
        unsafe UInt64(littleEndian: base.loadUnaligned(fromByteOffset: place, as: UInt64.self))
    }

    @inline(__always)
    private static func isSameTime(_ base: UnsafeRawPointer, _ one: Int, _ other: Int) -> Bool {
        let first = unsafe word(base, one) ^ word(base, other)
        let second = unsafe word(base, one &+ 8) ^ word(base, other &+ 8)
        let third = unsafe word(base, one &+ 16) ^ word(base, other &+ 16)
        let last = unsafe word(base, one &+ 18) ^ word(base, other &+ 18)
        return first | second | third | last == 0
    }

    /// Reads a size of one to eight digits, or a dash.
    @inline(__always)
    private static func size(
        _ base: UnsafeRawPointer, _ place: Int, _ end: Int, _ request: inout QuickRequest
    ) -> Bool {
        let length = end &- place
        guard length > 0, length <= 8 else { return false }
        // The digits at the word's upper end, zeros before them.
        let shift = UInt64(truncatingIfNeeded: 64 &- length &* 8)
        let digits = unsafe word(base, place)
        let word = digits &<< shift | 0x3030_3030_3030_3030 & ~(~0 &<< shift)
        guard ByteWord.areDigits(word) else {
            request.bytes = -1
            return length == 1 && digits & 0xFF == 0x2D
        }
        request.bytes = Int64(truncatingIfNeeded: ByteWord.value(ofDigits: word))
        return true
    }
}
