/// The type of an action's parameter (docs/actions.md): what a value of it may be.
///
/// The screen, the hub and the host ask the same function, so that what one of them takes the others take too.
package struct ActionParameter: Hashable, Sendable {
    /// What a value may be (docs/agent-conf.md).
    package enum Kind: Hashable, Sendable {
        case version, word
        case int(ClosedRange<Int>)
        case choice([String])
    }

    package let kind: Kind
    /// nil where a value is required.
    package let standard: String?
    /// The type as it stands in the file: `choice fast|safe default safe`.
    package let text: String

    /// Throws what is wrong and what to write.
    package init(_ text: String) throws(ActionError) {
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
            else { throw ActionError("write int LOW..HIGH, as int 1..20") }
            kind = .int(low...high)
        case ("choice", 2):
            let choices = words[1].split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            guard choices.allSatisfy({ Self.isWord($0, isVersion: false) }) else {
                throw ActionError("write choice A|B|C, with letters, digits, . _ - in each")
            }
            kind = .choice(choices)
        default:
            throw ActionError(
                "no such type; write version, word, int LOW..HIGH or choice A|B|C, then default VALUE")
        }
        self.standard = standard
        self.text = text
        if let standard, !takes(standard) { throw ActionError("default \(standard) is no value of its type") }
    }

    /// Whether a value may stand in for the parameter; never one that would be split, or that begins with `-` where that is no
    /// number of the range.
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

    /// What a value may be, for people: `a version, as 4.12.1`.
    package var words: String {
        switch kind {
        case .version: "a version, as 4.12.1"
        case .word: "a word of letters, digits, . _ -"
        case .int(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
        case .choice(let choices): choices.joined(separator: " or ")
        }
    }

    private static let bytesMax = 64

    private static func isWord(_ text: String, isVersion: Bool) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, bytes.count <= bytesMax,
            isAlphanumeric(first) || !isVersion && first == 0x5F
        else { return false }
        return bytes.allSatisfy {
            isAlphanumeric($0) || $0 == 0x2E || $0 == 0x5F || $0 == 0x2D || isVersion && $0 == 0x2B
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        byte >= 0x30 && byte <= 0x39 || byte >= 0x41 && byte <= 0x5A || byte >= 0x61 && byte <= 0x7A
    }
}

/// What is wrong with an action or with what is asked of it, and what to write instead.
package struct ActionError: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
