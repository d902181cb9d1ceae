/// What a name says of rotation: `access.log.2.gz` is the second predecessor of `access.log`.
///
/// Known are numbers (`log.1`, `app.1.log`), dates of any writing made of digits and `-._:T` (`log-20260101`,
/// `app-2026-01-01.log`), both together, and after them the compressors' endings.
package struct RotatedName: Equatable, Sendable {
    /// By the name's ending alone.
    package enum Compression: Sendable {
        case none, gzip, zstd
        /// bzip2, xz, lz4: known, and not read.
        case other
    }

    /// The names that it may be a predecessor of, the likeliest first.
    package let bases: [String]
    package let compression: Compression
    /// The number or date, as written.
    private let order: String

    /// nil where the name says nothing of rotation.
    package init?(_ name: String) {
        let (plain, compression) = Self.withoutCompression(name)
        self.compression = compression
        var bases: [String] = []
        var order = ""
        if let cut = Self.datePart(plain[...]) {
            order = String(plain[cut...])
            bases = Self.cuts(plain[...], cut).map { String($0) }
        } else if let dot = plain.lastIndex(of: "."), dot > plain.startIndex,
            let cut = Self.datePart(plain[..<dot])
        {
            order = String(plain[cut..<dot])
            bases = Self.cuts(plain[..<dot], cut).map { String($0) + plain[dot...] }
        }
        if compression != .none { bases.append(plain) }
        guard !bases.isEmpty else { return nil }
        self.bases = bases
        self.order = order
    }

    package static func compression(of name: String) -> Compression {
        withoutCompression(name).1
    }

    /// Whether this is the older of two predecessors of one log; by the time of their last write where the names do not say.
    package func isOlder(than other: RotatedName, modified: Int64, otherModified: Int64) -> Bool {
        if let mine = number, let its = other.number { return mine > its }
        if number == nil, other.number == nil, order.utf8.count == other.order.utf8.count,
            order != other.order
        {
            return order < other.order
        }
        return modified < otherModified
    }

    /// A plain count of rotations; long ones are dates.
    private var number: Int? {
        let digits = order.dropFirst()
        guard digits.utf8.count <= 4 else { return nil }
        return Int(digits)
    }

    private static func withoutCompression(_ name: String) -> (String, Compression) {
        let endings: [(String, Compression)] = [
            (".gz", .gzip), (".zst", .zstd), (".bz2", .other), (".xz", .other), (".lz4", .other),
        ]
        for (ending, compression) in endings
        where name.utf8.count > ending.utf8.count && name.hasSuffix(ending) {
            return (String(name.dropLast(ending.count)), compression)
        }
        return (name, .none)
    }

    /// Where the longest end of the text begins that is a separator and then digits and separators, a digit among them.
    private static func datePart(_ text: Substring) -> Substring.Index? {
        var cut: Substring.Index?
        var hasDigit = false
        var place = text.endIndex
        while place > text.startIndex {
            let before = text.utf8.index(before: place)
            switch text.utf8[before] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): hasDigit = true
            case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                if hasDigit, before > text.startIndex { cut = before }
            case UInt8(ascii: ":"), UInt8(ascii: "T"): if !hasDigit { return nil }
            default: return cut
            }
            place = before
        }
        return cut
    }

    /// What may stand before a date part: from the shortest to the longest text.
    private static func cuts(_ text: Substring, _ first: Substring.Index) -> [Substring] {
        var found: [Substring] = []
        for place in text.utf8.indices[first...] {
            switch text.utf8[place] {
            case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): found.append(text[..<place])
            default: break
            }
        }
        // The longest first: `app.1` is nearer to `app.1-20260101` than `app` is.
        return found.reversed()
    }
}
