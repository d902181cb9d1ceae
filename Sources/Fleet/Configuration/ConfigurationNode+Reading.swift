import Text

/// Typed readers of one node; each throws the node's place and the form to write.
extension ConfigurationNode {
    /// Any text on one line, without control characters.
    package func text() throws(ConfigurationError) -> String {
        switch kind {
        case .scalar(let text):
            guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                throw ConfigurationError(
                    place, "a line break or control character: write the text on one line")
            }
            return text
        case .list: throw ConfigurationError(place, "a text belongs here, not a list")
        case .mapping:
            throw ConfigurationError(
                place,
                "a text belongs here, not a mapping; put a text that begins with { or holds \": \" in quotes")
        }
    }

    /// The same, of several lines too: a command for a shell.
    package func lines() throws(ConfigurationError) -> String {
        guard case .scalar(let text) = kind else { return try self.text() }
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x0A || $0 == 0x09 }) else {
            throw ConfigurationError(place, "a control character: take it out")
        }
        return text
    }

    package func duration(
        in range: ClosedRange<Duration>? = nil
    ) throws(ConfigurationError) -> Duration {
        let value = try written(WrittenValue.duration)
        guard let range, !range.contains(value) else { return value }
        throw ConfigurationError(
            place,
            "\(try text()) is not from \(Self.written(range.lowerBound)) to \(Self.written(range.upperBound))"
        )
    }

    /// Bytes.
    package func size() throws(ConfigurationError) -> Int { try written(WrittenValue.size) }

    /// A share from 0 to 1, written with `%`.
    package func ratio() throws(ConfigurationError) -> Double { try written(WrittenValue.ratio) }

    package func isYes() throws(ConfigurationError) -> Bool { try written(WrittenValue.isYes) }

    package func name() throws(ConfigurationError) -> String { try written(WrittenValue.name) }

    package func whole(in range: ClosedRange<Int>) throws(ConfigurationError) -> Int {
        try written { text throws(WrittenValue.Refusal) in try WrittenValue.whole(text, in: range) }
    }

    package func selector() throws(ConfigurationError) -> Selector {
        let text = try text()
        do throws(QueryError) {
            return try Selector(text)
        } catch {
            throw ConfigurationError(place, "selector `\(text)`, \(error)")
        }
    }

    /// One of the words of an enum, with the nearest one where it is none.
    package func choice<Choice: RawRepresentable & CaseIterable>(
        _ type: Choice.Type = Choice.self
    ) throws(ConfigurationError) -> Choice where Choice.RawValue == String {
        let word = try text()
        if let choice = Choice(rawValue: word) { return choice }
        let known = Choice.allCases.map(\.rawValue)
        let advice = EditDistance.meant(by: word, among: known).map { "; did you mean \($0)" } ?? ""
        throw ConfigurationError(place, "`\(word)` is none of \(known.joined(separator: ", "))\(advice)")
    }

    /// A list of words that becomes a command as it is: no shell, no expansion.
    package func argv() throws(ConfigurationError) -> [String] {
        guard case .list(let nodes) = kind else {
            throw ConfigurationError(place, "a command is a list of words: write [program, --option, word]")
        }
        var words: [String] = []
        for node in nodes { words.append(try node.lines()) }
        guard let program = words.first, !program.isEmpty else {
            throw ConfigurationError(place, "the command has no program: write [program, --option, word]")
        }
        return words
    }

    package func list() throws(ConfigurationError) -> [ConfigurationNode] {
        switch kind {
        case .list(let nodes): return nodes
        case .scalar(""): return []
        case .scalar, .mapping: throw ConfigurationError(place, "a list belongs here: write [one, two]")
        }
    }

    /// A list, or one value without brackets.
    package func listOrOne() -> [ConfigurationNode] {
        switch kind {
        case .list(let nodes): nodes
        case .scalar(""): []
        case .scalar, .mapping: [self]
        }
    }

    package func mapping() throws(ConfigurationError) -> [Entry] {
        switch kind {
        case .mapping(let entries): return entries
        case .scalar(""): return []
        case .scalar, .list: throw ConfigurationError(place, "a mapping belongs here: write {key: value}")
        }
    }

    private func written<Value>(
        _ read: (String) throws(WrittenValue.Refusal) -> Value
    ) throws(ConfigurationError) -> Value {
        let text = try text()
        do throws(WrittenValue.Refusal) {
            return try read(text)
        } catch {
            throw ConfigurationError(place, error.reason)
        }
    }

    private static func written(_ duration: Duration) -> String {
        let seconds = duration.components.seconds
        guard duration == .seconds(seconds) else { return "\(duration / .milliseconds(1))ms" }
        for (unit, size) in [("d", Int64(86_400)), ("h", 3600), ("m", 60)]
        where seconds > 0 && seconds % size == 0 {
            return "\(seconds / size)\(unit)"
        }
        return "\(seconds)s"
    }
}
