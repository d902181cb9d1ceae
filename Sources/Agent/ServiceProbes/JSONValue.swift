/// Finds one scalar of a JSON text by its keys, `a.b.c`; numbers of arrays are keys too.
enum JSONValue {
    private static let depthMax = 32

    /// The text of a string, or a number, `true`, `false` as written; nil where there is none, or what comes before it is no JSON.
    static func find(_ path: String, in bytes: [UInt8]) -> String? {
        var reader = Reader(bytes: bytes)
        let keys = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        return reader.find(keys[...], depth: 0)
    }

    private struct Reader {
        let bytes: [UInt8]
        var place = 0

        private mutating func byte() -> UInt8? {
            while place < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[place]) { place += 1 }
            return place < bytes.count ? bytes[place] : nil
        }

        private mutating func take(_ wanted: UInt8) -> Bool {
            guard byte() == wanted else { return false }
            place += 1
            return true
        }

        mutating func find(_ keys: ArraySlice<String>, depth: Int) -> String? {
            guard depth < JSONValue.depthMax, let first = byte() else { return nil }
            guard let key = keys.first else { return scalar() }
            let isObject = first == UInt8(ascii: "{")
            guard isObject || first == UInt8(ascii: "[") else { return nil }
            place += 1
            var number = 0
            while let next = byte(), next != Self.end(isObject) {
                var name = "\(number)"
                if isObject {
                    guard let text = string(), take(UInt8(ascii: ":")) else { return nil }
                    name = text
                }
                if name == key { return find(keys.dropFirst(), depth: depth + 1) }
                guard skip(depth: depth + 1) else { return nil }
                number += 1
                guard take(UInt8(ascii: ",")) else { return nil }
            }
            return nil
        }

        private static func end(_ isObject: Bool) -> UInt8 {
            isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")
        }

        private mutating func scalar() -> String? {
            guard let first = byte() else { return nil }
            if first == 0x22 { return string() }
            let word = bytes[place...].prefix {
                $0 > 0x20 && ![0x2C, 0x7D, 0x5D, 0x7B, 0x5B, 0x3A].contains($0)
            }
            guard !word.isEmpty, !word.elementsEqual("null".utf8) else { return nil }
            place += word.count
            return String(decoding: word, as: UTF8.self)
        }

        private mutating func skip(depth: Int) -> Bool {
            guard depth < JSONValue.depthMax, let first = byte() else { return false }
            let isObject = first == UInt8(ascii: "{")
            guard isObject || first == UInt8(ascii: "[") else {
                return first == 0x22 ? string() != nil : skipWord()
            }
            place += 1
            let end = Self.end(isObject)
            while let next = byte(), next != end {
                if isObject { guard string() != nil, take(UInt8(ascii: ":")) else { return false } }
                guard skip(depth: depth + 1) else { return false }
                guard take(UInt8(ascii: ",")) || byte() == end else { return false }
            }
            guard byte() != nil else { return false }
            place += 1
            return true
        }

        private mutating func skipWord() -> Bool {
            let word = bytes[place...].prefix {
                $0 > 0x20 && ![0x2C, 0x7D, 0x5D, 0x7B, 0x5B, 0x3A].contains($0)
            }
            place += word.count
            return !word.isEmpty
        }

        /// RFC 8259, section 7; a lone surrogate becomes the replacement character.
        private mutating func string() -> String? {
            guard take(0x22) else { return nil }
            var text: [UInt8] = []
            var units: [UInt16] = []
            func flush() {
                guard !units.isEmpty else { return }
                text += Array(String(decoding: units, as: UTF16.self).utf8)
                units = []
            }
            while place < bytes.count {
                let next = bytes[place]
                place += 1
                if next == 0x22 {
                    flush()
                    return String(decoding: text, as: UTF8.self)
                }
                guard next == 0x5C, place < bytes.count else {
                    flush()
                    text.append(next)
                    continue
                }
                let escape = bytes[place]
                place += 1
                if escape == UInt8(ascii: "u") {
                    let digits = bytes[place...].prefix(4)
                    guard let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16) else {
                        return nil
                    }
                    units.append(unit)
                    place += digits.count
                    continue
                }
                flush()
                switch escape {
                case UInt8(ascii: "n"): text.append(0x0A)
                case UInt8(ascii: "t"): text.append(0x09)
                case UInt8(ascii: "r"): text.append(0x0D)
                case UInt8(ascii: "b"): text.append(0x08)
                case UInt8(ascii: "f"): text.append(0x0C)
                default: text.append(escape)
                }
            }
            return nil
        }
    }
}
