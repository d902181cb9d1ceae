import Canvas

/// Where the parts of the Deploys screen stand.
struct DeploysLayout: Hashable, Sendable {
    /// The list with its header; empty while a rollout is opened.
    let list: Rect
    /// What is said of the selected row; empty where there is no room.
    let detail: Rect

    /// The rows of a comparison, and the least that a body must have for it.
    private static let comparisonRows = 7
    private static let detailedMin = 13

    init(_ body: Rect, rowCount: Int, hasRollouts: Bool, isOpened: Bool) {
        guard !isOpened else {
            list = .empty
            detail = body
            return
        }
        let rows: Int
        if body.height < Self.detailedMin {
            rows = 0
        } else if hasRollouts {
            // The list has what it needs up to a quarter, and three rows always.
            rows = body.height - 1 - max(1, min(rowCount, max(3, body.height / 4)))
        } else {
            rows = Self.comparisonRows
        }
        let parts = body.splitBottom(rows)
        list = parts.rest
        detail = parts.bottom
    }

    var visibleRows: Int { max(1, list.height - 1) }
}

/// Where the parts of a rollout stand, from what matters most: a part that has no room is empty.
struct RolloutLayout: Hashable, Sendable {
    let heading: Rect
    let about: Rect
    let reason: Rect
    let batches: Rect
    let gate: Rect
    let strip: Rect
    let comparison: Rect
    /// The table of hosts, where the rollout is opened.
    let hosts: Rect
    let log: Rect

    /// What is wanted of each part.
    struct Wishes: Hashable, Sendable {
        /// Rows of the reason; 0 for none.
        var reason: Int
        /// Rows with the header.
        var batches: Int
        /// Rows with the header; 0 for no gate.
        var gate: Int
        /// Hosts, a cell each, with the gaps between batches.
        var cells: Int
        var hasComparison: Bool
        var isOpened: Bool
    }

    static let comparisonRows = 3
    /// Two columns from this width on.
    private static let wideMin = 160

    init(_ rect: Rect, _ wishes: Wishes) {
        var rest = rect
        func take(_ rows: Int, leaving least: Int = 0) -> Rect {
            let parts = rest.splitTop(max(0, min(rows, rest.height - least)))
            rest = parts.rest
            return parts.top
        }
        let isHigh = rect.height >= 18
        heading = take(1)
        about = take(isHigh ? 1 : 0)
        reason = take(isHigh ? min(wishes.reason, 3) : min(wishes.reason, 1))
        let upper = rest.height
        // Batches and the gate leave some rows for hosts and log, and one batch and one condition are seen always.
        let room = max(2, upper - (wishes.isOpened ? 9 : 4))
        let gateRows = wishes.gate == 0 ? 0 : min(wishes.gate, max(2, room / 2))
        let batchRows = min(wishes.batches, max(2, room - gateRows))
        batches = take(batchRows)
        gate = take(min(wishes.gate, max(gateRows, room - batchRows)))
        let stripRows = rect.width > 0 ? (wishes.cells + rect.width - 1) / max(1, rect.width - 2) : 0
        strip = take(1 + max(1, min(stripRows, max(1, rest.height / 4))))
        let leastBelow = wishes.isOpened ? 8 : 3
        comparison =
            wishes.hasComparison && rest.height >= Self.comparisonRows + leastBelow
            ? take(Self.comparisonRows) : .empty
        guard wishes.isOpened else {
            hosts = .empty
            log = rest
            return
        }
        if rect.width >= Self.wideMin {
            let parts = rest.splitLeft(rest.width / 2)
            hosts = parts.left
            log = parts.rest.inset(left: 1)
        } else {
            let parts = rest.splitTop(max(2, rest.height - max(2, rest.height / 3)))
            hosts = parts.top
            log = parts.rest
        }
    }
}
