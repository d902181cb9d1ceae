import Telemetry
package import Wire

/// Prometheus's text format 0.0.4 as a file of the textfile collector holds it; no timestamps, the last line whole.
package enum Textfile {
    /// One line with its value, of the type that the lines before it name.
    package struct Sample: Equatable {
        package let definition: SeriesDefinition
        package let value: Double
        /// Where it stands, from 1.
        package let line: Int
    }

    /// The samples in their order. A classic histogram's and a summary's parts are series of their own.
    package static func samples(_ bytes: [UInt8]) throws(TextfileError) -> [Sample] {
        guard bytes.isEmpty || bytes.last == 0x0A else {
            throw TextfileError(line: 0, reason: "the last line has no end: is it still being written?")
        }
        var samples: [Sample] = []
        var types: [String: String] = [:]
        var reader = TextfileReader(bytes)
        while !reader.isAtEnd {
            reader.skipBlanks()
            if reader.take(UInt8(ascii: "#")) {
                if let (name, type) = try reader.typeComment() { types[name] = type }
            } else if !reader.isAtLineEnd {
                let (key, value) = try reader.sample()
                samples.append(
                    Sample(
                        definition: SeriesDefinition(key, type(of: key.name, types), .double), value: value,
                        line: reader.line))
            }
            reader.nextLine()
        }
        return samples
    }

    private static func type(of name: String, _ types: [String: String]) -> MetricType {
        switch types[name] {
        case "counter": return .counter
        case "gauge", "summary": return .gauge
        case "histogram", "untyped": return .untyped
        default: break
        }
        for suffix in ["_bucket", "_count", "_sum"] where name.hasSuffix(suffix) {
            let family = types[String(name.dropLast(suffix.utf8.count))]
            if family == "histogram" || family == "summary" { return .counter }
        }
        return .untyped
    }
}

/// Why a file gives nothing.
package struct TextfileError: Error, Equatable, CustomStringConvertible {
    /// From 1; 0 for the file as a whole.
    package let line: Int
    package let reason: String

    package var description: String { line > 0 ? "line \(line): \(reason)" : reason }
}

/// Goes through the bytes of such a file, a line after the other.
private struct TextfileReader {
    private let bytes: [UInt8]
    private var offset = 0
    private(set) var line = 1

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { offset >= bytes.count }
    var isAtLineEnd: Bool { isAtEnd || bytes[offset] == 0x0A }

    mutating func skipBlanks() {
        while !isAtEnd, bytes[offset] == 0x20 || bytes[offset] == 0x09 { offset += 1 }
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard !isAtEnd, bytes[offset] == byte else { return false }
        offset += 1
        return true
    }

    mutating func nextLine() {
        while !isAtLineEnd { offset += 1 }
        offset += 1
        line += 1
    }

    /// Name and type of `# TYPE name type`; nil for other comments.
    mutating func typeComment() throws(TextfileError) -> (name: String, type: String)? {
        skipBlanks()
        guard word() == "TYPE" else { return nil }
        skipBlanks()
        let name = try name(allowsColon: true)
        skipBlanks()
        let type = word()
        guard ["counter", "gauge", "histogram", "summary", "untyped"].contains(type) else {
            throw failure("unknown type")
        }
        return (name, type)
    }

    /// `name{label="value"} 12.5`.
    mutating func sample() throws(TextfileError) -> (SeriesKey, Double) {
        let name = try name(allowsColon: true)
        skipBlanks()
        var labels: [Label] = []
        if take(UInt8(ascii: "{")) { labels = try self.labels() }
        skipBlanks()
        let number = word()
        guard let value = Self.number(number) else { throw failure("no number behind the name") }
        skipBlanks()
        guard isAtLineEnd else { throw failure("a timestamp, which is not taken here") }
        return (SeriesKey(name, Labels(labels)), value)
    }

    private mutating func labels() throws(TextfileError) -> [Label] {
        var labels: [Label] = []
        while true {
            skipBlanks()
            if take(UInt8(ascii: "}")) { return labels }
            let name = try name(allowsColon: false)
            skipBlanks()
            guard take(UInt8(ascii: "=")) else { throw failure("no = behind the label \(name)") }
            skipBlanks()
            let label = Label(name, try quoted())
            guard !labels.contains(where: { $0.name == name }), labels.count < WireLimits.labels else {
                throw failure("a label twice, or more than \(WireLimits.labels)")
            }
            labels.append(label)
            skipBlanks()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "}")) else { throw failure("no } behind the labels") }
            return labels
        }
    }

    private mutating func quoted() throws(TextfileError) -> String {
        guard take(UInt8(ascii: "\"")) else { throw failure("no quoted value of a label") }
        var text: [UInt8] = []
        while !isAtLineEnd {
            let byte = bytes[offset]
            offset += 1
            if byte == UInt8(ascii: "\"") {
                guard text.count <= WireLimits.stringBytes else { throw failure("a label is too long") }
                return String(decoding: text, as: UTF8.self)
            }
            guard byte == UInt8(ascii: "\\"), !isAtLineEnd else {
                text.append(byte)
                continue
            }
            switch bytes[offset] {
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "\\"), UInt8(ascii: "\""): text.append(bytes[offset])
            default: throw failure("an unknown escape in a label")
            }
            offset += 1
        }
        throw failure("a quoted value has no end")
    }

    private mutating func name(allowsColon: Bool) throws(TextfileError) -> String {
        let start = offset
        while !isAtEnd {
            switch bytes[offset] {
            case 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"): break
            case 0x30...0x39 where offset > start: break
            case UInt8(ascii: ":") where allowsColon: break
            default:
                guard offset > start else { throw failure("no name") }
                return try named(start)
            }
            offset += 1
        }
        return try named(start)
    }

    private func named(_ start: Int) throws(TextfileError) -> String {
        guard offset > start, offset - start <= WireLimits.stringBytes else { throw failure("no name") }
        return String(decoding: bytes[start..<offset], as: UTF8.self)
    }

    private mutating func word() -> String {
        let start = offset
        while !isAtLineEnd, bytes[offset] != 0x20, bytes[offset] != 0x09 { offset += 1 }
        return String(decoding: bytes[start..<min(offset, start + 64)], as: UTF8.self)
    }

    private static func number(_ word: String) -> Double? {
        switch word.lowercased() {
        case "nan": .nan
        case "inf", "+inf": .infinity
        case "-inf": -.infinity
        default: Double(word)
        }
    }

    private func failure(_ reason: String) -> TextfileError { TextfileError(line: line, reason: reason) }
}
