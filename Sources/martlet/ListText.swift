import Foundation
import Glibc
import Text

/// A column of a list: its name, and what a terminal shows of it.
struct ListColumn: ExpressibleByStringLiteral {
    /// What a terminal shows of a column.
    enum Look {
        /// Cut where the terminal is too narrow.
        case cut
        case whole
        /// The first to be cut, and left out where others need its place.
        case rest
        /// Without its zone, and without the year where all are of this one; a local time.
        case time
        /// The first digits, which every command takes for the whole.
        case id
        /// For programs: a terminal does without it.
        case hidden
    }

    let name: String
    let look: Look

    init(_ name: String, _ look: Look = .cut) {
        self.name = name
        self.look = look
    }

    init(stringLiteral name: String) { self.init(name) }
}

/// Rows as a table or CSV, values as JSON. The one way in which commands print lists: a terminal gets short ids and lines that fit it,
/// whatever else reads gets all.
enum ListText {
    static func text(
        _ columns: [ListColumn], _ rows: [[String]], _ values: [some Encodable], _ format: ListFormat,
        within width: Int? = terminalWidth
    ) throws -> String {
        switch format {
        case .table: return table(columns, rows, within: width)
        case .csv:
            return ([columns.map(\.name)] + rows)
                .map { row in row.map(quoted).joined(separator: ",") + "\n" }.joined()
        case .json: return try json(values) + "\n"
        case .jsonl: return try values.map { try json($0) + "\n" }.joined()
        }
    }

    /// Whatever hosts and files say is made safe for a terminal.
    static func table(
        _ columns: [ListColumn], _ rows: [[String]], within width: Int? = terminalWidth
    ) -> String {
        let shown = columns.indices.filter { width == nil || columns[$0].look != .hidden }
        var table = PlainTable(
            shown.map { PlainTable.Column(SafeText(columns[$0].name.uppercased()), fit: columns[$0].fit) })
        let year = yearOfAll(columns, rows)
        for row in rows {
            table.append(
                shown.filter { $0 < row.count }.map { column in
                    SafeText(width == nil ? row[column] : brief(row[column], columns[column].look, year))
                })
        }
        return table.text(within: width)
    }

    /// What a terminal shows of a cell; `year` begins every time.
    private static func brief(_ cell: String, _ look: ListColumn.Look, _ year: String) -> String {
        switch look {
        case .cut, .whole, .rest, .hidden: cell
        case .id: String(cell.prefix(idLength))
        case .time: cell.hasPrefix(year) ? String(cell.prefix(timeLength).dropFirst(year.count)) : cell
        }
    }

    /// `2030-`, where all times are of this year; else empty.
    private static func yearOfAll(_ columns: [ListColumn], _ rows: [[String]]) -> String {
        let year = "\(Calendar(identifier: .gregorian).component(.year, from: Date()))-"
        let times = columns.indices.filter { columns[$0].look == .time }
        let isOfAll = rows.allSatisfy { row in
            times.allSatisfy { $0 >= row.count || row[$0].hasPrefix(year) || row[$0].count < timeLength }
        }
        return isOfAll ? year : ""
    }

    /// `2030-01-02 03:04:05`
    private static let timeLength = 19

    /// Enough to tell the orders of a journal apart.
    static let idLength = 8

    /// Columns of the terminal that gets standard output; nil where none does, or it does not say.
    static var terminalWidth: Int? {
        var size = winsize()
        guard isatty(STDOUT_FILENO) == 1, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0
        else { return nil }
        return Int(size.ws_col)
    }

    static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// RFC 4180.
    private static func quoted(_ text: String) -> String {
        let needsQuotes = text.contains { ",\"\r\n".contains($0) }
        return needsQuotes ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
    }
}

extension ListColumn {
    fileprivate var fit: PlainTable.Fit {
        switch look {
        case .cut, .hidden: .cut
        case .whole, .id, .time: .whole
        case .rest: .rest
        }
    }
}
