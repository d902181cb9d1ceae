import Foundation

/// A list as commands print it: the same rows as a table, as JSON, a line an object, or CSV.
struct ListReport {
    let columns: [ListColumn]
    private(set) var rows: [[String]] = []

    init(_ columns: ListColumn...) {
        self.columns = columns
    }

    mutating func add(_ row: String...) {
        rows.append(row)
    }

    mutating func add(_ row: [String]) {
        rows.append(row)
    }

    func text(as format: ListFormat) throws -> String {
        switch format {
        case .table: ListText.table(columns, rows)
        case .json: try json(objects, [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes])
        case .jsonl: try objects.map { try json($0, [.sortedKeys, .withoutEscapingSlashes]) }.joined()
        case .csv:
            ([columns.map(\.name)] + rows).map { $0.map(Self.field).joined(separator: ",") + "\n" }.joined()
        }
    }

    private var objects: [[String: String]] {
        rows.map { Dictionary(zip(columns.map(\.name), $0)) { first, _ in first } }
    }

    private func json(_ value: some Encodable, _ format: JSONEncoder.OutputFormatting) throws -> String {
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
