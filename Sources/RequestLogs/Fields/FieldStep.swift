/// One step of a compiled line format: a field, and the text that ends it.
struct FieldStep: Sendable {
    /// What stands before the step's text.
    enum Kind: UInt8, Sendable {
        /// No field: only the text.
        case text
        /// A field that nobody needs, up to the next text.
        case skip
        /// The same where it may be a list of nginx's upstreams, `0.1, 0.2 : -`, without quotes.
        case list
        case time
        /// `GET /path HTTP/1.1` in one.
        case request
        case method
        case path
        /// nginx's `$host$request_uri`: the path begins at the first slash.
        case hostAndPath
        /// Tomcat's `%U%q`: a dash behind the path where there is no query.
        case pathAndQuery
        /// A query on its own.
        case query
        case route
        case status
        case bytes
        case duration
        /// HAProxy's TR/Tw/Tc/Tr/Ta: the last is the duration.
        case timers
        /// HAProxy's termination state: its first letter says whether the client left.
        case termination
        /// Joins the lines of one request.
        case id
        case level
        case message
    }

    /// The text that ends the field, up to eight bytes of it, the first lowest; none means the end of the line.
    private(set) var text: UInt64 = 0
    private(set) var textCount: UInt8 = 0
    var kind: Kind
    /// The field stands between quotes, so a quote that is escaped does not end it.
    var isQuoted = false
    /// A blank in the text stands for one or more blanks or tabs.
    var isBlankLoose = false
    var timeShape = TimeShape.none
    /// Of a duration: the power of ten from its unit to nanoseconds.
    var shift: Int8 = 0

    init(_ kind: Kind) {
        self.kind = kind
    }

    /// Ones in the bytes that the text has.
    @inline(__always) var textMask: UInt64 { ~0 &>> (64 &- UInt64(textCount) &* 8) }

    /// Takes the first bytes of `literal` as the text that ends this field, and returns what did not fit.
    mutating func take(_ literal: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        text = 0
        for (place, byte) in literal.prefix(8).enumerated() { text |= UInt64(byte) << UInt64(8 * place) }
        textCount = UInt8(min(8, literal.count))
        return literal.dropFirst(8)
    }

    var textBytes: [UInt8] { (0..<Int(textCount)).map { UInt8(truncatingIfNeeded: text >> UInt64(8 * $0)) } }
}
