/// Finds how a line fits a format when the first quotes and blanks are not the right ones: a user agent with quotes of
/// its own, a user name with blanks.
///
/// The format is an automaton whose states are bits: one for being in a field, one for each byte of the text behind it.
/// A pass from the line's end to its start finds the states from which each place can be completed (the shift-and
/// method of Baeza-Yates and Gonnet, run backwards); a pass forwards then ends each field at the first place that lets
/// the rest fit. Both are linear in the line, whatever it holds.
struct FieldMatcher: Sendable {
    /// Longer lines are not looked at again.
    static let lengthMax = 32 * 1024
    static let statesMax = 127

    /// By byte: the states that pass on this byte to the next one.
    private let passing: [UInt128]
    /// By byte: the states that stay on this byte.
    private let staying: [UInt128]
    /// The states in fields, which may end without a byte.
    private let fields: UInt128
    private let final: UInt128
    private let allowsMore: Bool
    /// The state of each step's field, or of its text where it has no field.
    private let states: [Int]
    /// The states of status fields, which are three digits, a dash or nothing.
    private let statuses: UInt128

    init?(_ program: FieldProgram) {
        var passing = [UInt128](repeating: 0, count: 256)
        var staying = [UInt128](repeating: 0, count: 256)
        var fields: UInt128 = 0
        var statuses: UInt128 = 0
        var states: [Int] = []
        var state = 0
        for step in program.steps {
            states.append(state)
            if step.kind != .text {
                guard state < Self.statesMax else { return nil }
                fields |= 1 << UInt128(state)
                if step.kind == .status {
                    statuses |= 1 << UInt128(state)
                } else {
                    for byte in 0..<256 where Self.allows(step.kind, UInt8(byte)) {
                        staying[byte] |= 1 << UInt128(state)
                    }
                }
                state += 1
            }
            for byte in step.textBytes {
                guard state < Self.statesMax else { return nil }
                passing[Int(byte)] |= 1 << UInt128(state)
                if step.isBlankLoose, byte == 0x20 {
                    passing[0x09] |= 1 << UInt128(state)
                    staying[0x20] |= 1 << UInt128(state)
                    staying[0x09] |= 1 << UInt128(state)
                }
                state += 1
            }
        }
        self.passing = passing
        self.staying = staying
        self.fields = fields
        self.statuses = statuses
        self.states = states
        final = 1 << UInt128(state)
        allowsMore = program.allowsMore
    }

    private static func allows(_ kind: FieldStep.Kind, _ byte: UInt8) -> Bool {
        switch kind {
        case .bytes: byte &- 0x30 < 10 || byte == 0x2D || byte == 0x2B
        case .duration:
            byte &- 0x30 < 10 || byte == 0x2D || byte == 0x2E || byte | 0x20 == 0x65 || byte == 0x2B
        case .timers: byte &- 0x30 < 10 || byte == 0x2D || byte == 0x2F || byte == 0x2B
        // Capitals, or `null`.
        case .method:
            byte &- 0x41 < 26 || byte == 0x2D || byte == 0x5F || byte == 0x6E || byte == 0x75 || byte == 0x6C
        case .time: byte != 0x22
        default: true
        }
    }

    /// Reads the line into `record`; false where no way to fit it exists.
    func read(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ program: FieldProgram, _ record: inout RequestRecord
    ) -> Bool {
        guard end >= start, end - start <= Self.lengthMax else { return false }
        let reachable = completions(bytes, start, end)
        record = RequestRecord()
        var place = start
        for (index, step) in program.steps.enumerated() {
            let state = states[index]
            if step.kind != .text {
                guard reachable[place - start] & 1 << UInt128(state) != 0 else { return false }
                let next: UInt128 = 1 << UInt128(state + 1)
                let field = place
                guard let behind = fieldEnd(bytes, reachable, next, step, field, start, end, program) else {
                    return false
                }
                guard FieldProgram.extract(step, bytes, field, behind, &record) else { return false }
                place = behind
            }
            if step.textCount > 0 {
                place = FieldProgram.pass(bytes, step, place, end)
                guard place >= 0 else { return false }
            }
        }
        return place == end || allowsMore
    }

    /// For each place from `start` to `end`: the states from which the rest of the line fits.
    private func completions(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> [UInt128] {
        let length = end - start
        var reachable = [UInt128](repeating: 0, count: length + 4)
        for offset in stride(from: length, through: 0, by: -1) {
            var states: UInt128 = offset == length || allowsMore ? final : 0
            if offset < length {
                let byte = Int(bytes[start + offset])
                states |= reachable[offset + 1] >> 1 & passing[byte] | reachable[offset + 1] & staying[byte]
            }
            // Fields may end here; twice, for two fields without text between them.
            states |= states >> 1 & fields
            states |= states >> 1 & fields
            if statuses != 0 {
                if offset + 3 <= length, isDigits(bytes, start + offset) {
                    states |= reachable[offset + 3] >> 1 & statuses
                }
                if offset < length, bytes[start + offset] == 0x2D {
                    states |= reachable[offset + 1] >> 1 & statuses
                }
            }
            reachable[offset] = states
        }
        return reachable
    }

    private func isDigits(_ bytes: Span<UInt8>, _ place: Int) -> Bool {
        bytes[place] &- 0x30 < 10 && bytes[place + 1] &- 0x30 < 10 && bytes[place + 2] &- 0x30 < 10
    }

    /// The end of a field that begins at `field`: the first place that fits, but a quote that is not escaped before one
    /// that is, and the end of a protocol's name before another.
    private func fieldEnd(
        _ bytes: Span<UInt8>, _ reachable: [UInt128], _ next: UInt128, _ step: FieldStep, _ field: Int,
        _ start: Int, _ end: Int, _ program: FieldProgram
    ) -> Int? {
        var fallback: Int?
        for place in field...end where reachable[place - start] & next != 0 {
            if step.kind == .request {
                let isProtocol = place - field > 9 && bytes.has(" HTTP/", at: place - 9, before: place)
                if isProtocol { return place }
            } else if !step.isQuoted || program.escaping == .none
                || !FieldProgram.isEscaped(bytes, place, field)
            {
                return place
            }
            if fallback == nil { fallback = place }
        }
        return fallback
    }
}

extension FieldProgram {
    /// Reads one field whose place is known; false where it does not hold what it must.
    static func extract(
        _ step: FieldStep, _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ record: inout RequestRecord
    ) -> Bool {
        var place = start
        switch step.kind {
        case .text, .skip, .list, .query, .id, .level, .message: return true
        case .time:
            record.time = ByteRange(start: start, end: end)
            record.timeShape = step.timeShape
        case .request: split(request: bytes, start, end, &record)
        case .method:
            guard isMethodField(bytes, start, end, mayBeEmpty: step.isQuoted) else { return false }
            record.method = ByteRange(start: start, end: end)
        case .path: record.path = ByteRange(start: start, end: end)
        case .hostAndPath:
            record.path = ByteRange(start: bytes.first(0x2F, from: start, to: end), end: end)
        case .pathAndQuery: record.path = withoutDash(bytes, start, end)
        case .route: record.route = ByteRange(start: start, end: end)
        case .status:
            guard start < end else { return true }
            guard let status = status(bytes, &place, end), place == end else { return false }
            record.status = status
        case .bytes:
            if let size = bytes.digits(at: &place, to: end), place == end { record.bytes = size }
        case .duration: return duration(bytes, step, &place, end, &record) && place == end
        case .timers: return timers(bytes, step, start, end, &record)
        case .termination: if start < end { record.isAbort = bytes[start] | 0x20 == 0x63 }
        }
        return true
    }
}
