import Canvas

/// Where the parts of the Host screen stand; empty rectangles have no room.
///
///     side, from 160 columns        band, from 80                  list
///     cpu        │ side             cpu        │ side              sections, or status lines
///     ───────────┤                  ───────────┴──────────         table
///     table      │                  table                          events
///     events                        events
struct HostLayout {
    enum Form { case side, band, list, summary }

    let form: Form
    private(set) var cpu = Rect.empty
    /// The column between the left and the right part.
    private(set) var divider = Rect.empty
    private(set) var side = Rect.empty
    private(set) var status = Rect.empty
    /// The rule of the table's section.
    private(set) var tableRule = Rect.empty
    private(set) var table = Rect.empty
    let events: Rect

    init(_ rect: Rect, hasEvents: Bool) {
        form = Self.form(rect)
        let hasRoomForEvents = hasEvents && form != .summary && rect.height >= 5
        let parts = rect.splitBottom(hasRoomForEvents ? 1 : 0)
        events = parts.bottom
        switch form {
        case .side: takeSide(parts.rest)
        case .band: takeBand(parts.rest)
        case .list: takeList(parts.rest)
        case .summary: status = parts.rest
        }
    }

    private static func form(_ rect: Rect) -> Form {
        if rect.width >= 160, rect.height >= 26 { return .side }
        if rect.width >= 80, rect.height >= 14 { return .band }
        return rect.width >= 30 && rect.height >= 3 ? .list : .summary
    }

    private mutating func takeSide(_ rect: Rect) {
        let parts = rect.splitRight(max(52, min(rect.width / 3, 72)))
        side = parts.right
        divide(parts.rest)
        let left = parts.rest.inset(right: 1).splitTop(max(9, min(rect.height * 36 / 100, 22)))
        cpu = left.top
        takeTable(left.rest)
    }

    private mutating func takeBand(_ rect: Rect) {
        let rows = rect.splitTop(max(7, min(rect.height * 42 / 100, 18)))
        let parts = rows.top.splitRight(max(34, min(rect.width * 42 / 100, 56)))
        side = parts.right
        divide(parts.rest)
        cpu = parts.rest.inset(right: 1)
        takeTable(rows.rest)
    }

    private mutating func takeList(_ rect: Rect) {
        if rect.height >= 13 {
            let parts = rect.splitTop(rect.height / 2)
            side = parts.top
            takeTable(parts.rest)
        } else {
            let parts = rect.splitTop(rect.height >= 7 ? 2 : 1)
            status = parts.top
            table = parts.rest
        }
    }

    private mutating func divide(_ left: Rect) {
        divider = left.splitRight(1).right
    }

    private mutating func takeTable(_ rect: Rect) {
        let parts = rect.splitTop(1)
        tableRule = parts.top
        table = parts.rest
    }

    /// Rows of the table below its headings.
    var tableRows: Int { max(0, table.height - 1) }
}

extension CellBuffer {
    /// A vertical rule that joins the horizontal ones that meet it.
    mutating func drawDivider(_ rect: Rect) {
        let line = glyphs.horizontal
        // In ASCII a gap in a graph looks like a rule, but for its role.
        func isRule(_ x: Int, _ y: Int) -> Bool {
            guard bounds.contains(x: x, y: y), self[x, y].scalar == line else { return false }
            return self[x, y].style.role == .border
        }
        for y in rect.y..<rect.bottom where rect.width > 0 {
            let joint: UInt32 =
                switch (isRule(rect.x - 1, y), isRule(rect.x + 1, y)) {
                case (true, true): y == rect.y ? 0x252C : 0x253C
                case (true, false): y == rect.y ? 0x2510 : 0x2524
                case (false, true): y == rect.y ? 0x250C : 0x251C
                case (false, false): glyphs.vertical
                }
            put(joint, x: rect.x, y: y, style: Style(.border))
        }
    }
}
