import Canvas
import Fleet
package import Telemetry
package import Text

/// All hosts in one table: who is not well, since when, and how the others are.
///
/// Order, filter and health are worked out once a second and after a key; drawing looks at the visible lines alone.
package struct FleetScreen: Screen {
    package static let id = ScreenID.fleet
    /// The distance of the points that a view of many hosts carries.
    package static let stepMilliseconds: Int64 = 15_000
    package static let windowSteps: Int64 = 60
    /// How long rows keep their places after a key.
    package static let holdMilliseconds: Int64 = 2000

    private(set) var basis = FleetOrder.Basis()
    private(set) var names = FleetNames()
    private(set) var order = FleetOrder()
    private(set) var deltas = FleetDeltas()
    private(set) var selected: FleetLineID?
    /// Whether somebody moved: until then the first line is selected, whoever it is.
    private var hasMoved = false
    /// The selected line's place; 0 while there is none.
    private(set) var place = 0
    private(set) var firstLine = 0
    private(set) var marks: Set<HostID> = []
    /// The matching hosts in the order of before, to hold it.
    private var heldIDs: [FleetLineID] = []
    private var heldUntil: Timestamp?
    /// What `order` was worked out from.
    private var seen: Seen?

    private struct Seen: Hashable {
        var second: Int64
        var time: Timestamp?
        var listVersion: FleetState.ListVersion
        var viewStep: Int64
        var isComplete: Bool
        var query: String
        var basis: FleetOrder.Basis
        var isHeld: Bool
    }

    package init() {}

    // MARK: What the dashboard asks

    package func subject(_ context: ScreenContext) -> HostID? {
        if case .host(let id) = selected { return id }
        return nil
    }

    package mutating func refresh(_ context: ScreenContext) {
        let isHeld = heldUntil.map { $0 > context.now } ?? false
        let next = Seen(
            second: context.now.milliseconds / 1000, time: context.isLive ? nil : context.time,
            listVersion: context.state.listVersion, viewStep: context.state.view.stepMilliseconds,
            isComplete: context.state.isComplete, query: context.query.text, basis: basis, isHeld: isHeld)
        if next != seen { work(next, context) }
        firstLine = Table.firstRow(
            firstLine, selected: place, rowCount: order.lines.count,
            visibleRows: Self.visibleLines(context.body))
        if !isHeld { heldUntil = nil }
    }

    package mutating func perform(_ command: Command, _ context: ScreenContext) -> Bool {
        let page = Self.visibleLines(context.body)
        switch command {
        case .up: return move(by: -1, context)
        case .down: return move(by: 1, context)
        case .halfPageUp: return move(by: -max(1, page / 2), context)
        case .halfPageDown: return move(by: max(1, page / 2), context)
        case .pageUp: return move(by: -page, context)
        case .pageDown: return move(by: page, context)
        case .first: return move(by: -order.lines.count, context)
        case .last: return move(by: order.lines.count, context)
        case .sortLeft, .left: return moveSort(by: -1)
        case .sortRight, .right: return moveSort(by: 1)
        case .invertSort: basis.isInverted.toggle()
        case .tree: return toggleGroups()
        case .open: return toggleFold()
        case .mark: return toggleMark(context)
        case .clearMarks:
            defer { marks = [] }
            return !marks.isEmpty
        case .nextTrouble: return moveToTrouble(1, context)
        case .previousTrouble: return moveToTrouble(-1, context)
        default: return false
        }
        return true
    }

    package mutating func click(x: Int, y: Int, _ context: ScreenContext) {
        let line = firstLine + y - context.body.y - 1
        guard y > context.body.y, y <= context.body.y + Self.visibleLines(context.body) else { return }
        _ = move(by: line - place, context)
    }

    package func sortChoices(_ context: ScreenContext) -> (titles: [SafeText], current: Int)? {
        (FleetColumn.sortable.map(\.name), FleetColumn.sortable.firstIndex(of: basis.column) ?? 0)
    }

    package mutating func sort(by choice: Int, _ context: ScreenContext) {
        guard FleetColumn.sortable.indices.contains(choice) else { return }
        let column = FleetColumn.sortable[choice]
        basis.isInverted = column == basis.column ? !basis.isInverted : false
        basis.column = column
        heldUntil = nil
    }

    package func counts(_ context: ScreenContext) -> (shown: Int, total: Int)? {
        (order.matching.count, order.total)
    }

    // MARK: Lines

    /// Lines of the table that a body has room for: less the header, and the line of detail below.
    static func visibleLines(_ body: Rect) -> Int {
        max(1, body.height - 1 - (hasDetail(body) ? 1 : 0))
    }

    static func hasDetail(_ body: Rect) -> Bool { body.height >= 5 }

    private mutating func work(_ next: Seen, _ context: ScreenContext) {
        let isSameList =
            seen?.listVersion == next.listVersion && names.names.count == context.state.hosts.count
        // The list also changes in what it says of a host: its groups.
        if !isSameList || seen?.second != next.second { names = FleetNames(context.state.hosts) }
        // A host that is gone is no longer meant.
        if !isSameList, !marks.isEmpty { marks.formIntersection(context.state.hosts.map(\.id)) }
        let isSameOrder = seen?.basis == next.basis && seen?.query == next.query
        let held = next.isHeld && isSameOrder ? heldIDs : nil
        let isTick = seen?.second != next.second && context.isLive
        if !context.isLive { deltas.clear() }
        seen = next
        order = FleetOrder(context, names, basis, held: held)
        heldIDs = order.matching.map { .host(context.state.hosts[$0].id) }
        follow(context)
        if isTick {
            let end = min(order.lines.count, firstLine + Self.visibleLines(context.body))
            let visible = order.lines[min(firstLine, end)..<end].compactMap { line -> HostState? in
                if case .host(let place) = line { return context.state.hosts[place] }
                return nil
            }
            deltas.look(at: visible, context)
        }
    }

    /// The selection stays with its line; one that is gone leaves it at its place.
    private mutating func follow(_ context: ScreenContext) {
        guard !order.lines.isEmpty else {
            place = 0
            return
        }
        let found =
            !hasMoved
            ? 0
            : selected.flatMap { wanted in
                order.lines.firstIndex { order.id($0, context.state) == wanted }
            }
        place = found ?? max(0, min(place, order.lines.count - 1))
        selected = order.id(order.lines[place], context.state)
    }

    private mutating func move(by distance: Int, _ context: ScreenContext) -> Bool {
        heldUntil = context.now.advanced(byMilliseconds: Self.holdMilliseconds)
        guard !order.lines.isEmpty else { return false }
        hasMoved = true
        let step = max(-order.lines.count, min(distance, order.lines.count))
        place = max(0, min(place + step, order.lines.count - 1))
        selected = order.id(order.lines[place], context.state)
        return true
    }

    private mutating func moveToTrouble(_ direction: Int, _ context: ScreenContext) -> Bool {
        let count = order.lines.count
        for distance in stride(from: 1, through: count, by: 1) {
            let next = ((place + direction * distance) % count + count) % count
            guard case .host(let host) = order.lines[next], order.health[host].isTrouble else { continue }
            return move(by: next - place, context)
        }
        return false
    }

    private mutating func moveSort(by columns: Int) -> Bool {
        let all = FleetColumn.sortable
        let at = all.firstIndex(of: basis.column) ?? 0
        let next = max(0, min(at + columns, all.count - 1))
        guard next != at else { return false }
        basis.column = all[next]
        basis.isInverted = false
        heldUntil = nil
        return true
    }

    private mutating func toggleGroups() -> Bool {
        guard names.hasGroups || basis.isGrouped else { return false }
        basis.isGrouped.toggle()
        return true
    }

    /// Only a group folds; a host is for the dashboard to open.
    private mutating func toggleFold() -> Bool {
        guard case .group(let name) = selected else { return false }
        if basis.folded.remove(name) == nil { basis.folded.insert(name) }
        return true
    }

    private mutating func toggleMark(_ context: ScreenContext) -> Bool {
        switch selected {
        case .host(let id):
            if marks.remove(id) == nil { marks.insert(id) }
            return move(by: 1, context)
        case .group(let name):
            let members = order.matching.map { context.state.hosts[$0] }
                .filter { ($0.summary?.groups.first ?? "") == name }.map(\.id)
            if members.allSatisfy(marks.contains) {
                marks.subtract(members)
            } else {
                marks.formUnion(members)
            }
            return true
        case nil: return false
        }
    }
}
