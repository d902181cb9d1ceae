/// Cells side by side that differ from what the terminal shows.
package struct CellRun: Hashable, Sendable {
    package let x: Int
    package let y: Int
    /// Cells in the run; whole characters, so it neither begins nor ends inside a wide one.
    package let count: Int

    package init(x: Int, y: Int, count: Int) {
        self.x = x
        self.y = y
        self.count = count
    }
}

/// What changed between two frames.
package enum CellDiff {
    /// Calls `body` for each run of changed cells, row by row from the left. Allocates nothing. When the sizes
    /// differ every row of `new` is one run.
    package static func forEachRun(from old: CellBuffer, to new: CellBuffer, _ body: (CellRun) throws -> Void)
        rethrows
    {
        guard old.width == new.width, old.height == new.height else {
            for y in 0..<new.height where new.width > 0 {
                try body(CellRun(x: 0, y: y, count: new.width))
            }
            return
        }
        let width = new.width
        for y in 0..<new.height {
            var x = 0
            while let start = firstChange(from: x, row: y * width, width: width, old, new) {
                var end = start
                while end < width,
                    old.cells[y * width + end] != new.cells[y * width + end]
                        || new.cells[y * width + end].width == 0
                {
                    end += 1
                }
                let head = new.cells[y * width + start].width == 0 ? start - 1 : start
                try body(CellRun(x: head, y: y, count: end - head))
                x = end
            }
        }
    }

    private static func firstChange(
        from start: Int, row: Int, width: Int, _ old: CellBuffer, _ new: CellBuffer
    ) -> Int? {
        var x = start
        while x < width {
            if old.cells[row + x] != new.cells[row + x] { return x }
            x += 1
        }
        return nil
    }
}
