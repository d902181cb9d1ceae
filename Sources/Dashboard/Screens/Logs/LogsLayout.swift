import Canvas

/// Where the parts of the Logs screen stand.
struct LogsLayout: Hashable, Sendable {
    /// Lines and errors a second.
    let strips: Rect
    let list: Rect
    /// The selected line, whole.
    let detail: Rect

    var listRows: Int { max(1, list.height) }

    /// Rows that the detail has of its own accord; open, it has half of what there is.
    private static let detailRows = 4

    init(_ body: Rect, isOpen: Bool) {
        let top = body.splitTop(body.height >= 8 ? 2 : 0)
        strips = top.top
        let rows = isOpen ? top.rest.height / 2 : body.height >= 14 ? Self.detailRows : 0
        let below = top.rest.splitBottom(rows)
        list = below.rest
        detail = below.bottom
    }
}
