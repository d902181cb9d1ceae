/// Names written as one: `web[01:04].eu` is web01.eu, web02.eu, web03.eu, web04.eu; `[a:c]` works too, and several
/// ranges in one name give each with each.
package enum HostRange {
    /// Hosts that one hub takes.
    package static let hostsMax = 10_000

    /// The names; a text without brackets is its own. Each is a valid host name.
    package static func names(_ text: String) throws(WrittenValue.Refusal) -> [String] {
        var names = [""]
        var rest = text[...]
        while let open = rest.firstIndex(of: "[") {
            guard let close = rest[open...].firstIndex(of: "]") else {
                throw WrittenValue.Refusal("`\(text)`: this bracket is not closed; write web[01:04]")
            }
            let values = try values(String(rest[rest.index(after: open)..<close]), in: text)
            guard names.count <= hostsMax / values.count else {
                throw WrittenValue.Refusal("`\(text)` is more than \(hostsMax) hosts")
            }
            let fixed = rest[..<open]
            names = names.flatMap { name in values.map { name + fixed + $0 } }
            rest = rest[rest.index(after: close)...]
        }
        names = names.map { $0 + rest }
        // What is wrong with one is wrong with the form.
        for name in names { try HostName.check(name) }
        return names
    }

    private static func values(_ range: String, in text: String) throws(WrittenValue.Refusal) -> [String] {
        let ends = range.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard ends.count == 2, let first = ends.first, let last = ends.last, !first.isEmpty, !last.isEmpty
        else {
            let isDashed = range.contains("-") && !range.contains(":")
            let form = isDashed ? "[\(range.replacing("-", with: ":"))]" : "[01:04]"
            throw WrittenValue.Refusal("`\(text)`: a range has two ends and a colon: write \(form)")
        }
        if isDigits(first), isDigits(last) { return try numbers(first, last, text) }
        guard let low = letter(first), let high = letter(last) else {
            throw WrittenValue.Refusal(
                "`\(text)`: the ends of a range are both numbers or both one letter: [1:3] or [a:c]")
        }
        guard low <= high else {
            throw WrittenValue.Refusal("`\(text)` falls: \(first) to \(last); write [\(last):\(first)]")
        }
        return (low...high).map { String(UnicodeScalar($0)) }
    }

    private static func numbers(_ first: String, _ last: String, _ text: String) throws(WrittenValue.Refusal)
        -> [String]
    {
        guard first.utf8.count <= 9, last.utf8.count <= 9, let low = Int(first), let high = Int(last) else {
            throw WrittenValue.Refusal("`\(text)` is more than \(hostsMax) hosts")
        }
        // Leading zeros make a width, which both ends then have.
        let isWide = first.utf8.first == UInt8(ascii: "0") && first.utf8.count > 1
        if isWide, first.utf8.count != last.utf8.count {
            let width = max(first.utf8.count, last.utf8.count)
            throw WrittenValue.Refusal(
                "`\(text)`: the ends' widths differ: write [\(padded(low, width)):\(padded(high, width))]")
        }
        guard low <= high else {
            throw WrittenValue.Refusal("`\(text)` falls: \(first) to \(last); write [\(last):\(first)]")
        }
        guard high - low < hostsMax else {
            throw WrittenValue.Refusal("`\(text)` is more than \(hostsMax) hosts")
        }
        return (low...high).map { isWide ? padded($0, first.utf8.count) : "\($0)" }
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = "\(number)"
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    private static func isDigits(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
    }

    private static func letter(_ text: String) -> UInt8? {
        guard text.utf8.count == 1, let byte = text.utf8.first,
            (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        else { return nil }
        return byte
    }
}
