import Canvas
import Fleet
import Telemetry
import Text

/// Why the selected alert fires: what its condition looked at, with the threshold; then what its hooks said and what people
/// did.
///
///     ─ DiskFull db1 /  X critical  a41f ───────────────── since 2h 14:29:31 ─
///      WHY   disk.used > 97% for 5m   now 98%   limit 97%
///      98%  ⣀⣀⣠⣤⣤⣶⣶⣿⣿⣿
///      97%  ------------------
///      HOOK  page ok 14:29:33
///      DID   14:31 marta ack: resize at 16:00
struct AlertDetail: Widget {
    let alert: Alert
    let context: ScreenContext
    let flaps: Int
    /// What is not told because of it.
    let members: [Alert]

    /// Rows besides the chart's that are worth more than a higher chart.
    private static let notesMax = 4

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        guard rect.height >= 2 else { return }
        heading.draw(on: &buffer, in: rect.row(0))
        var notes = [why, [label("WHAT "), TextLine.Span(SafeText(alert.summary))]]
        for line in [muted, after, also] { if let line { notes.append(line) } }
        let below = hookLines + didLines
        let body = rect.inset(left: 1, top: 1)
        let top = body.splitTop(min(notes.count, body.height))
        for (row, line) in notes.prefix(top.top.height).enumerated() {
            TextLine(line).draw(on: &buffer, in: top.top.row(row))
        }
        let belowRows = min(below.count, max(Self.notesMax, top.rest.height - 8), max(0, top.rest.height - 3))
        let parts = top.rest.splitBottom(belowRows)
        AlertChartView(alert: alert, chart: context.alerts.chart(of: alert.id))
            .draw(on: &buffer, in: parts.rest)
        for (row, line) in below.prefix(parts.bottom.height).enumerated() {
            TextLine(line).draw(on: &buffer, in: parts.bottom.row(row))
        }
    }

    private func label(_ text: SafeText) -> TextLine.Span { TextLine.Span(text, Style(.title, bold: true)) }

    private var heading: SectionRule {
        let mark = AlertMark(alert)
        let began = alert.firedAt ?? alert.since
        let age = Format.age(max(0, Double(context.now.milliseconds(since: began)) / 1000))
        var notes: [[TextLine.Span]] = [[.label("id "), .figure(SafeText(alert.id))]]
        if flaps > 0 { notes.append([.label("again "), .figure("\(Format.integer(flaps))x in 24h")]) }
        if !alert.runbook.isEmpty { notes.append([.label("R "), .figure(SafeText(alert.runbook))]) }
        return SectionRule(
            title: "\(SafeText(alert.name)) \(SafeText(alert.place))",
            figures: [
                TextLine.Span("\(mark.text) \(SafeText(alert.severity.rawValue)) \(state)", mark.style)
            ],
            notes: notes, trailing: [.label("since "), .figure("\(age) \(clock(began))")])
    }

    private var state: SafeText {
        if !alert.silencedBy.isEmpty { return "silenced" }
        if !alert.mutedBy.isEmpty { return "muted" }
        return alert.acknowledged == nil ? SafeText(alert.state.rawValue) : "acked"
    }

    private var why: [TextLine.Span] {
        var spans = [
            label("WHY  "), TextLine.Span(SafeText(alert.condition)), .label("   now "),
            TextLine.Span(SafeText(alert.valueText), Style(.text, bold: true)), .label("   limit "),
            TextLine.Span(SafeText(alert.thresholdText)),
        ]
        if let since = alert.noDataSince {
            spans.append(TextLine.Span("   no data since \(clock(since))", Style(.stale)))
        }
        return spans
    }

    /// Why nobody is told; nil where somebody is.
    private var muted: [TextLine.Span]? {
        if let id = alert.silencedBy.first {
            let silence = context.alerts.board?.silences.first { $0.id == id }
            let until = silence.map { " until \(clock($0.until)) by \(SafeText($0.by))" as SafeText } ?? ""
            let note = silence.map { $0.note.isEmpty ? "" : ": \(SafeText($0.note))" as SafeText } ?? ""
            return [
                label("MUTE "),
                TextLine.Span(
                    "silence \(SafeText(id)) \(SafeText(silence?.selector ?? ""))\(until)\(note)",
                    Style(.silenced)
                ),
            ]
        }
        let words: SafeText
        switch alert.mutedBy.first {
        case nil: return nil
        case .action: words = "an action runs on the host, or ran until a minute ago: no hook is told"
        case .hostSilent: words = "the host is silent: what it told last is told to nobody"
        case .hubCutOff: words = "half of the fleet is silent at once, and HubCutOff tells of it"
        }
        return [label("MUTE "), TextLine.Span(words, Style(.muted))]
    }

    /// The deploy before it, where there was one not long before: it need not be why, and it is where one looks first.
    private var after: [TextLine.Span]? {
        let deploy = context.state.marks.last { mark in
            let ahead = alert.since.milliseconds(since: mark.at)
            guard mark.kind == .deploy, ahead >= 0, ahead <= Self.afterMilliseconds else { return false }
            return alert.host.map { mark.isAbout(HostID($0)) } ?? alert.service.map(mark.isAbout(service:))
                ?? true
        }
        guard let deploy else { return nil }
        let ahead = Format.age(Double(alert.since.milliseconds(since: deploy.at)) / 1000)
        return [
            label("AFTER"),
            TextLine.Span(" \(SafeText(deploy.sentence)), \(ahead) before", Mark.Kind.deploy.style),
        ]
    }

    private static let afterMilliseconds: Int64 = 1_800_000

    private var also: [TextLine.Span]? {
        guard !members.isEmpty else { return nil }
        let names = members.prefix(5).map { "\($0.name) \($0.place)" }.joined(separator: ", ")
        let more = members.count > 5 ? " and \(members.count - 5) more" : ""
        return [
            label("ALSO "), TextLine.Span(SafeText("not told because of it: \(names)\(more)"), Style(.muted)),
        ]
    }

    // MARK: Hooks and people

    private var hookLines: [[TextLine.Span]] {
        guard let board = context.alerts.board else { return [] }
        let reports = board.reports.filter { $0.alerts.contains(alert.id) }
        guard board.runsHooks else {
            return [[label("HOOK "), TextLine.Span("off: only `martlet hub` runs hooks", Style(.muted))]]
        }
        guard !reports.isEmpty else {
            let names =
                alert.hooks.isEmpty ? "none: the screen alone tells" : alert.hooks.joined(separator: ", ")
            return [[label("HOOK "), TextLine.Span(SafeText(names), Style(.muted))]]
        }
        return reports.suffix(2).reversed().flatMap { report -> [[TextLine.Span]] in
            var words: SafeText = "\(SafeText(report.hook)) \(SafeText(report.status)) \(clock(report.at)) "
            if report.attempt > 1 { words = "\(words)try \(Format.integer(report.attempt)) " }
            var line = [
                label("HOOK "), TextLine.Span(words),
                TextLine.Span(SafeText(report.outcome), report.isDone ? Style(.good) : Style(.critical)),
            ]
            if let again = report.againAt { line.append(.label("  again \(clock(again))")) }
            let said = report.output.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
            return [line] + (said.isEmpty ? [] : [[.label("     | "), TextLine.Span(SafeText(said))]])
        }
    }

    private var didLines: [[TextLine.Span]] {
        let silences = Set(alert.silencedBy)
        let events = (context.alerts.board?.events ?? []).filter { event in
            switch event.kind {
            case .acknowledged: event.id == alert.id
            case .silenced: silences.contains(event.id)
            case .note: event.subject.isEmpty || event.subject == alert.host
            case .firing, .resolved, .late: event.subject == alert.name && event.place == alert.place
            case .expired, .hook: false
            }
        }
        return events.suffix(4).reversed().map { event in
            var words = SafeText(event.kind.rawValue)
            if !event.by.isEmpty { words = "\(SafeText(event.by)) \(words)" }
            let text = event.words { minute($0) }
            if !text.isEmpty { words = "\(words): \(SafeText(text))" }
            return [label("DID  "), .label("\(clock(event.at)) "), TextLine.Span(words)]
        }
    }

    private func minute(_ time: Timestamp) -> String {
        Format.clockMinute(milliseconds: time.milliseconds, offsetSeconds: context.offsetSeconds).string
    }

    private func clock(_ time: Timestamp) -> SafeText {
        let age = context.now.milliseconds(since: time).magnitude
        return age < 43_200_000
            ? Format.clock(milliseconds: time.milliseconds, offsetSeconds: context.offsetSeconds)
            : Format.dateTime(milliseconds: time.milliseconds, offsetSeconds: context.offsetSeconds)
    }
}

/// The values that a condition compared, with its threshold as a line of its own.
struct AlertChartView: Widget {
    let alert: Alert
    let chart: AlertChart?

    /// Cells of the axis.
    private static let axis = 10

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        guard rect.height >= 2, rect.width > Self.axis + 8 else { return }
        guard let sense = AlertSense(alert), let limit = sense.limit, let chart, !chart.values.isEmpty else {
            let words: SafeText =
                chart == nil ? "reading its history" : "the hub keeps no history of what it looks at"
            return TextLine([TextLine.Span(words, Style(.muted))]).draw(on: &buffer, in: rect.row(0))
        }
        let parts = rect.splitLeft(Self.axis)
        let values = buckets(chart, count: parts.rest.width * 2, isUpward: !sense.comparison.sign.isDownward)
        let known = values.filter { !$0.isNaN } + [limit]
        let high = known.max() ?? limit
        let low = min(0, known.min() ?? 0)
        // A little air above the highest, but not beyond what there can be.
        let air = high > low ? low + (high - low) * 1.05 : low + 1
        let top = sense.most.map { high > $0 ? air : min($0, air) } ?? air
        Graph(values, low: low, high: top, coloring: .role(AlertMark(alert.severity).style.role))
            .draw(on: &buffer, in: parts.rest)
        axis(sense.text(top), on: &buffer, in: parts.left.row(0), .muted)
        axis(sense.text(low), on: &buffer, in: parts.left.row(rect.height - 1), .muted)
        let share = (limit - low) / (top - low)
        let row = max(0, min(rect.height - 1, rect.height - 1 - Int(share * Double(rect.height))))
        axis(alert.thresholdText, on: &buffer, in: parts.left.row(row), .warning)
        // Only where nothing is drawn: a value above the line hides it, and that is what it is to say.
        let line = parts.rest.row(row)
        for x in stride(from: line.x, to: line.right, by: 2) where buffer[x, line.y].isSpace {
            buffer.draw("-", x: x, y: line.y, style: Style(.warning))
        }
        let span = Format.age(Double(chart.values.count) * Double(chart.stepMilliseconds) / 1000)
        TextLine([.label(span)], alignment: .left).draw(
            on: &buffer, in: Rect(x: parts.rest.x, y: rect.y, width: min(6, parts.rest.width), height: 1))
    }

    private func axis(_ text: String, on buffer: inout CellBuffer, in rect: Rect, _ role: Role) {
        buffer.fill(rect)
        TextLine([TextLine.Span(SafeText(text), Style(role))], alignment: .right)
            .draw(on: &buffer, in: rect.inset(right: 1))
    }

    /// The steps put together, the worst of each bucket: a peak of a second is what fires.
    private func buckets(_ chart: AlertChart, count: Int, isUpward: Bool) -> [Double] {
        let steps = chart.values.count
        guard count > 0, steps > 0 else { return [] }
        let buckets = min(count, steps)
        return (0..<buckets).map { bucket in
            let range =
                bucket * steps / buckets..<max(bucket * steps / buckets + 1, (bucket + 1) * steps / buckets)
            let values = chart.values[range].compactMap { $0 }
            return (isUpward ? values.max() : values.min()) ?? .nan
        }
    }
}
