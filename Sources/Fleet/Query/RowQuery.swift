import Text

/// Which rows are meant: a selector and, in the query bar, comparisons over signals.
///
///     role=web,api env!=dev        attributes; a blank is `and`
///     (web or db) not canary       bare words: groups, hosts, parts of a command line
///     cpu > 60% mem*               a signal against a number with its unit
package struct RowQuery: Hashable, Sendable {
    /// What is pasted beyond this is not a query.
    package static let bytesMax = 2048

    private let root: QueryNode?
    /// Columns of the words and attributes, in the tree's order.
    private let columns: [Int]

    /// Reads a query in time linear in its length; empty text matches everything.
    package init(_ text: String) throws(QueryError) {
        guard text.utf8.count <= Self.bytesMax else {
            throw QueryError(column: 1, reason: "longer than \(Self.bytesMax) bytes: this is not a query")
        }
        var parser = try QueryParser(text)
        root = try parser.parse()
        columns = parser.columns
    }

    /// A row that lacks an attribute or a value does not match; `not` and `!=` on attributes turn that around.
    package func matches(_ row: some QueryRow) -> Bool {
        root?.matches(row) ?? true
    }

    /// The printed form; it reads as the same query.
    package var text: String { root?.printed ?? "" }

    package var isEmpty: Bool { root == nil }

    /// Whether signals are compared anywhere in it.
    package var hasComparison: Bool { root?.hasComparison ?? false }

    package static func == (left: RowQuery, right: RowQuery) -> Bool {
        left.root == right.root
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(root)
    }

    /// The first key that none of these attributes has, or value and word that nothing has: a typing mistake must
    /// not select nothing, or everything. `attributes` are the values seen, by key; of `open` keys any value may come.
    package func firstUnknown(
        among attributes: [String: [String]], open: Set<String> = []
    ) -> QueryError? {
        guard let root else { return nil }
        var leaf = 0
        return unknown(in: root, attributes, open, &leaf)
    }

    private func unknown(
        in node: QueryNode, _ attributes: [String: [String]], _ open: Set<String>, _ leaf: inout Int
    ) -> QueryError? {
        switch node {
        case .comparison: return nil
        case .not(let inner): return unknown(in: inner, attributes, open, &leaf)
        case .all(let nodes), .any(let nodes):
            for inner in nodes {
                if let error = unknown(in: inner, attributes, open, &leaf) { return error }
            }
            return nil
        case .word(let pattern):
            let reason = Self.reason(against: pattern, attributes)
            return place(reason, &leaf)
        case .attribute(let key, _, let patterns):
            let isOpen = open.contains(key)
            return place(isOpen ? nil : Self.reason(against: key, patterns, attributes), &leaf)
        }
    }

    private func place(_ reason: String?, _ leaf: inout Int) -> QueryError? {
        defer { leaf += 1 }
        return reason.map { QueryError(column: columns[leaf], reason: $0) }
    }

    private static func reason(against pattern: QueryPattern, _ attributes: [String: [String]]) -> String? {
        let hosts = attributes["host"] ?? []
        let short = hosts.map { String($0.prefix { $0 != "." }) }
        let groups = attributes["group"] ?? []
        guard !groups.contains(where: pattern.matches), !hosts.contains(where: pattern.matchesName),
            !short.contains(where: pattern.matchesName)
        else { return nil }
        return "no host or group is called \(pattern.printed)"
            + advice(EditDistance.meant(by: pattern.text, among: groups + short))
    }

    private static func reason(
        against key: String, _ patterns: [QueryPattern], _ attributes: [String: [String]]
    ) -> String? {
        guard let values = attributes[key] else {
            return "unknown key \(key)"
                + advice(EditDistance.meant(by: key, among: attributes.keys.sorted()))
        }
        for pattern in patterns {
            let isSeen = values.contains { key == "host" ? pattern.matchesName($0) : pattern.matches($0) }
            guard !isSeen else { continue }
            return "nothing has \(key)=\(pattern.printed)"
                + advice(EditDistance.meant(by: pattern.text, among: values))
        }
        return nil
    }

    private static func advice(_ meant: String?) -> String {
        meant.map { ": did you mean \($0)" } ?? ""
    }
}
