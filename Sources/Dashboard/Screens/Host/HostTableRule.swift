import Canvas
import Telemetry
import Text

/// The heading of the lower part: its three tabs with their counts, and what is shown of them in which order.
struct HostTableRule {
    let widget: SectionRule

    init(_ screen: HostScreen, _ reading: HostReading, _ context: ScreenContext) {
        var tabs: [TextLine.Span] = []
        for pane in HostPane.allCases {
            if !tabs.isEmpty { tabs.append(.label("  ")) }
            let count = Self.count(pane, screen, reading)
            // Upper case says the same as the colour.
            let name: SafeText =
                switch pane {
                case .processes: pane == screen.pane ? "PROCESSES" : "processes"
                case .units: pane == screen.pane ? "UNITS" : "units"
                case .containers: pane == screen.pane ? "CONTAINERS" : "containers"
                }
            let style = pane == screen.pane ? Style(.focus, bold: true) : Style(.muted)
            tabs.append(.init(name + (count.map { " \($0)" } ?? ""), style))
        }
        widget = SectionRule(
            figures: tabs, notes: Self.notes(screen, reading, context).map { [$0] },
            trailing: [.label(Self.order(screen))])
    }

    private static func count(_ pane: HostPane, _ screen: HostScreen, _ reading: HostReading) -> Int? {
        switch pane {
        case .processes: reading.host.table.map { Int($0.total) }
        case .units: reading.host.subjects(of: "unit.cpu").count
        case .containers: reading.host.subjects(of: "container.cpu").count
        }
    }

    private static func notes(
        _ screen: HostScreen, _ reading: HostReading, _ context: ScreenContext
    ) -> [TextLine.Span] {
        guard screen.pane == .processes, let table = reading.host.table else { return [] }
        var notes: [TextLine.Span] = []
        if !table.isComplete {
            notes.append(.init("top \(table.rows.count) of \(table.total)", Style(.warning)))
        }
        if let reason = reading.absence("processes") {
            notes.append(.init(SafeText(reason), Style(.warning)))
        }
        // Tables come every two seconds, from history every five.
        if reading.time.milliseconds(since: table.time) > 12_000 {
            let time = Format.clock(
                milliseconds: table.time.milliseconds, offsetSeconds: reading.offsetSeconds)
            notes.append(.init("as of \(time)", Style(.stale)))
        }
        return notes
    }

    private static func order(_ screen: HostScreen) -> SafeText {
        switch screen.pane {
        case .processes:
            screen.processes.isTree ? "tree, by start" : "by " + screen.processes.sort.title
        case .units: "by " + screen.units.sort.title
        case .containers: "by " + screen.containers.sort.title
        }
    }
}
