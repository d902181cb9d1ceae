/// A word or sign of a query, and where it stands.
struct QueryToken: Hashable {
    enum Kind: Hashable {
        case word(String)
        /// Text in double quotes, without them.
        case quoted(String)
        case open
        case close
        case comma
        case equals
        case doubleEquals
        case notEquals
        /// `>`, `>=`, `<` or `<=`.
        case order(QueryComparison.Operator)
        case end
    }

    let kind: Kind
    /// In bytes from the start of the text.
    let offset: Int
    /// Whether nothing separates it from the token before.
    let isAdjacent: Bool
}

/// Cuts a query's bytes into tokens, one at a time; a blank, a tab and a line break separate them.
struct QueryLexer {
    static let keywords: Set<String> = ["and", "or", "not"]

    private let bytes: [UInt8]
    private var offset = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// Bytes that a word holds without quotes: everything but blanks, control characters and the signs.
    static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0...0x20, 0x7F: false
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "\""), UInt8(ascii: ","), UInt8(ascii: "="),
            UInt8(ascii: "!"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "{"), UInt8(ascii: "}"):
            false
        default: true
        }
    }

    /// The character that stands at a byte, counted from 1.
    func column(at offset: Int) -> Int {
        String(decoding: bytes[..<min(offset, bytes.count)], as: UTF8.self).count + 1
    }

    func error(at offset: Int, _ reason: String) -> QueryError {
        QueryError(column: column(at: offset), reason: reason)
    }

    mutating func next() throws(QueryError) -> QueryToken {
        let before = offset
        while offset < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[offset]) { offset += 1 }
        let start = offset
        let kind = try kind()
        return QueryToken(kind: kind, offset: start, isAdjacent: start == before && start > 0)
    }

    private mutating func kind() throws(QueryError) -> QueryToken.Kind {
        guard offset < bytes.count else { return .end }
        let start = offset
        let byte = bytes[offset]
        if Self.isPlain(byte) {
            while offset < bytes.count, Self.isPlain(bytes[offset]) { offset += 1 }
            return .word(String(decoding: bytes[start..<offset], as: UTF8.self))
        }
        offset += 1
        switch byte {
        case UInt8(ascii: "("): return .open
        case UInt8(ascii: ")"): return .close
        case UInt8(ascii: ","): return .comma
        case UInt8(ascii: "\""): return try quoted(from: start)
        case UInt8(ascii: "="):
            if take(">") { throw error(at: start, "write >= for \"at least\"") }
            if take("<") { throw error(at: start, "write <= for \"at most\"") }
            return take("=") ? .doubleEquals : .equals
        case UInt8(ascii: "!"):
            guard take("=") else { throw error(at: start, "write not in place of !, as in `not canary`") }
            return .notEquals
        case UInt8(ascii: ">"): return .order(take("=") ? .atLeast : .above)
        case UInt8(ascii: "<"):
            if take(">") { throw error(at: start, "write != for \"differs from\"") }
            return .order(take("=") ? .atMost : .below)
        case UInt8(ascii: "{"), UInt8(ascii: "}"):
            throw error(
                at: start,
                "labels in braces belong to rules, as in martlet rules try 'disk.used{mount=/} > 90%'")
        default:
            throw error(at: start, "a control character: take it out")
        }
    }

    private mutating func take(_ sign: Unicode.Scalar) -> Bool {
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: sign) else { return false }
        offset += 1
        return true
    }

    /// The text up to the closing quote; a backslash makes the next quote or backslash part of it.
    private mutating func quoted(from start: Int) throws(QueryError) -> QueryToken.Kind {
        var text: [UInt8] = []
        while offset < bytes.count {
            let byte = bytes[offset]
            offset += 1
            switch byte {
            case UInt8(ascii: "\""):
                return .quoted(String(decoding: text, as: UTF8.self))
            case UInt8(ascii: "\\"):
                guard offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") || bytes[offset] == byte
                else {
                    throw error(at: offset - 1, "a backslash in quotes stands before \" or \\ only")
                }
                text.append(bytes[offset])
                offset += 1
            case 0..<0x20, 0x7F:
                throw error(at: offset - 1, "a control character: take it out")
            default:
                text.append(byte)
            }
        }
        throw error(at: start, "this quote is not closed")
    }
}
