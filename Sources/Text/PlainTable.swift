/// A table for pipes, logs and `grep`: stable columns, two spaces between them, no styles. Nothing is cut, but where a width
/// is given that it has to keep to.
///
///     HOST        STATE    LAST
///     web-eu-017  live       1s
///     db-eu-03    stale     94s
package struct PlainTable: Sendable {
    /// What becomes of a column where not all fit.
    package enum Fit: Sendable {
        /// Its cells end in `…`, the widest column's first.
        case cut
        /// Stays as wide as it is: ids, numbers, times.
        case whole
        /// Gives way before the others, and is left out where they need its place.
        case rest
    }

    /// One column's title and side.
    package struct Column: Sendable {
        package let title: SafeText
        package let alignment: TextAlignment
        package let fit: Fit

        package init(_ title: SafeText, alignment: TextAlignment = .left, fit: Fit = .cut) {
            self.title = title
            self.alignment = alignment
            self.fit = fit
        }
    }

    private static let gap = 2
    /// A column of `rest` says nothing in less.
    private static let restMin = 12
    private static let cutMin = 6

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
    package var lines: [SafeText] { lines(widths: naturalWidths) }

    /// The lines with a newline after each.
    package var text: String { Self.text(lines) }

    /// The same in at most `columns` cells a line; nil cuts nothing.
    package func text(within columns: Int?) -> String {
        guard let columns else { return text }
        return Self.text(lines(widths: widths(within: columns)).map { $0.truncated(to: columns) })
    }

    private static func text(_ lines: [SafeText]) -> String {
        lines.reduce(into: "") { text, line in
            text += line.string
            text += "\n"
        }
    }

    private var naturalWidths: [Int?] {
        columns.indices.map { column in
            rows.reduce(columns[column].title.width) { widest, row in
                max(widest, column < row.count ? row[column].width : 0)
            }
        }
    }

    /// As the columns are, where they fit; else what their `fit` says. nil is a column that is left out.
    private func widths(within limit: Int) -> [Int?] {
        var widths = naturalWidths
        Self.shrink(&widths, to: limit) { columns[$0].fit == .rest ? Self.restMin : nil }
        guard Self.whole(widths) > limit else { return widths }
        for column in columns.indices where columns[column].fit == .rest { widths[column] = nil }
        Self.shrink(&widths, to: limit) { column in
            columns[column].fit == .cut ? max(Self.cutMin, columns[column].title.width) : nil
        }
        return widths
    }

    /// Takes from the widest column first, down to what `least` says of it; nil is a column to be left as it is.
    private static func shrink(_ widths: inout [Int?], to limit: Int, least: (Int) -> Int?) {
        while whole(widths) > limit {
            let open = widths.indices.filter { column in
                guard let least = least(column), let width = widths[column] else { return false }
                return width > least
            }
            guard let widest = open.max(by: { (widths[$0] ?? 0) < (widths[$1] ?? 0) }) else { return }
            widths[widest] = (widths[widest] ?? 1) - 1
        }
    }

    private static func whole(_ widths: [Int?]) -> Int {
        let kept = widths.compactMap(\.self)
        return kept.reduce(0, +) + gap * max(0, kept.count - 1)
    }

    private func lines(widths: [Int?]) -> [SafeText] {
        ([columns.map(\.title)] + rows).map { line($0, widths: widths) }
    }

    private func line(_ cells: [SafeText], widths: [Int?]) -> SafeText {
        let fitted = columns.indices.compactMap { column in
            widths[column].map { width in
                (column < cells.count ? cells[column] : "")
                    .fitted(to: width, alignment: columns[column].alignment)
            }
        }
        let whole = fitted.joined(separator: "  ")
        let spaces = whole.string.utf8.reversed().prefix { $0 == UInt8(ascii: " ") }.count
        return whole.prefix(columns: whole.width - spaces)
    }
}
