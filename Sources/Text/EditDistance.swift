/// How many letters apart two words are, to say what somebody meant.
package enum EditDistance {
    /// A word longer than this is nobody's typing mistake.
    private static let bytesMax = 64

    /// The word of `known` that is nearest to `word`, the first of equals; nil beyond `distance`.
    package static func closest(to word: String, among known: [String], within distance: Int = 2) -> String? {
        var best: (word: String, distance: Int)?
        for candidate in known {
            let found = between(word, candidate)
            if found <= distance, found < best?.distance ?? .max { best = (candidate, found) }
        }
        return best?.word
    }

    /// The same for short words too: of less than four letters one may be wrong, of others two.
    package static func meant(by word: String, among known: [String]) -> String? {
        closest(to: word, among: known, within: word.utf8.count < 4 ? 1 : 2)
    }

    /// Insertions, deletions, substitutions and swaps of neighbours (Damerau, restricted); `Int.max` where one is
    /// too long to look at.
    package static func between(_ one: String, _ other: String) -> Int {
        let (one, other) = (Array(one.utf8), Array(other.utf8))
        guard one.count <= bytesMax, other.count <= bytesMax else { return .max }
        var before: [Int] = []
        var last = Array(0...other.count)
        for row in one.indices {
            var current = [row + 1]
            for column in other.indices {
                let substituted = last[column] + (one[row] == other[column] ? 0 : 1)
                var cost = min(substituted, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, one[row] == other[column - 1], one[row - 1] == other[column] {
                    cost = min(cost, before[column - 1] + 1)
                }
                current.append(cost)
            }
            (before, last) = (last, current)
        }
        return last[other.count]
    }
}
