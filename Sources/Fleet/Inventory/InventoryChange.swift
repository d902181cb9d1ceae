/// What differs between the hosts that are in force and those that a folder would give.
package struct InventoryChange: Hashable, Sendable {
    package private(set) var new: [String] = []
    package private(set) var gone: [String] = []
    /// Those that are reached otherwise, and are dialled anew.
    package private(set) var redialled: [String] = []
    /// Those whose groups, tags, links, notes or other words change while their link stays.
    package private(set) var renamed: [String] = []

    package init(from old: [HostTarget], to new: [HostTarget]) {
        let before = Dictionary(old.map { ($0.name, $0) }) { first, _ in first }
        let after = Dictionary(new.map { ($0.name, $0) }) { first, _ in first }
        self.new = new.map(\.name).filter { before[$0] == nil }
        gone = old.map(\.name).filter { after[$0] == nil }
        for target in new {
            guard var known = before[target.name] else { continue }
            // Whether an inventory answers is nothing that somebody wrote.
            known.inventoryAnsweredAt = target.inventoryAnsweredAt
            guard known != target else { continue }
            if Self.isReachedAlike(known, target) {
                renamed.append(target.name)
            } else {
                redialled.append(target.name)
            }
        }
    }

    package var isEmpty: Bool { new.isEmpty && gone.isEmpty && redialled.isEmpty && renamed.isEmpty }

    /// Whether the source of one serves the other.
    package static func isReachedAlike(_ one: HostTarget, _ other: HostTarget) -> Bool {
        var words = one
        words.groups = other.groups
        words.tags = other.tags
        words.links = other.links
        words.note = other.note
        words.isProtected = other.isProtected
        words.expectation = other.expectation
        words.silentAfterMilliseconds = other.silentAfterMilliseconds
        words.inventoryAnsweredAt = other.inventoryAnsweredAt
        return words == other
    }

    /// `2 hosts new (web1, web2)`, each a line.
    package var lines: [String] {
        [
            (new, "new"), (gone, "gone"), (redialled, "reached otherwise: dialled anew"),
            (renamed, "with other groups, tags or notes"),
        ].compactMap { names, what in
            names.isEmpty
                ? nil
                : "\(names.count) \(names.count == 1 ? "host" : "hosts") \(what) (\(Self.listed(names)))"
        }
    }

    static func listed(_ names: [String]) -> String {
        let shown = 5
        let rest = names.count > shown ? " and \(names.count - shown) more" : ""
        return names.prefix(shown).joined(separator: ", ") + rest
    }
}
