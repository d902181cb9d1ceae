package import Canvas
package import Telemetry
package import Text

/// All hosts in one table.
package struct FleetScreen: Screen {
    package static let id = ScreenID.fleet
    /// The distance of the points that a view of many hosts carries.
    package static let stepMilliseconds: Int64 = 15_000
    package static let windowSteps: Int64 = 60

    private var selected: HostID?

    package init() {}

    package func subject(_ context: ScreenContext) -> HostID? { selected }

    package mutating func refresh(_ context: ScreenContext) {
        if selected == nil { selected = context.state.hosts.first?.id }
    }

    package mutating func perform(_ command: Command, _ context: ScreenContext) -> Bool {
        let hosts = context.state.hosts
        guard let place = hosts.firstIndex(where: { $0.id == selected }) else { return false }
        switch command {
        case .up: selected = hosts[max(0, place - 1)].id
        case .down: selected = hosts[min(hosts.count - 1, place + 1)].id
        default: return false
        }
        return true
    }

    package mutating func click(x: Int, y: Int, _ context: ScreenContext) {}

    package func sortChoices(_ context: ScreenContext) -> (titles: [SafeText], current: Int)? { nil }

    package mutating func sort(by choice: Int, _ context: ScreenContext) {}

    package func headline(_ context: ScreenContext) -> [TextLine.Span] {
        [TextLine.Span("\(Format.integer(context.state.hosts.count)) hosts")]
    }

    package func summary(_ context: ScreenContext) -> [TextLine.Span] {
        [TextLine.Span("\(Format.integer(context.state.hosts.count)) hosts")]
    }

    package func draw(on buffer: inout CellBuffer, in rect: Rect, _ context: ScreenContext) {
        for (row, host) in context.state.hosts.prefix(rect.height).enumerated() {
            let cpu = Format.ratio(host.value("cpu", at: context.time(of: host)))
            buffer.draw("\(SafeText(host.id.name).padded(to: 20)) \(cpu)", x: rect.x, y: rect.y + row)
        }
    }
}
