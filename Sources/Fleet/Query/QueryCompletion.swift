/// What may stand at the cursor of the query bar: keys and values seen, signals, signs and units.
///
/// A candidate stands for the whole token around the cursor, `replaced(in:cursor:)`, so that one key takes it.
package enum QueryCompletion {
    /// More than a list on a screen shows.
    package static let candidatesMax = 50

    /// The candidates, nearest use first. `cursor` is a place between characters, from 0; `attributes` are the
    /// values seen, by key; `signals` are those that a row can have.
    package static func candidates(
        for text: String, cursor: Int, attributes: [String: [String]], signals: [Signal]
    ) -> [String] {
        guard text.utf8.count <= RowQuery.bytesMax else { return [] }
        let characters = Array(text)
        let cursor = min(max(cursor, 0), characters.count)
        let start = start(of: cursor, characters)
        let typed = String(characters[start..<cursor])
        let before = words(String(characters[..<start]))
        let found: [String]
        if let sign = typed.firstIndex(of: "=") {
            found = values(typed, sign, attributes)
        } else if let sign = before.last, isSign(sign), before.count > 1 {
            found = bounds(typed, for: before[before.count - 2], signals)
        } else if let last = before.last, signal(last, signals) != nil,
            typed.allSatisfy({ "<>=!".contains($0) })
        {
            found = [">", "<", ">=", "<=", "==", "!="].filter { $0.hasPrefix(typed) && $0 != typed }
        } else {
            found = names(typed, attributes, signals)
        }
        return Array(found.prefix(candidatesMax))
    }

    /// The characters that a candidate takes the place of.
    package static func replaced(in text: String, cursor: Int) -> Range<Int> {
        let characters = Array(text)
        let cursor = min(max(cursor, 0), characters.count)
        return start(of: cursor, characters)..<cursor
    }

    /// Where the token that the cursor stands behind begins: after the last blank or bracket outside quotes.
    private static func start(of cursor: Int, _ characters: [Character]) -> Int {
        var start = 0
        var isQuoted = false
        for place in 0..<cursor {
            if characters[place] == "\"" { isQuoted.toggle() }
            if !isQuoted, characters[place].isWhitespace || "()".contains(characters[place]) {
                start = place + 1
            }
        }
        return start
    }

    /// The words before, without brackets and windows.
    private static func words(_ text: String) -> [String] {
        text.split(whereSeparator: \.isWhitespace).map { word in
            String(word.drop { $0 == "(" }.prefix { $0 != "(" && $0 != ")" })
        }
    }

    private static func isSign(_ word: String) -> Bool {
        [">", "<", ">=", "<=", "==", "!="].contains(word)
    }

    private static func signal(_ word: String, _ signals: [Signal]) -> Signal? {
        guard let operand = QueryOperand(word) else { return nil }
        return signals.first { $0.name == operand.signal.name }
    }

    /// Values of the key before the sign, for the last of several.
    private static func values(
        _ typed: String, _ sign: String.Index, _ attributes: [String: [String]]
    ) -> [String] {
        let key = typed[..<sign].filter { $0 != "!" }
        let last = typed.lastIndex(of: ",").map { $0 > sign ? $0 : sign } ?? sign
        let head = typed[...last]
        let begun = typed[typed.index(after: last)...].filter { $0 != "\"" }.lowercased()
        return unique(attributes[key] ?? [])
            .filter { $0.lowercased().hasPrefix(begun) && !$0.isEmpty }
            .map { head + QueryPattern($0, isQuoted: true).printed }
            .filter { $0 != typed }
    }

    /// The number typed so far with the signal's units; an example where there is none.
    private static func bounds(_ typed: String, for word: String, _ signals: [Signal]) -> [String] {
        guard let signal = signal(word, signals) else { return [] }
        guard !typed.isEmpty else { return [signal.unit.example] }
        let number = typed.prefix { $0.isNumber || $0 == "." || $0 == "-" }
        let begun = typed[number.endIndex...]
        guard !number.isEmpty else { return [] }
        return signal.unit.spellings.filter { $0.hasPrefix(begun) && $0 != begun }.map { number + $0 }
    }

    /// Signals, keys, groups and hosts that begin so, then signals that have two letters of it inside.
    private static func names(
        _ typed: String, _ attributes: [String: [String]], _ signals: [Signal]
    ) -> [String] {
        let begun = typed.lowercased()
        let keys = attributes.keys.sorted().map { "\($0)=" }
        let named = unique((attributes["group"] ?? []) + (attributes["host"] ?? []))
            .map { QueryPattern($0, isQuoted: true).printed }
        let first = (signals.map(\.name) + keys + named + (begun.isEmpty ? [] : ["not"]))
            .filter { $0.lowercased().hasPrefix(begun) && $0 != typed }
        guard begun.utf8.count > 1 else { return first }
        let inside = signals.map(\.name).filter { $0.contains(begun) && !$0.hasPrefix(begun) }
        return first + inside
    }

    private static func unique(_ values: [String]) -> [String] {
        Set(values).sorted()
    }
}
