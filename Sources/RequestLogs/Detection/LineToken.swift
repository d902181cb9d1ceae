/// One word of a line, or what stands between quotes or brackets, as the inference of a format sees it.
struct LineToken {
    enum Bracket: UInt8 {
        case none, quotes, square

        var open: [UInt8] { self == .none ? [] : self == .quotes ? [0x22] : [0x5B] }
        var close: [UInt8] { self == .none ? [] : self == .quotes ? [0x22] : [0x5D] }
    }

    var bracket: Bracket
    /// `rt=` in `rt=0.003` and `uct="0.002"`; empty for most.
    var key: ByteRange
    var content: ByteRange

    /// The words of a line; nil where a quote or bracket does not close.
    static func split(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> [LineToken]? {
        var tokens: [LineToken] = []
        var place = bytes.skipBlanks(from: start, to: end)
        while place < end, tokens.count < 60 {
            let first = place
            var bracket = Bracket.none
            var key = ByteRange.none
            // key= in front of a value.
            var name = place
            while name < end, bytes[name] | 0x20 >= 0x61 && bytes[name] | 0x20 <= 0x7A || bytes[name] == 0x5F
            { name += 1 }
            if name > place, name < end, bytes[name] == 0x3D {
                key = ByteRange(start: place, end: name + 1)
                place = name + 1
            }
            guard place < end else { break }
            var content = ByteRange(start: place, end: place)
            if bytes[place] == 0x22 {
                bracket = .quotes
                guard let close = closingQuote(bytes, place + 1, end) else { return nil }
                content = ByteRange(start: place + 1, end: close)
                place = close + 1
            } else if bytes[place] == 0x5B, let close = closingBracket(bytes, place + 1, end) {
                bracket = .square
                content = ByteRange(start: place + 1, end: close)
                place = close + 1
            } else {
                place = bytes.first(0x20, from: place, to: end)
                content.end = place
            }
            guard place == end || bytes[place] == 0x20 || bytes[place] == 0x09 else { return nil }
            if place == first { return nil }
            tokens.append(LineToken(bracket: bracket, key: key, content: content))
            place = bytes.skipBlanks(from: place, to: end)
        }
        return tokens
    }

    /// A quote that is not escaped, with a blank or nothing behind it.
    private static func closingQuote(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
        var place = start
        while true {
            place = bytes.first(0x22, from: place, to: end)
            guard place < end else { return nil }
            let isEnd = place + 1 == end || bytes[place + 1] == 0x20
            if isEnd, !FieldProgram.isEscaped(bytes, place, start) { return place }
            place += 1
        }
    }

    private static func closingBracket(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
        let place = bytes.first(0x5D, from: start, to: end)
        return place < end && (place + 1 == end || bytes[place + 1] == 0x20) ? place : nil
    }

    /// What keeps lines of one format together: the brackets and the keys.
    func shape(_ bytes: Span<UInt8>) -> [UInt8] { bracket.open + bytes.array(key.range) + [0x20] }
}
