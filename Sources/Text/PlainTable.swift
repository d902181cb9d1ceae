/// A table for pipes, logs and `grep`: stable columns, two spaces between them, nothing cut, no styles.
///
///     HOST        STATE    LAST
///     web-eu-017  live       1s
///     db-eu-03    stale     94s
package struct PlainTable: Sendable {
    /// One column's title and side.
    package struct Column: Sendable {
        package let title: SafeText
        package let alignment: TextAlignment

        package init(_ title: SafeText, alignment: TextAlignment = .left) {
            self.title = title
            self.alignment = alignment
        }
    }

    private let columns: [Column]
    private var rows: [[SafeText]] = []

    package init(_ columns: [Column]) {
        self.columns = columns
    }

    /// Adds a row; missing cells are empty, and those beyond the columns are left out.
    package mutating func append(_ cells: [SafeText]) {
        rows.append(cells)
    }

    /// The table as lines, the titles first, without spaces at the ends of lines.
    package var lines: [SafeText] {
        let titles = columns.map(\.title)
        let widths = columns.indices.map { column in
            rows.reduce(titles[column].width) { widest, row in
                max(widest, column < row.count ? row[column].width : 0)
            }
        }
        return ([titles] + rows).map { line($0, widths: widths) }
    }

    /// The lines with a newline after each.
    package var text: String {
        lines.reduce(into: "") { text, line in
            text += line.string
            text += "\n"
        }
    }

    private func line(_ cells: [SafeText], widths: [Int]) -> SafeText {
        let padded = columns.indices.map { column in
            (column < cells.count ? cells[column] : "")
                .padded(to: widths[column], alignment: columns[column].alignment)
        }
        let whole = padded.joined(separator: "  ")
        let spaces = whole.string.utf8.reversed().prefix { $0 == UInt8(ascii: " ") }.count
        return whole.prefix(columns: whole.width - spaces)
    }
}
