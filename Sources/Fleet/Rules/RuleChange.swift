/// What differs between the rules that are in force and those that a folder would give.
///
/// Rules of one name are a family: they are compared one by one, in their order.
package struct RuleChange: Hashable, Sendable {
    /// What people call a change of a rule: other words of these make it another.
    private struct Words: Hashable {
        let condition, selector: String
        let severity: Severity
        /// All of it but where it stands; nil where only a rule's standing is known.
        var whole: Rule?
    }

    package private(set) var new: [String] = []
    package private(set) var gone: [String] = []
    /// Those that go on under their name: what is pending or firing keeps its time.
    package private(set) var changed: [String] = []

    package init(from old: [RuleStanding], to new: [Rule]) {
        self.init(
            from: old.map {
                ($0.name, Words(condition: $0.condition, selector: $0.selector, severity: $0.severity))
            }, to: new.map { Self.words($0) })
    }

    package init(from old: [Rule], to new: [Rule]) {
        self.init(from: old.map { Self.wholeWords($0) }, to: new.map { Self.wholeWords($0) })
    }

    private static func wholeWords(_ rule: Rule) -> (String, Words) {
        var (name, words) = Self.words(rule)
        words.whole = rule
        words.whole?.place = Place(file: "")
        return (name, words)
    }

    private static func words(_ rule: Rule) -> (String, Words) {
        (
            rule.name,
            Words(
                condition: rule.condition.printed, selector: rule.selector?.text ?? "",
                severity: rule.severity)
        )
    }

    private init(from old: [(String, Words)], to new: [(String, Words)]) {
        let before = Dictionary(grouping: old, by: \.0).mapValues { $0.map(\.1) }
        let after = Dictionary(grouping: new, by: \.0).mapValues { $0.map(\.1) }
        var seen: Set<String> = []
        for (name, _) in new + old where seen.insert(name).inserted {
            let (known, wanted) = (before[name] ?? [], after[name] ?? [])
            if known.isEmpty {
                self.new.append(name)
            } else if wanted.isEmpty {
                gone.append(name)
            } else if known != wanted {
                changed.append(name)
            }
        }
    }

    package var isEmpty: Bool { new.isEmpty && gone.isEmpty && changed.isEmpty }

    /// `2 rules new (DiskFull, HttpSlow)`, each a line.
    package var lines: [String] {
        [
            (new, "new"), (gone, "gone"),
            (
                changed,
                changed.count == 1
                    ? "changed and keeps its pending time" : "changed and keep their pending time"
            ),
        ].compactMap { names, what in
            names.isEmpty
                ? nil
                : "\(names.count) \(names.count == 1 ? "rule" : "rules") \(what) (\(InventoryChange.listed(names)))"
        }
    }
}
