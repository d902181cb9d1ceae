import Text

/// A text with placeholders, as `{service}: {value} of requests fail (limit {threshold})` (docs/rules-yaml.md).
package struct SummaryTemplate: Hashable, Sendable {
    private enum Part: Hashable, Sendable {
        case text(String)
        case placeholder(String)
    }

    package static let bytesMax = 500
    /// Those that every alert has.
    package static let known = [
        "alert", "severity", "host", "short_host", "value", "threshold", "since", "for", "worst_host",
    ]

    private let parts: [Part]
    /// As written.
    package let text: String

    package init(_ text: String) throws(QueryError) {
        guard text.utf8.count <= Self.bytesMax else {
            throw QueryError(column: 1, reason: "longer than \(Self.bytesMax) bytes")
        }
        self.text = text
        var parts: [Part] = []
        var literal = ""
        let characters = Array(text)
        var place = 0
        while place < characters.count {
            let character = characters[place]
            let isDouble = place + 1 < characters.count && characters[place + 1] == character
            switch character {
            case "{" where isDouble, "}" where isDouble:
                literal.append(character)
                place += 2
            case "{":
                guard let end = characters[place...].firstIndex(of: "}") else {
                    throw QueryError(
                        column: place + 1, reason: "this brace is not closed; write {{ for a brace")
                }
                let name = String(characters[place + 1..<end])
                guard !name.isEmpty,
                    name.utf8.allSatisfy({ WrittenValue.isAlphanumeric($0) || "._-".utf8.contains($0) })
                else {
                    throw QueryError(
                        column: place + 1, reason: "a placeholder is a name: write {value}, or {{ for a brace"
                    )
                }
                if !literal.isEmpty { parts.append(.text(literal)) }
                literal = ""
                parts.append(.placeholder(name))
                place = end + 1
            case "}":
                throw QueryError(column: place + 1, reason: "no brace is open here; write }} for a brace")
            default:
                literal.append(character)
                place += 1
            }
        }
        if !literal.isEmpty { parts.append(.text(literal)) }
        self.parts = parts
    }

    private init(_ parts: [Part]) {
        self.parts = parts
        text = ""
    }

    /// What a rule without a summary says: `{alert} {host} {mount} {value} (limit {threshold})`.
    package static func usual(of labels: [String]) -> SummaryTemplate {
        var parts = [Part.placeholder("alert")]
        for label in labels { parts += [.text(" "), .placeholder(label)] }
        return SummaryTemplate(
            parts + [
                .text(" "), .placeholder("value"), .text(" (limit "), .placeholder("threshold"), .text(")"),
            ])
    }

    package var placeholders: [String] {
        parts.compactMap { if case .placeholder(let name) = $0 { name } else { nil } }
    }

    /// The first placeholder that is none of these, with the one that was meant.
    package func firstUnknown(among names: [String]) -> String? {
        guard let unknown = placeholders.first(where: { !names.contains($0) }) else { return nil }
        let meant = EditDistance.meant(by: unknown, among: names)
        return "unknown placeholder {\(unknown)}"
            + (meant.map { "; did you mean {\($0)}?" }
                ?? "; known here: \(names.map { "{\($0)}" }.joined(separator: " "))")
    }

    /// With each placeholder's value, `-` where that is empty or there is none.
    package func filled(_ value: (String) -> String?) -> String {
        parts.map { part in
            switch part {
            case .text(let text): return text
            case .placeholder(let name):
                let found = value(name) ?? ""
                return found.isEmpty ? "-" : found
            }
        }.joined()
    }
}
