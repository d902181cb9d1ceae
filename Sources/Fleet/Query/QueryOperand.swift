import Text

/// The left of a comparison: a signal, and what becomes of it over its window.
struct QueryOperand {
    let signal: Signal
    let statistic: Statistic?

    /// A signal's name is looked for whole first: `http.p99` is one, `cpu.p99` is `cpu` with a statistic.
    init?(_ word: String) {
        if let signal = Signal.comparable(word) {
            self.signal = signal
            statistic = nil
            return
        }
        guard let point = word.lastIndex(of: "."), let signal = Signal.comparable(String(word[..<point])),
            let statistic = Statistic(rawValue: String(word[word.index(after: point)...]))
        else { return nil }
        self.signal = signal
        self.statistic = statistic
    }

    /// What to write in place of a word that names no signal.
    static func refusal(of word: String) -> String {
        let names = (Signal.catalogue + Signal.processFields).map(\.name)
        if let meant = EditDistance.closest(to: word, among: names) {
            return "unknown signal \(word): did you mean \(meant)"
        }
        // A part too many is the usual mistake: cpu.used, load.avg.
        var shorter = word
        while let point = shorter.lastIndex(of: ".") {
            shorter = String(shorter[..<point])
            if let parent = QueryOperand(shorter) {
                return "unknown signal \(word): did you mean \(parent.signal.name)"
            }
        }
        if let longer = names.first(where: { $0.hasPrefix(word + ".") }) {
            return "unknown signal \(word): did you mean \(longer)"
        }
        return "unknown signal \(word): attributes are compared with =, as in \(word)=web"
    }

    /// Why it cannot have that window, or must have one; nil where it is well.
    func refusal(ofWindow window: Int64?) -> String? {
        if statistic != nil, signal.identity.first != "host" {
            return "\(signal.name) has no statistics, only signals of hosts have: write \(signal.name)"
        }
        guard signal.windowSeconds == nil else { return nil }
        if let statistic, window == nil {
            return "a window is missing: write \(signal.name).\(statistic.rawValue)(5m)"
        }
        if statistic == nil, window != nil {
            return "\(signal.name) is of one moment: write \(signal.name).avg(5m)"
        }
        return nil
    }
}
