import Foundation
import Text

/// A list as commands print it: the same rows as a table, as JSON, a line an object, or CSV.
struct ListReport {
    let names: [String]
    private(set) var rows: [[String]] = []

    init(_ names: String...) {
        self.names = names
    }

    mutating func add(_ row: String...) {
        rows.append(row)
    }

    func text(as format: ListFormat) throws -> String {
        switch format {
        case .table: table
        case .json: try json(objects, [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes])
        case .jsonl: try objects.map { try json($0, [.sortedKeys, .withoutEscapingSlashes]) }.joined()
        case .csv:
            ([names] + rows).map { $0.map(Self.field).joined(separator: ",") + "\n" }.joined()
        }
    }

    private var objects: [[String: String]] {
        rows.map { Dictionary(zip(names, $0)) { first, _ in first } }
    }

    /// Whatever hosts and files say is made safe for a terminal; nothing is cut, so that a pipe gets it whole.
    private var table: String {
        let safe = ([names.map { $0.uppercased() }] + rows).map { $0.map { SafeText($0).string } }
        let widths = names.indices.map { column in safe.map { $0[column].count }.max() ?? 0 }
        return safe.map { row in
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: max(0, $1 - $0.count)) }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
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
