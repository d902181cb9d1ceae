/// The beginning that nginx, Apache, Tomcat, gunicorn, morgan and many others share, read in one go:
///
///     192.0.2.7 - frank [22/Nov/2026:08:09:25 +0000] "GET /items/7?page=2 HTTP/1.1" 200 155
///
/// and, where the format has them, `"referrer" "agent"`. A program that begins so reads this first, and goes on with the
/// steps behind where the line was as usual; else it reads the same fields one by one.
enum CommonLine {
    /// What of a program's steps this stands for.
    struct Plan: Sendable {
        /// The step to go on with; 0 for a format that begins differently.
        var resume = 0
        /// Whether referrer and agent are read, too.
        var hasAgents = false
    }

    /// How formats spell this beginning: kinds of field, and the text behind each but the last.
    private static let spellings: [(kinds: [FieldStep.Kind], texts: [String])] = [
        ([.skip, .skip, .time, .request, .status, .bytes], [" - ", " [", "] \"", "\" ", " "]),
        ([.skip, .skip, .skip, .time, .request, .status, .bytes], [" ", " ", " [", "] \"", "\" ", " "]),
    ]

    /// How many of the steps from the first on this reads; 0 for a format that begins differently.
    static func stepsCovered(_ steps: [FieldStep]) -> Int {
        for (kinds, texts) in spellings where steps.count >= kinds.count {
            let fields = steps.prefix(kinds.count)
            let isSpelledSo =
                fields.map(\.kind) == kinds
                && zip(fields, texts).allSatisfy { $0.textBytes == Array($1.utf8) && !$0.isBlankLoose }
                && fields.allSatisfy { $0.kind != .time || $0.timeShape == .common }
            if isSpelledSo { return kinds.count }
        }
        return 0
    }

    /// Whether `steps` go on with referrer and agent between quotes from `index` on.
    static func hasAgents(_ steps: [FieldStep], from index: Int) -> Bool {
        guard index + 1 < steps.count, steps[index - 1].textBytes == Array(#" ""#.utf8) else { return false }
        let (referrer, agent) = (steps[index], steps[index + 1])
        return referrer.kind == .skip && agent.kind == .skip && referrer.textBytes == Array(#"" ""#.utf8)
            && agent.textBytes.first == 0x22 && !referrer.isBlankLoose && !agent.isBlankLoose
    }

    /// Reads as much of the line as the plan says; where that ends, or -1 where anything is unusual.
    @inline(__always)
    static func read(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ plan: Plan, _ record: inout RequestRecord
    ) -> Int {
        var place = beginning(bytes, start, end, &record)
        guard place >= 0, plan.hasAgents else { return place }
        guard bytes.word(at: place) & 0xFFFF == 0x2220 else { return -1 }
        // The end of the referrer, `" "`, and that of the agent; a backslash before either may be an escape.
        place = bytes.first(0x22, from: place &+ 2, to: end)
        guard bytes.word(at: place &- 1) & 0xFFFF_FF00 == 0x2220_2200,
            bytes.word(at: place &- 1) & 0xFF != 0x5C
        else {
            return -1
        }
        place = bytes.firstFar(0x22, from: place &+ 3, to: end)
        guard place < end, bytes.word(at: place &- 1) & 0xFF != 0x5C else { return -1 }
        return place &+ 1
    }

    /// Reads up to and with the size.
    @inline(__always)
    private static func beginning(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ record: inout RequestRecord
    ) -> Int {
        var place = bytes.first(0x20, from: start, to: end)
        // " - - [" for who has no name; else the user's name may hold blanks and is found by the bracket.
        if bytes.word(at: place) & 0xFFFF_FFFF_FFFF == 0x5B20_2D20_2D20 {
            place &+= 6
        } else {
            guard bytes.word(at: place) & 0xFF_FFFF == 0x20_2D20 else { return -1 }
            place = bytes.first(0x5B, from: place &+ 3, to: end) &+ 1
            guard place < end, bytes[place &- 2] == 0x20 else { return -1 }
        }
        guard place &+ 40 < end, bytes.word(at: place &+ 26) & 0xFF_FFFF == 0x22_205D else { return -1 }
        record.time = ByteRange(start: place, end: place &+ 26)
        record.timeShape = .common
        let request = place &+ 29
        place = bytes.firstFar(0x22, from: request, to: end)
        guard place &+ 7 < end else { return -1 }
        let word = bytes.word(at: place)
        // A quote, a blank, three digits, a blank; and no backslash before the quote.
        let (a, b, c) = (word >> 16 & 0xFF &- 0x30, word >> 24 & 0xFF &- 0x30, word >> 32 & 0xFF &- 0x30)
        guard word & 0xFF00_0000_FFFF == 0x2000_0000_2022,
            a &- 1 < 9, b < 10, c < 10, bytes[place &- 1] != 0x5C
        else { return -1 }
        record.status = UInt16(truncatingIfNeeded: a &* 100 &+ b &* 10 &+ c)
        FieldProgram.split(request: bytes, request, place, &record)
        place &+= 6
        if bytes[place] == 0x2D { return place &+ 1 }
        guard let size = bytes.digits(at: &place, to: end) else { return -1 }
        record.bytes = size
        return place
    }
}
