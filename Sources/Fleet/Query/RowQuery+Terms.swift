/// Parts of queries that the dashboard writes itself.
extension RowQuery {
    /// `route=/cart`: one attribute with one value, in quotes where the value needs them.
    package static func term(_ key: String, _ value: String) -> String {
        "\(key)=\(QueryPattern(value, isQuoted: true).printed)"
    }

    /// An attribute that has one of some values.
    package static func term(_ key: String, _ values: [String]) -> String {
        "\(key)=" + values.map { QueryPattern($0, isQuoted: true).printed }.joined(separator: ",")
    }

    /// A text that a row's words must hold, in quotes where it needs them.
    package static func word(_ text: String) -> String {
        let pattern = QueryPattern(text, isQuoted: true)
        return pattern.isNumber ? pattern.inQuotes : pattern.printed
    }
}
