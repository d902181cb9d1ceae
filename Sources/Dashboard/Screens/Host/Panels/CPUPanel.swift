import Canvas
import Telemetry
import Text

/// The processors: how busy they are together over time, with what, and each by itself.
struct CPUPanel: HostPanel {
    private let reading: HostReading
    private let cores: CoreMeters

    init(_ reading: HostReading) {
        self.reading = reading
        cores = CoreMeters(reading)
    }

    /// Only where it stands in a stack: the rule, then three to eight rows below it.
    var heights: [PanelHeight] {
        [PanelHeight(rows: 1, rank: 0)] + (4...9).map { PanelHeight(rows: $0, rank: $0 < 7 ? 1 : 4) }
    }

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        buffer.clipped(to: rect) { buffer in
            let parts = rect.splitTop(1)
            let coreRows =
                parts.rest.height < 3 ? 0 : cores.rows(width: rect.width, atMost: max(1, rect.height / 4))
            let body = parts.rest.splitBottom(coreRows)
            let hasAxis = rect.height >= 7
            let plot = body.rest.inset(left: hasAxis ? 4 : 0).splitBottom(hasAxis ? 1 : 0)
            let values = reading.values("cpu", count: 2 * plot.rest.width)
            rule(values).draw(on: &buffer, in: parts.top)
            Graph(values, high: 1, newestStep: reading.step).draw(on: &buffer, in: plot.rest)
            reading.drawMarks(on: &buffer, in: plot.rest.row(0))
            if hasAxis {
                PercentAxis().draw(on: &buffer, in: body.rest.splitLeft(4).left.inset(bottom: 1))
                TimeAxis(reading).draw(on: &buffer, in: plot.bottom)
            }
            cores.draw(on: &buffer, in: body.bottom)
        }
    }

    private func rule(_ values: [Double]) -> SectionRule {
        let busy = reading.value("cpu")
        func share(_ name: SafeText, _ signal: String) -> [TextLine.Span] {
            [.label(name + " "), .figure(Figure.percent(reading.value(signal), width: 2))]
        }
        // What mattered most when machines were slow comes first; the rest stands where there is room.
        let shares = [
            share("user", "cpu.user") + [.label(" ")] + share("sys", "cpu.system"),
            share("iowait", "cpu.iowait"),
            share("irq", "cpu.irq"), share("steal", "cpu.steal"),
            [.label("p95 "), .figure(Figure.percent(Self.percentile(values, 0.95), width: 2))],
        ]
        let loads = ["load.1", "load.5", "load.15"].map { name in
            Figure.load(reading.value(name)).padded(to: 5, alignment: .right)
        }
        return SectionRule(
            title: "CPU",
            figures: [.init(Figure.percent(busy) + "%", Figure.style(busy, warning: 0.9, critical: 0.98))],
            notes: shares,
            trailing: [.label("load"), .figure(loads.joined())])
    }

    /// The value below which `share` of the values lie, by nearest rank; NaN of none.
    static func percentile(_ values: [Double], _ share: Double) -> Double {
        let sorted = values.filter { !$0.isNaN }.sorted()
        guard !sorted.isEmpty else { return .nan }
        let rank = Int((share * Double(sorted.count)).rounded(.up))
        return sorted[max(0, min(rank - 1, sorted.count - 1))]
    }
}

/// `100│`, ` 50│`, `  0│` at the left of a graph.
private struct PercentAxis: Widget {
    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        for row in 0..<rect.height {
            buffer.put(buffer.glyphs.vertical, x: rect.x + 3, y: rect.y + row, style: Style(.border))
        }
        guard rect.height > 2 else { return }
        buffer.draw("100", x: rect.x, y: rect.y, style: Style(.muted))
        buffer.draw("  0", x: rect.x, y: rect.bottom - 1, style: Style(.muted))
        // The middle of an even number of rows is the lower of the two: its upper edge is the half.
        buffer.draw(" 50", x: rect.x, y: rect.y + rect.height / 2, style: Style(.muted))
    }
}
