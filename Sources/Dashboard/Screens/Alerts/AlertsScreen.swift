import Canvas
package import Fleet
package import Telemetry
package import Text

/// What fires, whose it is, and why: the list of alerts, and below it what the selected one looked at, what its hooks said and
/// what people did.
package struct AlertsScreen: Screen {
    package static let id = ScreenID.alerts

    private(set) var order = AlertOrder()
    private(set) var place = 0
    private(set) var firstLine = 0
    private(set) var isGrouped = true
    private(set) var folded: Set<String> = []
    /// Ids of causes whose members are listed: by themselves those are counted alone.
    private(set) var unfolded: Set<String> = []
    /// What the selection stays on while rows come and go.
    private var selected: AlertLine.Identity?
    private var seen: Seen?

    private struct Seen: Hashable {
        var version: Int
        var query: String
        var scope: Set<HostID>?
        var isGrouped: Bool
        var folded: Set<String>
        var unfolded: Set<String>
    }

    package init() {}

    /// The selected alert; of a rule's row its first.
    var alert: Alert? {
        guard order.lines.indices.contains(place) else { return nil }
        switch order.lines[place] {
        case .rule(_, let alerts): return alerts.first.map { order.alerts[$0] }
        case .cause(let place, _), .alert(let place, _): return order.alerts[place]
        }
    }

    /// What is done to the selection is done to these: of a rule's row to all of its alerts.
    var meant: [Alert] {
        guard order.lines.indices.contains(place) else { return [] }
        switch order.lines[place] {
        case .rule(_, let alerts): return alerts.map { order.alerts[$0] }
        case .cause(let place, _), .alert(let place, _): return [order.alerts[place]]
        }
    }

    package func subject(_ context: ScreenContext) -> HostID? {
        alert?.host.map { HostID($0) }
    }

    package mutating func refresh(_ context: ScreenContext) {
        let next = Seen(
            version: context.alerts.version, query: context.queryText, scope: context.scope,
            isGrouped: isGrouped, folded: folded, unfolded: unfolded)
        if next != seen {
            order = AlertOrder(
                context.alerts.board, isGrouped: isGrouped, folded: folded, unfolded: unfolded
            ) { alert in
                if let scope = context.scope, let host = alert.host, !scope.contains(HostID(host)) {
                    return false
                }
                return context.query.isEmpty || context.query.matches(AlertQueryRow(alert: alert))
            }
            seen = next
            if let selected, let found = order.lines.firstIndex(where: { identity($0) == selected }) {
                place = found
            }
            place = max(0, min(place, order.lines.count - 1))
            select()
        }
        firstLine = Table.firstRow(
            firstLine, selected: place, rowCount: order.lines.count,
            visibleRows: max(1, AlertsLayout(context.body).list.height - 1))
    }

    private func identity(_ line: AlertLine) -> AlertLine.Identity {
        switch line {
        case .rule(let name, _): .rule(name)
        case .cause(let place, _), .alert(let place, _): .alert(order.alerts[place].id)
        }
    }

    /// What is not told because of the selected one.
    var members: [Alert] {
        guard order.lines.indices.contains(place), case .cause(_, let members) = order.lines[place] else {
            return []
        }
        return members.map { order.alerts[$0] }
    }

    private mutating func select() {
        guard order.lines.indices.contains(place) else { return }
        selected = identity(order.lines[place])
    }

    private mutating func move(to line: Int) {
        place = max(0, min(line, order.lines.count - 1))
        select()
    }

    package mutating func perform(_ command: Command, _ context: ScreenContext) -> Bool {
        let page = max(1, AlertsLayout(context.body).list.height - 2)
        switch command {
        case .up: move(to: place - 1)
        case .down: move(to: place + 1)
        case .pageUp: move(to: place - page)
        case .pageDown: move(to: place + page)
        case .halfPageUp: move(to: place - max(1, page / 2))
        case .halfPageDown: move(to: place + max(1, page / 2))
        case .first: move(to: 0)
        case .last: move(to: order.lines.count - 1)
        case .tree:
            isGrouped.toggle()
            (folded, unfolded) = ([], [])
        case .open, .left, .right: return fold(command)
        case .nextTrouble: return moveToTrouble(1)
        case .previousTrouble: return moveToTrouble(-1)
        default: return false
        }
        refresh(context)
        return true
    }

    /// Shows or hides the alerts of a rule's row, or those that are because of another; enter on such a one opens its host.
    private mutating func fold(_ command: Command) -> Bool {
        guard order.lines.indices.contains(place) else { return false }
        switch order.lines[place] {
        case .rule(let name, _):
            if command == .left || (command == .open && !folded.contains(name)) {
                folded.insert(name)
            } else {
                folded.remove(name)
            }
            return true
        case .cause(let place, _) where command != .open:
            if command == .left {
                unfolded.remove(order.alerts[place].id)
            } else {
                unfolded.insert(order.alerts[place].id)
            }
            return true
        case .cause, .alert: return false
        }
    }

    /// The next that fires and that nobody has taken on.
    private mutating func moveToTrouble(_ direction: Int) -> Bool {
        let count = order.lines.count
        guard count > 0 else { return false }
        for distance in 1...count {
            let next = ((place + direction * distance) % count + count) % count
            switch order.lines[next] {
            case .rule: continue
            case .cause(let place, _), .alert(let place, _):
                guard order.alerts[place].isLoud, order.alerts[place].acknowledged == nil else { continue }
            }
            move(to: next)
            return true
        }
        return false
    }

    package mutating func click(x: Int, y: Int, _ context: ScreenContext) {
        let list = AlertsLayout(context.body).list
        guard list.contains(x: x, y: y), y > list.y else { return }
        let line = firstLine + y - list.y - 1
        if order.lines.indices.contains(line) { move(to: line) }
    }

    package func sortChoices(_ context: ScreenContext) -> (titles: [SafeText], current: Int)? { nil }

    package mutating func sort(by choice: Int, _ context: ScreenContext) {}

    package func counts(_ context: ScreenContext) -> (shown: Int, total: Int)? {
        (order.alerts.count, order.total)
    }

    package func completions(_ context: ScreenContext) -> (attributes: [String: [String]], signals: [Signal])
    {
        var attributes: [String: Set<String>] = [:]
        for key in AlertQueryRow.attributes {
            attributes[key] = Set(context.alerts.alerts.flatMap { AlertQueryRow(alert: $0).values(of: key) })
        }
        return (attributes.mapValues { $0.sorted() }, [])
    }
}

extension AlertLine {
    enum Identity: Hashable, Sendable {
        case rule(String)
        case alert(String)
    }
}

/// Where the parts of the Alerts screen stand.
struct AlertsLayout: Hashable, Sendable {
    let list: Rect
    /// Why the selected one fires, and what became of it; empty where there is no room.
    let detail: Rect

    init(_ body: Rect) {
        let rows = body.height < 12 ? 0 : body.width >= 40 ? max(9, body.height / 2) : 0
        let parts = body.splitBottom(min(rows, max(0, body.height - 4)))
        list = parts.rest
        detail = parts.bottom
    }
}
