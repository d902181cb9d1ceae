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
        switch level {
        case .plain: break
        case .warning: spans.append(TextLine.Span("   from warning up", Style(.warning, bold: true)))
        case .error: spans.append(TextLine.Span("   errors alone", Style(.critical, bold: true)))
        }
        if logs.dropped > 0 {
            spans.append(
                TextLine.Span("  \(Format.count(Double(logs.dropped))) older ones let go", Style(.muted)))
        }
        if !search.isEmpty { spans.append(TextLine.Span("   \(search.note)", Style(.accent))) }
        if self.context > 0, isHiding(context) {
            spans.append(TextLine.Span("   context \(Format.integer(self.context))", Style(.muted)))
        }
        if isFollowing, context.isLive {
            spans.append(TextLine.Span("   FOLLOW", Style(.good, bold: true)))
        } else {
            spans.append(TextLine.Span("   follow off", Style(.muted)))
        }
        return spans + silence(context)
    }

    /// Hosts whose lines are missing, since nothing comes of them.
    private func silence(_ context: ScreenContext) -> [TextLine.Span] {
        guard context.isLive else { return [] }
        let silent = context.state.hosts.filter { host in
            guard context.state.view.includes(linesOf: host.id) else { return false }
            switch host.summary?.state {
            case .stale, .failed: return true
            case .live, .connecting, .off, nil: return false
            }
        }
        guard let first = silent.first else { return [] }
        let more: SafeText = silent.count > 1 ? " and \(Format.integer(silent.count - 1)) more" : ""
        let age = first.lastSeen.map { Double(context.now.milliseconds(since: $0)) / 1000 }
        let since: SafeText = age.map { $0 >= 1 ? " for \(Format.age($0))" : "" } ?? ""
        return [
            TextLine.Span(
                "   ? no lines of \(SafeText(first.id.name))\(since)\(more)", Style(.stale, bold: true))
        ]
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
        let layout = LogsLayout(rect, isOpen: isOpen)
        drawStrips(logs, on: &buffer, in: layout.strips, context)
        var row = 0
        var line = firstLine
        while row < layout.list.height, shown.indices.contains(line),
            logs.entries.indices.contains(shown[line].place)
        {
            let height = rows(of: line, logs, width: layout.list.width, context)
            let part = layout.list.inset(top: row).splitTop(height).top
            draw(
                logs.entries[shown[line].place].line, shown[line], line == place, on: &buffer, in: part,
                context)
            if line == place { buffer.ground(part, .selection) }
            row += height
            line += 1
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
        let told = shownShare(rates, counts, seconds)
        let marks = { columns in
            context.marksOfLines.over(columns, stepMilliseconds: context.state.view.stepMilliseconds)
        }
        strip(
            "lines/s", lines, .role(.series(0)), last, marks, note: told, on: &buffer, in: rect.row(0))
        strip(
            "err/s", zip(counts, seconds).map { Double($0.errors) / $1 }, .role(.critical), last, marks,
            on: &buffer,
            in: rect.row(1))
    }

    /// How many of the lines are shown, where agents pass some over: they tell of at most a hundred a second of each
    /// service, so that whoever looks never slows down what is counted.
    private func shownShare(_ rates: [Double]?, _ counts: [LogState.Counts], _ seconds: [Double]) -> SafeText?
    {
        // The newest step is not over, so it is the one before that is looked at.
        guard let rates, rates.count > 1, counts.count == rates.count else { return nil }
        let place = rates.count - 2
        let came = rates[place] * seconds[place]
        let told = Double(counts[place].told)
        // Of a step in which one began to look only a part was told.
        guard told > 0, place > 0, counts[place - 1].told > 0, came > told * Self.passedOverFactor,
            came > Self.passedOverMin
        else { return nil }
        return " \(Format.ratio(told / came)) of the lines are shown"
    }

    /// Seconds of agents and hub do not end together: less of a difference says nothing.
    private static let passedOverFactor = 1.5
    private static let passedOverMin = 100.0

    /// Step by step; a gap where both have one.
    private static func sum(_ left: [Double]?, _ right: [Double]) -> [Double]? {
        guard let left else { return right }
        return zip(left, right).map { $0.isNaN ? $1 : $1.isNaN ? $0 : $0 + $1 }
    }

    private func strip(
        _ title: SafeText, _ values: [Double], _ coloring: Graph.Coloring, _ lastStep: Int64,
        _ marks: (StepColumns) -> [Sparkline.Mark], note: SafeText? = nil, on buffer: inout CellBuffer,
        in rect: Rect
    ) {
        let head = rect.splitLeft(Self.indent)
        TextLine([TextLine.Span(title, Style(.muted))]).draw(on: &buffer, in: head.left)
        let parts = head.rest.splitRight(Self.figureWidth)
        let cells = StepBuckets.cells(
            values, lastStep: lastStep, windowSteps: values.count, width: parts.rest.width, .average)
        let high = cells.filter { !$0.isNaN }.max() ?? 0
        let columns = StepColumns(lastStep: lastStep, windowSteps: values.count, width: parts.rest.width)
        Sparkline(cells, high: high > 0 ? high : 1, coloring: coloring, marks: marks(columns))
            .draw(on: &buffer, in: parts.rest.splitLeft(cells.count).left)
        let newest = values.last { !$0.isNaN } ?? .nan
        if let note {
            TextLine([TextLine.Span(note, Style(.warning))], alignment: .right)
                .draw(on: &buffer, in: parts.rest.splitRight(min(parts.rest.width, note.width + 1)).right)
        }
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
        let style = shown.isContext ? Style(.muted) : .plain
        let head = head(line, context, isContext: shown.isContext, isSelected: isSelected)
        guard isWrapped else {
            let text = unwrapped(line.text, style, room: rect.width - TextLine(head).width)
            return TextLine(head + text).draw(on: &buffer, in: rect)
        }
        let rows = LogLineRows(head: head, text: marked(line.text, style), width: rect.width).rows
        for (row, spans) in rows.prefix(rect.height).enumerated() {
            TextLine(spans).draw(on: &buffer, in: rect.row(row))
        }
    }

    /// Cells before the text of a line.
    func headWidth(_ line: LogLine, _ context: ScreenContext) -> Int {
        TextLine(head(line, context, isContext: false, isSelected: false)).width
    }

    /// Time, host, level and service.
    private func head(_ line: LogLine, _ context: ScreenContext, isContext: Bool, isSelected: Bool)
        -> [TextLine.Span]
    {
        let isNarrow = context.sizeClass <= .list
        let clock = Format.clock(milliseconds: line.time.milliseconds, offsetSeconds: context.offsetSeconds)
        let thousandth = (line.time.milliseconds % 1000 + 1000) % 1000
        let fraction: SafeText = isNarrow ? "" : ".\(Self.threeDigits(thousandth))"
        let muted = Style(.muted)
        let grade: Style =
            switch line.grade {
            case .error: Style(.critical, bold: true)
            case .warning: Style(.warning)
            case .plain: muted
            }
        var head = [
            TextLine.Span(isSelected ? ">" : isContext ? "." : " ", Style(.accent)),
            TextLine.Span("\(clock)\(fraction) ", muted),
            TextLine.Span(
                hosts.name(line.host).fitted(to: isNarrow ? min(8, hostWidth) : hostWidth),
                isContext ? muted : Style(.accent)),
            TextLine.Span(" \(SafeText(line.level).fitted(to: 3)) ", grade),
        ]
        if !isNarrow, let service = line.labels["service"], !service.isEmpty {
            head.append(
                TextLine.Span("\(SafeText(service).truncated(to: Self.serviceWidthMax)) ", Style(.title)))
        }
        return head
    }

    private static let serviceWidthMax = 16

    /// The text in one row; of a request what tells most, as long as nobody has moved it or looks for what is before.
    private func unwrapped(_ text: String, _ style: Style, room: Int) -> [TextLine.Span] {
        let lead = offset == 0 ? RequestLead.width(of: text, room: room) : 0
        guard lead > 0, search.place(in: text).map({ $0.lowerBound >= lead }) ?? true else {
            return marked(text, style, from: offset)
        }
        return [TextLine.Span("…", Style(.muted))] + marked(text, style, from: lead)
    }

    /// The text from a column on, with what is looked for marked: by reverse video, which every terminal has.
    private func marked(_ text: String, _ style: Style, from offset: Int = 0) -> [TextLine.Span] {
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
        let labels = line.labels.pairs.filter { $0.name != "host" && !$0.value.isEmpty }.map {
            "\(SafeText($0.name))=\(SafeText($0.value))" as SafeText
        }
        SectionRule(
            title: SafeText(line.host.name),
            notes: [[TextLine.Span(labels.joined(separator: " "), Style(.muted))]]
        ).draw(on: &buffer, in: rect.row(0))
        let below = rect.inset(left: 1, top: 1)
        var text = SafeText(line.text)
        for row in 0..<below.height where !text.isEmpty {
            let part = text.prefix(columns: below.width)
            // What does not fit is said to go on.
            let isLast = row == below.height - 1 && part.width < text.width
            buffer.draw(
                isLast ? text.truncated(to: below.width) : part, x: below.x, y: below.y + row)
            text = text.dropping(columns: max(1, part.width))
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
            words =
                level > .plain && context.query.isEmpty
                ? [
                    "No line of \(Format.integer(logs.entries.count)) is as grave as that.",
                    "L shows all lines.",
                ]
                : [
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
