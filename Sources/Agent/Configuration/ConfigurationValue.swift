/// The types of values in agent.conf, read from text.
package enum ConfigurationValue {
    private static let durations: [(name: String, factor: UInt64)] = [
        ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]
    private static let sizes: [(name: String, factor: UInt64)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("TB", 1_000_000_000_000),
        ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1000), ("B", 1),
    ]

    /// Milliseconds of `500ms`, `1h30m`, `3d`: units largest first, no blanks, no bare number.
    package static func milliseconds(_ text: String) -> UInt64? {
        let bytes = Array(text.utf8)
        var place = 0
        var next = 0
        var total: UInt64 = 0
        guard !bytes.isEmpty else { return nil }
        while place < bytes.count {
            guard let count = number(bytes, &place), let unit = unit(bytes, &place, durations), unit >= next
            else { return nil }
            let (product, isOver) = count.multipliedReportingOverflow(by: durations[unit].factor)
            let (sum, isOverToo) = total.addingReportingOverflow(product)
            guard !isOver, !isOverToo else { return nil }
            total = sum
            next = unit + 1
        }
        return total
    }

    /// Bytes of `64MiB`, `20GB`: no blanks, no bare number.
    package static func bytes(_ text: String) -> UInt64? {
        let bytes = Array(text.utf8)
        var place = 0
        guard let count = number(bytes, &place), let unit = unit(bytes, &place, sizes), place == bytes.count
        else { return nil }
        let (product, isOver) = count.multipliedReportingOverflow(by: sizes[unit].factor)
        return isOver ? nil : product
    }

    /// Thousandths of one percent of `5%`, `0.5%`; three places at most.
    package static func ratio(_ text: String) -> Int? {
        let bytes = Array(text.utf8)
        var place = 0
        guard let whole = number(bytes, &place), whole <= 100 else { return nil }
        var parts = whole * 1000
        if place < bytes.count, bytes[place] == UInt8(ascii: ".") {
            place += 1
            let start = place
            guard let digits = number(bytes, &place), place - start <= 3 else { return nil }
            parts += digits * [1, 100, 10, 1][place - start]
        }
        guard place == bytes.count - 1, bytes[place] == UInt8(ascii: "%"), parts <= 100_000 else {
            return nil
        }
        return Int(parts)
    }

    package static func bool(_ text: String) -> Bool? {
        switch text {
        case "yes", "true": true
        case "no", "false": false
        default: nil
        }
    }

    /// Letters, digits, `.`, `_`, `-`; begins with a letter or digit; up to 64.
    package static func isName(_ text: String) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, bytes.count <= 64, isAlphanumeric(first) else { return false }
        return bytes.allSatisfy { isAlphanumeric($0) || $0 == 0x2E || $0 == 0x5F || $0 == 0x2D }
    }

    /// A host's name: also `:` and `%`, up to 253.
    static func isHost(_ text: String) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, bytes.count <= 253, isAlphanumeric(first) else { return false }
        return bytes.allSatisfy {
            isAlphanumeric($0) || $0 == 0x2E || $0 == 0x5F || $0 == 0x2D || $0 == 0x3A || $0 == 0x25
        }
    }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        byte >= 0x30 && byte <= 0x39 || byte >= 0x41 && byte <= 0x5A || byte >= 0x61 && byte <= 0x7A
    }

    private static func number(_ bytes: [UInt8], _ place: inout Int) -> UInt64? {
        let start = place
        var value: UInt64 = 0
        while place < bytes.count, bytes[place] >= 0x30, bytes[place] <= 0x39 {
            value = value * 10 + UInt64(bytes[place] - 0x30)
            place += 1
            if place - start > 12 { return nil }
        }
        return place > start ? value : nil
    }

    private static func unit(
        _ bytes: [UInt8], _ place: inout Int, _ units: [(name: String, factor: UInt64)]
    ) -> Int? {
        var end = place
        while end < bytes.count, bytes[end] >= 0x41, !(bytes[end] >= 0x30 && bytes[end] <= 0x39) { end += 1 }
        let name = String(decoding: bytes[place..<end], as: UTF8.self)
        guard let found = units.firstIndex(where: { $0.name == name }) else { return nil }
        place = end
        return found
    }
}
