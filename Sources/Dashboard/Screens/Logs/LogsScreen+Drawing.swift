package import Canvas
package import Fleet
import Telemetry
import Text

extension LogsScreen {
    package func counts(_ context: ScreenContext) -> (shown: Int, total: Int)? {
        context.state.logs.map { (matching, $0.entries.count) }
    }

    package func completions(_ context: ScreenContext) -> (attributes: [String: [String]], signals: [Signal])
    {
        var attributes: [String: Set<String>] = [:]
        for key in LogQueryRow.attributes { attributes[key] = [] }
        for entry in context.state.logs?.entries ?? [] {
            let row = LogQueryRow(line: entry.line, host: context.state[entry.line.host])
            for key in LogQueryRow.attributes { attributes[key]?.formUnion(row.values(of: key)) }
        }
        return (attributes.mapValues { $0.filter { !$0.isEmpty }.sorted() }, [])
    }

    package func headline(_ context: ScreenContext) -> [TextLine.Span] {
        guard let logs = context.state.logs else { return [] }
        var spans = [TextLine.Span("\(Format.integer(logs.entries.count)) lines")]
        if logs.dropped > 0 {
            spans.append(
                TextLine.Span("  \(Format.count(Double(logs.dropped))) older ones let go", Style(.muted)))
        }
        if !search.isEmpty { spans.append(TextLine.Span("   \(search.note)", Style(.accent))) }
        if self.context > 0, !context.query.isEmpty {
            spans.append(TextLine.Span("   context \(Format.integer(self.context))", Style(.muted)))
        }
        if isFollowing, context.isLive {
            spans.append(TextLine.Span("   FOLLOW", Style(.good, bold: true)))
        } else {
            spans.append(TextLine.Span("   follow off", Style(.muted)))
        }
        return spans
    }

    package func summary(_ context: ScreenContext) -> [TextLine.Span] {
        guard let logs = context.state.logs, shown.indices.contains(place) else {
            return [TextLine.Span("no lines")]
        }
        let line = logs.entries[shown[place].place].line
        return [
            TextLine.Span("\(Format.integer(logs.entries.count)) lines"),
            TextLine.Span(hosts.name(line.host), Style(.accent)), TextLine.Span(SafeText(line.text)),
        ]
    }

    package func timeColumns(_ context: ScreenContext) -> (indent: Int, width: Int)? {
        guard context.sizeClass > .narrow else { return nil }
        return (Self.indent, context.body.width - Self.indent - Self.figureWidth)
    }

    private static let indent = 8
    private static let figureWidth = 14

    package func draw(on buffer: inout CellBuffer, in rect: Rect, _ context: ScreenContext) {
        guard !rect.isEmpty else { return }
        guard let logs = context.state.logs, !shown.isEmpty else {
            return drawEmpty(on: &buffer, in: rect, context)
        }
        let layout = LogsLayout(rect)
        drawStrips(logs, on: &buffer, in: layout.strips, context)
        for (row, line) in shown.dropFirst(firstLine).prefix(layout.list.height).enumerated()
        where logs.entries.indices.contains(line.place) {
            let isSelected = firstLine + row == place
            draw(
                logs.entries[line.place].line, line, isSelected, on: &buffer, in: layout.list.row(row),
                context)
            if isSelected { buffer.ground(layout.list.row(row), .selection) }
        }
        drawDetail(logs, on: &buffer, in: layout.detail)
    }

    // MARK: Strips

    private func drawStrips(
        _ logs: LogState, on buffer: inout CellBuffer, in rect: Rect, _ context: ScreenContext
    ) {
        let last = logs.step(of: context.time)
        let count = TrafficScreen.windowSteps(context)
        let counts = (0..<count).map { logs.counts(ofStep: last &- Int64(count - 1 - $0)) }
        // The newest step is not over: it is the rate of what has passed of it.
        let begun = last.subtractingReportingOverflow(1).partialValue
            .multipliedReportingOverflow(by: logs.stepMilliseconds).partialValue
        let passed = context.time.milliseconds(since: Timestamp(milliseconds: begun))
        let seconds = (0..<count).map { place in
            place < count - 1
                ? Double(logs.stepMilliseconds) / 1000
                : Double(max(1000, min(passed, logs.stepMilliseconds))) / 1000
        }
        let rates = context.state.hosts.compactMap { host -> [Double]? in
            let histories = host.labels(of: TrafficSignals.lines).compactMap {
                host.history(SignalKey(TrafficSignals.lines, $0))
            }
            guard !histories.isEmpty else { return nil }
            return histories.map { $0.values(endingAt: context.time, count: count) }.reduce(nil, Self.sum)
        }.reduce(nil, Self.sum)
        // What the hub counted, and where it did not, what came here.
        let lines = rates ?? zip(counts, seconds).map { Double($0.lines) / $1 }
        strip("lines/s", lines, .role(.series(0)), last, on: &buffer, in: rect.row(0))
        strip(
            "err/s", zip(counts, seconds).map { Double($0.errors) / $1 }, .role(.critical), last, on: &buffer,
            in: rect.row(1))
    }

    /// Step by step; a gap where both have one.
    private static func sum(_ left: [Double]?, _ right: [Double]) -> [Double]? {
        guard let left else { return right }
        return zip(left, right).map { $0.isNaN ? $1 : $1.isNaN ? $0 : $0 + $1 }
    }

    private func strip(
        _ title: SafeText, _ values: [Double], _ coloring: Graph.Coloring, _ lastStep: Int64,
        on buffer: inout CellBuffer, in rect: Rect
    ) {
        let head = rect.splitLeft(Self.indent)
        TextLine([TextLine.Span(title, Style(.muted))]).draw(on: &buffer, in: head.left)
        let parts = head.rest.splitRight(Self.figureWidth)
        let cells = StepBuckets.cells(
            values, lastStep: lastStep, windowSteps: values.count, width: parts.rest.width, .average)
        let high = cells.filter { !$0.isNaN }.max() ?? 0
        Sparkline(cells, high: high > 0 ? high : 1, coloring: coloring)
            .draw(on: &buffer, in: parts.rest.splitLeft(cells.count).left)
        let newest = values.last { !$0.isNaN } ?? .nan
        TextLine(
            [
                TextLine.Span(Format.count(newest), Style(.text, bold: true)),
                TextLine.Span(" top \(Format.count(high))", Style(.muted)),
            ], alignment: .right
        ).draw(on: &buffer, in: parts.right)
    }

    // MARK: Lines

    private func draw(
        _ line: LogLine, _ shown: Shown, _ isSelected: Bool, on buffer: inout CellBuffer, in rect: Rect,
        _ context: ScreenContext
    ) {
        let isNarrow = context.sizeClass <= .list
        let clock = Format.clock(milliseconds: line.time.milliseconds, offsetSeconds: context.offsetSeconds)
        let thousandth = (line.time.milliseconds % 1000 + 1000) % 1000
        let fraction: SafeText = isNarrow ? "" : ".\(Self.threeDigits(thousandth))"
        let muted = Style(.muted)
        let style = shown.isContext ? muted : .plain
        let grade: Style =
            switch line.grade {
            case .error: Style(.critical, bold: true)
            case .warning: Style(.warning)
            case .plain: muted
            }
        var head = [
            TextLine.Span(isSelected ? ">" : shown.isContext ? "." : " ", Style(.accent)),
            TextLine.Span("\(clock)\(fraction) ", muted),
            TextLine.Span(
                hosts.name(line.host).fitted(to: isNarrow ? min(8, hostWidth) : hostWidth),
                shown.isContext ? muted : Style(.accent)),
            TextLine.Span(" \(SafeText(line.level).fitted(to: 3)) ", grade),
        ]
        if !isNarrow, let service = line.labels["service"] {
            head.append(TextLine.Span("\(SafeText(service)) ", Style(.title)))
        }
        TextLine(head + marked(line.text, style)).draw(on: &buffer, in: rect)
    }

    /// The text with what is looked for marked: by reverse video, which every terminal has.
    private func marked(_ text: String, _ style: Style) -> [TextLine.Span] {
        guard let place = search.place(in: text) else {
            return [TextLine.Span(SafeText(text).dropping(columns: offset), style)]
        }
        let bytes = Array(text.utf8)
        let before = SafeText(bytes: bytes[..<place.lowerBound])
        let hit = SafeText(bytes: bytes[place])
        let after = SafeText(bytes: bytes[place.upperBound...])
        return [
            TextLine.Span(before.dropping(columns: offset), style),
            TextLine.Span(
                hit.dropping(columns: max(0, offset - before.width)),
                Style(.accent, bold: true, reverse: true)),
            TextLine.Span(after.dropping(columns: max(0, offset - before.width - hit.width)), style),
        ]
    }

    private static func threeDigits(_ value: Int64) -> SafeText {
        let digits = Format.integer(value)
        return ("0" as SafeText).repeated(3 - digits.width) + digits
    }

    private func drawDetail(_ logs: LogState, on buffer: inout CellBuffer, in rect: Rect) {
        guard !rect.isEmpty, shown.indices.contains(place), logs.entries.indices.contains(shown[place].place)
        else { return }
        let line = logs.entries[shown[place].place].line
        let labels = line.labels.pairs.map { "\(SafeText($0.name))=\(SafeText($0.value))" as SafeText }
        SectionRule(
            title: SafeText(line.host.name),
            notes: [[TextLine.Span(labels.joined(separator: " "), Style(.muted))]]
        ).draw(on: &buffer, in: rect.row(0))
        let text = SafeText(line.text)
        let below = rect.inset(left: 1, top: 1)
        for row in 0..<below.height {
            buffer.draw(
                text.dropping(columns: row * below.width).prefix(columns: below.width), x: below.x,
                y: below.y + row)
        }
    }

    private func drawEmpty(on buffer: inout CellBuffer, in rect: Rect, _ context: ScreenContext) {
        let words: [SafeText]
        if let loss = context.state.hubLoss {
            words = [
                "The hub does not answer: \(SafeText(loss))",
                "It is tried again; `martlet doctor` says more.",
            ]
        } else if let logs = context.state.logs, !logs.entries.isEmpty {
            words = [
                "No line of \(Format.integer(logs.entries.count)) matches the filter.",
                "esc clears it; `/` searches and hides nothing.",
            ]
        } else if !context.state.isComplete {
            words = ["Waiting for the hub's lines."]
        } else {
            words = [
                "No lines came in this window.",
                "`martlet-agent discover` on a host finds logs and proposes which to follow;",
                "`martlet-agent check` says why one that is followed cannot be read.",
            ]
        }
        WrappedText(words).draw(
            on: &buffer, in: rect.inset(left: 1, top: rect.height > 4 ? 1 : 0, right: 1))
    }
}
