import Canvas
import Telemetry
import Text

/// Beside the heatmap: the cell under the cursor, or the last minute of what is chosen.
struct TrafficInspectionView: Widget {
    let inspection: TrafficInspection
    /// `1.0-1.4 s`; nil where all durations are meant.
    let band: SafeText?
    let figures: TrafficFigures
    let stepMilliseconds: Int64
    /// The newest step ends no later than this.
    let now: Timestamp
    let offsetSeconds: Int
    let sampleCount: Int
    /// Whose lines they are: `web /cart`.
    let samplesOf: SafeText
    let isNarrowedByCode: Bool

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        for y in 0..<rect.height {
            buffer.put(buffer.glyphs.vertical, x: rect.x, y: rect.y + y, style: Style(.border))
        }
        let inner = rect.inset(left: 2)
        for (row, line) in lines(width: inner.width).prefix(inner.height).enumerated() {
            TextLine(line).draw(on: &buffer, in: inner.row(row))
        }
    }

    private func lines(width: Int) -> [[TextLine.Span]] {
        var lines: [[TextLine.Span]] = [title, counts]
        if band == nil, figures.latency.count > 0 {
            lines.append(quantiles([("p50", 0.5), ("p90", 0.9)], slowest: false))
            lines.append(quantiles([("p99", 0.99)], slowest: true))
        }
        lines.append(shares("hosts", inspection.hosts, width))
        lines.append(shares("routes", inspection.routes, width))
        if inspection.methods.count > 1 { lines.append(shares("methods", inspection.methods, width)) }
        // A band's durations are not told apart by status: these are of the steps.
        let title: SafeText = band == nil ? "status" : "status of the column"
        lines.append(shares(title, inspection.codes, width))
        if isNarrowedByCode, figures.latency.count > 0 {
            lines.append([TextLine.Span("! durations are of all statuses", Style(.warning))])
        }
        lines.append(samplesLine)
        return lines
    }

    /// What enter would show, and of what.
    private var samplesLine: [TextLine.Span] {
        guard sampleCount > 0 else {
            return [TextLine.Span("no error lines of \(samplesOf)", Style(.muted))]
        }
        let lines: SafeText = sampleCount == 1 ? "line" : "lines"
        return [
            TextLine.Span("enter", Style(.key)),
            TextLine.Span(" \(Format.integer(sampleCount)) \(lines) of \(samplesOf)", Style(.hint)),
        ]
    }

    private var title: [TextLine.Span] {
        let border = inspection.steps.upperBound.multipliedReportingOverflow(by: stepMilliseconds)
            .partialValue
        let end = min(border, now.milliseconds)
        // A step that is not over holds what has come of it.
        let span = max(0, Double(Int64(inspection.steps.count) * stepMilliseconds - (border - end)) / 1000)
        let clock = Format.clock(milliseconds: end, offsetSeconds: offsetSeconds)
        guard let band else {
            return [
                TextLine.Span("LAST \(Format.age(span))", Style(.title, bold: true)),
                TextLine.Span("  to \(clock)", Style(.muted)),
            ]
        }
        return [
            TextLine.Span("CELL \(band)", Style(.title, bold: true)),
            TextLine.Span("  \(Format.age(span)) to \(clock)", Style(.muted)),
        ]
    }

    private var counts: [TextLine.Span] {
        var spans = [
            TextLine.Span(Format.count(inspection.requests), Style(.text, bold: true)),
            TextLine.Span(" requests", Style(.muted)),
        ]
        if band != nil, inspection.all > 0 {
            spans.append(
                TextLine.Span("  \(Format.ratio(inspection.requests / inspection.all)) of the column"))
        } else if !figures.serverErrorRatio.isNaN {
            let ratio = figures.serverErrorRatio
            spans.append(
                TextLine.Span("  \(Format.ratio(ratio)) 5xx", TrafficColumn.serverErrors.style(ratio)))
        }
        return spans
    }

    private func quantiles(_ shares: [(SafeText, Double)], slowest: Bool) -> [TextLine.Span] {
        var spans = shares.flatMap { name, share in
            [
                TextLine.Span("\(name) ", Style(.muted)),
                TextLine.Span(Format.seconds(figures.quantile(share)).padded(to: 9)),
            ]
        }
        if slowest {
            spans += [TextLine.Span("max ", Style(.muted)), TextLine.Span(Format.seconds(figures.slowest))]
        }
        return spans
    }

    /// `hosts 14  017 61%  044 12%`, as many as have room.
    private func shares(_ title: SafeText, _ shares: [TrafficInspection.Share], _ width: Int)
        -> [TextLine.Span]
    {
        let head: SafeText = title.width < 8 ? title.padded(to: 8) : "\(title)  "
        var spans = [TextLine.Span(head, Style(.muted))]
        if shares.count > 3 { spans.append(TextLine.Span("\(Format.integer(shares.count))  ")) }
        let first = width - TextLine(spans).width
        var room = first
        for share in shares {
            let text: SafeText = "\(share.name) \(Format.ratio(share.share))  "
            guard text.width <= room || room == first else { break }
            spans.append(TextLine.Span(text))
            room -= text.width
        }
        if shares.isEmpty { spans.append(TextLine.Span(Format.absent, Style(.muted))) }
        return spans
    }
}
