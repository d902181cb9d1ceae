import Canvas

/// Where the parts of the Traffic screen stand. Below 80x24 only one of them is shown, that with the focus.
struct TrafficLayout: Hashable, Sendable {
    /// Services with their rates, errors and latencies; a header first where there is room.
    private(set) var services = Rect.empty
    private(set) var hasServiceHeader = false
    /// Title, cells with their labels, and times of the heatmap.
    private(set) var heatRule = Rect.empty
    private(set) var heat = Rect.empty
    private(set) var heatAxis = Rect.empty
    /// Who is in the cell under the cursor.
    private(set) var side = Rect.empty
    private(set) var tableRule = Rect.empty
    private(set) var table = Rect.empty

    /// All that is not the services': what is said in place of figures stands there.
    private(set) var belowServices = Rect.empty

    /// Columns that the heatmap has room for.
    var heatColumns: Int { max(0, heat.width - LatencyHeat.indent) }
    var heatRows: Int { heat.height }
    /// Rows below the table's header.
    var tableRows: Int { max(1, table.height - 1) }
    /// Services that are seen at a time.
    var serviceRows: Int { max(1, services.height - (hasServiceHeader ? 1 : 0)) }

    static let sideMin = 30
    private static let heatRowsMax = 24
    private static let heatRowsMin = 5
    /// Room for lines, where somebody asks for them.
    private static let tableRowsMin = 8

    /// - Parameters:
    ///   - serviceLines: services to list, and one for all of them.
    ///   - windowSteps: steps of the window, which the heatmap's columns divide.
    ///   - rowCount: rows of the table without a query; those that it does not need are the heatmap's.
    init(
        _ body: Rect, sizeClass: SizeClass, serviceLines: Int, windowSteps: Int, rowCount: Int,
        pane: TrafficPane
    ) {
        guard sizeClass > .list else {
            placeList(body, pane)
            return
        }
        let listed = min(max(1, serviceLines), max(1, body.height / 5))
        hasServiceHeader = true
        let top = body.splitTop(listed + 1)
        services = top.top
        let rest = top.rest
        belowServices = rest
        // Rule and axis of the heatmap, rule and header of the table.
        let free = rest.height - 4
        let share = max(free * 45 / 100, free - max(rowCount, Self.tableRowsMin))
        let rows = max(Self.heatRowsMin, min(Self.heatRowsMax, share))
        let heatPart = rest.splitTop(rows + 2)
        let lower = heatPart.rest.splitTop(1)
        tableRule = lower.top
        table = lower.rest
        heatRule = heatPart.top.row(0)
        let hasSide = sizeClass > .narrow
        let room = body.width - LatencyHeat.indent - (hasSide ? Self.sideMin + 1 : 0)
        let columns = hasSide ? StepColumns(lastStep: 0, windowSteps: windowSteps, width: room).count : room
        let below = heatPart.top.inset(top: 1).splitLeft(LatencyHeat.indent + columns)
        let picture = below.left.splitBottom(1)
        heat = picture.rest
        heatAxis = picture.bottom.inset(left: LatencyHeat.indent)
        if hasSide { side = below.rest.inset(left: 1) }
    }

    private mutating func placeList(_ body: Rect, _ pane: TrafficPane) {
        let head = body.splitTop(body.height >= 6 ? 1 : 0)
        if pane != .services { belowServices = body }
        switch pane {
        case .services:
            services = body
            hasServiceHeader = body.height >= 3
        case .heat:
            heatRule = head.top
            let picture = head.rest.splitBottom(body.height >= 8 ? 1 : 0)
            heat = picture.rest
            heatAxis = picture.bottom.inset(left: LatencyHeat.indent)
        case .routes:
            tableRule = head.top
            table = head.rest
        }
    }
}

/// What has the focus.
enum TrafficPane: Hashable, Sendable, CaseIterable {
    case services, heat, routes

    var next: TrafficPane {
        switch self {
        case .services: .heat
        case .heat: .routes
        case .routes: .services
        }
    }

    var previous: TrafficPane { next.next }
}
