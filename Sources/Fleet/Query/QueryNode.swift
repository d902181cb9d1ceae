/// A query as a tree. `all` and `any` hold at least two nodes, none of their own kind; `not` holds no `not`.
indirect enum QueryNode: Hashable, Sendable {
    case word(QueryPattern)
    case attribute(key: String, isNegated: Bool, values: [QueryPattern])
    case comparison(QueryComparison)
    case all([QueryNode])
    case any([QueryNode])
    case not(QueryNode)

    /// Joins nodes so that brackets that change nothing leave no trace.
    static func all(joining nodes: [QueryNode]) -> QueryNode {
        let flat = nodes.flatMap { if case .all(let inner) = $0 { inner } else { [$0] } }
        return flat.count == 1 ? flat[0] : .all(flat)
    }

    static func any(joining nodes: [QueryNode]) -> QueryNode {
        let flat = nodes.flatMap { if case .any(let inner) = $0 { inner } else { [$0] } }
        return flat.count == 1 ? flat[0] : .any(flat)
    }

    static func not(negating node: QueryNode) -> QueryNode {
        if case .not(let inner) = node { inner } else { .not(node) }
    }

    func matches(_ row: some QueryRow) -> Bool {
        switch self {
        case .word(let pattern): Self.isNamed(pattern, row)
        case .attribute(let key, let isNegated, let patterns):
            row.values(of: key).contains { value in
                patterns.contains { key == "host" ? $0.matchesName(value) : $0.matches(value) }
            } != isNegated
        case .comparison(let comparison): comparison.holds(for: row)
        case .all(let nodes): nodes.allSatisfy { $0.matches(row) }
        case .any(let nodes): nodes.contains { $0.matches(row) }
        case .not(let node): !node.matches(row)
        }
    }

    var hasComparison: Bool {
        switch self {
        case .comparison: true
        case .word, .attribute: false
        case .all(let nodes), .any(let nodes): nodes.contains(where: \.hasComparison)
        case .not(let node): node.hasComparison
        }
    }

    /// A bare word is a group, a host or its first label, whole; or it is somewhere in the row's words.
    private static func isNamed(_ pattern: QueryPattern, _ row: some QueryRow) -> Bool {
        if row.words.contains(where: pattern.isContained(in:)) { return true }
        if row.values(of: "group").contains(where: pattern.matches) { return true }
        return row.values(of: "host").contains { host in
            if pattern.matchesName(host) { return true }
            let short = host.prefix { $0 != "." }
            return short.utf8.count < host.utf8.count && pattern.matchesName(String(short))
        }
    }

    var printed: String {
        switch self {
        case .word(let pattern): pattern.printed
        case .attribute(let key, let isNegated, let values):
            key + (isNegated ? "!=" : "=")
                + values.map { Self.printed($0, after: key) }.joined(separator: ",")
        case .comparison(let comparison): comparison.printed
        case .all(let nodes):
            nodes.indices.map { place in
                switch nodes[place] {
                case .any(_): "(\(nodes[place].printed))"
                case .word(let pattern) where place > 0:
                    Self.printed(pattern, after: nodes[place - 1].lastWord)
                case .word, .attribute, .comparison, .all, .not: nodes[place].printed
                }
            }.joined(separator: " ")
        case .any(let nodes): nodes.map(\.printed).joined(separator: " or ")
        case .not(let node):
            switch node {
            case .all, .any: "not (\(node.printed))"
            case .word, .attribute, .comparison, .not: "not \(node.printed)"
            }
        }
    }

    /// The bare word that the printed form ends with.
    private var lastWord: String {
        switch self {
        case .word(let pattern), .not(.word(let pattern)): pattern.printed
        case .attribute, .comparison, .all, .any, .not: ""
        }
    }

    /// A pattern behind a signal's name, where a plain number would be taken for the bound of a comparison.
    private static func printed(_ pattern: QueryPattern, after word: String) -> String {
        QueryOperand(word) != nil && pattern.isNumber ? pattern.inQuotes : pattern.printed
    }
}
