/// What is wrong in a configuration file: where, what, and what to write instead.
package struct ConfigurationFinding: Error, Equatable, Sendable, CustomStringConvertible {
    package let file: String
    /// From 1; 0 for the file as a whole.
    package let line: Int
    /// In bytes, from 1; 0 for the file as a whole.
    package let column: Int
    package let text: String

    package init(file: String, line: Int = 0, column: Int = 0, _ text: String) {
        self.file = file
        self.line = line
        self.column = column
        self.text = text
    }

    package var description: String {
        line == 0 ? "\(file): \(text)" : "\(file):\(line):\(column): \(text)"
    }
}

/// The known word that somebody may have meant.
enum NearestWord {
    /// At most two letters changed, added, left out or swapped; nil where none is that near.
    static func of(_ word: String, among known: [String]) -> String? {
        let limit = word.utf8.count < 4 ? 1 : 2
        guard word.utf8.count <= 64 else { return nil }
        var best: (word: String, distance: Int)?
        for candidate in known {
            let distance = distance(Array(word.utf8), Array(candidate.utf8))
            if distance <= limit, distance < best?.distance ?? Int.max { best = (candidate, distance) }
        }
        return best?.word
    }

    /// Optimal string alignment distance.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var before: [Int] = []
        var row = Array(0...right.count)
        for at in left.indices {
            var next = [at + 1]
            for place in right.indices {
                let change = row[place] + (left[at] == right[place] ? 0 : 1)
                var cost = min(change, row[place + 1] + 1, next[place] + 1)
                if at > 0, place > 0, left[at] == right[place - 1], left[at - 1] == right[place] {
                    cost = min(cost, before[place - 1] + 1)
                }
                next.append(cost)
            }
            before = row
            row = next
        }
        return row[right.count]
    }
}
