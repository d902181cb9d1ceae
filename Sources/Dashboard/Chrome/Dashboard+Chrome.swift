import Canvas
import Fleet
import Telemetry
import Text

/// What the rows of the chrome say.
extension Dashboard {
    var titleRow: TitleRow {
        let sizeClass = SizeClass(width: width, height: height)
        let isShort = sizeClass <= .list
        var left: [TextLine.Span] = isShort ? [] : [TextLine.Span("martlet", Style(.accent, bold: true))]
        for crumb in isShort ? Array(breadcrumb.suffix(1)) : breadcrumb {
            if !left.isEmpty { left.append(TextLine.Span(" > ", Style(.muted))) }
            left.append(TextLine.Span(crumb, Style(isShort ? .accent : .title, bold: true)))
        }
        let headline = shown.headline(context)
        if !headline.isEmpty { left += [TextLine.Span(isShort ? " " : "   ")] + headline }
        var right: [TextLine.Span] = []
        if let loss = hubLoss, sizeClass > .list {
            right.append(TextLine.Span("hub lost: \(SafeText(loss))  ", Style(.critical, bold: true)))
        }
        if alerts.hooksWentOff {
            right.append(
                TextLine.Span(isShort ? "hooks off " : "hooks went off  ", Style(.critical, bold: true)))
        } else if alerts.areHooksLeftOut {
            right.append(
                TextLine.Span(isShort ? "hooks off " : "hooks off  ", Style(.warning, bold: true)))
        } else if alerts.runsHooks, !isShort {
            right.append(TextLine.Span("hooks on  ", Style(.muted)))
        }
        return TitleRow(left: left, right: right + timeState)
    }

    private var breadcrumb: [SafeText] {
        var crumbs: [SafeText] = []
        if path.count > 1 || screen == .fleet { crumbs.append("fleet") }
        switch screen {
        case .fleet: break
        case .host: if let host { crumbs.append(SafeText(host.name)) }
        case .traffic: crumbs.append(trafficHost.map { "traffic of \(SafeText($0.name))" } ?? "traffic")
        case .alerts: crumbs.append("alerts")
        case .deploys:
            crumbs.append("deploys")
            guard deploys.opened != nil, let rollout = deploys.rollout else { break }
            crumbs.append(SafeText(rollout.title))
            if deploys.opened?.showsHost == true, let host = deploys.host {
                crumbs.append(SafeText(host.name))
            }
        case .logs:
            let names = logHosts.prefix(2).map { SafeText($0.name) }.joined(separator: ", ")
            let more: SafeText = logHosts.count > 2 ? " +\(Format.integer(logHosts.count - 2))" : ""
            crumbs.append(logHosts.isEmpty ? "logs" : "logs of \(names)\(more)")
        }
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
        ScreenID.allCases.map { id in
            let title: SafeText = "\(SafeText(String(id.key))) \(SafeText(id.title))"
            if id == screen { return TextLine.Span("[\(title)]", Style(.accent, bold: true)) }
            guard let style = calling(id) else { return TextLine.Span(" \(title) ", Style(.muted)) }
            return TextLine.Span(" \(title)!", style)
        }
    }

    /// How a screen calls for a look; nil where nothing waits there.
    private func calling(_ id: ScreenID) -> Style? {
        switch id {
        case .deploys: rolloutNeedsLook ? Style(.warning, bold: true) : nil
        case .alerts:
            alerts.calling.map { Style($0.severity == .critical ? .critical : .warning, bold: true) }
        case .fleet, .host, .traffic, .logs: nil
        }
    }

    /// The screen whose tab is at a place; nil for none.
    func tab(x: Int, y: Int) -> ScreenID? {
        guard layout.tabs.contains(x: x, y: y) else { return nil }
        var end = layout.tabs.x
        for (id, span) in zip(ScreenID.allCases, tabs) {
            end += span.text.width
            if x < end { return id }
        }
        return nil
    }

    /// The query bar: what is typed, or the filter that holds, and what it leaves.
    func drawQuery(on buffer: inout CellBuffer, in rect: Rect) {
        let context = context
        guard prompt == .query else {
            guard !query.isEmpty else { return }
            let counts = queryNote(context)
            let parts = rect.splitRight(min(counts.text.width + 2, rect.width / 2))
            TextLine([TextLine.Span("/ ", Style(.key)), TextLine.Span(SafeText(query.text))])
                .draw(on: &buffer, in: parts.rest)
            TextLine([counts], alignment: .right).draw(on: &buffer, in: parts.right)
            return
        }
        PromptLine(
            label: "/ ", text: SafeText(query.text), cursor: query.field.caretColumn,
            ghost: SafeText(query.ghost), note: queryNote(context)
        ).draw(on: &buffer, in: rect)
    }

    /// `212 of 1284`, or what is wrong with the text and at which column.
    private func queryNote(_ context: ScreenContext) -> TextLine.Span {
        if let error = query.error { return TextLine.Span(SafeText(error.description), Style(.critical)) }
        guard let counts = shown.counts(context) else { return TextLine.Span("") }
        return TextLine.Span(
            "\(Format.integer(counts.shown)) of \(Format.integer(counts.total))",
            Style(counts.shown == 0 ? .warning : .muted))
    }

    /// Keys worth knowing here, as many as have room; the key to all the others is never left out.
    func hints(width: Int) -> [TextLine.Span] {
        let wanted: [Command] =
            switch screen {
            case .fleet: [.open, .query, .pickSort, .nextTrouble, .pause, .stepBack, .shell, .palette]
            case .host: [.back, .query, .pickSort, .tree, .pause, .stepBack, .shell, .palette]
            case .traffic:
                [.open, .query, .nextPane, .freeze, .nextTrouble, .tree, .pause, .stepBack, .palette]
            case .alerts:
                [
                    .acknowledge, .silence, .nextTrouble, .open, .runbook, .handover, .note, .query, .tree,
                    .palette,
                ]
            case .deploys: hintsOfDeploys
            case .logs:
                [
                    .search, .nextHit, .nextError, .filterLines, .level, .wrap, .follow, .pause, .stepBack,
                    .palette,
                ]
            }
        var room = width - TextLine(hint(.help)).width
        return wanted.flatMap { command -> [TextLine.Span] in
            let spans = hint(command)
            guard TextLine(spans).width <= room else { return [] }
            room -= TextLine(spans).width
            return spans
        } + hint(.help)
    }

    /// What may be said to the rollout now.
    private var hintsOfDeploys: [Command] {
        guard let rollout = deploys.rollout else {
            return [.open, .down, .startRollout, .previousEvent, .nextEvent, .pause, .stepBack, .palette]
        }
        let verbs = rollout.verbs(rollouts.digest(of: rollout.id)).map { verb -> Command in
            switch verb {
            case .pause: .pauseRollout
            case .resume: .resumeRollout
            case .abort: .abortRollout
            case .rollback: .rollBack
            }
        }
        let looks: [Command] = deploys.opened == nil ? [.open, .down] : [.open, .nextTrouble, .back]
        return looks + verbs + [.startRollout, .action, .palette]
    }

    private func hint(_ command: Command) -> [TextLine.Span] {
        guard let entry = CommandTable.entry(command), !(isReadOnly && entry.danger > .view) else {
            return []
        }
        return [
            TextLine.Span(entry.keys.first?.name ?? "", Style(.key)),
            TextLine.Span(" \(entry.hint)  ", Style(.hint)),
        ]
    }
}
