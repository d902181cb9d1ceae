/// A rectangle of cells; column 0, row 0 is the top left of the screen. Never negative in size, and small enough
/// that sums of its sides cannot overflow.
package struct Rect: Hashable, Sendable {
    /// Coordinates are cut to this distance from the origin, sizes to this length.
    static let farthest = 1 << 24

    package let x: Int
    package let y: Int
    package let width: Int
    package let height: Int

    package init(x: Int, y: Int, width: Int, height: Int) {
        self.x = max(-Self.farthest, min(x, Self.farthest))
        self.y = max(-Self.farthest, min(y, Self.farthest))
        self.width = max(0, min(width, Self.farthest))
        self.height = max(0, min(height, Self.farthest))
    }

    package static let empty = Rect(x: 0, y: 0, width: 0, height: 0)

    /// The first column to the right of the rectangle.
    package var right: Int { x + width }
    /// The first row below the rectangle.
    package var bottom: Int { y + height }
    package var isEmpty: Bool { width == 0 || height == 0 }

    package func contains(x column: Int, y row: Int) -> Bool {
        column >= x && column < right && row >= y && row < bottom
    }

    /// The cells that both rectangles have; empty, at this one's corner, where they do not meet.
    package func intersection(_ other: Rect) -> Rect {
        let left = max(x, other.x)
        let top = max(y, other.y)
        let sides = (width: min(right, other.right) - left, height: min(bottom, other.bottom) - top)
        guard sides.width > 0, sides.height > 0 else { return Rect(x: x, y: y, width: 0, height: 0) }
        return Rect(x: left, y: top, width: sides.width, height: sides.height)
    }

    /// This rectangle less so many cells on each side; empty when nothing is left.
    package func inset(left: Int = 0, top: Int = 0, right: Int = 0, bottom: Int = 0) -> Rect {
        Rect(x: x + left, y: y + top, width: width - left - right, height: height - top - bottom)
    }

    /// This rectangle less `cells` on every side.
    package func inset(by cells: Int) -> Rect {
        inset(left: cells, top: cells, right: cells, bottom: cells)
    }

    /// One row of the rectangle, counted from its top; empty where it has no such row.
    package func row(_ index: Int) -> Rect {
        Rect(x: x, y: y + index, width: width, height: index >= 0 && index < height ? 1 : 0)
    }

    /// The first `rows` rows and the rest.
    package func splitTop(_ rows: Int) -> (top: Rect, rest: Rect) {
        let rows = max(0, min(rows, height))
        return (
            Rect(x: x, y: y, width: width, height: rows),
            Rect(x: x, y: y + rows, width: width, height: height - rows)
        )
    }

    /// The last `rows` rows and the rest above them.
    package func splitBottom(_ rows: Int) -> (rest: Rect, bottom: Rect) {
        let parts = splitTop(height - max(0, min(rows, height)))
        return (parts.top, parts.rest)
    }

    /// The first `columns` columns and the rest.
    package func splitLeft(_ columns: Int) -> (left: Rect, rest: Rect) {
        let columns = max(0, min(columns, width))
        return (
            Rect(x: x, y: y, width: columns, height: height),
            Rect(x: x + columns, y: y, width: width - columns, height: height)
        )
    }

    /// The last `columns` columns and the rest left of them.
    package func splitRight(_ columns: Int) -> (rest: Rect, right: Rect) {
        let parts = splitLeft(width - max(0, min(columns, width)))
        return (parts.left, parts.rest)
    }

    /// The rectangle cut into side-by-side parts of nearly equal width, `gap` columns apart, the earlier ones
    /// a column wider where it does not come out even.
    package func columns(_ count: Int, gap: Int = 0) -> [Rect] {
        Self.shares(of: width, count: count, gap: gap).map { offset, length in
            Rect(x: x + offset, y: y, width: length, height: height)
        }
    }

    /// The rectangle cut into parts of nearly equal height, `gap` rows apart, one above another.
    package func rows(_ count: Int, gap: Int = 0) -> [Rect] {
        Self.shares(of: height, count: count, gap: gap).map { offset, length in
            Rect(x: x, y: y + offset, width: width, height: length)
        }
    }

    private static func shares(of length: Int, count: Int, gap: Int) -> [(offset: Int, length: Int)] {
        guard count > 0 else { return [] }
        let usable = max(0, length - gap * (count - 1))
        var offset = 0
        return (0..<count).map { index in
            let share = usable / count + (index < usable % count ? 1 : 0)
            defer { offset = min(offset + share + gap, length) }
            return (offset, min(share, length - offset))
        }
    }
}
