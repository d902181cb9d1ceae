import Canvas

/// Where the parts of the Logs screen stand.
struct LogsLayout: Hashable, Sendable {
    /// Lines and errors a second.
    let strips: Rect
    let list: Rect
    /// The selected line, whole.
    let detail: Rect

    var listRows: Int { max(1, list.height) }

    init(_ body: Rect) {
        let top = body.splitTop(body.height >= 8 ? 2 : 0)
        strips = top.top
        let below = top.rest.splitBottom(body.height >= 14 ? 4 : 0)
        list = below.rest
        detail = below.bottom
    }
}
