/// Reads a query by descent, one token ahead:
///
///     any        = all { "or" all }
///     all        = part { [ "and" ] part }
///     part       = { "not" } ( "(" any ")" | comparison | attribute | value )
///     attribute  = key ( "=" | "!=" ) value { "," value }         (no blanks inside)
///     comparison = signal [ "." statistic ] [ "(" window ")" ] ( ">" | ">=" | "<" | "<=" | "==" | "!=" ) number unit
///     value      = word with * and ? | text in double quotes
struct QueryParser {
    /// Brackets in brackets; nobody reads more.
    private static let depthMax = 32

    private var lexer: QueryLexer
    private var token: QueryToken
    /// Where the words and attributes stand, in the order of the tree's leaves.
    private(set) var columns: [Int] = []

    init(_ text: String) throws(QueryError) {
        lexer = QueryLexer(text)
        token = try lexer.next()
    }

    /// The whole text as a tree; nil where it holds nothing.
    mutating func parse() throws(QueryError) -> QueryNode? {
        if token.kind == .end { return nil }
        let node = try any(depth: 0)
        if token.kind == .close { throw lexer.error(at: token.offset, "no bracket is open here") }
        return node
    }

    private mutating func any(depth: Int) throws(QueryError) -> QueryNode {
        var nodes = [try all(depth)]
        while token.kind == .word("or") {
            try advance()
            if isAtEnd { throw lexer.error(at: token.offset, "something must follow or") }
            nodes.append(try all(depth))
        }
        return .any(joining: nodes)
    }

    private mutating func all(_ depth: Int) throws(QueryError) -> QueryNode {
        var nodes = [try part(depth)]
        while !isAtEnd, token.kind != .word("or") {
            if token.kind == .word("and") {
                try advance()
                if isAtEnd { throw lexer.error(at: token.offset, "something must follow and") }
            }
            nodes.append(try part(depth))
        }
        return .all(joining: nodes)
    }

    private mutating func part(_ depth: Int) throws(QueryError) -> QueryNode {
        var isNegated = false
        while token.kind == .word("not") {
            isNegated.toggle()
            try advance()
            if isAtEnd { throw lexer.error(at: token.offset, "something must follow not") }
        }
        let node = try primary(depth)
        return isNegated ? .not(negating: node) : node
    }

    private var isAtEnd: Bool {
        token.kind == .end || token.kind == .close
    }

    private mutating func primary(_ depth: Int) throws(QueryError) -> QueryNode {
        let first = token
        switch first.kind {
        case .open:
            guard depth < Self.depthMax else {
                throw lexer.error(at: first.offset, "more than \(Self.depthMax) brackets in each other")
            }
            try advance()
            if token.kind == .close { throw lexer.error(at: first.offset, "these brackets hold nothing") }
            if token.kind == .end { throw lexer.error(at: first.offset, "this bracket is not closed") }
            let node = try any(depth: depth + 1)
            guard token.kind == .close else {
                throw lexer.error(at: first.offset, "this bracket is not closed")
            }
            try advance()
            return node
        case .quoted(let text):
            try advance()
            return try bareWord(QueryPattern(text, isQuoted: true), first)
        case .word(let word):
            if QueryLexer.keywords.contains(word) {
                throw lexer.error(at: first.offset, "something must come before \(word)")
            }
            if QueryLexer.keywords.contains(word.lowercased()) {
                throw lexer.error(at: first.offset, "write \(word.lowercased()), or \"\(word)\" for a name")
            }
            try advance()
            return try after(word, first)
        case .equals, .notEquals, .doubleEquals:
            throw lexer.error(at: first.offset, "a key is missing: write role=web, without blanks")
        case .order(let sign):
            throw lexer.error(at: first.offset, "a signal is missing: write cpu \(sign.rawValue) 90%")
        case .comma:
            throw lexer.error(at: first.offset, "write several values without blanks: role=web,api")
        case .close, .end:
            throw lexer.error(at: first.offset, "something is missing here")
        }
    }

    /// What a word is turns on what follows it.
    private mutating func after(_ word: String, _ first: QueryToken) throws(QueryError) -> QueryNode {
        switch token.kind {
        case .open where token.isAdjacent: return try comparison(word, first)
        case .order: return try comparison(word, first)
        case .doubleEquals:
            guard QueryOperand(word) != nil else {
                throw lexer.error(at: token.offset, "write \(word)= with one sign")
            }
            return try comparison(word, first)
        case .equals, .notEquals: return try attributeOrComparison(word, first)
        case .word(let next) where QueryOperand(word) != nil && QueryPattern(next, isQuoted: false).isNumber:
            throw lexer.error(at: token.offset, "a comparison is missing: write \(word) > \(next)")
        case .word(let next) where word == "for" && next.first?.isNumber == true:
            throw lexer.error(
                at: first.offset,
                "what has been so for a time is a rule's: martlet rules try 'cpu > 90% for \(next)' says when it was"
            )
        case .word, .quoted, .open, .close, .comma, .end:
            return try bareWord(QueryPattern(word, isQuoted: false), first)
        }
    }

    private mutating func bareWord(_ pattern: QueryPattern, _ first: QueryToken) throws(QueryError)
        -> QueryNode
    {
        if pattern.text.isEmpty { throw lexer.error(at: first.offset, "these quotes hold nothing") }
        try refuseNeighbour()
        if case .comma = token.kind, token.isAdjacent {
            throw lexer.error(at: token.offset, "write or between words: web or db")
        }
        columns.append(lexer.column(at: first.offset))
        return .word(pattern)
    }

    private mutating func attributeOrComparison(
        _ key: String, _ first: QueryToken
    ) throws(QueryError) -> QueryNode {
        let sign = token
        let isNegated = sign.kind == .notEquals
        try advance()
        if let operand = QueryOperand(key), case .word(let value) = token.kind,
            QueryPattern(value, isQuoted: false).isNumber
        {
            guard isNegated else {
                throw lexer.error(at: sign.offset, "write \(key) == \(value)")
            }
            return try bound(operand, .unequal, window: nil, first)
        }
        guard sign.isAdjacent else {
            throw lexer.error(
                at: sign.offset, "a key is missing: write \(key)\(isNegated ? "!=" : "=") without blanks")
        }
        guard key.utf8.allSatisfy({ $0 != UInt8(ascii: "*") && $0 != UInt8(ascii: "?") }) else {
            throw lexer.error(at: first.offset, "a key is written out, without * and ?")
        }
        columns.append(lexer.column(at: first.offset))
        var values = [try value(after: key, isNegated)]
        while case .comma = token.kind, token.isAdjacent {
            try advance()
            values.append(try value(after: key, isNegated))
        }
        if case .equals = token.kind, token.isAdjacent {
            throw lexer.error(at: token.offset, "put a value that holds = in quotes")
        }
        if case .doubleEquals = token.kind, token.isAdjacent {
            throw lexer.error(at: token.offset, "put a value that holds = in quotes")
        }
        try refuseNeighbour()
        return .attribute(key: key, isNegated: isNegated, values: values)
    }

    private mutating func value(after key: String, _ isNegated: Bool) throws(QueryError) -> QueryPattern {
        let sign = isNegated ? "!=" : "="
        let value = token
        guard value.isAdjacent else {
            throw lexer.error(
                at: value.offset, "a value is missing after \(key)\(sign): write it without a blank before")
        }
        switch value.kind {
        case .word(let text):
            try advance()
            return QueryPattern(text, isQuoted: false)
        case .quoted(let text):
            guard !text.isEmpty else {
                throw lexer.error(
                    at: value.offset, "an empty value: write not \(key)=* for rows that have none")
            }
            try advance()
            return QueryPattern(text, isQuoted: true)
        case .comma: throw lexer.error(at: value.offset, "an empty value before the comma")
        case .equals, .doubleEquals: throw lexer.error(at: value.offset, "write \(key)= with one sign")
        case .open, .close, .notEquals, .order, .end:
            throw lexer.error(at: value.offset, "a value is missing after \(key)\(sign)")
        }
    }

    /// Two values must have a blank between them, so that `web"db"` is not read as both.
    private func refuseNeighbour() throws(QueryError) {
        switch token.kind {
        case .word, .quoted, .open:
            if token.isAdjacent { throw lexer.error(at: token.offset, "a blank is missing here") }
        case .close, .comma, .equals, .doubleEquals, .notEquals, .order, .end: return
        }
    }

    // MARK: Comparisons

    private mutating func comparison(_ name: String, _ first: QueryToken) throws(QueryError) -> QueryNode {
        guard let operand = QueryOperand(name) else {
            throw lexer.error(at: first.offset, QueryOperand.refusal(of: name))
        }
        let window = try window(of: operand)
        if let reason = operand.refusal(ofWindow: window) { throw lexer.error(at: first.offset, reason) }
        let sign: QueryComparison.Operator
        switch token.kind {
        case .order(let found): sign = found
        case .doubleEquals: sign = .equal
        case .notEquals: sign = .unequal
        case .equals: throw lexer.error(at: token.offset, "write ==")
        case .word, .quoted, .open, .close, .comma, .end:
            throw lexer.error(
                at: token.offset, "a comparison is missing: write \(name) > \(operand.signal.unit.example)")
        }
        try advance()
        return try bound(operand, sign, window: window, first)
    }

    private mutating func window(of operand: QueryOperand) throws(QueryError) -> Int64? {
        guard case .open = token.kind, token.isAdjacent else { return nil }
        let open = token
        try advance()
        guard case .word(let text) = token.kind, let seconds = QueryBound.windowSeconds(text) else {
            throw lexer.error(
                at: token.offset, "a window is missing: write \(operand.signal.name)(5m), from 1s to 31d")
        }
        try advance()
        guard token.kind == .close else { throw lexer.error(at: open.offset, "this bracket is not closed") }
        try advance()
        return seconds
    }

    private mutating func bound(
        _ operand: QueryOperand, _ sign: QueryComparison.Operator, window: Int64?, _ first: QueryToken
    ) throws(QueryError) -> QueryNode {
        let number = token
        guard case .word(let text) = number.kind else {
            if case .equals = number.kind {
                throw lexer.error(at: number.offset, "write \(sign.rawValue)=, without a blank")
            }
            throw lexer.error(
                at: number.offset,
                "a number is missing: write \(operand.signal.name) \(sign.rawValue) \(operand.signal.unit.example)"
            )
        }
        let bound: QueryBound
        do {
            bound = try QueryBound.parse(text, for: operand.signal)
        } catch {
            throw lexer.error(at: number.offset, error.text)
        }
        try advance()
        try refuseNeighbour()
        return .comparison(
            QueryComparison(
                signal: operand.signal.name, statistic: operand.statistic, windowSeconds: window,
                comparison: sign, bound: bound))
    }

    private mutating func advance() throws(QueryError) {
        token = try lexer.next()
    }
}
