package import Text

/// One line of the process table: which row it shows, and where in the tree it stands.
package struct ProcessLine: Hashable, Sendable {
    /// The row's place in the table.
    package var row: Int
    /// Levels below a root, 0 outside a tree.
    package var depth = 0
    /// Bit n: whether a later brother of the ancestor at depth n follows, so that its rail goes on past this line.
    package var rails: UInt32 = 0
    /// Whether no brother follows.
    package var isLast = true
    /// Whether it does not match the query itself and is shown for a descendant's sake.
    package var isContext = false

    /// Levels that guides show; deeper lines stand at the last of them.
    package static let depthShown = 24

    /// The lines that lead from the parents to this line: `│  ├─ `.
    package var guide: SafeText {
        guard depth > 0 else { return "" }
        let shown = min(depth, Self.depthShown)
        let rail = (1..<shown).map { (rails >> UInt32($0) & 1 == 1 ? "│ " : "  ") as SafeText }
        return rail.joined() + (isLast ? "└─" : "├─")
    }
}
