/// Cuts a condition's bytes, one word or sign at a time; a blank, a tab and a line break separate them.
struct ConditionScanner {
    private let bytes: [UInt8]
    private var offset = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// Where the next word or sign begins, in bytes.
    var start: Int {
        var place = offset
        while place < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[place]) { place += 1 }
        return place
    }

    var isAtEnd: Bool { start == bytes.count }

    /// The character that stands at a byte, counted from 1.
    func error(_ reason: String, at offset: Int? = nil) -> QueryError {
        let place = min(offset ?? start, bytes.count)
        return QueryError(column: String(decoding: bytes[..<place], as: UTF8.self).count + 1, reason: reason)
    }

    /// The word that begins here; empty where a sign or the end does.
    mutating func word() -> String {
        let begin = start
        var end = begin
        // A `*` is a sign, and so is a `+`; a `-` begins a number or is one, where a blank follows it.
        while end < bytes.count, QueryLexer.isPlain(bytes[end]), bytes[end] != UInt8(ascii: "*"),
            bytes[end] != UInt8(ascii: "+")
        {
            end += 1
        }
        offset = end
        return String(decoding: bytes[begin..<end], as: UTF8.self)
    }

    /// Takes the word where it is the next one, whole.
    mutating func take(word: String) -> Bool {
        let before = offset
        if self.word() == word { return true }
        offset = before
        return false
    }

    /// Takes a sign; where it stood, nil where another thing does.
    mutating func takeSign(_ sign: String) -> Int? {
        guard let place = peekSign(sign) else { return nil }
        offset = place + sign.utf8.count
        return place
    }

    func peekSign(_ sign: String) -> Int? {
        let place = start
        guard place + sign.utf8.count <= bytes.count,
            bytes[place..<place + sign.utf8.count].elementsEqual(sign.utf8)
        else { return nil }
        return place
    }

    /// A label's value, plain with `*` and `?` or in double quotes; nil where there is none.
    mutating func pattern() throws(QueryError) -> QueryPattern? {
        let begin = start
        guard begin < bytes.count else { return nil }
        if bytes[begin] == UInt8(ascii: "\"") { return QueryPattern(try quoted(from: begin), isQuoted: true) }
        var end = begin
        while end < bytes.count, QueryLexer.isPlain(bytes[end]) { end += 1 }
        guard end > begin else { return nil }
        offset = end
        return QueryPattern(String(decoding: bytes[begin..<end], as: UTF8.self), isQuoted: false)
    }

    private mutating func quoted(from begin: Int) throws(QueryError) -> String {
        var text: [UInt8] = []
        var place = begin + 1
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            switch byte {
            case UInt8(ascii: "\""):
                offset = place
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard place < bytes.count, bytes[place] == UInt8(ascii: "\"") || bytes[place] == byte else {
                    throw error("a backslash in quotes stands before \" or \\ only", at: place - 1)
                }
                text.append(bytes[place])
                place += 1
            case 0..<0x20, 0x7F: throw error("a control character: take it out", at: place - 1)
            default: text.append(byte)
            }
        }
        throw error("this quote is not closed", at: begin)
    }
}
