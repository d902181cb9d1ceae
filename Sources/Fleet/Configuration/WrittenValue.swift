/// Values as people write them, each of its type; errors are reasons with the form to write.
///
/// Files and the command line read the same: `silence add … 2h` and `for: 2h`.
package enum WrittenValue {
    /// What is wrong with a value, and what to write; without its place.
    package struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        package let reason: String

        package init(_ reason: String) {
            self.reason = reason
        }

        package var description: String { reason }
    }

    private static let durationUnits: [(name: String, milliseconds: Int64)] = [
        ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]
    private static let sizeUnits: [(name: String, bytes: Int)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("TB", 1_000_000_000_000),
        ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1000), ("B", 1),
    ]
    /// A hundred years: longer than anybody means.
    private static let millisecondsMax: Int64 = 3_155_760_000_000
    /// Characters of a name.
    package static let nameMax = 64

    /// `500ms`, `10s`, `1h30m`, `3d`: units largest first, each once, no blanks, no bare number.
    package static func duration(_ text: String) throws(Refusal) -> Duration {
        let form = "is no duration: write 500ms, 10s, 1h30m or 3d"
        var rest = text.utf8[...]
        var total: Int64 = 0
        var unitsLeft = durationUnits[...]
        guard !rest.isEmpty else { throw Refusal("a duration is missing: write 10s") }
        while !rest.isEmpty {
            let digits = rest.prefix { $0 >= 0x30 && $0 <= 0x39 }
            guard !digits.isEmpty, digits.count <= 15, let count = Int64(String(digits) ?? "") else {
                throw Refusal("`\(text)` \(form)")
            }
            rest = rest.dropFirst(digits.count)
            let letters = rest.prefix { !($0 >= 0x30 && $0 <= 0x39) }
            if letters.isEmpty {
                throw Refusal("`\(text)` has no unit: write \(text)s, \(text)m or \(text)h")
            }
            guard let unit = unitsLeft.firstIndex(where: { $0.name.utf8.elementsEqual(letters) }) else {
                throw Refusal("`\(text)` \(form), the largest unit first")
            }
            let (product, isOver) = count.multipliedReportingOverflow(by: unitsLeft[unit].milliseconds)
            let (sum, isOverToo) = total.addingReportingOverflow(product)
            guard !isOver, !isOverToo, sum <= millisecondsMax else {
                throw Refusal("`\(text)` is longer than a hundred years")
            }
            total = sum
            unitsLeft = unitsLeft[(unit + 1)...]
            rest = rest.dropFirst(letters.count)
        }
        return .milliseconds(total)
    }

    /// Bytes of `64MiB`, `20GB`; a whole number, no blanks, no bare number.
    package static func size(_ text: String) throws(Refusal) -> Int {
        let digits = text.utf8.prefix { $0 >= 0x30 && $0 <= 0x39 }
        let unit = text.utf8.dropFirst(digits.count)
        guard !digits.isEmpty, digits.count <= 15, let count = Int(String(digits) ?? "") else {
            throw Refusal("`\(text)` is no size: write 64MiB or 20GB")
        }
        if unit.isEmpty { throw Refusal("`\(text)` has no unit: write \(text)MiB, or \(text)B for bytes") }
        guard let factor = sizeUnits.first(where: { $0.name.utf8.elementsEqual(unit) }) else {
            throw Refusal("`\(text)` is no size: its unit is one of KiB MiB GiB TiB KB MB GB TB B")
        }
        let (bytes, isOver) = count.multipliedReportingOverflow(by: factor.bytes)
        guard !isOver else { throw Refusal("`\(text)` is more than any machine has") }
        return bytes
    }

    /// The share of `5%` or `0.5%`, from 0 up to 1 (100%); never `0.05`, never `5`.
    package static func ratio(_ text: String) throws(Refusal) -> Double {
        let number = text.utf8.last == UInt8(ascii: "%") ? text.dropLast() : text[...]
        let isPlain = number.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 || $0 == UInt8(ascii: ".") }
        guard !number.isEmpty, number.utf8.count <= 12, isPlain, let value = Double(String(number)) else {
            throw Refusal("`\(text)` is no ratio: write 5% or 0.5%")
        }
        guard number.utf8.count < text.utf8.count else {
            let percent = value > 0 && value < 1 ? value * 100 : value
            let isWhole = percent == percent.rounded()
            throw Refusal("`\(text)` has no %: write \(isWhole ? "\(Int(percent))" : "\(number)")%")
        }
        guard value <= 100 else { throw Refusal("`\(text)` is more than 100%") }
        return value / 100
    }

    /// `yes` and `no`, `true` and `false`, and nothing else.
    package static func isYes(_ text: String) throws(Refusal) -> Bool {
        switch text {
        case "yes", "true": return true
        case "no", "false": return false
        default: throw Refusal("`\(text)` is neither yes nor no: write yes or no")
        }
    }

    /// A decimal number, leading zeros allowed: `022` is 22.
    package static func whole(_ text: String, in range: ClosedRange<Int>) throws(Refusal) -> Int {
        let isPlain =
            !text.isEmpty && text.utf8.count <= 18 && text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
        guard isPlain, let value = Int(text), range.contains(value) else {
            throw Refusal(
                "`\(text)` is not a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// Letters, digits, `.`, `_` and `-`, a letter or digit first, up to 64.
    package static func name(_ text: String) throws(Refusal) -> String {
        guard let first = text.utf8.first else { throw Refusal("a name is missing") }
        guard text.utf8.count <= nameMax else { throw Refusal("a name has up to \(nameMax) characters") }
        guard isAlphanumeric(first) else {
            throw Refusal("`\(text)` is no name: it begins with a letter or digit")
        }
        guard text.utf8.allSatisfy({ isAlphanumeric($0) || "._-".utf8.contains($0) }) else {
            throw Refusal("`\(text)` is no name: only letters, digits, `.`, `_` and `-` stand in one")
        }
        return text
    }

    package static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
