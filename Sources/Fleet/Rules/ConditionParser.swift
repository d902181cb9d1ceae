import Text

/// Reads a condition from left to right, with the column of what is wrong:
///
///     condition  = "never" | comparison { "and" comparison } [ "for" duration ]
///     comparison = operand cmp bound
///     operand    = signal [ "." stat ] [ "(" duration ")" ] [ "{" labels "}" ]
///                | "series" metric [ "{" labels "}" ]
///                | "rate" metric [ "(" duration ")" ] [ "{" labels "}" ]
///     bound      = number unit | "baseline" [ ("*" number | "+" number unit | "-" number unit) ]
struct ConditionParser {
    private static let labelsMax = 16

    private var scanner: ConditionScanner
    private let isGate: Bool
    /// The labels that tell its alerts apart; nil for the signals' own.
    var by: [String]?
    /// Names of hosts' tags, which are labels of whatever the hosts have; nil: any name may be one.
    var tags: [String]? = []

    init(_ text: String, isGate: Bool) throws(QueryError) {
        guard text.utf8.count <= Condition.bytesMax else {
            throw QueryError(
                column: 1, reason: "longer than \(Condition.bytesMax) bytes: this is not a condition")
        }
        scanner = ConditionScanner(text)
        self.isGate = isGate
    }

    mutating func condition() throws(QueryError) -> Condition {
        if scanner.take(word: "never") {
            guard scanner.isAtEnd else { throw scanner.error("never stands alone") }
            return .never
        }
        let comparisons = try comparisons()
        var hold = Duration.zero
        if scanner.take(word: "for") {
            let start = scanner.start
            let text = scanner.word()
            hold = try duration(text, start, "for 5m")
            guard hold <= .seconds(QueryBound.windowSecondsMax) else {
                throw scanner.error("`\(text)` is longer than 31d", at: start)
            }
            if scanner.take(word: "and") {
                throw scanner.error("`for` comes last and covers all comparisons", at: start)
            }
        }
        try end()
        return .threshold(Condition.Threshold(comparisons: comparisons, hold: hold))
    }

    mutating func gate() throws(QueryError) -> [ConditionComparison] {
        let comparisons = try comparisons()
        let start = scanner.start
        if scanner.take(word: "for") {
            throw scanner.error("a gate has no `for`: write gate_fails_after beside it", at: start)
        }
        try end()
        return comparisons
    }

    private mutating func end() throws(QueryError) {
        guard !scanner.isAtEnd else { return }
        let start = scanner.start
        if scanner.take(word: "or") {
            throw scanner.error("a condition has no `or`: write two rules", at: start)
        }
        throw scanner.error("`and`, `for` or the end belongs here", at: start)
    }

    private mutating func comparisons() throws(QueryError) -> [ConditionComparison] {
        var found = [try comparison()]
        while true {
            let start = scanner.start
            if scanner.take(word: "or") {
                throw scanner.error("a condition has no `or`: write two rules", at: start)
            }
            guard scanner.take(word: "and") else { return found }
            guard found.count < Condition.comparisonsMax else {
                throw scanner.error("more than \(Condition.comparisonsMax) comparisons", at: start)
            }
            if scanner.isAtEnd { throw scanner.error("something must follow and") }
            let place = scanner.start
            let next = try comparison()
            if let reason = refusal(of: next.operand, beside: found[0].operand) {
                throw scanner.error(reason, at: place)
            }
            found.append(next)
        }
    }

    /// Why two comparisons are not of the same things; nil where they are.
    private func refusal(of second: ConditionOperand, beside first: ConditionOperand) -> String? {
        let isSame =
            switch (first.identity(by: by), second.identity(by: by)) {
            case (nil, nil): true
            case (let one?, let other?): Set(one) == Set(other)
            case (nil, _), (_, nil): false
            }
        // What is summed over hosts is looked at apart from what each host tells.
        guard !isSame || first.isSummed != second.isSummed else { return nil }
        if isSame {
            return "\(first.name) and \(second.name) are not looked at together: write two rules"
        }
        return
            "different identity: \(first.name) is \(first.identityPhrase), \(second.name) \(second.identityPhrase)"
    }

    private mutating func comparison() throws(QueryError) -> ConditionComparison {
        let start = scanner.start
        let operand = try operand()
        let sign = try sign(after: operand, start)
        let bound = try bound(of: operand, sign)
        return ConditionComparison(operand: operand, sign: sign, bound: bound)
    }

    // MARK: Operands

    private mutating func operand() throws(QueryError) -> ConditionOperand {
        let start = scanner.start
        let word = scanner.word()
        guard !word.isEmpty else {
            throw scanner.error("a signal is missing: write cpu > 90%", at: start)
        }
        if word == "baseline" {
            throw scanner.error(
                "a signal is missing on the left of the comparison: write http.p99 < baseline * 2", at: start)
        }
        if word == "series" || word == "rate" { return try metric(isRate: word == "rate") }
        guard let (signal, statistic) = Self.signal(word) else {
            throw scanner.error(Self.refusal(of: word), at: start)
        }
        let window = try window(signal.name)
        if let reason = Self.refusal(signal, statistic, window) { throw scanner.error(reason, at: start) }
        let labels = try labels(of: signal.name, among: ConditionOperand.labelNames(of: signal))
        if signal.name == "process.count" {
            guard labels.contains(where: { $0.name == "name" && $0.exactValue?.isEmpty == false }) else {
                throw scanner.error(
                    "name is required, without * and ?: write process.count{name=nginx} < 1", at: start)
            }
        }
        if let open = scanner.peekSign("(") {
            throw scanner.error("the window comes before the labels: write \(word)(5m){…}", at: open)
        }
        return ConditionOperand(subject: .signal(signal, statistic), windowSeconds: window, labels: labels)
    }

    private mutating func metric(isRate: Bool) throws(QueryError) -> ConditionOperand {
        let start = scanner.start
        let word = scanner.word()
        let example = isRate ? "rate node_vmstat_pgmajfault(5m) > 500/s" : "series node_load1 > 5"
        guard !word.isEmpty else {
            throw scanner.error("a metric's name is missing: write \(example)", at: start)
        }
        guard Self.isMetricName(word) else {
            throw scanner.error(
                "`\(word)` is not a metric name, which has letters, digits, _ and :: write \(example)",
                at: start)
        }
        let opened = scanner.peekSign("(")
        if !isRate, let opened {
            throw scanner.error("a series is of one moment; of a counter write rate \(word)(5m)", at: opened)
        }
        let window = try window(word)
        let labels = try labels(of: word, among: nil)
        return ConditionOperand(
            subject: isRate ? .rate(word) : .series(word), windowSeconds: window, labels: labels)
    }

    /// A signal's name is looked for whole first: `http.p99` is one, `cpu.p99` is `cpu` with a statistic.
    private static func signal(_ word: String) -> (Signal, Statistic?)? {
        if let signal = Signal.named(word) { return (signal, nil) }
        guard let point = word.lastIndex(of: "."), let signal = Signal.named(String(word[..<point])),
            let statistic = Statistic(rawValue: String(word[word.index(after: point)...]))
        else { return nil }
        return (signal, statistic)
    }

    private static func refusal(of word: String) -> String {
        if let meant = EditDistance.closest(to: word, among: Signal.catalogue.map(\.name)) {
            return "unknown signal \(word): did you mean \(meant)"
        }
        if word.utf8.contains(UInt8(ascii: "_")), isMetricName(word) {
            return "unknown signal \(word): write series \(word) for a series of that name"
        }
        return QueryOperand.refusal(of: word).replacingAttributes(of: word)
    }

    private static func refusal(_ signal: Signal, _ statistic: Statistic?, _ window: Int64?) -> String? {
        if statistic != nil, signal.identity.first != "host" {
            return "\(signal.name) has no statistics, only signals of hosts have: write \(signal.name)"
        }
        if let statistic, window == nil, signal.windowSeconds == nil {
            return "a window is missing: write \(signal.name).\(statistic.rawValue)(5m)"
        }
        if statistic == nil, window != nil, signal.windowSeconds == nil {
            return "\(signal.name) is of one moment: write \(signal.name).avg(5m)"
        }
        if signal.promQL.isEmpty, statistic == nil, signal.identity.first == "service" {
            return "\(signal.name) is for screens only"
        }
        return nil
    }

    static func isMetricName(_ word: String) -> Bool {
        func isLetter(_ byte: UInt8) -> Bool {
            (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "_")
                || byte == UInt8(ascii: ":")
        }
        guard let first = word.utf8.first, isLetter(first) else { return false }
        return word.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) }
    }

    private mutating func window(_ name: String) throws(QueryError) -> Int64? {
        guard let open = scanner.takeSign("(") else { return nil }
        let start = scanner.start
        let text = scanner.word()
        let window = try duration(text, start, "\(name)(5m)")
        let (seconds, rest) = window.components
        guard rest == 0, seconds >= 1, seconds <= QueryBound.windowSecondsMax else {
            throw scanner.error("a window is from 1s to 31d: write \(name)(5m)", at: start)
        }
        guard scanner.takeSign(")") != nil else {
            throw scanner.error("this bracket is not closed", at: open)
        }
        return seconds
    }

    private func duration(_ text: String, _ start: Int, _ example: String) throws(QueryError) -> Duration {
        guard !text.isEmpty else { throw scanner.error("a duration is missing: write \(example)", at: start) }
        do throws(WrittenValue.Refusal) {
            return try WrittenValue.duration(text)
        } catch {
            throw scanner.error(error.reason, at: start)
        }
    }

    private static func advice(_ key: String, among known: [String], _ tags: [String]) -> String {
        if let meant = EditDistance.meant(by: key, among: known + tags) { return "did you mean \(meant)" }
        let own = known.isEmpty ? "it has none" : "it has \(known.joined(separator: ", "))"
        return tags.isEmpty ? own : "\(own); hosts' tags are \(tags.joined(separator: ", "))"
    }

    private mutating func labels(of name: String, among known: [String]?) throws(QueryError) -> [LabelMatch] {
        guard let open = scanner.takeSign("{") else { return [] }
        var labels: [LabelMatch] = []
        repeat {
            let start = scanner.start
            let key = scanner.word()
            guard !key.isEmpty else {
                throw scanner.error(
                    "a label is missing: write \(name){\(known?.first ?? "label")=value}", at: start)
            }
            if let known, let tags, !known.contains(key), !tags.contains(key) {
                let advice = Self.advice(key, among: known, tags)
                throw scanner.error("\(name) has no label \(key): \(advice)", at: start)
            }
            let isNegated: Bool
            if scanner.takeSign("!=") != nil {
                isNegated = true
            } else if scanner.takeSign("==") != nil {
                throw scanner.error("write \(key)= with one sign", at: start)
            } else if scanner.takeSign("=") != nil {
                isNegated = false
            } else {
                throw scanner.error("a label's value is missing: write \(key)=value", at: start)
            }
            guard let pattern = try scanner.pattern() else {
                throw scanner.error("a value is missing after \(key)\(isNegated ? "!=" : "=")")
            }
            labels.append(LabelMatch(name: key, isNegated: isNegated, pattern: pattern))
            guard labels.count <= Self.labelsMax else {
                throw scanner.error("more than \(Self.labelsMax) labels", at: open)
            }
        } while scanner.takeSign(",") != nil
        guard scanner.takeSign("}") != nil else { throw scanner.error("this brace is not closed", at: open) }
        return labels
    }

    // MARK: Signs and bounds

    private mutating func sign(
        after operand: ConditionOperand, _ start: Int
    ) throws(QueryError) -> ConditionComparison.Sign {
        let place = scanner.start
        // The longest first.
        for (text, sign) in [
            (">=", ConditionComparison.Sign.atLeast), ("<=", .atMost), ("==", .equal), ("!=", .unequal),
        ] where scanner.takeSign(text) != nil {
            return sign
        }
        if scanner.takeSign("=>") != nil { throw scanner.error("write >= for \"at least\"", at: place) }
        if scanner.takeSign("=<") != nil { throw scanner.error("write <= for \"at most\"", at: place) }
        if scanner.takeSign("<>") != nil { throw scanner.error("write != for \"differs from\"", at: place) }
        if scanner.takeSign("=") != nil { throw scanner.error("write == for \"equal\"", at: place) }
        if scanner.takeSign(">") != nil { return .above }
        if scanner.takeSign("<") != nil { return .below }
        throw scanner.error(
            "a comparison is missing: write \(operand.printed) > \(operand.unit.example)", at: place)
    }

    private mutating func bound(
        of operand: ConditionOperand, _ sign: ConditionComparison.Sign
    ) throws(QueryError) -> ConditionComparison.Bound {
        let start = scanner.start
        let word = scanner.word()
        if word == "baseline" {
            guard isGate else {
                throw scanner.error(
                    "baseline stands in a gate only: a rule compares with a number", at: start)
            }
            return try baseline(of: operand)
        }
        guard !word.isEmpty else {
            throw scanner.error(
                "a number is missing: write \(operand.printed) \(sign.rawValue) \(operand.unit.example)",
                at: start)
        }
        let (value, text) = try number(word, operand, start)
        return .number(value, text: text)
    }

    private mutating func baseline(of operand: ConditionOperand) throws(QueryError)
        -> ConditionComparison.Bound
    {
        if scanner.takeSign("*") != nil {
            let start = scanner.start
            let word = scanner.word()
            guard word.utf8.count <= 24, word.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E }),
                let factor = Double(word), factor > 0
            else { throw scanner.error("a number is missing: write baseline * 1.3", at: start) }
            return .baselineTimes(factor, text: word)
        }
        let isPlus = scanner.takeSign("+") != nil
        guard isPlus || scanner.takeSign("-") != nil else { return .baseline }
        let start = scanner.start
        let word = scanner.word()
        guard !word.isEmpty, word.utf8.first != UInt8(ascii: "-") else {
            throw scanner.error("a number is missing: write baseline + \(operand.unit.example)", at: start)
        }
        let (value, text) = try number(word, operand, start)
        return .baselinePlus(isPlus ? value : -value, text: text)
    }

    private func number(
        _ word: String, _ operand: ConditionOperand, _ start: Int
    ) throws(QueryError) -> (value: Double, text: String) {
        if operand.unit == .seconds, let duration = try? WrittenValue.duration(word) {
            return (duration / .seconds(1), word)
        }
        // A series stands in for a signal of its name.
        let signal = operand.signal ?? Signal(operand.name, operand.unit, "", "")
        do throws(QueryBound.Reason) {
            let bound = try QueryBound.parse(word, for: signal)
            return (bound.value, bound.text)
        } catch {
            throw scanner.error(error.text, at: start)
        }
    }
}

extension String {
    /// The query bar's advice on attributes is none for a rule.
    fileprivate func replacingAttributes(of word: String) -> String {
        let mark = ": attributes are compared"
        guard let range = firstRange(of: mark) else { return self }
        return String(self[..<range.lowerBound]) + ": `martlet rules show --signals` lists them"
    }

    private func firstRange(of part: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(part) { return start..<index(start, offsetBy: part.count) }
            start = index(after: start)
        }
        return nil
    }
}
