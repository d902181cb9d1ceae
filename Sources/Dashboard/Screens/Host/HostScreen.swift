package import Canvas
package import Telemetry
package import Text

/// One host: its processor, memory, disks, networks and processes.
package struct HostScreen: Screen {
    package static let id = ScreenID.host

    /// Steps that a window has: the graph of a wide terminal, two samples a column, and some to step back into.
    package static let windowSteps: Int64 = 600

    package init() {}

    package func subject(_ context: ScreenContext) -> HostID? { context.host }

    package mutating func refresh(_ context: ScreenContext) {}

    package mutating func perform(_ command: Command, _ context: ScreenContext) -> Bool { false }

    package mutating func click(x: Int, y: Int, _ context: ScreenContext) {}

    package func sortChoices(_ context: ScreenContext) -> (titles: [SafeText], current: Int)? { nil }

    package mutating func sort(by choice: Int, _ context: ScreenContext) {}

    package func headline(_ context: ScreenContext) -> [TextLine.Span] {
        guard let facts = context.hostState?.facts else { return [] }
        return [
            TextLine.Span(
                "kernel \(SafeText(facts.kernelRelease))   \(Format.integer(facts.onlineCPUs)) cpu",
                Style(.muted))
        ]
    }

    package func summary(_ context: ScreenContext) -> [TextLine.Span] {
        figures(context).map { TextLine.Span("\($0.title) \($0.value)") }
    }

    package func draw(on buffer: inout CellBuffer, in rect: Rect, _ context: ScreenContext) {
        for (row, figure) in figures(context).enumerated() {
            TextLine([TextLine.Span(figure.title.padded(to: 5), Style(.title)), TextLine.Span(figure.value)])
                .draw(on: &buffer, in: rect.row(row))
        }
    }

    private func figures(_ context: ScreenContext) -> [(title: SafeText, value: SafeText)] {
        guard let host = context.hostState else { return [] }
        let time = context.time(of: host)
        return [
            ("CPU", Format.ratio(host.value("cpu", at: time))),
            ("MEM", Format.ratio(host.value("memory.used", at: time))),
        ]
    }
}
