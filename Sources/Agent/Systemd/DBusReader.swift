/// Reads values from a message of D-Bus; D-Bus Specification 0.43, "Marshaling".
///
/// Each value is aligned to its size, counted from the message's start. What is not there, too long or too deep is nil,
/// after which the reader is of no use.
package struct DBusReader {
    private let bytes: [UInt8]
    private(set) var offset: Int
    private let isLittle: Bool

    /// Structs, arrays and variants within each other; the specification allows 32 of each.
    private static let depthMax = 64
    static let arrayBytesMax = 1 << 26

    init(_ bytes: [UInt8], at offset: Int = 0, isLittle: Bool) {
        self.bytes = bytes
        self.offset = offset
        self.isLittle = isLittle
    }

    mutating func align(_ size: Int) -> Bool {
        let rest = offset % size
        guard rest == 0 || bytes.count - offset >= size - rest else { return false }
        if rest > 0 { offset += size - rest }
        return true
    }

    mutating func number(bytes size: Int) -> UInt64? {
        guard align(size), bytes.count - offset >= size else { return nil }
        var value: UInt64 = 0
        for place in 0..<size {
            let byte = UInt64(bytes[offset + (isLittle ? size - 1 - place : place)])
            value = value << 8 | byte
        }
        offset += size
        return value
    }

    mutating func byte() -> UInt8? { number(bytes: 1).map { UInt8(truncatingIfNeeded: $0) } }

    mutating func uint32() -> UInt32? { number(bytes: 4).map { UInt32(truncatingIfNeeded: $0) } }

    /// A string or an object's path: length, bytes, NUL.
    mutating func string() -> String? {
        uint32().flatMap { text(Int($0)) }
    }

    /// A signature: its length has one byte.
    mutating func signature() -> [UInt8]? {
        guard let length = byte(), let end = end(of: Int(length)) else { return nil }
        defer { offset = end + 1 }
        return Array(bytes[offset..<end])
    }

    private mutating func text(_ length: Int) -> String? {
        guard let end = end(of: length) else { return nil }
        defer { offset = end + 1 }
        return String(decoding: bytes[offset..<end], as: UTF8.self)
    }

    /// Where a text of this length ends; after it comes its NUL.
    private func end(of length: Int) -> Int? {
        guard length < bytes.count - offset, bytes[offset + length] == 0 else { return nil }
        return offset + length
    }

    /// The offset at which an array ends whose elements are aligned to `alignment`; the reader stands at the first then.
    mutating func array(alignment: Int) -> Int? {
        guard let length = uint32(), length <= Self.arrayBytesMax, align(alignment),
            bytes.count - offset >= Int(length)
        else { return nil }
        return offset + Int(length)
    }

    /// The number in a variant of any of the integers or a boolean; nil for another type.
    mutating func variantNumber() -> UInt64? {
        guard let type = signature(), type.count == 1 else { return nil }
        return switch type[0] {
        case UInt8(ascii: "y"): number(bytes: 1)
        case UInt8(ascii: "n"), UInt8(ascii: "q"): number(bytes: 2)
        case UInt8(ascii: "u"), UInt8(ascii: "i"), UInt8(ascii: "b"): number(bytes: 4)
        case UInt8(ascii: "t"), UInt8(ascii: "x"): number(bytes: 8)
        default: nil
        }
    }

    /// The text in a variant of a string; nil for another type.
    mutating func variantString() -> String? {
        signature() == [UInt8(ascii: "s")] ? string() : nil
    }

    /// Passes over a variant of any type; false where it is broken.
    mutating func skipVariant(depth: Int = 0) -> Bool {
        guard depth < Self.depthMax, let type = signature() else { return false }
        var place = 0
        return skip(type, &place, depth: depth + 1) && place == type.count
    }

    /// Passes over one value of the type that begins at `place` of the signature.
    private mutating func skip(_ type: [UInt8], _ place: inout Int, depth: Int) -> Bool {
        guard place < type.count, depth < Self.depthMax else { return false }
        let code = type[place]
        place += 1
        switch code {
        case UInt8(ascii: "y"): return number(bytes: 1) != nil
        case UInt8(ascii: "n"), UInt8(ascii: "q"): return number(bytes: 2) != nil
        case UInt8(ascii: "b"), UInt8(ascii: "i"), UInt8(ascii: "u"), UInt8(ascii: "h"):
            return uint32() != nil
        case UInt8(ascii: "x"), UInt8(ascii: "t"), UInt8(ascii: "d"): return number(bytes: 8) != nil
        case UInt8(ascii: "s"), UInt8(ascii: "o"): return string() != nil
        case UInt8(ascii: "g"): return signature() != nil
        case UInt8(ascii: "v"): return skipVariant(depth: depth + 1)
        case UInt8(ascii: "a"): return skipArray(type, &place)
        case UInt8(ascii: "("), UInt8(ascii: "{"):
            guard align(8) else { return false }
            while place < type.count, type[place] != UInt8(ascii: ")"), type[place] != UInt8(ascii: "}") {
                guard skip(type, &place, depth: depth + 1) else { return false }
            }
            place += 1
            return place <= type.count
        default: return false
        }
    }

    /// The array's length tells where it ends; only its type has to be passed over.
    private mutating func skipArray(_ type: [UInt8], _ place: inout Int) -> Bool {
        guard place < type.count, let end = array(alignment: Self.alignment(type[place])) else {
            return false
        }
        offset = end
        var open = 0
        while place < type.count {
            let code = type[place]
            place += 1
            if code == UInt8(ascii: "(") || code == UInt8(ascii: "{") { open += 1 }
            if code == UInt8(ascii: ")") || code == UInt8(ascii: "}") { open -= 1 }
            if open == 0, code != UInt8(ascii: "a") { return true }
        }
        return false
    }

    static func alignment(_ type: UInt8) -> Int {
        switch type {
        case UInt8(ascii: "y"), UInt8(ascii: "g"), UInt8(ascii: "v"): 1
        case UInt8(ascii: "n"), UInt8(ascii: "q"): 2
        case UInt8(ascii: "x"), UInt8(ascii: "t"), UInt8(ascii: "d"), UInt8(ascii: "("), UInt8(ascii: "{"): 8
        default: 4
        }
    }
}
