import Text

/// Reads the rules of rules.yaml's `alerts`, with all that is wrong in them.
struct RuleReader {
    static let keys = [
        "name", "when", "clear", "where", "by", "severity", "summary", "runbook", "notify", "labels",
        "no_data",
        "clear_for",
    ]
    static let defaultKeys = ["severity", "no_data", "clear_for"]

    /// What `defaults` says.
    struct Defaults {
        var severity = Severity.warning
        var noData = Rule.NoData.keep
        var clearFor = Rule.clearHold
    }

    let defaults: Defaults
    let hooks: HookSettings
    /// Names of hosts' tags, which summaries may show and conditions may name; nil where nobody knows them.
    let tags: [String]?
    private(set) var errors: [ConfigurationError] = []

    init(defaults: Defaults, hooks: HookSettings, tags: [String]?) {
        self.defaults = defaults
        self.hooks = hooks
        self.tags = tags
    }

    mutating func rule(_ node: ConfigurationNode) -> Rule? {
        var reader = MappingReader(node, keys: nil)
        defer { errors += reader.errors }
        refuseUnknown(&reader)
        let before = reader.errors.count
        let name = reader.require("name", example: "name: DiskFull") { node throws(ConfigurationError) in
            try Self.ruleName(node)
        }
        let by = reader.read("by", Self.words)
        // Where there is another key in its place, that is what was said.
        let condition =
            reader.entry("expr") != nil && reader.node("when") == nil
            ? nil
            : reader.require("when", example: "when: disk.used > 97% for 5m") {
                [tags] node throws(ConfigurationError) in try Self.condition(node, by: by, tags)
            }
        let clearFor = reader.duration("clear_for", in: Rule.holds) ?? defaults.clearFor
        var clear: Rule.Clear?
        if let condition, let node = reader.node("clear") {
            clear = reader.read("clear") { [tags] _ throws(ConfigurationError) in
                try Self.clear(node, of: condition, tags)
            }
            if let given = reader.entry("clear_for") {
                reader.refuse(given.keyPlace, "clear_for is of rules without clear: write clear: … for 5m")
            }
        }
        if let condition, let by, let entry = reader.entry("by"),
            let reason = Self.refusal(of: by, in: condition)
        {
            reader.refuse(entry.value.place, "by: \(reason)")
        }
        let labels = reader.read("labels", Self.labels) ?? [:]
        var names: [String]?
        if let node = reader.node("notify") {
            let (found, errors) = hooks.names(node)
            reader.take(errors)
            names = found
        }
        var rule = Rule(
            name: name ?? "", place: node.place, condition: condition ?? .never,
            clear: clear ?? Rule.Clear(hold: clearFor), selector: reader.selector("where"), by: by,
            severity: reader.choice("severity", of: Severity.self) ?? defaults.severity,
            runbook: reader.text("runbook") ?? "", hooks: names, labels: labels,
            noData: reader.choice("no_data", of: Rule.NoData.self) ?? defaults.noData)
        rule.summary = reader.read("summary") { [tags] node throws(ConfigurationError) in
            try Self.summary(node, of: rule, tags: tags)
        }
        return reader.errors.count == before ? rule : nil
    }

    private func refuseUnknown(_ reader: inout MappingReader) {
        for entry in reader.entries where !Self.keys.contains(entry.key) {
            if entry.key == "expr" {
                reader.refuse(
                    entry.keyPlace,
                    "arithmetic between signals is what PromQL is for: `expr:` instead of `when:`, when it exists"
                )
            } else if entry.key == "for" {
                reader.refuse(entry.keyPlace, "`for` is a part of when: write when: cpu > 90% for 5m")
            } else {
                let meant = EditDistance.meant(by: entry.key, among: Self.keys)
                let advice =
                    meant.map { "did you mean \"\($0)\"?" }
                    ?? "known here: \(Self.keys.joined(separator: ", "))"
                reader.refuse(entry.keyPlace, "unknown key \"\(entry.key)\"; \(advice)")
            }
        }
    }

    private static func ruleName(_ node: ConfigurationNode) throws(ConfigurationError) -> String {
        let text = try node.text()
        let isName =
            !text.isEmpty && text.utf8.count <= WrittenValue.nameMax
            && text.utf8.allSatisfy { WrittenValue.isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
        guard isName else {
            throw ConfigurationError(
                node.place,
                "`\(text)` is no rule's name: letters, digits and _, up to \(WrittenValue.nameMax)")
        }
        return text
    }

    /// The place of a column of a scalar that is written without quotes.
    private static func place(_ column: Int, in node: ConfigurationNode) -> Place {
        Place(file: node.place.file, line: node.place.line, column: node.place.column + column - 1)
    }

    private static func condition(
        _ node: ConfigurationNode, by: [String]?, _ tags: [String]?
    ) throws(ConfigurationError) -> Condition {
        let text = try node.text()
        do throws(QueryError) {
            return try Condition(text, by: by, tags: tags)
        } catch {
            throw ConfigurationError(place(error.column, in: node), error.reason)
        }
    }

    /// The signal of the first comparison, in the other direction and on the right side of it.
    private static func clear(
        _ node: ConfigurationNode, of condition: Condition, _ tags: [String]?
    ) throws(ConfigurationError) -> Rule.Clear {
        guard let alarm = condition.threshold?.first else {
            throw ConfigurationError(node.place, "a rule that is switched off has no clear")
        }
        guard let threshold = try Self.condition(node, by: nil, tags).threshold,
            threshold.comparisons.count == 1
        else {
            throw ConfigurationError(
                node.place,
                "one comparison, of \(alarm.operand.printed): write it as in when, the other way round")
        }
        let found = threshold.first
        guard found.operand == alarm.operand else {
            throw ConfigurationError(
                node.place, "clear looks at the first signal of when: write \(alarm.operand.printed)")
        }
        guard alarm.sign.isUpward && found.sign.isDownward || alarm.sign.isDownward && found.sign.isUpward
        else {
            let sign = alarm.sign.isUpward ? "<" : ">"
            throw ConfigurationError(
                node.place,
                alarm.sign.isUpward || alarm.sign.isDownward
                    ? "clear goes the other way: write \(alarm.operand.printed) \(sign) \(found.boundText)"
                    : "a condition with \(alarm.sign.rawValue) has no clear line: it is over when it is false"
            )
        }
        if let above = alarm.limit(), let below = found.limit() {
            guard alarm.sign.isUpward ? below <= above : below >= above else {
                let lies = alarm.sign.isUpward ? "above" : "below"
                throw ConfigurationError(
                    node.place,
                    "clear \(found.boundText) lies \(lies) the alarm \(alarm.boundText): it would never settle"
                )
            }
        }
        return Rule.Clear(comparison: found, hold: threshold.hold)
    }

    private static func refusal(of by: [String], in condition: Condition) -> String? {
        for comparison in condition.threshold?.comparisons ?? [] {
            let operand = comparison.operand
            guard let known = operand.labelNames, let identity = operand.identity else {
                return "\(operand.printed) is one for each of its label sets: leave by out"
            }
            if !operand.isSummed, Set(by) != Set(identity) {
                return "\(operand.name) is \(operand.identityPhrase) and cannot be put together otherwise"
            }
            for label in by where !known.contains(label) {
                let meant = EditDistance.meant(by: label, among: known).map { ": did you mean \($0)" } ?? ""
                return "\(operand.name) has no label \(label)\(meant)"
            }
        }
        return nil
    }

    static func words(_ node: ConfigurationNode) throws(ConfigurationError) -> [String] {
        var words: [String] = []
        for item in node.listOrOne() {
            let word = try item.name()
            guard !words.contains(word) else { throw ConfigurationError(item.place, "\(word) twice") }
            words.append(word)
        }
        return words
    }

    private static func labels(_ node: ConfigurationNode) throws(ConfigurationError) -> [String: String] {
        var labels: [String: String] = [:]
        let entries = try node.mapping()
        guard entries.count <= 16 else { throw ConfigurationError(node.place, "more than 16 labels") }
        for entry in entries {
            guard (try? WrittenValue.name(entry.key)) != nil else {
                throw ConfigurationError(entry.keyPlace, "`\(entry.key)` is no label's name")
            }
            labels[entry.key] = try entry.value.text()
        }
        return labels
    }

    private static func summary(
        _ node: ConfigurationNode, of rule: Rule, tags: [String]?
    ) throws(ConfigurationError) -> SummaryTemplate {
        let text = try node.text()
        let template: SummaryTemplate
        do throws(QueryError) {
            template = try SummaryTemplate(text)
        } catch {
            throw ConfigurationError(node.place, "column \(error.column): \(error.reason)")
        }
        // A series may have any label.
        guard let tags, rule.condition == .never || rule.identity != nil else { return template }
        let known = SummaryTemplate.known + (rule.identity ?? []) + rule.labels.keys.sorted() + tags
        if let reason = template.firstUnknown(among: known) { throw ConfigurationError(node.place, reason) }
        return template
    }

    // MARK: Shipped rules

    static func shipped(_ table: [ShippedRules.Row]) -> [Rule] {
        let place = Place(file: ShippedRules.file)
        return table.compactMap { row in
            var entries = [("name", row.name), ("when", row.when), ("severity", row.severity.rawValue)]
            if let clear = row.clear { entries.append(("clear", clear)) }
            if let selector = row.selector { entries.append(("where", selector)) }
            let node = ConfigurationNode(
                place,
                .mapping(
                    entries.map {
                        ConfigurationNode.Entry(
                            key: $0.0, keyPlace: place, value: ConfigurationNode(place, .scalar($0.1)))
                    }))
            var reader = RuleReader(defaults: Defaults(), hooks: HookSettings(), tags: [])
            var rule = reader.rule(node)
            rule?.isShipped = true
            rule?.place = place
            return rule
        }
    }
}
