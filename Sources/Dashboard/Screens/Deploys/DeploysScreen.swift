import Canvas
import Fleet
package import Telemetry
package import Text

/// What was deployed and started, the newest first, and what became of the hosts that it changed beside the rest.
package struct DeploysScreen: Screen {
    package static let id = ScreenID.deploys
    package static let stepMilliseconds: Int64 = FleetScreen.stepMilliseconds
    /// An hour: who looks here asks what happened lately.
    package static let windowSteps: Int64 = 240
    /// The rows of the comparison below the list, and the least that a body must have for it.
    static let comparisonRows = 7
    private static let comparedMin = 13

    /// Newest first.
    private(set) var rows: [Mark] = []
    private var selected: Mark.ID?
    private(set) var place = 0
    private(set) var firstLine = 0

    package init() {}

    /// The one under the cursor.
    var chosen: Mark? { rows.indices.contains(place) ? rows[place] : nil }

    package func subject(_ context: ScreenContext) -> HostID? {
        guard let host = chosen?.hosts.first, chosen?.hosts.count == 1 else { return nil }
        return HostID(host)
    }

    package mutating func refresh(_ context: ScreenContext) {
        rows = context.state.marks.reversed().filter { mark in
            mark.kind != .note && (context.scope.map { $0.contains(where: mark.isAbout) } ?? true)
        }
        // Until somebody moved the newest is selected, whichever it is.
        place =
            selected.flatMap { id in rows.firstIndex { $0.id == id } } ?? min(place, max(0, rows.count - 1))
        if selected == nil { place = 0 }
        firstLine = Table.firstRow(
            firstLine, selected: place, rowCount: rows.count, visibleRows: Self.visibleRows(context.body))
    }

    static func hasComparison(_ body: Rect) -> Bool { body.height >= comparedMin }

    private static func visibleRows(_ body: Rect) -> Int {
        max(1, body.height - 1 - (hasComparison(body) ? comparisonRows : 0))
    }

    package mutating func perform(_ command: Command, _ context: ScreenContext) -> Bool {
        let page = Self.visibleRows(context.body)
        switch command {
        case .up: return move(by: -1)
        case .down: return move(by: 1)
        case .halfPageUp: return move(by: -max(1, page / 2))
        case .halfPageDown: return move(by: max(1, page / 2))
        case .pageUp: return move(by: -page)
        case .pageDown: return move(by: page)
        case .first: return move(by: -rows.count)
        case .last: return move(by: rows.count)
        default: return false
        }
    }

    private mutating func move(by distance: Int) -> Bool {
        guard !rows.isEmpty else { return false }
        place = max(0, min(place + max(-rows.count, min(distance, rows.count)), rows.count - 1))
        selected = rows[place].id
        return true
    }

    package mutating func click(x: Int, y: Int, _ context: ScreenContext) {
        let line = y - context.body.y - 1
        guard line >= 0, line < Self.visibleRows(context.body), firstLine + line < rows.count else { return }
        _ = move(by: firstLine + line - place)
    }

    package func sortChoices(_ context: ScreenContext) -> (titles: [SafeText], current: Int)? { nil }

    package mutating func sort(by choice: Int, _ context: ScreenContext) {}
}
