import Canvas
import Fleet
package import Telemetry
package import Text

/// Lines of many hosts' logs in one list by time: what they say while it goes wrong, with a search that leaves the lines
/// around a hit where they are, and a filter that hides.
package struct LogsScreen: Screen {
    package static let id = ScreenID.logs
    package static let stepMilliseconds: Int64 = 5000
    package static let windowSteps: Int64 = 120
    static let contextMax = 9

    /// A line that is shown, and whether the filter keeps it or it stands around one that it keeps.
    struct Shown: Hashable, Sendable {
        let place: Int
        let isContext: Bool
    }

    private(set) var search = LogSearch()
    private(set) var shown: [Shown] = []
    /// Lines that the filter keeps, of those that came.
    private(set) var matching = 0
    /// Number of the selected entry.
    private(set) var selected: Int?
    private(set) var place = 0
    private(set) var firstLine = 0
    private(set) var isFollowing = true
    /// Lines around each that the filter keeps.
    private(set) var context = 0
    /// Cells by which lines are moved to the left.
    private(set) var offset = 0
    /// Lines that are less grave are hidden.
    private(set) var level = LogLine.Grade.plain
    /// Whether long lines take as many rows as they need.
    private(set) var isWrapped = false
    /// Whether the selected line is shown whole, as long as it is.
    private(set) var isOpen = false
    private(set) var hosts = ShortHosts([])
    private(set) var hostWidth = 4
    private var seen: Seen?

    private struct Seen: Hashable {
        var version: Int
        var view: TrafficBoard.Identity
        var query: String
        var scope: Set<HostID>?
        var context: Int
        var search: String
        var level: LogLine.Grade
        var isComplete: Bool
    }

    /// A line to select once it is there.
    private var wanted: ErrorSample?

    package init() {}

    /// Begins at a line.
    init(at sample: ErrorSample) {
        wanted = sample
        isFollowing = false
    }

    package func subject(_ context: ScreenContext) -> HostID? {
        guard let logs = context.state.logs, shown.indices.contains(place) else { return nil }
        return logs.entries[shown[place].place].line.host
    }

    package mutating func refresh(_ context: ScreenContext) {
        guard let logs = context.state.logs else {
            // What is drawn are places in lines that are no more.
            shown = []
            seen = nil
            return
        }
        let next = Seen(
            version: logs.version,
            view: .init(view: context.state.view, listVersion: context.state.listVersion),
            query: context.queryText, scope: context.scope, context: self.context, search: search.text,
            level: level, isComplete: context.state.isComplete)
        if next != seen { work(logs, context) }
        seen = next
        scroll(logs, context)
    }

    /// Keeps the selected line, and while it follows the newest one, in sight.
    private mutating func scroll(_ logs: LogState, _ context: ScreenContext) {
        let list = layout(context).list
        let rows = max(1, list.height)
        guard isWrapped else {
            firstLine =
                isFollowing
                ? max(0, shown.count - rows)
                : Table.firstRow(firstLine, selected: place, rowCount: shown.count, visibleRows: rows)
            return
        }
        firstLine = max(0, min(isFollowing ? place : firstLine, place))
        var free = rows
        var first = place
        while first >= 0, shown.indices.contains(first) {
            free -= self.rows(of: first, logs, width: list.width, context)
            if free < 0 { break }
            first -= 1
        }
        // All from the one behind `first` to the selected line have room.
        let least = min(first + 1, place)
        firstLine = isFollowing ? max(0, least) : max(firstLine, least, 0)
    }

    /// Rows that a line takes.
    func rows(of line: Int, _ logs: LogState, width: Int, _ context: ScreenContext) -> Int {
        guard isWrapped, shown.indices.contains(line), logs.entries.indices.contains(shown[line].place) else {
            return 1
        }
        return LogLineRows.count(
            textWidth: SafeText(logs.entries[shown[line].place].line.text).width,
            headWidth: headWidth(logs.entries[shown[line].place].line, context), width: width)
    }

    func layout(_ context: ScreenContext) -> LogsLayout { LogsLayout(context.body, isOpen: isOpen) }

    private mutating func work(_ logs: LogState, _ context: ScreenContext) {
        let kept = logs.entries.indices.filter { place in
            let line = logs.entries[place].line
            if let scope = context.scope, !scope.contains(line.host) { return false }
            if line.grade < level { return false }
            return context.query.isEmpty
                || context.query.matches(LogQueryRow(line: line, host: context.state[line.host]))
        }
        matching = kept.count
        shown =
            self.context > 0 && isHiding(context)
            ? withContext(kept, logs) : kept.map { Shown(place: $0, isContext: false) }
        findWanted(logs, context)
        place = isFollowing ? max(0, shown.count - 1) : selected.map { place(of: $0, logs) } ?? 0
        selected = shown.indices.contains(place) ? logs.entries[shown[place].place].number : nil
        search.find(in: shown.lazy.map { logs.entries[$0.place] }, selected: selected)
        hosts = ShortHosts(logs.entries.lazy.map(\.line.host))
        hostWidth = min(
            24, max(4, Set(logs.entries.lazy.map(\.line.host)).map { hosts.name($0).width }.max() ?? 4))
    }

    /// Whether a filter or the level hides lines.
    func isHiding(_ context: ScreenContext) -> Bool { !context.query.isEmpty || level > .plain }

    /// Selects the line that was asked for; of several alike the nearest in time.
    private mutating func findWanted(_ logs: LogState, _ context: ScreenContext) {
        guard let wanted else { return }
        let alike = shown.map { logs.entries[$0.place] }
            .filter { $0.line.host == wanted.host && $0.line.text == wanted.text }
        let nearest = alike.min {
            $0.line.time.milliseconds(since: wanted.time).magnitude
                < $1.line.time.milliseconds(since: wanted.time).magnitude
        }
        if let nearest { selected = nearest.number }
        if nearest != nil || context.state.isComplete { self.wanted = nil }
    }

    /// The lines before and after, of the same host each: those between are other hosts' at the same time.
    private func withContext(_ kept: [Int], _ logs: LogState) -> [Shown] {
        var byHost: [HostID: [Int]] = [:]
        var places: [Int] = []
        places.reserveCapacity(logs.entries.count)
        for (place, entry) in logs.entries.enumerated() {
            places.append(byHost[entry.line.host]?.count ?? 0)
            byHost[entry.line.host, default: []].append(place)
        }
        var all: Set<Int> = []
        for place in kept {
            let siblings = byHost[logs.entries[place].line.host] ?? []
            let at = places[place]
            all.formUnion(siblings[max(0, at - context)...min(siblings.count - 1, at + context)])
        }
        let matching = Set(kept)
        return all.sorted().map { Shown(place: $0, isContext: !matching.contains($0)) }
    }

    /// The place of an entry, or of the first after it where it is gone.
    private func place(of number: Int, _ logs: LogState) -> Int {
        if let found = shown.firstIndex(where: { logs.entries[$0.place].number == number }) { return found }
        return max(0, min(place, shown.count - 1))
    }

    package func sortChoices(_ context: ScreenContext) -> (titles: [SafeText], current: Int)? { nil }
    package mutating func sort(by choice: Int, _ context: ScreenContext) {}

    package mutating func click(x: Int, y: Int, _ context: ScreenContext) {
        let list = layout(context).list
        guard list.contains(x: x, y: y), let logs = context.state.logs else { return }
        var line = firstLine
        var bottom = list.y
        while line < shown.count {
            bottom += rows(of: line, logs, width: list.width, context)
            if y < bottom { return move(to: line, context) }
            line += 1
        }
    }

    // MARK: Keys

    package mutating func perform(_ command: Command, _ context: ScreenContext) -> Bool {
        let page = max(1, layout(context).listRows - 1)
        switch command {
        case .up: move(to: place - 1, context)
        case .down: move(to: place + 1, context)
        case .pageUp: move(to: place - page, context)
        case .pageDown: move(to: place + page, context)
        case .halfPageUp: move(to: place - max(1, page / 2), context)
        case .halfPageDown: move(to: place + max(1, page / 2), context)
        case .first: move(to: 0, context)
        case .last: move(to: shown.count - 1, context)
        case .left: offset = max(0, offset - Self.columnStep)
        case .right: offset = min(offset + Self.columnStep, ErrorSample.lengthMax)
        case .follow:
            isFollowing.toggle()
            if isFollowing { move(to: shown.count - 1, context) }
        case .moreContext: self.context = min(self.context + 1, Self.contextMax)
        case .lessContext: self.context = max(0, self.context - 1)
        case .nextHit: return moveToHit(1, context)
        case .previousHit: return moveToHit(-1, context)
        case .nextError: return moveToGrade(.error, 1, context)
        case .previousError: return moveToGrade(.error, -1, context)
        case .nextWarning: return moveToGrade(.warning, 1, context)
        case .previousWarning: return moveToGrade(.warning, -1, context)
        case .level: level = level == .plain ? .warning : level == .warning ? .error : .plain
        case .wrap:
            isWrapped.toggle()
            offset = 0
        case .open: isOpen.toggle()
        default: return false
        }
        return true
    }

    /// Cells that `h` and `l` move lines by.
    private static let columnStep = 8

    /// Esc closes the open line, and ends a search before it clears the filter.
    package mutating func close() -> Bool {
        if isOpen {
            isOpen = false
            return true
        }
        guard !search.isEmpty else { return false }
        search.look(for: "")
        return true
    }

    /// Looks for a text, and goes to the nearest line at or above the selected one that has it.
    mutating func look(for text: String, _ context: ScreenContext) {
        guard let logs = context.state.logs else { return }
        search.look(for: text)
        search.find(in: shown.lazy.map { logs.entries[$0.place] }, selected: selected)
        guard !search.hits.isEmpty, search.current == nil else { return }
        let hits = Set(search.hits)
        let nearest = shown[...max(0, min(place, shown.count - 1))].lastIndex {
            hits.contains(logs.entries[$0.place].number)
        }
        move(
            to: nearest ?? shown.firstIndex { hits.contains(logs.entries[$0.place].number) } ?? place, context
        )
    }

    private mutating func moveToHit(_ direction: Int, _ context: ScreenContext) -> Bool {
        guard !search.hits.isEmpty else { return false }
        let hits = Set(search.hits)
        return moveToNext(direction, context) { hits.contains($0.number) }
    }

    private mutating func moveToGrade(_ grade: LogLine.Grade, _ direction: Int, _ context: ScreenContext)
        -> Bool
    {
        moveToNext(direction, context) { $0.line.grade >= grade }
    }

    /// Goes to the next line of a kind, from the last on to the first.
    private mutating func moveToNext(
        _ direction: Int, _ context: ScreenContext, where isMeant: (LogState.Entry) -> Bool
    ) -> Bool {
        guard let logs = context.state.logs, !shown.isEmpty else { return false }
        for distance in 1...shown.count {
            let next = ((place + direction * distance) % shown.count + shown.count) % shown.count
            guard isMeant(logs.entries[shown[next].place]) else { continue }
            move(to: next, context)
            return true
        }
        return false
    }

    /// Moving up stands still; at the newest line the list goes on with it.
    private mutating func move(to line: Int, _ context: ScreenContext) {
        guard let logs = context.state.logs, !shown.isEmpty else { return }
        place = max(0, min(line, shown.count - 1))
        isFollowing = place == shown.count - 1
        guard logs.entries.indices.contains(shown[place].place) else { return }
        selected = logs.entries[shown[place].place].number
        search.select(selected)
    }
}
