/// A value to compare with: plain with `*` for any run of characters and `?` for any one, or in quotes as it is.
struct QueryPattern: Hashable, Sendable {
    let text: String
    /// Whether `*` and `?` have their meaning; they have none in quotes.
    let isGlob: Bool

    init(_ text: String, isQuoted: Bool) {
        self.text = text
        isGlob = !isQuoted && text.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }
    }

    /// Whether it begins as a number does, as `60%` and `443`.
    var isNumber: Bool {
        !isGlob && QueryBound.isNumeric(text)
    }

    /// As it is read again: in quotes where it would mean something else without.
    var printed: String {
        let isPlain =
            !text.isEmpty && text.utf8.allSatisfy { QueryLexer.isPlain($0) }
            && !QueryLexer.keywords.contains(text.lowercased())
            && (isGlob || !text.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") })
        return isPlain ? text : inQuotes
    }

    /// As it is read again where it would be taken for a number to compare with.
    var inQuotes: String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { quoted.unicodeScalars.append("\\") }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }

    /// Whether it is the whole of `subject`, upper and lower case apart.
    func matches(_ subject: String) -> Bool {
        isGlob ? find(in: subject, isWhole: true, ignoresCase: false) : text == subject
    }

    /// The same for names, where upper and lower case (of ASCII) are one.
    func matchesName(_ subject: String) -> Bool {
        find(in: subject, isWhole: true, ignoresCase: true)
    }

    /// Whether it is somewhere in `subject`, upper and lower case (of ASCII) being one.
    func isContained(in subject: String) -> Bool {
        find(in: subject, isWhole: false, ignoresCase: true)
    }

    /// Walks the pattern and goes back to its last `*` on a mismatch: at most pattern times subject steps, both
    /// of which have limits. Works on bytes; a `?` takes a whole UTF-8 sequence and never begins inside one.
    private func find(in subject: String, isWhole: Bool, ignoresCase: Bool) -> Bool {
        var (pattern, subject) = (text, subject)
        let isGlob = isGlob
        return pattern.withUTF8 { pattern in
            subject.withUTF8 { subject in
                Self.find(pattern, subject, isGlob: isGlob, isWhole: isWhole, ignoresCase: ignoresCase)
            }
        }
    }

    private static func find(
        _ pattern: UnsafeBufferPointer<UInt8>, _ subject: UnsafeBufferPointer<UInt8>,
        isGlob: Bool, isWhole: Bool, ignoresCase: Bool
    ) -> Bool {
        var at = 0
        var place = 0
        // Where to go on after a mismatch; a search for a part behaves as if a `*` stood in front.
        var star: (at: Int, place: Int)? = isWhole ? nil : (0, 0)
        while true {
            if at == pattern.count {
                if !isWhole || place == subject.count { return true }
            } else if isGlob, pattern[at] == UInt8(ascii: "*") {
                at += 1
                star = (at, place)
                continue
            } else if place < subject.count {
                if isGlob, pattern[at] == UInt8(ascii: "?") {
                    if !isContinuation(subject[place]) {
                        at += 1
                        repeat { place += 1 } while place < subject.count && isContinuation(subject[place])
                        continue
                    }
                } else if fold(pattern[at], ignoresCase) == fold(subject[place], ignoresCase) {
                    at += 1
                    place += 1
                    continue
                }
            }
            guard let last = star, last.place < subject.count else { return false }
            star = (last.at, last.place + 1)
            at = last.at
            place = last.place + 1
        }
    }

    private static func isContinuation(_ byte: UInt8) -> Bool {
        byte & 0xC0 == 0x80
    }

    private static func fold(_ byte: UInt8, _ ignoresCase: Bool) -> UInt8 {
        ignoresCase && byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}
