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

    /// The first byte lowest, as above.
    @inline(never) private static func rare(_ found: UInt64) -> HTTPMethod {
        switch found {
        case 0x54_5550: .put
        case 0x4554_454C_4544: .delete
        case 0x4441_4548: .head
        case 0x53_4E4F_4954_504F: .options
        case 0x48_4354_4150: .patch
        case 0x54_4345_4E4E_4F43: .connect
        case 0x45_4341_5254: .trace
        default: .other
        }
    }
}
