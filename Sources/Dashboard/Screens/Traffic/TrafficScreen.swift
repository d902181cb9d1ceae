import Canvas
import Fleet
package import Telemetry
package import Text

/// What services answer: how often, how often wrong, and in which time; by route, host, status or method, with a heatmap of
/// all durations in which a cell leads to hosts, routes and lines.
package struct TrafficScreen: Screen {
    package static let id = ScreenID.traffic
    package static let stepMilliseconds: Int64 = 5000
    package static let windowSteps: Int64 = 120
    /// How long rows keep their places after a key.
    package static let holdMilliseconds: Int64 = 2000
    /// What the figures of rows are of, as the window of `http.rate` and `http.p99`.
    private static let figureMilliseconds: Int64 = 60_000

    private(set) var pane = TrafficPane.routes
    /// The service that is shown; nil for all.
    private(set) var service: String?
    /// Whether somebody chose it. One that was shown because it was the only one gives way to all when others come.
    private var isServiceChosen = false
    private(set) var grouping = TrafficGrouping.route
    private(set) var sort = TrafficOrder.Basis()
    private(set) var plan = TrafficPlan()
    private(set) var board = TrafficBoard()
    private(set) var order = TrafficOrder()
    private(set) var services = TrafficServices()
    private(set) var heat = HeatState()
    private(set) var inspection: TrafficInspection?
    private(set) var samples: SampleList?
    private(set) var hosts = ShortHosts([])
    private(set) var selected: TrafficRowID?
    private(set) var place = 0
    private(set) var firstLine = 0
    private var hasMoved = false
    private var heldUntil: Timestamp?
    private var seen: Seen?

    /// What everything was worked out from.
    private struct Seen: Hashable {
        var version: Int
        var shape: Int
        var view: TrafficBoard.Identity
        var lastStep: Int64
        var plan: TrafficPlan.Basis
        var sort: TrafficOrder.Basis
        var pane: TrafficPane
        var cursor: HeatState.Cursor?
        var isFrozen: Bool
        var body: Rect
        var isHeld: Bool
    }

    package init() {}

    /// The line under the cursor, where lines are listed.
    var openSample: ErrorSample? { samples?.selected }

    // MARK: What the dashboard asks

    /// A route has no host; one that is a host has.
    package func subject(_ context: ScreenContext) -> HostID? {
        if grouping == .host, let selected { return HostID(selected.name) }
        return context.host
    }

    package mutating func refresh(_ context: ScreenContext) {
        guard let state = context.state.traffic else { return }
        services.refresh(state, context)
        if services.names.count < 2 {
            service = services.names.first
        } else if let service, !isServiceChosen || !services.names.contains(service) {
            self.service = nil
            isServiceChosen = false
        }
        let isHeld = heldUntil.map { $0 > context.now } ?? false
        if !isHeld { heldUntil = nil }
        let basis = TrafficPlan.Basis(
            service: service, grouping: grouping, query: context.queryText, scope: context.scope,
            host: context.host)
        let next = Seen(
            version: state.version, shape: state.shape,
            view: .init(view: context.state.view, listVersion: context.state.listVersion),
            lastStep: state.step(of: context.time), plan: basis, sort: sort, pane: pane, cursor: heat.cursor,
            isFrozen: heat.scale.isFrozen, body: context.body, isHeld: isHeld)
        if next != seen { work(next, state, context) }
        let layout = layout(context)
        firstLine = Table.firstRow(
            firstLine, selected: place, rowCount: order.rows.count, visibleRows: layout.tableRows)
        services.scroll(to: service, rows: layout.serviceRows)
        samples?.refresh(state, context, rows: SampleListView.listRows(layout.table))
    }

    private mutating func work(_ next: Seen, _ state: TrafficState, _ context: ScreenContext) {
        let count = Self.windowSteps(context)
        let last = next.lastStep
        let figureSteps = max(1, Self.figureMilliseconds / state.stepMilliseconds)
        let isSameOrder = seen?.plan == next.plan && seen?.sort == next.sort && seen?.view == next.view
        // A query may be of figures, which change with every second; what is not filtered changes with new series alone.
        let isSamePlan =
            next.plan.query.isEmpty && seen?.plan == next.plan && seen?.view == next.view
            && seen?.shape == next.shape
        seen = next
        if !isSamePlan {
            plan = TrafficPlan(
                state, next.plan, context,
                reading: TrafficReading(state, steps: (last &- figureSteps &+ 1)...last))
            hosts = ShortHosts(state.series.lazy.map(\.host))
        }
        board.update(state, plan, service: service, view: next.view, lastStep: last, count: count)
        let layout = layout(context)
        heat.refresh(board, rows: layout.heatRows, columns: layout.heatColumns, hasFocus: pane == .heat)
        let steps = heat.cursorSteps ?? (last &- figureSteps &+ 1)...last
        let held = next.isHeld && isSameOrder ? order.rows.map(\.id) : nil
        order = TrafficOrder(plan, board, sort, places: board.places(of: steps), held: held)
        if grouping == .route { order.findOutliers(state, plan, steps: steps, names: hosts) }
        services.work(board, state, context, places: board.places(of: (last &- figureSteps &+ 1)...last))
        inspection =
            layout.side.isEmpty && pane != .heat
            ? nil
            : TrafficInspection(
                state, plan, service: service, steps: steps,
                band: heat.cursor.map { heat.bands.buckets(ofRow: heat.row(of: $0)) }, names: hosts)
        follow()
    }

    /// The selection stays with its row; one that is gone leaves it at its place.
    private mutating func follow() {
        guard !order.rows.isEmpty else {
            place = 0
            selected = nil
            return
        }
        let found = hasMoved ? selected.flatMap { id in order.rows.firstIndex { $0.id == id } } : 0
        place = found ?? max(0, min(place, order.rows.count - 1))
        selected = order.rows[place].id
    }

    static func windowSteps(_ context: ScreenContext) -> Int {
        let view = context.state.view
        return max(1, min(2000, Int(clamping: view.windowMilliseconds / max(1, view.stepMilliseconds))))
    }

    func layout(_ context: ScreenContext) -> TrafficLayout {
        TrafficLayout(
            context.body, sizeClass: context.sizeClass, serviceLines: services.lineCount,
            windowSteps: Self.windowSteps(context), rowCount: plan.rowTotal,
            pane: samples == nil ? pane : .routes)
    }

    /// The heatmap's columns stand over those of the time bar where it is narrower than the screen.
    package func timeColumns(_ context: ScreenContext) -> (indent: Int, width: Int)? {
        guard context.sizeClass > .narrow else { return nil }
        return (LatencyHeat.indent, layout(context).heatColumns)
    }

    package func sortChoices(_ context: ScreenContext) -> (titles: [SafeText], current: Int)? {
        (TrafficColumn.sortable.map(\.title), TrafficColumn.sortable.firstIndex(of: sort.column) ?? 0)
    }

    package mutating func sort(by choice: Int, _ context: ScreenContext) {
        guard TrafficColumn.sortable.indices.contains(choice) else { return }
        let column = TrafficColumn.sortable[choice]
        sort.isInverted = column == sort.column ? !sort.isInverted : false
        sort.column = column
        heldUntil = nil
    }

    package mutating func click(x: Int, y: Int, _ context: ScreenContext) {
        let layout = layout(context)
        if layout.table.contains(x: x, y: y), y > layout.table.y, samples == nil {
            pane = .routes
            moveRow(by: firstLine + y - layout.table.y - 1 - place, context)
        } else if layout.heat.contains(x: x, y: y), x >= layout.heat.x + LatencyHeat.indent {
            pane = .heat
            heat.put(
                column: x - layout.heat.x - LatencyHeat.indent, row: layout.heat.bottom - 1 - y)
        } else if layout.services.contains(x: x, y: y) {
            pane = .services
            let line = services.firstLine + y - layout.services.y - (layout.hasServiceHeader ? 1 : 0)
            choose(services.service(atLine: line) ?? service)
        }
    }

    // MARK: Keys

    package mutating func perform(_ command: Command, _ context: ScreenContext) -> Bool {
        let layout = layout(context)
        switch command {
        case .nextPane: turn(to: pane.next)
        case .previousPane: turn(to: pane.previous)
        case .freeze: heat.toggleFrozen()
        case .tree:
            grouping = grouping.next
            hasMoved = false
        case .sortLeft: return moveSort(by: -1)
        case .sortRight: return moveSort(by: 1)
        case .invertSort: sort.isInverted.toggle()
        case .open: return openSamples(context)
        case .nextTrouble: return moveToTrouble(1, context)
        case .previousTrouble: return moveToTrouble(-1, context)
        case .left: return move(columns: -1, context)
        case .right: return move(columns: 1, context)
        case .up: move(rows: -1, context)
        case .down: move(rows: 1, context)
        case .halfPageUp: move(rows: -max(1, layout.tableRows / 2), context)
        case .halfPageDown: move(rows: max(1, layout.tableRows / 2), context)
        case .pageUp: move(rows: -layout.tableRows, context)
        case .pageDown: move(rows: layout.tableRows, context)
        case .first: move(rows: -Self.all, context)
        case .last: move(rows: Self.all, context)
        default: return false
        }
        return true
    }

    /// More rows than any list has.
    private static let all = 1_000_000

    package mutating func close() -> Bool {
        defer { samples = nil }
        return samples != nil
    }

    private mutating func turn(to next: TrafficPane) {
        samples = nil
        pane = next
        if pane != .heat { heat.leave() }
    }

    private mutating func move(rows distance: Int, _ context: ScreenContext) {
        if samples != nil {
            samples?.move(by: distance)
        } else {
            switch pane {
            case .services: choose(services.service(after: service, by: distance))
            case .heat: heat.move(columns: 0, rows: -distance)
            case .routes: moveRow(by: distance, context)
            }
        }
    }

    private mutating func choose(_ next: String?) {
        service = next
        isServiceChosen = next != nil && services.names.count > 1
    }

    private mutating func move(columns distance: Int, _ context: ScreenContext) -> Bool {
        if samples != nil {
            samples?.moveText(by: 8 * distance)
        } else if pane == .heat {
            heat.move(columns: distance, rows: 0)
        } else {
            return false
        }
        return true
    }

    private mutating func moveRow(by distance: Int, _ context: ScreenContext) {
        heldUntil = context.now.advanced(byMilliseconds: Self.holdMilliseconds)
        guard !order.rows.isEmpty else { return }
        hasMoved = true
        place = max(0, min(place + distance, order.rows.count - 1))
        selected = order.rows[place].id
    }

    private mutating func moveToTrouble(_ direction: Int, _ context: ScreenContext) -> Bool {
        let count = order.rows.count
        for distance in stride(from: 1, through: count, by: 1) {
            let next = ((place + direction * distance) % count + count) % count
            guard order.rows[next].figures.trouble != .none else { continue }
            moveRow(by: next - place, context)
            return true
        }
        return false
    }

    private mutating func moveSort(by columns: Int) -> Bool {
        let all = TrafficColumn.sortable
        let at = all.firstIndex(of: sort.column) ?? 0
        let next = max(0, min(at + columns, all.count - 1))
        guard next != at else { return false }
        sort.column = all[next]
        sort.isInverted = false
        heldUntil = nil
        return true
    }

    /// The lines behind a row, or behind the cell under the cursor: those of the route that has most of it.
    private mutating func openSamples(_ context: ScreenContext) -> Bool {
        guard samples == nil else { return true }
        switch pane {
        case .services: samples = SampleList(service: service, route: nil, steps: nil)
        case .heat:
            guard let steps = heat.cursorSteps else { return false }
            let first = inspection?.firstRoute
            samples = SampleList(service: first?.service ?? service, route: first?.name, steps: steps)
        case .routes:
            guard let selected else { return false }
            // Lines are kept by route; a host's or a status' are among those of the service.
            samples = SampleList(
                service: selected.service ?? service, route: grouping == .route ? selected.name : nil,
                steps: nil)
        }
        return true
    }
}
