import Canvas
import Telemetry
import Text

/// What the rows of the chrome say.
extension Dashboard {
    var titleRow: TitleRow {
        let sizeClass = SizeClass(width: width, height: height)
        var left = [TextLine.Span("martlet", Style(.accent, bold: true))]
        left += breadcrumb.flatMap {
            [TextLine.Span(" > ", Style(.muted)), TextLine.Span($0, Style(.title))]
        }
        let headline = shown.headline(context)
        if !headline.isEmpty { left += [TextLine.Span("   ")] + headline }
        var right: [TextLine.Span] = []
        if let loss = hubLoss, sizeClass > .list {
            right.append(TextLine.Span("hub lost: \(SafeText(loss))  ", Style(.critical, bold: true)))
        }
        return TitleRow(left: left, right: right + timeState)
    }

    private var breadcrumb: [SafeText] {
        var crumbs: [SafeText] = []
        if path.count > 1 || screen == .fleet { crumbs.append("fleet") }
        if screen == .host, let host { crumbs.append(SafeText(host.name)) }
        return crumbs
    }

    var hubLoss: String? { incoming?.hubLoss ?? state.hubLoss }

    /// `LIVE 14:32:07`, `PAST 14:29:20 -2m`, or `LOST` while the hub does not answer.
    var timeState: [TextLine.Span] {
        if let past = time.past {
            return [
                TextLine.Span(" PAST ", Style(.onBar, on: .past, bold: true)),
                TextLine.Span(" \(clock(past))", Style(.past)),
            ]
        }
        let mark =
            hubLoss != nil
            ? TextLine.Span("LOST", Style(.critical, bold: true))
            : state.isComplete
                ? TextLine.Span("LIVE", Style(.good, bold: true))
                : TextLine.Span("WAIT", Style(.stale, bold: true))
        return [mark, TextLine.Span(" \(clock(now))")]
    }

    func clock(_ time: Timestamp) -> SafeText {
        let day = CivilTime(milliseconds: time.milliseconds, offsetSeconds: options.offsetSeconds)
        let today = CivilTime(milliseconds: now.milliseconds, offsetSeconds: options.offsetSeconds)
        if day.day == today.day, now.milliseconds(since: time).magnitude < 86_400_000 {
            return Format.clock(
                milliseconds: time.milliseconds, offsetSeconds: options.offsetSeconds,
                marksUTC: options.usesUTC)
        }
        return Format.dateTime(milliseconds: time.milliseconds, offsetSeconds: options.offsetSeconds)
    }

    /// Tabs of the screens that exist.
    var tabs: [TextLine.Span] {
        [(ScreenID.fleet, "1 Fleet" as SafeText), (.host, "3 Host")].flatMap { id, title in
            [
                id == screen
                    ? TextLine.Span("[\(title)]", Style(.accent, bold: true))
                    : TextLine.Span(" \(title) ", Style(.muted))
            ]
        }
    }

    /// The query bar: what is typed, or the filter that holds.
    func drawQuery(on buffer: inout CellBuffer, in rect: Rect) {
        if prompt == .query {
            PromptLine(label: "/ ", text: SafeText(query.text), cursor: query.caretColumn)
                .draw(on: &buffer, in: rect)
        } else if !query.isEmpty {
            TextLine([TextLine.Span("/ ", Style(.key)), TextLine.Span(SafeText(query.text))])
                .draw(on: &buffer, in: rect)
        }
    }

    /// Keys worth knowing here, as many as have room.
    var hints: [TextLine.Span] {
        let wanted: [Command] =
            screen == .fleet
            ? [.open, .query, .pickSort, .nextTrouble, .pause, .stepBack, .shell, .palette, .help]
            : [.back, .query, .pickSort, .tree, .pause, .stepBack, .shell, .palette, .help]
        return wanted.compactMap { command -> CommandEntry? in
            guard let entry = CommandTable.entry(command) else { return nil }
            return isReadOnly && entry.danger > .view ? nil : entry
        }
        .flatMap { entry in
            [
                TextLine.Span(entry.keys.first?.name ?? "", Style(.key)),
                TextLine.Span(" \(entry.hint)  ", Style(.hint)),
            ]
        }
    }
}
