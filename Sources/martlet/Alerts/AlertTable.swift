import Foundation

/// A list in each of the forms of `-o`: rows for people and spreadsheets, objects for programs.
struct AlertTable<Row: Encodable & SendableMetatype> {
    let columns: [ListColumn]
    let rows: [Row]
    let cells: (Row) -> [String]

    func text(as format: ListFormat) throws -> String {
        switch format {
        case .table:
            return ListText.table(columns, rows.map { cells($0).map { $0.isEmpty ? "-" : $0 } })
        case .json: return try json([.sortedKeys, .prettyPrinted, .withoutEscapingSlashes], rows)
        case .jsonl: return try rows.map { try json([.sortedKeys, .withoutEscapingSlashes], $0) }.joined()
        case .csv:
            let lines = [columns.map { $0.name.lowercased().replacing(" ", with: "_") }] + rows.map(cells)
            return lines.map { $0.map(Self.field).joined(separator: ",") + "\n" }.joined()
        }
    }

    private func json(_ format: JSONEncoder.OutputFormatting, _ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = format
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }

    /// In quotes where it holds what separates fields (RFC 4180).
    private static func field(_ text: String) -> String {
        guard text.contains(where: { ",\"".contains($0) || $0.isNewline }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
