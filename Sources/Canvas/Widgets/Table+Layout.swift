/// Which columns fit and where, and which rows.
extension Table {
    /// Cells between two columns.
    package static let gap = 1

    /// The columns that fit, from the left, with the place (from the table's left edge) and width of each. It depends
    /// on the columns and the width alone, so columns do not move while values change. Where those of priority 0 alone
    /// are too wide, the last are cut or left out.
    package static func layout(_ columns: [Column], width: Int) -> [(column: Int, x: Int, width: Int)] {
        let width = max(0, min(width, Column.widthMax))
        let kept = kept(columns, width: width)
        let spare = max(0, width - needed(columns, kept))
        let weights = kept.reduce(0) { $0 + columns[$1].weight }
        var places: [(column: Int, x: Int, width: Int)] = []
        var x = 0
        var weightSoFar = 0
        for column in kept {
            // Shares are cut out of the whole, so that rounding loses no cell.
            let from = weights == 0 ? 0 : spare * weightSoFar / weights
            weightSoFar += columns[column].weight
            let to = weights == 0 ? 0 : spare * weightSoFar / weights
            let wanted = columns[column].minimum + to - from
            let given = min(wanted, width - x)
            if given < 0 || given == 0 && wanted > 0 { break }
            places.append((column, x, given))
            x += given + gap
        }
        return places
    }

    /// The first row to show so that `selected` is seen and no row at the end is wasted, moving as little as possible
    /// from `firstRow`.
    package static func firstRow(_ firstRow: Int, selected: Int, rowCount: Int, visibleRows: Int) -> Int {
        let visible = max(1, visibleRows)
        let last = max(0, rowCount - visible)
        let target = max(0, min(selected, rowCount - 1))
        let first = max(0, min(firstRow, last))
        if target < first { return target }
        return target - first >= visible ? target - visible + 1 : first
    }

    private static func kept(_ columns: [Column], width: Int) -> [Int] {
        var kept = Array(columns.indices)
        while needed(columns, kept) > width {
            // Of equal ones the rightmost goes.
            guard let place = kept.indices.max(by: { columns[kept[$0]].rank < columns[kept[$1]].rank }),
                columns[kept[place]].priority > 0
            else { break }
            let rank = columns[kept[place]].rank
            kept.remove(at: kept.lastIndex { columns[$0].rank == rank } ?? place)
        }
        return kept
    }

    private static func needed(_ columns: [Column], _ kept: [Int]) -> Int {
        kept.reduce(0) { $0 + columns[$1].minimum } + gap * max(0, kept.count - 1)
    }
}

extension Table.Column {
    /// Sums and products of widths and weights up to this cannot overflow.
    fileprivate static let widthMax = 1 << 20

    fileprivate var rank: Int { max(0, priority) }

    fileprivate var minimum: Int {
        switch width {
        case .fixed(let cells), .flexible(minimum: let cells, weight: _): max(0, min(cells, Self.widthMax))
        }
    }

    fileprivate var weight: Int {
        switch width {
        case .fixed: 0
        case .flexible(minimum: _, let weight): max(0, min(weight, Self.widthMax))
        }
    }
}
