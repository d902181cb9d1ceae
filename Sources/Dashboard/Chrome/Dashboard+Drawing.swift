package import Canvas
import Text

/// The whole frame: chrome, the screen, and what is open over it.
extension Dashboard {
    package func draw(on buffer: inout CellBuffer) {
        buffer.clear()
        let layout = ChromeLayout(width: buffer.width, height: buffer.height, hasPrompt: prompt != nil)
        var context = context
        context.body = layout.body
        context.sizeClass = SizeClass(width: buffer.width, height: buffer.height)
        if context.sizeClass == .summary {
            drawSummary(on: &buffer, in: layout.body, context)
        } else {
            titleRow.draw(on: &buffer, in: layout.title)
            let tabs = TextLine(tabs)
            let parts = layout.tabs.splitLeft(min(tabs.width + 3, layout.tabs.width))
            tabs.draw(on: &buffer, in: parts.left)
            drawQuery(on: &buffer, in: parts.rest)
            buffer.clipped(to: layout.body) { shown.draw(on: &$0, in: layout.body, context) }
            timeBar.draw(on: &buffer, in: layout.timeBar)
        }
        drawStatus(on: &buffer, in: layout.status, hasTabs: !layout.tabs.isEmpty)
        buffer.clipped(to: layout.body) { drawPrompt(on: &$0, in: layout.body) }
    }

    /// Words, wrapped over the few rows there are.
    private func drawSummary(on buffer: inout CellBuffer, in rect: Rect, _ context: ScreenContext) {
        var place = (x: rect.x, y: rect.y)
        for span in timeState.prefix(1) + shown.summary(context) where !rect.isEmpty {
            if place.x > rect.x, place.x + span.text.width > rect.right { place = (rect.x, place.y + 1) }
            guard place.y < rect.bottom else { return }
            place.x =
                buffer.draw(span.text, x: place.x, y: place.y, style: span.style, maxWidth: rect.width) + 1
        }
    }

    private func drawStatus(on buffer: inout CellBuffer, in rect: Rect, hasTabs: Bool) {
        guard !rect.isEmpty else { return }
        switch prompt {
        case .palette(let field, _):
            PromptLine(label: ": ", text: SafeText(field.text), cursor: field.caretColumn).draw(
                on: &buffer, in: rect)
        case .jump(let field, let error):
            PromptLine(
                label: "@ ", text: SafeText(field.text), cursor: field.caretColumn,
                ghost: field.isEmpty ? "10:05, -3m, yesterday 02:41, now" : "",
                note: error.map { TextLine.Span(SafeText($0), Style(.critical)) }
            ).draw(on: &buffer, in: rect)
        case .search(let field):
            PromptLine(
                label: "search ", text: SafeText(field.text), cursor: field.caretColumn,
                ghost: field.isEmpty ? "a text; case counts where it has capitals" : "",
                note: TextLine.Span(logs.search.note, Style(.muted))
            ).draw(on: &buffer, in: rect)
        case .action(let dialog): view(of: dialog).drawStatus(on: &buffer, in: rect)
        case .alert(let dialog): view(of: dialog).drawStatus(on: &buffer, in: rect)
        case .rollout(let dialog): view(of: dialog).drawStatus(on: &buffer, in: rect)
        case .start(let dialog): view(of: dialog).drawStatus(on: &buffer, in: rect)
        case .query where !hasTabs: drawQuery(on: &buffer, in: rect)
        case .query, .sort, .help, nil:
            if let notice {
                TextLine([TextLine.Span(SafeText(notice.text), Style(.warning))]).draw(on: &buffer, in: rect)
            } else if !hasTabs, !query.isEmpty {
                drawQuery(on: &buffer, in: rect)
            } else {
                TextLine(hints(width: rect.width)).draw(on: &buffer, in: rect)
            }
        }
    }

    private func drawPrompt(on buffer: inout CellBuffer, in rect: Rect) {
        switch prompt {
        case .palette(let field, let chosen):
            let found = Palette.matches(field.text, on: screen, isReadOnly: isReadOnly)
            let rows = found.map { entry in
                [
                    TextLine.Span(entry.name.padded(to: 18), Style(.accent)),
                    TextLine.Span("\(entry.keyNames.padded(to: 10))  ", Style(.key)),
                    TextLine.Span(entry.help),
                ]
            }
            Picker(title: "Commands", rows: rows, chosen: chosen, isAtBottom: true).draw(
                on: &buffer, in: rect)
        case .sort(let chosen):
            let titles = shown.sortChoices(context)?.titles ?? []
            Picker(title: "Sort by", rows: titles.map { [TextLine.Span($0)] }, chosen: chosen)
                .draw(on: &buffer, in: rect)
        case .help(let firstLine):
            let lines = HelpPage.lines(on: screen, isReadOnly: isReadOnly)
            let title: SafeText = "Keys of \(SafeText(screen.title))"
            buffer.fill(rect)
            let inner = Panel.inner(of: rect)
            let below = lines.count - firstLine - inner.height
            let more: SafeText = below > 0 ? "\(below) more below, space shows them  " : ""
            Panel(title: title, detail: more + "esc closes", isFocused: true).draw(on: &buffer, in: rect)
            for (row, line) in lines.dropFirst(firstLine).prefix(inner.height).enumerated() {
                TextLine(line).draw(on: &buffer, in: inner.row(row))
            }
        case .action(let dialog): view(of: dialog).draw(on: &buffer, in: rect)
        case .alert(let dialog): view(of: dialog).draw(on: &buffer, in: rect)
        case .rollout(let dialog): view(of: dialog).draw(on: &buffer, in: rect)
        case .start(let dialog): view(of: dialog).draw(on: &buffer, in: rect)
        case .query, .jump, .search, nil: break
        }
    }

    private func view(of dialog: ActionDialog) -> ActionDialogView {
        ActionDialogView(dialog: dialog, warning: pastWarning)
    }

    private func view(of dialog: AlertDialog) -> AlertDialogView {
        AlertDialogView(dialog: dialog, warning: pastWarning)
    }

    private func view(of dialog: RolloutDialog) -> RolloutDialogView {
        RolloutDialogView(dialog: dialog, warning: pastWarning)
    }

    private func view(of dialog: StartDialog) -> StartDialogView {
        StartDialogView(dialog: dialog, warning: pastWarning)
    }

    /// The first line of what changes something while the past is looked at; nil while it is not.
    private var pastWarning: [TextLine.Span]? {
        time.past.map { past in
            [TextLine.Span("You are looking at \(clock(past)). This happens now.", Style(.past, bold: true))]
        }
    }
}
