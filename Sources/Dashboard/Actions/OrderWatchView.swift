import Canvas
import Fleet
import Text

/// Orders with their states, and below the last lines of what they say.
struct OrderWatchView: Widget {
    let watch: OrderWatch
    let title: SafeText

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        buffer.fill(rect)
        let detail: SafeText = watch.isOver ? "enter closes" : "esc leaves it running"
        Panel(title: title, detail: detail, isFocused: true).draw(on: &buffer, in: rect)
        let inner = Panel.inner(of: rect)
        let width = watch.runs.map { SafeText($0.host).width }.max() ?? 0
        let states = watch.runs.prefix(max(1, inner.height / 2)).map { run in
            [TextLine.Span(SafeText(" \(run.host)").padded(to: width + 3), Style(.accent))] + Self.words(run)
        }
        let rows = states.isEmpty ? [[TextLine.Span(" ordered …", Style(.muted))]] : states
        for (row, line) in rows.enumerated() where row < inner.height {
            TextLine(line).draw(on: &buffer, in: inner.row(row))
        }
        OutputView(lines: watch.lines).draw(on: &buffer, in: inner.inset(top: rows.count + 1))
    }

    /// How an order stands.
    static func words(_ run: OrderRun) -> [TextLine.Span] {
        [
            TextLine.Span(SafeText(run.words), style(run.state)),
            TextLine.Span(
                run.isWeaklyContained && !run.state.isOver ? "  weakly contained" : "", Style(.muted)),
        ]
    }

    private static func style(_ state: OrderRun.State) -> Style {
        switch state {
        case .queued, .offered, .accepted: Style(.muted)
        case .running: Style(.accent)
        case .succeeded: Style(.good)
        case .failed, .timedOut, .notStarted: Style(.critical)
        case .unknown: Style(.warning)
        }
    }
}

/// The last lines of a text that somebody else wrote, or those before them.
struct OutputView: Widget {
    let lines: [String]
    /// Lines that are hidden behind the last one shown.
    var back = 0

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        let end = max(min(lines.count, rect.height), lines.count - max(0, back))
        for (row, line) in lines[..<end].suffix(rect.height).enumerated() {
            TextLine([TextLine.Span(SafeText(" " + line))]).draw(on: &buffer, in: rect.row(row))
        }
    }
}
