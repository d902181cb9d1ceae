import Canvas
import Fleet
import Telemetry
import Text

/// The selected host beside the table of a wide terminal.
struct FleetDetail: Widget {
    static let width = 46

    let host: HostState
    let health: FleetHealth
    let context: ScreenContext

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        Panel(title: SafeText(host.id.name)).draw(on: &buffer, in: rect)
        let inner = Panel.inner(of: rect).inset(left: 1, right: 1)
        var row = 0
        for (title, value, style) in facts {
            let head = TextLine.Span(title.padded(to: 9), Style(.muted))
            TextLine([head, TextLine.Span(value, style)]).draw(on: &buffer, in: inner.row(row))
            row += 1
        }
        let graphs = inner.inset(top: row + 1)
        let titles: [(SafeText, String)] = [("CPU", "cpu"), ("MEM", "memory.used"), ("DISK", "disk.busiest")]
        for (place, part) in graphs.rows(titles.count, gap: 1).enumerated() where part.height >= 3 {
            draw(titles[place].0, titles[place].1, on: &buffer, in: part)
        }
    }

    private func draw(_ title: SafeText, _ signal: String, on buffer: inout CellBuffer, in rect: Rect) {
        let value = host.value(signal, at: context.time(of: host))
        TextLine([
            TextLine.Span("\(title) ", Style(.title)), TextLine.Span(Format.fixed(value * 100, places: 0)),
            TextLine.Span("%", Style(.muted)),
        ])
        .draw(on: &buffer, in: rect)
        Graph(values(host.history(signal), columns: rect.width), high: 1)
            .draw(on: &buffer, in: rect.inset(top: 1).splitTop(Self.graphRows).top)
        drawMarks(host.history(signal), on: &buffer, in: rect.row(1))
    }

    private func drawMarks(_ history: SignalHistory?, on buffer: inout CellBuffer, in row: Rect) {
        guard let history else { return }
        let over = history.step(of: context.time) - 1
        context.marks(of: host.id).draw(on: &buffer, in: row) { moment in
            let back = (over - (over & 1) - history.step(of: moment) + 1) / 2
            return back >= 0 ? row.width - 1 - Int(clamping: back) : nil
        }
    }

    private static let graphRows = 6

    /// Steps that are over, two a column, and columns that begin at even steps: so the graph moves by whole columns
    /// every half minute and costs nothing between.
    private func values(_ history: SignalHistory?, columns: Int) -> [Double] {
        guard let history else { return [] }
        let view = context.state.view
        let count = min(2 * columns, Int(clamping: view.windowMilliseconds / max(1, view.stepMilliseconds)))
        let over = history.step(of: context.time) - 1
        let (end, overflow) = (over - (over & 1)).multipliedReportingOverflow(by: history.stepMilliseconds)
        return overflow ? [] : history.values(endingAt: Timestamp(milliseconds: end), count: count & ~1)
    }

    private var facts: [(SafeText, SafeText, Style)] {
        var lines: [(SafeText, SafeText, Style)] = []
        if health.grade != .well { lines.append(("state", health.reason, health.style)) }
        if let summary = host.summary {
            lines.append(("source", SafeText(summary.source), .plain))
            if !summary.groups.isEmpty {
                lines.append(("groups", SafeText(summary.groups.joined(separator: " ")), .plain))
            }
            let tags = summary.tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            if !tags.isEmpty { lines.append(("tags", SafeText(tags.joined(separator: " ")), .plain)) }
            if let note = summary.note { lines.append(("note", SafeText(note), .plain)) }
            for (name, address) in (summary.links ?? [:]).sorted(by: { $0.key < $1.key }) {
                lines.append((SafeText(name), SafeText(address), Style(.muted)))
            }
            if summary.restarts > 0 {
                lines.append(("restarts", Format.integer(summary.restarts), Style(.warning)))
            }
            if summary.malformedFrames > 0 {
                lines.append(
                    ("malformed", "\(Format.integer(summary.malformedFrames)) frames", Style(.warning)))
            }
        }
        if let facts = host.facts {
            lines.append(("system", SafeText(facts.operatingSystem), .plain))
            lines.append(("kernel", SafeText(facts.kernelRelease), .plain))
            let memory = Format.bytes(Double(facts.memoryBytes))
            lines.append(("hardware", "\(Format.integer(facts.onlineCPUs)) cpu, \(memory)", .plain))
            lines.append(("agent", SafeText(facts.agentVersion), .plain))
        }
        return lines
    }
}
