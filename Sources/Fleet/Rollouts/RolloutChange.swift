/// What differs between the rollouts that may be started now and those that a folder would give.
///
/// A rollout that goes on keeps the plan it was started with, whatever changes here.
package struct RolloutChange: Hashable, Sendable {
    package private(set) var new: [String] = []
    package private(set) var gone: [String] = []
    package private(set) var changed: [String] = []

    package init(from old: [RolloutDefinition], to new: [RolloutDefinition]) {
        let before = Dictionary(old.map { ($0.name, $0) }) { first, _ in first }
        let after = Set(new.map(\.name))
        self.new = new.map(\.name).filter { before[$0] == nil }
        gone = old.map(\.name).filter { !after.contains($0) }
        changed = new.filter { before[$0.name] != nil && before[$0.name] != $0 }.map(\.name)
    }

    package var isEmpty: Bool { new.isEmpty && gone.isEmpty && changed.isEmpty }

    /// `1 rollout new (web)`, each a line.
    package var lines: [String] {
        [(new, "new"), (gone, "gone"), (changed, "changed, for those that are started from now on")]
            .compactMap { names, what in
                names.isEmpty
                    ? nil
                    : "\(names.count) \(names.count == 1 ? "rollout" : "rollouts") \(what) "
                        + "(\(InventoryChange.listed(names)))"
            }
    }
}
