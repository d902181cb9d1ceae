/// The methods that are labels of their own; all others are `other`, so that a client cannot make labels.
package enum HTTPMethod: UInt8, Sendable, CaseIterable {
    case get, post, put, delete, head, options, patch, connect, trace, other

    package var text: String {
        switch self {
        case .get: "GET"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .head: "HEAD"
        case .options: "OPTIONS"
        case .patch: "PATCH"
        case .connect: "CONNECT"
        case .trace: "TRACE"
        case .other: "other"
        }
    }

    private static func word(_ text: StaticString) -> UInt64 {
        var word: UInt64 = 0
        for place in 0..<text.utf8CodeUnitCount {
            // place is below the literal's own count.
            word |= UInt64(unsafe text.utf8Start[place]) << UInt64(8 * place)
        }
        return word
    }

    private static let words: [(word: UInt64, method: HTTPMethod)] = [
        (word("GET"), .get), (word("POST"), .post), (word("PUT"), .put), (word("DELETE"), .delete),
        (word("HEAD"), .head), (word("OPTIONS"), .options), (word("PATCH"), .patch),
        (word("CONNECT"), .connect), (word("TRACE"), .trace),
    ]

    /// The method that `range` of the bytes spells.
    @inline(__always) static func named(_ bytes: Span<UInt8>, _ range: ByteRange) -> HTTPMethod {
        let length = range.end &- range.start
        guard length > 2, length < 8 else { return .other }
        let mask: UInt64 = (1 << UInt64(8 &* length)) &- 1
        let found = bytes.word(at: range.start) & mask
        if found == 0x54_4547 { return .get }  // "GET", the first byte lowest
        if found == 0x5453_4F50 { return .post }
        return rare(found)
    }

    @inline(never) private static func rare(_ found: UInt64) -> HTTPMethod {
        for entry in words where entry.word == found { return entry.method }
        return .other
    }
}
