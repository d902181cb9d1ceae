/// The words of a `run` key, by the operators' contract 4.2: no shell and no expansion but `{placeholders}`.
package struct ActionArgv: Equatable, Sendable {
    package enum Part: Equatable, Sendable {
        case text(String)
        case parameter(String)
    }

    /// Each becomes exactly one word, whatever the parameters hold.
    package let words: [[Part]]

    /// Throws what is wrong and what to write; `parameters` are those that are declared.
    package init(_ text: String, parameters: [String]) throws(UsageError) {
        var words: [[Part]] = []
        var word: [Part]?
        var literal: [UInt8] = []
        let bytes = Array(text.utf8)
        var quote: UInt8 = 0
        var place = 0
        func flush() {
            if !literal.isEmpty { word = (word ?? []) + [.text(String(decoding: literal, as: UTF8.self))] }
            literal = []
        }
        while place < bytes.count {
            let byte = bytes[place]
            let next = place + 1 < bytes.count ? bytes[place + 1] : 0
            place += 1
            switch byte {
            case 0x20 where quote == 0, 0x09 where quote == 0:
                flush()
                if let whole = word { words.append(whole) }
                word = nil
            case UInt8(ascii: "'") where quote != UInt8(ascii: "\""),
                UInt8(ascii: "\"") where quote != UInt8(ascii: "'"):
                quote = quote == 0 ? byte : 0
                word = word ?? []
            case UInt8(ascii: "\\") where quote == 0:
                guard place < bytes.count else { throw UsageError("ends with a \\; write \\\\ for one") }
                literal.append(next)
                place += 1
            case UInt8(ascii: "\\")
            where quote == UInt8(ascii: "\"") && (next == UInt8(ascii: "\"") || next == UInt8(ascii: "\\")):
                literal.append(next)
                place += 1
            case UInt8(ascii: "{") where next == byte, UInt8(ascii: "}") where next == byte:
                literal.append(byte)
                place += 1
            case UInt8(ascii: "{"):
                guard let end = bytes[place...].firstIndex(of: UInt8(ascii: "}")) else {
                    throw UsageError("brace not closed; write {NAME}, or {{ for a brace")
                }
                let name = String(decoding: bytes[place..<end], as: UTF8.self)
                guard !words.isEmpty else {
                    throw UsageError("no parameter in the program's path; write the path out")
                }
                guard parameters.contains(name) else {
                    throw UsageError("undeclared parameter \(name); add param.\(name) = TYPE")
                }
                flush()
                word = (word ?? []) + [.parameter(name)]
                place = end + 1
            default: literal.append(byte)
            }
        }
        guard quote == 0 else {
            throw UsageError("quote not closed; add the missing \(quote == 0x27 ? "'" : "\"")")
        }
        flush()
        if let whole = word { words.append(whole) }
        guard case .text(let program)? = words.first?.first, program.utf8.first == UInt8(ascii: "/") else {
            throw UsageError(
                "the program needs an absolute path, as /usr/local/lib/martlet/actions/restart.sh")
        }
        self.words = words
    }
}

/// The type of an action's parameter, by the operators' contract 4.4.
package struct ActionParameter: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        case version, word
        case int(ClosedRange<Int>)
        case choice([String])
    }

    package let kind: Kind
    /// nil where a value is required.
    package let standard: String?

    /// Throws what is wrong and what to write.
    package init(_ text: String) throws(UsageError) {
        var words = text.split(separator: " ").map(String.init)
        var standard: String?
        if words.count >= 2, words[words.count - 2] == "default" {
            standard = words.removeLast()
            words.removeLast()
        }
        switch (words.first, words.count) {
        case ("version", 1): kind = .version
        case ("word", 1): kind = .word
        case ("int", 2):
            let bounds = words[1].split(separator: ".", omittingEmptySubsequences: false)
            guard bounds.count == 3, bounds[1].isEmpty, let low = Int(bounds[0]), let high = Int(bounds[2]),
                low <= high
            else { throw UsageError("write int LOW..HIGH, as int 1..20") }
            kind = .int(low...high)
        case ("choice", 2):
            let choices = words[1].split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            guard choices.allSatisfy({ Self.isWord($0, isVersion: false) }) else {
                throw UsageError("write choice A|B|C, with letters, digits, . _ - in each")
            }
            kind = .choice(choices)
        default:
            throw UsageError(
                "no such type; write version, word, int LOW..HIGH or choice A|B|C, then default VALUE")
        }
        self.standard = standard
        if let standard, !takes(standard) { throw UsageError("default \(standard) is no value of its type") }
    }

    /// Whether a value may stand in for the parameter; never one that begins with `-` or would be split.
    package func takes(_ value: String) -> Bool {
        switch kind {
        case .version: return Self.isWord(value, isVersion: true)
        case .word: return Self.isWord(value, isVersion: false)
        case .int(let range):
            guard let number = Int(value), range.contains(number) else { return false }
            return String(number) == value
        case .choice(let choices): return choices.contains(value)
        }
    }

    private static func isWord(_ text: String, isVersion: Bool) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, bytes.count <= 64,
            ConfigurationValue.isAlphanumeric(first) || !isVersion && first == 0x5F
        else { return false }
        return bytes.allSatisfy {
            ConfigurationValue.isAlphanumeric($0) || $0 == 0x2E || $0 == 0x5F || $0 == 0x2D
                || isVersion && $0 == 0x2B
        }
    }
}
