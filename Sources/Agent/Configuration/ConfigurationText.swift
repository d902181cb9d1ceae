import Text

/// A configuration's lines as sections and entries, by docs/agent-conf.md: no quoting, no expansion, no
/// comments behind values.
struct ConfigurationText {
    /// `key = value`; lines and columns count from 1.
    struct Entry {
        var key: String
        var value: String
        var line: Int
        var keyColumn: Int
        var valueColumn: Int
    }

    /// A heading in brackets and the entries below it.
    struct Section {
        var kind: String
        /// Empty for `[agent]` and `[record]`.
        var name: String
        var file: String
        var line: Int
        var entries: [Entry] = []

        /// As it stands in the file, without the brackets.
        var title: String { name.isEmpty ? kind : "\(kind) \(name)" }
    }

    /// Bytes of a file that are read at most.
    static let bytesMax = 1 << 20
    static let sectionsMax = 1000
    static let kinds = ["agent", "record", "log", "probe", "action"]

    private(set) var sections: [Section] = []
    private(set) var findings: [ConfigurationFinding] = []
    private let file: String

    init(_ bytes: [UInt8], file: String) {
        self.file = file
        guard bytes.count <= Self.bytesMax else {
            findings.append(
                ConfigurationFinding(file: file, "has more than 1 MiB; split it into agent.conf.d"))
            return
        }
        var place = 0
        var line = 0
        var isKnown = true
        while place < bytes.count {
            var end = place
            while end < bytes.count, bytes[end] != 0x0A { end += 1 }
            line += 1
            read(bytes[place..<end], line, &isKnown)
            place = end + 1
        }
    }

    private mutating func read(_ whole: ArraySlice<UInt8>, _ line: Int, _ isKnown: inout Bool) {
        let text = Self.trimmed(whole)
        guard let first = text.first, first != UInt8(ascii: "#"), first != UInt8(ascii: ";") else { return }
        let column = { (place: Int) in place - whole.startIndex + 1 }
        if let bad = text.firstIndex(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) {
            return complain(line, column(bad), "a control character; take it out")
        }
        if String(validating: text, as: UTF8.self) == nil {
            return complain(line, column(text.startIndex), "is not UTF-8; save the file as UTF-8")
        }
        if first == UInt8(ascii: "[") {
            isKnown = open(text, line, column)
            return
        }
        guard let equals = text.firstIndex(of: UInt8(ascii: "=")) else {
            return complain(
                line, column(text.startIndex), "neither [section] nor key = value; write key = value")
        }
        let key = Self.trimmed(text[..<equals])
        let value = Self.trimmed(text[(equals + 1)...])
        guard !key.isEmpty else {
            return complain(line, column(equals), "a key is missing before the =; write key = value")
        }
        guard isKnown else { return }
        guard !sections.isEmpty else {
            return complain(
                line, column(key.startIndex),
                "stands in no section; write [agent] or another section before it")
        }
        sections[sections.count - 1].entries.append(
            Entry(
                key: String(decoding: key, as: UTF8.self), value: String(decoding: value, as: UTF8.self),
                line: line, keyColumn: column(key.startIndex),
                valueColumn: column(value.isEmpty ? equals : value.startIndex)))
    }

    /// Begins a section; false where it is none, and its keys are not looked at.
    private mutating func open(_ text: ArraySlice<UInt8>, _ line: Int, _ column: (Int) -> Int) -> Bool {
        let start = column(text.startIndex)
        guard text.last == UInt8(ascii: "]") else {
            complain(line, column(text.endIndex), "a ] is missing at the end of the section's line")
            return false
        }
        let inner = Self.trimmed(text.dropFirst().dropLast())
        let end = inner.firstIndex { $0 == 0x20 || $0 == 0x09 } ?? inner.endIndex
        let kind = String(decoding: inner[..<end], as: UTF8.self)
        let name = String(decoding: Self.trimmed(inner[end...]), as: UTF8.self)
        guard Self.kinds.contains(kind) else {
            let nearest = EditDistance.meant(by: kind, among: Self.kinds)
            let remedy =
                nearest.map { "did you mean \"\($0)\"?" }
                ?? "the kinds are \(Self.kinds.joined(separator: ", "))"
            complain(line, start, "unknown section kind \"\(kind)\"; \(remedy)")
            return false
        }
        let isNamed = kind != "agent" && kind != "record"
        if isNamed, !ConfigurationValue.isName(name) {
            complain(
                line, start,
                name.isEmpty
                    ? "[\(kind)] needs a name; write [\(kind) NAME]"
                    : "[\(kind) \(name)]: a name has letters, digits, . _ - and begins with a letter or digit, up to 64"
            )
            return false
        }
        if !isNamed, !name.isEmpty {
            complain(line, start, "[\(kind)] takes no name; write [\(kind)]")
            return false
        }
        if let twin = sections.first(where: { $0.kind == kind && $0.name == name }) {
            complain(line, start, "[\(twin.title)] is there already, in line \(twin.line); keep one")
            return false
        }
        guard sections.count < Self.sectionsMax else {
            complain(line, start, "more than \(Self.sectionsMax) sections; take some out")
            return false
        }
        sections.append(Section(kind: kind, name: name, file: file, line: line))
        return true
    }

    private mutating func complain(_ line: Int, _ column: Int, _ text: String) {
        findings.append(ConfigurationFinding(file: file, line: line, column: column, text))
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0D }
        guard let first = bytes.firstIndex(where: { !isBlank($0) }),
            let last = bytes.lastIndex(where: { !isBlank($0) })
        else { return bytes[bytes.endIndex...] }
        return bytes[first...last]
    }
}
