import Text

/// Finds commands by a few letters of their names.
enum Palette {
    /// The commands whose name, or else help, holds the letters of `text` in their order; the best first.
    static func matches(_ text: String, on screen: ScreenID, isReadOnly: Bool) -> [CommandEntry] {
        let entries = CommandTable.entries(on: screen, isReadOnly: isReadOnly)
        let wanted = Array(text.lowercased().unicodeScalars.filter { $0 != " " })
        guard !wanted.isEmpty else { return entries }
        return entries.enumerated()
            .compactMap { place, entry -> (score: Int, place: Int, entry: CommandEntry)? in
                if let score = score(wanted, in: entry.name.string) { return (score, place, entry) }
                let help = entry.help.string.lowercased()
                return help.contains(text.lowercased()) ? (-1000, place, entry) : nil
            }
            .sorted { $0.score != $1.score ? $0.score > $1.score : $0.place < $1.place }
            .map(\.entry)
    }

    /// Higher for letters at the start of words and side by side, and for short names; nil where one is missing.
    private static func score(_ wanted: [Unicode.Scalar], in name: String) -> Int? {
        let letters = Array(name.unicodeScalars)
        var score = -letters.count
        var at = 0
        for letter in wanted {
            guard let found = letters[at...].firstIndex(of: letter) else { return nil }
            let isStart = found == 0 || letters[found - 1] == "-"
            score += (isStart ? 8 : 0) + (found == at ? 6 : 0)
            at = found + 1
        }
        return score
    }
}
