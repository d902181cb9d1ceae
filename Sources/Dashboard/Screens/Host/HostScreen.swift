import Canvas
import Fleet
package import Telemetry
package import Text

/// One host: its processors, memory, pressure, disks, file systems and networks, and below them its processes, units
/// or containers.
package struct HostScreen: Screen {
    package static let id = ScreenID.host

    /// Steps that a window has: the graph of a wide terminal, two samples a column, and some to step back into.
    package static let windowSteps: Int64 = 600

    package private(set) var pane = HostPane.processes
    var processes = ProcessList()
    var units = GroupList(.unit)
    var containers = GroupList(.container)
    /// The host that the lists are about.
    private var host: HostID?
    /// Cells by which command lines are moved to the left.
    private(set) var commandOffset = 0

    package init() {}

    package func subject(_ context: ScreenContext) -> HostID? { context.host }

    package mutating func refresh(_ context: ScreenContext) {
        if host != context.host {
            host = context.host
            processes.clear()
            units = GroupList(.unit)
            containers = GroupList(.container)
        }
        guard let host = context.hostState else { return }
        let reading = HostReading(host, context)
        switch pane {
        case .processes: break
        case .units: units.show(rows(.unit, reading, context), now: context.now)
        case .containers: containers.show(rows(.container, reading, context), now: context.now)
        }
        refreshProcesses(reading, context)
        keepSelectionSeen(context)
    }

    private mutating func refreshProcesses(_ reading: HostReading, _ context: ScreenContext) {
        guard let table = reading.host.table else { return processes.clear() }
        let uptime = reading.value("host.uptime")
        processes.show(table, query: context.queryText, now: context.now) { row in
            context.query.isEmpty || context.query.matches(ProcessQueryRow(row: row, uptimeSeconds: uptime))
        }
    }

    private func rows(_ kind: GroupKind, _ reading: HostReading, _ context: ScreenContext) -> [GroupRow] {
        let rows = GroupRow.all(kind, reading)
        guard !context.query.isEmpty else { return rows }
        return rows.filter { context.query.matches(GroupQueryRow(row: $0, kind: kind)) }
    }

    private mutating func keepSelectionSeen(_ context: ScreenContext) {
        let rows = layout(context).tableRows
        func first(_ line: Int, _ selected: Int?, _ count: Int) -> Int {
            Table.firstRow(line, selected: selected ?? 0, rowCount: count, visibleRows: rows)
        }
        processes.firstLine = first(processes.firstLine, processes.selectedLine, processes.lines.count)
        units.firstLine = first(units.firstLine, units.selectedLine, units.count)
        containers.firstLine = first(containers.firstLine, containers.selectedLine, containers.count)
    }

    func layout(_ context: ScreenContext) -> HostLayout {
        let hasEvents = context.hostState.map { host in
            !HostEvents(HostReading(host, context), hubLoss: context.state.hubLoss, isLive: context.isLive)
                .events.isEmpty
        }
        return HostLayout(context.body, hasEvents: hasEvents ?? false)
    }

    package mutating func perform(_ command: Command, _ context: ScreenContext) -> Bool {
        let page = max(1, layout(context).tableRows - 1)
        switch command {
        case .up: move(by: -1, context)
        case .down: move(by: 1, context)
        case .pageUp: move(by: -page, context)
        case .pageDown: move(by: page, context)
        case .halfPageUp: move(by: -max(1, page / 2), context)
        case .halfPageDown: move(by: max(1, page / 2), context)
        case .first: move(by: -.max, context)
        case .last: move(by: .max, context)
        case .nextPane: pane = pane.next
        case .previousPane: pane = pane.previous
        case .sortLeft: moveSort(by: -1)
        case .sortRight: moveSort(by: 1)
        case .invertSort: invertSort()
        case .sortByCPU: sort(.cpu, .cpu)
        case .sortByMemory: sort(.memory, .memory)
        case .sortByTime where pane == .processes: processes.sort(by: .time)
        case .tree where pane == .processes: processes.toggleTree()
        case .left where pane == .processes && commandOffset > 0: commandOffset -= Self.columnStep
        case .right where pane == .processes && commandOffset < Self.commandOffsetMax:
            commandOffset += Self.columnStep
        default: return false
        }
        return true
    }

    /// Cells that `h` and `l` move command lines by, and how far.
    private static let columnStep = 8
    private static let commandOffsetMax = 4096

    private mutating func move(by distance: Int, _ context: ScreenContext) {
        switch pane {
        case .processes: processes.move(by: distance, now: context.now)
        case .units: units.move(by: distance, now: context.now)
        case .containers: containers.move(by: distance, now: context.now)
        }
    }

    private mutating func moveSort(by columns: Int) {
        switch pane {
        case .processes: processes.moveSort(by: columns)
        case .units: units.moveSort(by: columns)
        case .containers: containers.moveSort(by: columns)
        }
    }

    private mutating func invertSort() {
        switch pane {
        case .processes: processes.invert()
        case .units: units.invert()
        case .containers: containers.invert()
        }
    }

    private mutating func sort(_ process: ProcessSort, _ group: GroupSort) {
        switch pane {
        case .processes: processes.sort(by: process)
        case .units: units.sort(by: group)
        case .containers: containers.sort(by: group)
        }
    }

    package mutating func click(x: Int, y: Int, _ context: ScreenContext) {
        let table = layout(context).table
        guard table.contains(x: x, y: y), y > table.y else { return }
        switch pane {
        case .processes: processes.select(line: processes.firstLine + y - table.y - 1, now: context.now)
        case .units: units.select(line: units.firstLine + y - table.y - 1, now: context.now)
        case .containers: containers.select(line: containers.firstLine + y - table.y - 1, now: context.now)
        }
    }

    package func sortChoices(_ context: ScreenContext) -> (titles: [SafeText], current: Int)? {
        switch pane {
        case .processes:
            (ProcessSort.allCases.map(\.title), ProcessSort.allCases.firstIndex(of: processes.sort) ?? 0)
        case .units: (GroupSort.allCases.map(\.title), GroupSort.allCases.firstIndex(of: units.sort) ?? 0)
        case .containers:
            (GroupSort.allCases.map(\.title), GroupSort.allCases.firstIndex(of: containers.sort) ?? 0)
        }
    }

    package mutating func sort(by choice: Int, _ context: ScreenContext) {
        let process = ProcessSort.allCases.indices.contains(choice) ? ProcessSort.allCases[choice] : .cpu
        let group = GroupSort.allCases.indices.contains(choice) ? GroupSort.allCases[choice] : .cpu
        sort(process, group)
    }
}
