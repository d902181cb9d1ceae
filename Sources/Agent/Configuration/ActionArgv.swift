package import Telemetry

/// The words of a `run` key, by docs/agent-conf.md: no shell and no expansion but `{placeholders}`.
package struct ActionArgv: Equatable, Sendable {
    /// A piece of a word: as written, or the value of the parameter of that name.
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

    /// The words with each parameter's value in its place; as many as before, whatever the values hold.
    package func filled(_ values: [Label]) -> [String] {
        words.map { parts in
            var word = ""
            for part in parts {
                switch part {
                case .text(let text): word += text
                case .parameter(let name): word += values.first { $0.name == name }?.value ?? ""
                }
            }
            return word
        }
    }

    /// The program's path.
    package var program: String { filled([]).first ?? "" }
}
