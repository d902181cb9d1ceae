/// What rules.yaml says, with the shipped rules behind its own: one whole.
package struct RuleBook: Hashable, Sendable {
    package var hooks = HookSettings()
    /// In the order in which they take series: the file's, then the shipped ones.
    package var rules: [Rule] = []

    package static let rulesMax = 2000
    /// What stands in rules.yaml at its top, and in its parts.
    package static let keys = ["version", "shipped", "defaults", "alerts"] + HookSettings.keys
    package static let defaultKeys = RuleReader.defaultKeys
    package static let ruleKeys = RuleReader.keys

    /// Without a file: the shipped rules, and only the screen tells.
    package static let shipped: RuleBook = {
        var book = RuleBook()
        book.rules = ShippedRules.rules
        return book
    }()

    package init() {}

    /// All of rules.yaml, or everything that is wrong. `tags` are the names of hosts' tags, which summaries may show and
    /// conditions may name; nil where nobody knows them.
    package init(_ root: ConfigurationNode, tags: [String]? = []) throws(ConfigurationErrors) {
        var reader = MappingReader(root, keys: Self.keys)
        reader.version()
        hooks = HookSettings(&reader)
        let rules = readRules(&reader, tags: tags)
        let isShipped = reader.isYes("shipped") ?? true
        self.rules = rules + (isShipped ? ShippedRules.rules : [])
        guard reader.errors.isEmpty else {
            throw ConfigurationErrors(reader.errors.sorted { $0.place < $1.place })
        }
    }

    package func hooks(of rule: Rule) -> [String] {
        rule.hooks ?? hooks.notify[rule.severity] ?? []
    }

    private func readRules(_ reader: inout MappingReader, tags: [String]?) -> [Rule] {
        var defaults = RuleReader.Defaults()
        if let node = reader.node("defaults") {
            var inner = MappingReader(node, keys: Self.defaultKeys)
            defaults.severity = inner.choice("severity", of: Severity.self) ?? defaults.severity
            defaults.noData = inner.choice("no_data", of: Rule.NoData.self) ?? defaults.noData
            defaults.clearFor = inner.duration("clear_for", in: Rule.holds) ?? defaults.clearFor
            reader.take(inner.errors)
        }
        let nodes = reader.read("alerts") { node throws(ConfigurationError) in try node.list() } ?? []
        if nodes.count > Self.rulesMax, let entry = reader.entry("alerts") {
            reader.refuse(entry.keyPlace, "more than \(Self.rulesMax) rules")
            return []
        }
        var rules = RuleReader(defaults: defaults, hooks: hooks, tags: tags)
        let read = nodes.compactMap { rules.rule($0) }
        reader.take(rules.errors)
        return read
    }
}
