/// A word of the command line that is a flag, with the value that stands in it: `--output=json`, `-o=json` and `-ojson`.
struct FlagWord {
    let flag: String
    /// Nil where it is the next word, or missing.
    let value: String?

    init(_ word: String) {
        let isShort = !word.hasPrefix("--") && word.utf8.count > 2
        if isShort {
            flag = String(word.prefix(2))
            let rest = word.dropFirst(2)
            value = String(rest.hasPrefix("=") ? rest.dropFirst() : rest)
        } else {
            // `=` may stand in a value, so only the first one splits.
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            flag = String(parts[0])
            value = parts.count == 2 ? String(parts[1]) : nil
        }
    }
}
