import Canvas
import Fleet
package import Telemetry
package import Text

/// Rollouts, what other tools deployed and what was started, the newest first; of each what became of the hosts that it
/// changed. A rollout can be opened, and in it each of its hosts.
package struct DeploysScreen: Screen {
    package static let id = ScreenID.deploys
    package static let stepMilliseconds: Int64 = FleetScreen.stepMilliseconds
    /// An hour: who looks here asks what happened lately.
    package static let windowSteps: Int64 = 240

    private(set) var rows: [DeployRow] = []
    private(set) var place = 0
    private(set) var firstLine = 0
    private(set) var opened: OpenRollout?
    /// Of the rollout that is shown.
    private(set) var comparison: DeployComparison?
    private var comparisonBasis: ComparisonBasis?
    /// A rollout that is opened as soon as the hub lists it; nil for none.
    private var awaited: String?
    /// What the selection stays on; nil until somebody moved.
    private var selected: DeployRow.Identity?
    private var seen: Seen?
    /// The names of the opened rollout's hosts, by the version of the rollouts.
    private var hosts: (version: Int, names: [String]) = (-1, [])

    private struct Seen: Hashable {
        var rollouts: Int
        var marks: Int
        var scope: Set<HostID>?
    }

    private struct ComparisonBasis: Hashable {
        var row: DeployRow.Identity?
        var changed: Int
        var marks: Int
        var window: WindowBasis
    }

    package init() {}

    /// The row under the cursor; of an opened rollout its own.
    var row: DeployRow? { rows.indices.contains(place) ? rows[place] : nil }

    var rollout: RolloutView? {
        if case .rollout(let rollout) = row { rollout } else { nil }
    }

    var mark: Mark? {
        if case .mark(let mark) = row { mark } else { nil }
    }

    /// The host under the cursor of an opened rollout.
    var host: RolloutView.Host? {
        guard let opened, let rollout, rollout.hosts.indices.contains(opened.place) else { return nil }
        return rollout.hosts[opened.place]
    }

    /// The order whose output is looked at.
    var shownOrder: String? {
        guard opened?.showsHost == true, let order = host?.order, !order.isEmpty else { return nil }
        return order
    }

    package func subject(_ context: ScreenContext) -> HostID? {
        if let host { return HostID(host.name) }
        guard let mark, mark.hosts.count == 1 else { return nil }
        return mark.hosts.first.map { HostID($0) }
    }

    func layout(_ body: Rect) -> DeploysLayout {
        DeploysLayout(
            body, rowCount: rows.count,
            hasRollouts: rows.contains { if case .rollout = $0 { true } else { false } },
            isOpened: opened != nil)
    }

    /// What is said of the rollout of the row; nil where it is of something else.
    func detail(_ context: ScreenContext) -> RolloutDetail? {
        guard let rollout, let digest = context.rollouts.digest(of: rollout.id) else { return nil }
        return RolloutDetail(
            rollout: rollout, digest: digest, comparison: comparison, opened: opened, context: context)
    }

    /// Where the hosts of an opened rollout stand, with their header.
    private func hostsTable(_ context: ScreenContext) -> Rect {
        detail(context)?.layout(in: context.body).hosts ?? .empty
    }

    // MARK: Up to date

    package mutating func refresh(_ context: ScreenContext) {
        let next = Seen(
            rollouts: context.rollouts.version, marks: context.state.marksVersion, scope: context.scope)
        if next != seen {
            seen = next
            rows = DeployRow.rows(context.rollouts, context.state.marks, scope: context.scope)
            // Until somebody moved what goes on, or else the newest, is selected, whichever it is.
            place =
                selected.flatMap { id in rows.firstIndex { $0.identity == id } } ?? min(place, rows.count - 1)
            if selected == nil { place = 0 }
            place = max(0, place)
            if let opened, rollout?.id != opened.id { self.opened = nil }
        }
        openAwaited()
        firstLine = Table.firstRow(
            firstLine, selected: place, rowCount: rows.count, visibleRows: layout(context.body).visibleRows)
        refreshComparison(context)
        refreshOpened(context)
    }

    /// Opens the rollout once it is listed, unless somebody does something else before.
    mutating func open(_ id: String) {
        awaited = id
    }

    private mutating func openAwaited() {
        guard let id = awaited, let found = rows.firstIndex(where: { $0.identity == .rollout(id) }) else {
            return
        }
        awaited = nil
        (place, selected) = (found, .rollout(id))
        opened = OpenRollout(id: id)
        hosts.version = -1
    }

    private mutating func refreshOpened(_ context: ScreenContext) {
        guard var opened, let rollout, let digest = context.rollouts.digest(of: rollout.id) else { return }
        if hosts.version != context.rollouts.version {
            hosts = (context.rollouts.version, rollout.hosts.map(\.name))
        }
        let rect = hostsTable(context)
        opened.refresh(
            hosts.names, digest, visibleRows: max(1, rect.height - 1),
            outputLines: context.rollouts.output?.watch.lines.count ?? 0)
        self.opened = opened
    }

    /// A comparison reads the histories of all hosts, so it is made once a step.
    private mutating func refreshComparison(_ context: ScreenContext) {
        let basis = ComparisonBasis(
            row: row?.identity,
            changed: rollout.flatMap { context.rollouts.digest(of: $0.id) }?.touched.count ?? 0,
            marks: context.state.marksVersion, window: WindowBasis(context))
        guard basis != comparisonBasis else { return }
        comparisonBasis = basis
        switch row {
        case nil: comparison = nil
        case .mark(let mark): comparison = DeployComparison(mark, context)
        case .rollout(let rollout):
            let digest = context.rollouts.digest(of: rollout.id)
            // The minutes after its last batch began are those that tell.
            let batch = context.state.marks.last { $0.link == rollout.id }
            comparison = DeployComparison(
                since: batch?.at ?? Timestamp(milliseconds: rollout.createdAt),
                changed: digest?.touched ?? [], rest: digest?.untouched ?? [], context)
        }
    }

    // MARK: Keys

    package mutating func perform(_ command: Command, _ context: ScreenContext) -> Bool {
        awaited = nil
        if command == .open { return open(context) }
        if opened != nil { return performOpened(command, context) }
        let page = layout(context.body).visibleRows
        guard let distance = Self.distance(command, page: page, count: rows.count) else { return false }
        return move(by: distance)
    }

    /// Rows that a command goes; nil where it goes nowhere.
    private static func distance(_ command: Command, page: Int, count: Int) -> Int? {
        switch command {
        case .up: -1
        case .down: 1
        case .halfPageUp: -max(1, page / 2)
        case .halfPageDown: max(1, page / 2)
        case .pageUp: -page
        case .pageDown: page
        case .first: -count
        case .last: count
        default: nil
        }
    }

    private mutating func move(by distance: Int) -> Bool {
        guard !rows.isEmpty else { return false }
        place = max(0, min(place + max(-rows.count, min(distance, rows.count)), rows.count - 1))
        selected = rows[place].identity
        return true
    }

    /// Opens the rollout of the row, then its host; false where the dashboard has to open something.
    private mutating func open(_ context: ScreenContext) -> Bool {
        guard let rollout else { return false }
        selected = .rollout(rollout.id)
        if opened == nil {
            opened = OpenRollout(id: rollout.id)
            hosts.version = -1
            refresh(context)
            return true
        }
        guard opened?.showsHost == false, host != nil else { return false }
        opened?.showsHost = true
        return true
    }

    private mutating func performOpened(_ command: Command, _ context: ScreenContext) -> Bool {
        guard var opened, let digest = rollout.flatMap({ context.rollouts.digest(of: $0.id) }) else {
            return false
        }
        defer {
            self.opened = opened
            refresh(context)
        }
        switch command {
        case .nextTrouble: return opened.moveToTrouble(1, of: hosts.names, digest)
        case .previousTrouble: return opened.moveToTrouble(-1, of: hosts.names, digest)
        default: break
        }
        if opened.showsHost {
            // There the lines of the output are the rows.
            guard
                let distance = Self.distance(
                    command, page: max(1, context.body.height / 2), count: OrderWatch.linesMax)
            else { return false }
            opened.scroll(by: -distance)
            return true
        }
        let page = hostsTable(context).height - 1
        guard let distance = Self.distance(command, page: max(1, page), count: hosts.names.count) else {
            return false
        }
        opened.move(by: distance, of: hosts.names)
        return true
    }

    package mutating func close() -> Bool {
        guard opened != nil else { return false }
        if opened?.showsHost == true { opened?.showsHost = false } else { opened = nil }
        return true
    }

    package mutating func click(x: Int, y: Int, _ context: ScreenContext) {
        if var opened {
            guard !opened.showsHost else { return }
            let rect = hostsTable(context)
            guard rect.contains(x: x, y: y), y > rect.y else { return }
            let line = opened.firstRow + y - rect.y - 1
            guard line < hosts.names.count else { return }
            opened.move(by: line - opened.place, of: hosts.names)
            self.opened = opened
            return
        }
        let list = layout(context.body).list
        guard list.contains(x: x, y: y), y > list.y else { return }
        let line = firstLine + y - list.y - 1
        if line < rows.count { _ = move(by: line - place) }
    }

    package func sortChoices(_ context: ScreenContext) -> (titles: [SafeText], current: Int)? { nil }

    package mutating func sort(by choice: Int, _ context: ScreenContext) {}
}
