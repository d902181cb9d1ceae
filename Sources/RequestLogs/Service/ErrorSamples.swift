/// A line worth showing, and how many there were that differ from it in numbers and ids only.
package struct ErrorSample: Sendable, Equatable {
    package var route: String
    /// Nil where the line is no request.
    package var method: HTTPMethod?
    /// 0 where there is none.
    package var status: UInt16
    package var severity: Severity
    /// Lines of this kind since the last sample of it, this one among them.
    package var count: UInt64
    /// The file of the line, as its owner numbers files.
    package var file: UInt64
    /// Milliseconds since 1970 by the log's own time, that of the line or of one shortly before it; nil where none is known.
    package var time: Int64?
    /// The line with its secrets masked, at most `ErrorSamples.textMax` bytes and perhaps no UTF-8.
    package var text: [UInt8]
}

/// Keeps a few lines of each kind of error. Requests are of one kind by route, method and status; entries by their
/// severity and message without its numbers, ids and quoted texts.
///
/// Nothing is lost: what a minute has no room for is told in the next, the kinds first that were told longest ago, and the
/// counts of all samples add up.
package struct ErrorSamples: Sendable {
    /// Kinds that are told apart; when all are waiting, others are one kind.
    package static let kindsMax = 64
    /// Samples a minute, of one kind and of all.
    package static let toldOfKindMax = 3
    package static let toldMax = 20
    package static let textMax = 1024
    /// Bytes of a line that are looked at.
    static let lineMax = 2048

    private struct Kind: Sendable {
        var print: UInt64
        var sample: ErrorSample
        /// Samples told in `minute`.
        var told = 0
        var minute: Int64 = 0
        /// The take in which it last came.
        var take: UInt64 = 0
        /// The telling in which it last was told; 0 before the first.
        var telling: UInt64 = 0
    }

    private var kinds: [Kind] = []
    private var places: [UInt64: Int] = [:]
    private var takes: UInt64 = 0
    private var tellings: UInt64 = 0
    private var minute = Int64.min
    private var told = 0

    package init() {}

    mutating func take(_ notable: LogSummary.Notable, route: String, file: UInt64, time: Int64?) {
        takes &+= 1
        let print = Self.print(notable, route)
        let sample = ErrorSample(
            route: route, method: notable.isRequest ? notable.method : nil, status: notable.status,
            severity: notable.severity, count: 0, file: file, time: time, text: notable.text)
        let place = place(of: print, sample)
        // The first line since the last that was told stands for the others.
        if kinds[place].sample.count == 0 { kinds[place].sample = sample }
        kinds[place].sample.count &+= 1
        kinds[place].take = takes
    }

    private mutating func place(of print: UInt64, _ sample: ErrorSample) -> Int {
        if let place = places[print] { return place }
        if kinds.count < Self.kindsMax {
            kinds.append(Kind(print: print, sample: sample))
            places[print] = kinds.count - 1
            return kinds.count - 1
        }
        let idle = kinds.indices.filter { kinds[$0].sample.count == 0 }.min {
            kinds[$0].take < kinds[$1].take
        }
        // All kinds wait to be told: this one joins the kind that came last.
        guard let idle else { return kinds.indices.max { kinds[$0].take < kinds[$1].take } ?? 0 }
        places[kinds[idle].print] = nil
        kinds[idle] = Kind(print: print, sample: sample)
        places[print] = idle
        return idle
    }

    /// What may be told at this time; each call takes what it gives.
    mutating func due(at milliseconds: Int64) -> [ErrorSample] {
        let now = milliseconds / 60_000
        if now != minute { (minute, told) = (now, 0) }
        var samples: [ErrorSample] = []
        for place in waiting {
            if kinds[place].minute != now { (kinds[place].minute, kinds[place].told) = (now, 0) }
            guard told < Self.toldMax else { break }
            guard kinds[place].told < Self.toldOfKindMax else { continue }
            var sample = kinds[place].sample
            sample.text = Redaction.redacted(sample.text.span, max: Self.textMax)
            samples.append(sample)
            kinds[place].sample.count = 0
            kinds[place].sample.text = []
            kinds[place].told += 1
            tellings &+= 1
            kinds[place].telling = tellings
            told += 1
        }
        return samples
    }

    /// The kinds with something to tell, those first that were told longest ago: a few that never cease keep no new one from
    /// being seen.
    private var waiting: [Int] {
        kinds.indices.filter { kinds[$0].sample.count > 0 }
            .sorted { (kinds[$0].telling, $0) < (kinds[$1].telling, $1) }
    }

    /// A number that lines of one kind share (FNV-1a).
    private static func print(_ notable: LogSummary.Notable, _ route: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func mix(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        mix(notable.severity.rawValue)
        if notable.isRequest {
            for byte in route.utf8 { mix(byte) }
            mix(0xFF)
            mix(notable.method.rawValue)
            mix(UInt8(truncatingIfNeeded: notable.status))
            mix(UInt8(truncatingIfNeeded: notable.status >> 8))
            return hash
        }
        let text = notable.text.span
        let whole = notable.message.isEmpty ? ByteRange(start: 0, end: text.count) : notable.message
        for byte in mask(text, whole) { mix(byte) }
        return hash
    }

    /// A message with `0` for each word that holds a digit, and `q` for what stands between quotes.
    static func mask(_ bytes: Span<UInt8>, _ range: ByteRange) -> [UInt8] {
        var masked: [UInt8] = []
        var place = range.start
        while place < range.end {
            let byte = bytes[place]
            if byte == 0x22 || byte == 0x27 || byte == 0x60 {
                let close = bytes.first(byte, from: place + 1, to: range.end)
                // An apostrophe within a word opens nothing.
                let opens = place == range.start || !isWord(bytes[place - 1])
                if opens, close < range.end {
                    masked += [byte, 0x71, byte]
                    place = close + 1
                    continue
                }
            }
            guard isWord(byte) else {
                masked.append(byte)
                place += 1
                continue
            }
            let first = place
            var hasDigit = false
            while place < range.end, isWord(bytes[place]) {
                hasDigit = hasDigit || bytes[place] &- 0x30 < 10
                place += 1
            }
            if hasDigit { masked.append(0x30) } else { masked += bytes.array(first..<place) }
        }
        return masked
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A || byte >= 0x80 || byte == 0x5F
    }
}
