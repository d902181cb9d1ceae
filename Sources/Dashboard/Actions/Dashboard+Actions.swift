import Canvas
import Fleet
import Telemetry
import Text

/// The dialog of `x` in the dashboard.
extension Dashboard {
    /// Whether the session is to say when the next frame was drawn.
    package var awaitsFrame: Bool {
        if case .action(let dialog) = prompt { !dialog.isSeen } else { false }
    }

    /// The hosts that an action would go to: those that are marked, else the one of the row.
    private var actionHosts: [HostID] {
        if screen == .fleet, !fleet.marks.isEmpty { return fleet.marks.sorted() }
        return shown.subject(context).map { [$0] } ?? []
    }

    mutating func openActions() -> [Effect] {
        let hosts = actionHosts
        guard !hosts.isEmpty else {
            say("no host is selected")
            return []
        }
        prompt = .action(ActionDialog(hosts: hosts, group: group(of: hosts)))
        return [.askActions(hosts: hosts)]
    }

    /// The group that has exactly these hosts; nil where there is none.
    private func group(of hosts: [HostID]) -> String? {
        let names = Set(hosts.map(\.name))
        let summaries = state.hosts.compactMap(\.summary)
        let groups = Set(summaries.filter { names.contains($0.host) }.flatMap(\.groups))
        return groups.sorted().first { group in
            Set(summaries.filter { $0.groups.contains(group) }.map(\.host)) == names
        }
    }

    mutating func takeInAction(_ press: KeyPress, _ dialog: ActionDialog) -> [Effect] {
        var dialog = dialog
        switch dialog.take(press) {
        case .stays: prompt = .action(dialog)
        case .closes:
            prompt = nil
            // What was ordered goes on, and its end is told.
            if dialog.stage == .watching, !dialog.watch.isOver { watched = dialog.watch }
        case .orders(let request):
            prompt = .action(dialog)
            return [.order(request)]
        }
        return []
    }

    mutating func take(_ news: OrderNews) {
        if case .action(var dialog) = prompt {
            dialog.take(news)
            prompt = .action(dialog)
            return
        }
        guard var watch = watched, case .updates(let updates) = news else { return }
        watch.take(updates)
        watched = watch.isOver ? nil : watch
        if watch.isOver { say(watch.summary) }
    }

    mutating func frameWasDrawn() {
        guard case .action(var dialog) = prompt else { return }
        dialog.wasSeen()
        prompt = .action(dialog)
    }

    // MARK: Drawing

    func draw(_ dialog: ActionDialog, on buffer: inout CellBuffer, in rect: Rect) {
        switch dialog.stage {
        case .asking: box(dialog, [[TextLine.Span("asking …", Style(.muted))]], nil, &buffer, rect)
        case .refused(let reason):
            box(
                dialog, wrapped(reason, rect).map { [TextLine.Span($0, Style(.warning))] }, nil, &buffer, rect
            )
        case .choosing(let chosen):
            let width = dialog.actions.map { SafeText($0.name).width }.max() ?? 0
            let rows = dialog.actions.map { action in
                [
                    TextLine.Span(SafeText(action.name).padded(to: width + 2), Style(.accent)),
                    TextLine.Span(SafeText(action.danger.rawValue).padded(to: 9), Self.style(action.danger)),
                    TextLine.Span(SafeText(action.about)),
                ]
            }
            box(dialog, rows, chosen, &buffer, rect)
        case .filling(let fields, let focus, _):
            let names = dialog.picked?.parameters.map(\.name) ?? []
            let width = names.map { SafeText($0).width }.max() ?? 0
            let rows = zip(dialog.picked?.parameters ?? [], fields).map { parameter, field in
                [
                    TextLine.Span(SafeText(parameter.name).padded(to: width + 2), Style(.muted)),
                    TextLine.Span(SafeText(field.text + "  "), Style(.accent)),
                    TextLine.Span(SafeText(parameter.type.words), Style(.muted)),
                ]
            }
            box(dialog, rows, focus, &buffer, rect)
        case .choice(let isYes):
            let rows = [
                [TextLine.Span("no, go back")],
                [TextLine.Span(SafeText("yes, \(Self.call(dialog)) on \(dialog.target)"), Style(.warning))],
            ]
            box(dialog, rows, isYes ? 1 : 0, &buffer, rect)
        case .typing(_, let phrase, _):
            var rows = [
                [TextLine.Span(SafeText("\(Self.call(dialog)) on \(dialog.target)"), Style(.warning))]
            ]
            if !dialog.away.isEmpty {
                rows.append([TextLine.Span(SafeText("not connected: \(dialog.away.joined(separator: ", "))"))]
                )
            }
            rows.append([TextLine.Span(SafeText("type \(phrase) to start it"))])
            box(dialog, rows, nil, &buffer, rect)
        case .watching: draw(dialog.watch, dialog, on: &buffer, in: rect)
        }
    }

    private static func style(_ danger: ActionDanger) -> Style {
        switch danger {
        case .look: Style(.muted)
        case .service: Style(.warning)
        case .destroy: Style(.critical)
        }
    }

    /// The action as it would be ordered: its name and values.
    private static func call(_ dialog: ActionDialog) -> String {
        let values = dialog.picked?.parameters.compactMap { parameter in
            dialog.values[parameter.name].map { "\(parameter.name)=\($0)" }
        }
        return ([dialog.picked?.name ?? ""] + (values ?? [])).joined(separator: " ")
    }

    private func box(
        _ dialog: ActionDialog, _ rows: [[TextLine.Span]], _ chosen: Int?, _ buffer: inout CellBuffer,
        _ rect: Rect
    ) {
        Picker(title: dialog.title, rows: rows, chosen: chosen ?? -1, isAtBottom: false)
            .draw(on: &buffer, in: rect)
    }

    private func wrapped(_ text: String, _ rect: Rect) -> [SafeText] {
        WrappedText.lines(SafeText(text), width: max(20, rect.width - 8))
    }

    /// The orders with their states, and below the last lines of what they say.
    private func draw(
        _ watch: OrderWatch, _ dialog: ActionDialog, on buffer: inout CellBuffer, in rect: Rect
    ) {
        buffer.fill(rect)
        let detail: SafeText = watch.isOver ? "enter closes" : "esc leaves it running"
        Panel(title: dialog.title, detail: detail, isFocused: true).draw(on: &buffer, in: rect)
        let inner = Panel.inner(of: rect)
        let width = watch.runs.map { SafeText($0.host).width }.max() ?? 0
        let states = watch.runs.prefix(max(1, inner.height / 2)).map { run in
            [
                TextLine.Span(SafeText(" \(run.host)").padded(to: width + 3), Style(.accent)),
                TextLine.Span(SafeText(run.words), Self.style(run.state)),
                TextLine.Span(
                    run.isWeaklyContained && !run.state.isOver ? "  weakly contained" : "", Style(.muted)),
            ]
        }
        let rows = states.isEmpty ? [[TextLine.Span(" ordered …", Style(.muted))]] : states
        for (row, line) in rows.enumerated() where row < inner.height {
            TextLine(line).draw(on: &buffer, in: inner.row(row))
        }
        let first = rows.count + 1
        guard inner.height > first else { return }
        for (row, line) in watch.lines.suffix(inner.height - first).enumerated() {
            TextLine([TextLine.Span(SafeText(" " + line))]).draw(on: &buffer, in: inner.row(first + row))
        }
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

    /// The row below: the field that is edited, and what is wrong with it.
    func drawActionStatus(_ dialog: ActionDialog, on buffer: inout CellBuffer, in rect: Rect) {
        switch dialog.stage {
        case .filling(let fields, let focus, let error):
            guard fields.indices.contains(focus), let picked = dialog.picked else { return }
            PromptLine(
                label: SafeText("\(picked.parameters[focus].name) "), text: SafeText(fields[focus].text),
                cursor: fields[focus].caretColumn,
                note: error.map { TextLine.Span(SafeText($0), Style(.critical)) }
            ).draw(on: &buffer, in: rect)
        case .typing(let field, _, let error):
            PromptLine(
                label: "confirm ", text: SafeText(field.text), cursor: field.caretColumn,
                note: error.map { TextLine.Span(SafeText($0), Style(.critical)) }
            ).draw(on: &buffer, in: rect)
        case .asking, .refused, .choosing, .choice, .watching:
            TextLine([TextLine.Span("enter takes the row  esc closes", Style(.hint))]).draw(
                on: &buffer, in: rect)
        }
    }
}
