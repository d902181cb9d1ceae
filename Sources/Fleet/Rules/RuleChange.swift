/// What differs between the rules that are in force and those that a folder would give.
///
/// Rules of one name are a family: they are compared one by one, in their order.
package struct RuleChange: Hashable, Sendable {
    package private(set) var new: [String] = []
    package private(set) var gone: [String] = []
    /// Those that go on under their name: what is pending or firing keeps its time.
    package private(set) var changed: [String] = []

    package init(from old: [Rule], to new: [Rule]) {
        self.init(from: old.map { RuleStanding($0) }, to: new)
    }

    package init(from old: [RuleStanding], to new: [Rule]) {
        let isWhole = old.allSatisfy(\.isWhole)
        let (old, new) = (
            old.map { $0.words(asWhole: isWhole) }, new.map { RuleStanding($0).words(asWhole: isWhole) }
        )
        let before = Dictionary(grouping: old, by: \.name)
        let after = Dictionary(grouping: new, by: \.name)
        var seen: Set<String> = []
        for name in (new + old).map(\.name) where seen.insert(name).inserted {
            if before[name] == nil {
                self.new.append(name)
            } else if after[name] == nil {
                gone.append(name)
            } else if before[name] != after[name] {
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
