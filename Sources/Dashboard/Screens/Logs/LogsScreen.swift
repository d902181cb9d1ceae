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
    }

    package init() {}

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
            query: context.queryText, scope: context.scope, context: self.context, search: search.text)
        if next != seen { work(logs, context) }
        seen = next
        let rows = LogsLayout(context.body).listRows
        firstLine =
            isFollowing
            ? max(0, shown.count - rows)
            : Table.firstRow(firstLine, selected: place, rowCount: shown.count, visibleRows: rows)
    }

    private mutating func work(_ logs: LogState, _ context: ScreenContext) {
        let kept = logs.entries.indices.filter { place in
            let line = logs.entries[place].line
            if let scope = context.scope, !scope.contains(line.host) { return false }
            return context.query.isEmpty
                || context.query.matches(LogQueryRow(line: line, host: context.state[line.host]))
        }
        matching = kept.count
        shown =
            self.context > 0 && !context.query.isEmpty
            ? withContext(kept, logs) : kept.map { Shown(place: $0, isContext: false) }
        place = isFollowing ? max(0, shown.count - 1) : selected.map { place(of: $0, logs) } ?? 0
        selected = shown.indices.contains(place) ? logs.entries[shown[place].place].number : nil
        search.find(in: shown.lazy.map { logs.entries[$0.place] }, selected: selected)
        hosts = ShortHosts(logs.entries.lazy.map(\.line.host))
        hostWidth = min(
            24, max(4, Set(logs.entries.lazy.map(\.line.host)).map { hosts.name($0).width }.max() ?? 4))
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
        let list = LogsLayout(context.body).list
        guard list.contains(x: x, y: y) else { return }
        move(to: firstLine + y - list.y, context)
    }

    // MARK: Keys

    package mutating func perform(_ command: Command, _ context: ScreenContext) -> Bool {
        let page = max(1, LogsLayout(context.body).listRows - 1)
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
        default: return false
        }
        return true
    }

    /// Cells that `h` and `l` move lines by.
    private static let columnStep = 8

    /// Esc ends a search before it clears the filter.
    package mutating func close() -> Bool {
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
        guard let logs = context.state.logs, !search.hits.isEmpty, !shown.isEmpty else { return false }
        let hits = Set(search.hits)
        for distance in 1...shown.count {
            let next = ((place + direction * distance) % shown.count + shown.count) % shown.count
            guard hits.contains(logs.entries[shown[next].place].number) else { continue }
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
