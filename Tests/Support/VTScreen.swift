import Text

/// The cells and the cursor of a terminal, and what sequences do to them. Erased cells keep the background in force,
/// as terminals with `bce` do; ncurses erases on others only where that makes no difference.
struct VTScreen: Sendable {
    let width: Int
    let height: Int
    var cells: [VTCell]
    var x = 0
    var y = 0
    var look = VTLook()
    /// The last column is written and the next character goes to the next row: vt100's way.
    var wraps = false
    var inserts = false
    /// First and last row of the region that scrolls.
    var region: ClosedRange<Int>
    var tabs: Set<Int>
    private var saved: (x: Int, y: Int, look: VTLook) = (0, 0, VTLook())

    init(width: Int, height: Int) {
        self.width = max(1, width)
        self.height = max(1, height)
        cells = Array(repeating: VTCell(), count: self.width * self.height)
        region = 0...self.height - 1
        tabs = Set(stride(from: 8, to: self.width, by: 8))
    }

    var blank: VTCell {
        var cell = VTCell()
        cell.look.background = look.background
        return cell
    }

    // MARK: Writing

    mutating func put(_ scalar: Unicode.Scalar) {
        let wide = DisplayWidth.of(scalar)
        guard wide > 0 else { return mark(scalar) }
        if wraps || x + wide > width { nextLine() }
        if inserts { insertCells(wide) }
        mendAround(x..<min(width, x + wide))
        cells[y * width + x] = VTCell(letter: scalar.value, width: wide, look: look)
        if wide == 2, x + 1 < width { cells[y * width + x + 1] = VTCell(letter: 0, width: 0, look: look) }
        x += wide
        if x >= width {
            x = width - 1
            wraps = true
        }
    }

    private mutating func mark(_ scalar: Unicode.Scalar) {
        guard scalar.value >= 0x20 else { return }
        var index = y * width + (wraps ? x : x - 1)
        guard x > 0 || wraps else { return }
        if cells[index].width == 0, index % width > 0 { index -= 1 }
        cells[index].marks.append(scalar.value)
    }

    private mutating func nextLine() {
        x = 0
        lineFeed()
    }

    /// The other half of a wide character that is cut becomes a space.
    private mutating func mendAround(_ columns: Range<Int>) {
        guard !columns.isEmpty else { return }
        let row = y * width
        if cells[row + columns.lowerBound].width == 0, columns.lowerBound > 0 {
            cells[row + columns.lowerBound - 1] = blank
        }
        if columns.upperBound < width, cells[row + columns.upperBound].width == 0 {
            cells[row + columns.upperBound] = blank
        }
    }

    // MARK: The cursor

    mutating func move(x newX: Int, y newY: Int) {
        x = max(0, min(newX, width - 1))
        y = max(0, min(newY, height - 1))
        wraps = false
    }

    mutating func lineFeed() {
        wraps = false
        if y == region.upperBound { scrollUp(1) } else if y < height - 1 { y += 1 }
    }

    mutating func reverseLineFeed() {
        wraps = false
        if y == region.lowerBound { scrollDown(1) } else if y > 0 { y -= 1 }
    }

    mutating func tab(_ count: Int) {
        for _ in 0..<min(count, width) {
            move(x: (x + 1..<max(x + 2, width)).first { tabs.contains($0) } ?? width - 1, y: y)
        }
    }

    mutating func backTab(_ count: Int) {
        for _ in 0..<min(count, width) { move(x: (0..<x).last { tabs.contains($0) } ?? 0, y: y) }
    }

    mutating func save() {
        saved = (x, y, look)
    }

    mutating func restore() {
        move(x: saved.x, y: saved.y)
        look = saved.look
    }

    // MARK: Erasing and shifting

    mutating func erase(columns: Range<Int>) {
        let columns = columns.clamped(to: 0..<width)
        wraps = false
        mendAround(columns)
        for column in columns { cells[y * width + column] = blank }
    }

    mutating func erase(rows: Range<Int>) {
        wraps = false
        for index in rows.clamped(to: 0..<height).lowerBound * width..<rows.clamped(to: 0..<height).upperBound
            * width
        {
            cells[index] = blank
        }
    }

    mutating func insertCells(_ count: Int) {
        let count = min(count, width - x)
        mendAround(x..<x)
        let end = (y + 1) * width
        let start = y * width + x
        if cells[start].width == 0 { cells[start] = blank }
        cells.replaceSubrange(
            start..<end, with: Array(repeating: blank, count: count) + cells[start..<end - count])
        if cells[end - 1].width == 2 { cells[end - 1] = blank }
        wraps = false
    }

    mutating func deleteCells(_ count: Int) {
        let count = min(count, width - x)
        mendAround(x..<x + count)
        let start = y * width + x
        let end = (y + 1) * width
        cells.replaceSubrange(
            start..<end, with: cells[start + count..<end] + Array(repeating: blank, count: count))
        wraps = false
    }

    mutating func insertLines(_ count: Int) {
        guard region.contains(y) else { return }
        shift(rows: y...region.upperBound, down: count)
    }

    mutating func deleteLines(_ count: Int) {
        guard region.contains(y) else { return }
        shift(rows: y...region.upperBound, down: -count)
    }

    mutating func scrollUp(_ count: Int) {
        shift(rows: region, down: -count)
    }

    mutating func scrollDown(_ count: Int) {
        shift(rows: region, down: count)
    }

    private mutating func shift(rows: ClosedRange<Int>, down: Int) {
        let count = min(abs(down), rows.count)
        let start = rows.lowerBound * width
        let end = (rows.upperBound + 1) * width
        let empty = Array(repeating: blank, count: count * width)
        if down > 0 {
            cells.replaceSubrange(start..<end, with: empty + cells[start..<end - count * width])
        } else {
            cells.replaceSubrange(start..<end, with: cells[start + count * width..<end] + empty)
        }
        wraps = false
    }
}
