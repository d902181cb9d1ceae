package import Text

/// Rows and columns under a header. Rows are virtual: only those seen are asked for, so a table of ten thousand costs
/// what fits on the screen.
///
///       HOST         CPU%▼  15m         MEM%
///     X web-eu-017     97   ▂▃▅▆▇███▇▇  88
package struct Table: Widget {
    package struct Column: Hashable, Sendable {
        /// In cells.
        package enum Width: Hashable, Sendable {
            case fixed(Int)
            /// At least so many cells, and a share of what is left by weight.
            case flexible(minimum: Int, weight: Int)
        }

        package let title: SafeText
        package let width: Width
        package let alignment: TextAlignment
        /// 0 is never dropped; where the width is short the highest go first.
        package let priority: Int
        package let sort: SortMark

        package init(
            _ title: SafeText, width: Width, alignment: TextAlignment = .left, priority: Int = 0,
            sort: SortMark = .none
        ) {
            self.title = title
            self.width = width
            self.alignment = alignment
            self.priority = priority
            self.sort = sort
        }
    }

    /// What the header says of the order of rows.
    package enum SortMark: Sendable {
        case none
        case ascending
        case descending
    }

    /// What one row has in one column; a gauge's share is of one.
    package enum Cell: Hashable, Sendable {
        case text(SafeText, Style)
        case spark([Double], low: Double, high: Double, marks: [Sparkline.Mark] = [])
        case gauge(share: Double, text: SafeText, role: Role)
        case empty
    }

    private let columns: [Column]
    private let rowCount: Int
    private let firstRow: Int
    private let selected: Int?
    private let hasHeader: Bool
    private let cell: (_ row: Int, _ column: Int) -> Cell

    /// - Parameters:
    ///   - firstRow: the row below the header; see ``firstRow(_:selected:rowCount:visibleRows:)``.
    ///   - selected: the row that gets the ground of the selection.
    ///   - cell: asked for each cell that is seen, and for no other.
    package init(
        columns: [Column], rowCount: Int, firstRow: Int, selected: Int?, hasHeader: Bool = true,
        cell: @escaping (_ row: Int, _ column: Int) -> Cell
    ) {
        self.columns = columns
        self.rowCount = max(0, rowCount)
        self.firstRow = max(0, firstRow)
        self.selected = selected
        self.hasHeader = hasHeader
        self.cell = cell
    }

    package func draw(on buffer: inout CellBuffer, in rect: Rect) {
        guard !rect.isEmpty else { return }
        let layout = Self.layout(columns, width: rect.width)
        let parts = rect.splitTop(hasHeader ? 1 : 0)
        if hasHeader {
            for place in layout {
                let space = Rect(x: rect.x + place.x, y: rect.y, width: place.width, height: 1)
                drawTitle(columns[place.column], on: &buffer, in: space)
            }
        }
        let shown = min(parts.rest.height, max(0, rowCount - min(firstRow, rowCount)))
        for offset in 0..<shown {
            let row = firstRow + offset
            for place in layout {
                let space = Rect(x: rect.x + place.x, y: parts.rest.y + offset, width: place.width, height: 1)
                draw(cell(row, place.column), columns[place.column], on: &buffer, in: space)
            }
            if row == selected { buffer.ground(parts.rest.row(offset), .selection) }
        }
    }

    private func draw(_ cell: Cell, _ column: Column, on buffer: inout CellBuffer, in space: Rect) {
        switch cell {
        case .text(let text, let style):
            buffer.draw(text, in: space, alignment: column.alignment, style: style)
        case .spark(let values, let low, let high, let marks):
            Sparkline(values, low: low, high: high, marks: marks).draw(on: &buffer, in: space)
        case .gauge(let share, let text, let role):
            Gauge(share: share, role: role, text: text).draw(on: &buffer, in: space)
        case .empty:
            break
        }
    }

    private func drawTitle(_ column: Column, on buffer: inout CellBuffer, in space: Rect) {
        let style = Style(column.sort == .none ? .title : .accent, bold: true)
        let mark: UInt32
        switch column.sort {
        case .none:
            return buffer.draw(column.title, in: space, alignment: column.alignment, style: style)
        case .ascending: mark = 0x25B2
        case .descending: mark = 0x25BC
        }
        guard !space.isEmpty else { return }
        // The mark follows the title, which gives way to it.
        let width = min(column.title.width, space.width - 1)
        let free = space.width - 1 - width
        let before =
            switch column.alignment {
            case .left: 0
            case .center: free / 2
            case .right: free
            }
        let title = Rect(x: space.x + before, y: space.y, width: width, height: 1)
        buffer.draw(column.title, in: title, alignment: .left, style: style)
        buffer.put(mark, x: title.right, y: space.y, style: style)
    }
}
