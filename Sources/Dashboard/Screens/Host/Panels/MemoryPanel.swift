import Canvas
import Telemetry
import Text

/// Memory: what it is used for, what swaps, and how that came.
struct MemoryPanel: HostPanel {
    private let reading: HostReading
    private let total: Double
    private let used: Double

    init(_ reading: HostReading) {
        self.reading = reading
        total = reading.value("memory.total")
        used = reading.value("memory.used")
    }

    /// Rule, bar, parts, swap, and a graph of two to eight rows: memory moves slowly.
    var heights: [PanelHeight] {
        zip([1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12], [0, 1, 2, 5, 6, 7, 9, 9, 9, 9, 9]).map(PanelHeight.init)
    }

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        rule.draw(on: &buffer, in: rect.row(0))
        let body = rect.inset(left: 1, top: 1)
        guard body.height > 0 else { return }
        let graphRows = body.height > 4 ? body.height - 3 : 0
        let parts = body.splitTop(graphRows)
        if graphRows > 0 {
            let values = reading.values("memory.used", count: 2 * parts.top.width)
            Graph(values, high: 1, coloring: .heat, newestStep: reading.step).draw(on: &buffer, in: parts.top)
            reading.drawMarks(on: &buffer, in: parts.top.row(0))
        }
        StackedBar(segments).draw(on: &buffer, in: parts.rest.row(0))
        TextLine(legend).draw(on: &buffer, in: parts.rest.row(1))
        TextLine(swap).draw(on: &buffer, in: parts.rest.row(2))
    }

    private var rule: SectionRule {
        SectionRule(
            title: "MEM",
            figures: [
                .init(Figure.percent(used) + "%", Figure.style(used, warning: 0.9, critical: 0.97)),
                .init(
                    Figure.mark(used, warning: 0.9, critical: 0.97),
                    Figure.style(used, warning: 0.9, critical: 0.97)),
            ],
            notes: [
                [
                    .figure(Figure.bytes(total * used)), .label(" of "), .figure(Format.bytes(total)),
                ]
            ],
            trailing: [.label("free "), .figure(Figure.bytes(reading.value("memory.available")))])
    }

    /// What programs hold, what the kernel could give back, and nothing for what is free.
    private var portions: (used: Double, buffers: Double, cached: Double, free: Double) {
        let buffers = reading.value("memory.buffers")
        let cached = reading.value("memory.cached")
        let free = reading.value("memory.free")
        let used = total - free - buffers - cached
        return (used < 0 ? 0 : used, buffers, cached, free)
    }

    private var segments: [StackedBar.Segment] {
        guard total > 0 else { return [] }
        let portions = portions
        return [
            .init(share: portions.used / total, role: .series(0), letter: "u"),
            .init(share: portions.buffers / total, role: .series(2), letter: "b"),
            .init(share: portions.cached / total, role: .series(3), letter: "c"),
        ].filter { $0.share.isFinite }
    }

    private var legend: [TextLine.Span] {
        let portions = portions
        return [
            .init("u", Style(.series(0), bold: true)), .label("sed "), .figure(Figure.bytes(portions.used)),
            .init("  c", Style(.series(3), bold: true)), .label("ached "),
            .figure(Figure.bytes(portions.cached)),
            .init("  b", Style(.series(2), bold: true)), .label("uf "),
            .figure(Figure.bytes(portions.buffers)),
            .label("  free "), .figure(Figure.bytes(portions.free)),
        ]
    }

    private var swap: [TextLine.Span] {
        let size = reading.value("swap.total")
        guard size > 0 else { return [.label(size.isNaN ? "swap --" : "no swap")] }
        let share = reading.value("swap.used")
        return [
            .label("swap "),
            .init(Figure.percent(share) + "%", Figure.style(share, warning: 0.5, critical: 0.9)),
            .label(" of "), .figure(Format.bytes(size)), .label("   in+out "),
            .figure(Format.rate(reading.value("swap.rate").rounded())),
            .label("   stalled "), .figure(Figure.percent(reading.value("pressure.memory.full")) + "%"),
        ]
    }
}
