package import Telemetry

/// Which hosts or series are meant: `role=web,api env!=dev`, `(web or db) not canary` (docs/hosts-yaml.md).
///
/// The query bar, rules, rollouts, silences and the command line read the same; comparisons belong to the query bar.
package struct Selector: Hashable, Sendable {
    private let query: RowQuery

    /// The keys besides host, group and tags, where it makes sense.
    package static let seriesKeys = [
        "service", "route", "method", "unit", "mount", "device", "probe", "match", "severity", "alert",
        "version",
    ]

    /// Empty text is refused: who means everything writes `*`.
    package init(_ text: String) throws(QueryError) {
        query = try RowQuery(text)
        if query.isEmpty {
            throw QueryError(
                column: 1, reason: "a selector is missing: write role=web, a group or a host, or * for all")
        }
        if query.hasComparison {
            throw QueryError(
                column: 1, reason: "a selector has no comparisons: write attributes, as in role=web")
        }
    }

    /// The printed form; it reads as the same selector.
    package var text: String { query.text }

    /// Looks at a host, and at a series' own labels where there is one; a label wins over a tag of its name.
    package func matches(_ host: HostAttributes, labels: Labels = Labels()) -> Bool {
        query.matches(SelectedRow(host: host, labels: labels))
    }

    /// Looks at a series alone; its label `instance` is the host.
    package func matches(_ labels: Labels) -> Bool {
        matches(HostAttributes(name: labels["instance"] ?? ""), labels: labels)
    }

    /// The first word, key or value that none of these hosts has: a typing mistake must not select nothing, or
    /// everything. Series' keys are taken as they are unless `values` knows what is seen of them, by key.
    package func firstUnknown(
        among hosts: some Sequence<HostAttributes>, values: [String: [String]] = [:]
    ) -> QueryError? {
        var seen: [String: [String]] = values
        var names: Set<String> = []
        var groups: Set<String> = []
        var tags: [String: Set<String>] = [:]
        for host in hosts {
            names.insert(host.name)
            groups.formUnion(host.groups)
            for tag in host.tags.pairs { tags[tag.name, default: []].insert(tag.value) }
        }
        seen["host", default: []] += names.sorted()
        seen["group", default: []] += groups.sorted()
        for (key, found) in tags { seen[key, default: []] += found.sorted() }
        return query.firstUnknown(among: seen, open: Set(Self.seriesKeys).subtracting(values.keys))
    }
}

/// A host and one of its series, as a query looks at them.
private struct SelectedRow: QueryRow {
    let host: HostAttributes
    let labels: Labels

    func values(of attribute: String) -> [String] {
        switch attribute {
        case "host": [host.name]
        case "group": host.groups
        default: host.value(of: attribute, labels).map { [$0] } ?? []
        }
    }

    func value(of signal: String, statistic: Statistic?, windowSeconds: Int64?) -> Double? { nil }

    var words: [String] { [] }
}
