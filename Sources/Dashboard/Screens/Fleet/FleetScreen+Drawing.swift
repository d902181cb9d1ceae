package import Canvas
import Fleet
import Telemetry
import Text

extension FleetScreen {
    package func headline(_ context: ScreenContext) -> [TextLine.Span] {
        let hosts: SafeText = "\(Format.integer(order.total)) \(order.total == 1 ? "host" : "hosts")"
        return [TextLine.Span(hosts)] + troubles(isShort: context.sizeClass <= .list)
            + beyondHosts(context) + inventoryAge(context)
    }

    /// What fires and is on no row, as it is a service's: the gravest by name, and how many more.
    private func beyondHosts(_ context: ScreenContext) -> [TextLine.Span] {
        guard context.isLive, let worst = context.alerts.beyondHosts.max(by: { $0.severity < $1.severity })
        else { return [] }
        let mark = AlertMark(worst)
        let count = context.alerts.beyondHosts.count
        let more: SafeText = count > 1 ? " +\(Format.integer(count - 1))" : ""
        let gap: SafeText = context.sizeClass <= .list ? " " : "   "
        return [TextLine.Span("\(gap)\(mark.text) \(SafeText(worst.name))\(more)", mark.style)]
    }

    /// How old the list of hosts is, where an inventory gives no new one.
    private func inventoryAge(_ context: ScreenContext) -> [TextLine.Span] {
        let times = context.state.hosts.compactMap { $0.summary?.inventoryAnsweredAt }
        guard let oldest = times.min() else { return [] }
        let age = Double(context.now.milliseconds(since: Timestamp(milliseconds: oldest))) / 1000
        let text: SafeText =
            context.sizeClass <= .list ? " ?inv \(Format.age(age))" : "   ? inventory \(Format.age(age)) old"
        return [TextLine.Span(text, Style(.stale))]
    }

    private func troubles(isShort: Bool) -> [TextLine.Span] {
        let counts: [(FleetHealth.Grade, SafeText, SafeText, Style)] = [
            (.critical, "X", "crit", Style(.critical, bold: true)), (.warning, "!", "warn", Style(.warning)),
            (.stale, "?", "stale", Style(.stale)),
        ]
        return counts.compactMap { grade, mark, word, style in
            let count = order.count(grade)
            guard count > 0 else { return nil }
            let number = Format.integer(count)
            return TextLine.Span(isShort ? " \(mark)\(number)" : "   \(mark) \(number) \(word)", style)
        }
    }

    package func summary(_ context: ScreenContext) -> [TextLine.Span] {
        var spans = headline(context).map { TextLine.Span(SafeText($0.text.string.trimmed), $0.style) }
        guard case .host(let id) = selected, let host = context.state[id] else { return spans }
        let time = context.time(of: host)
        spans.append(TextLine.Span(SafeText(id.name), Style(.accent)))
        spans.append(TextLine.Span("cpu \(Format.ratio(host.value("cpu", at: time)))"))
        spans.append(TextLine.Span("mem \(Format.ratio(host.value("memory.used", at: time)))"))
        return spans
    }

    package func draw(on buffer: inout CellBuffer, in rect: Rect, _ context: ScreenContext) {
        guard !rect.isEmpty else { return }
        let sides = rect.splitRight(context.sizeClass >= .wide ? FleetDetail.width : 0)
        let parts = sides.rest.splitBottom(Self.hasDetail(rect) ? 1 : 0)
        if order.lines.isEmpty {
            drawEmpty(on: &buffer, in: parts.rest, context)
        } else {
            drawTable(on: &buffer, in: parts.rest, context)
            drawDetail(on: &buffer, in: parts.bottom, context)
        }
        if case .host(let id) = selected, let host = context.state[id], !sides.right.isEmpty,
            !order.lines.isEmpty
        {
            FleetDetail(host: host, health: health(of: id, context), context: context)
                .draw(on: &buffer, in: sides.right)
        }
    }

    private func health(of id: HostID, _ context: ScreenContext) -> FleetHealth {
        context.state[id].map { FleetHealth($0, context) } ?? .well
    }

    // MARK: The table

    private func drawTable(on buffer: inout CellBuffer, in rect: Rect, _ context: ScreenContext) {
        let window = context.state.view.windowMilliseconds
        let span = FleetTrend.title(windowMilliseconds: window)
        let columns = FleetColumn.allCases.filter {
            ($0 != .group || names.hasGroups) && ($0 != .agent || names.hasVersions)
                && (names.hasRequests || !FleetColumn.ofRequests.contains($0))
        }
        let heads = columns.map { column -> Table.Column in
            let mark: Table.SortMark =
                column != basis.column
                ? .none : column.isAscendingAtFirst != basis.isInverted ? .ascending : .descending
            return column.tableColumn(
                hostWidth: names.hostWidth + (basis.isGrouped ? 2 : 0), groupWidth: names.groupWidth,
                span: span, sort: mark)
        }
        let widths = Dictionary(
            Table.layout(heads, width: rect.width).map { ($0.column, $0.width) }, uniquingKeysWith: { $1 })
        Table(
            columns: heads, rowCount: order.lines.count, firstRow: firstLine, selected: place,
            cell: { row, column in
                cell(
                    order.lines[row], columns[column], width: widths[column] ?? 0, isSelected: row == place,
                    context)
            }
        ).draw(on: &buffer, in: rect)
    }

    private func cell(
        _ line: FleetLine, _ column: FleetColumn, width: Int, isSelected: Bool, _ context: ScreenContext
    ) -> Table.Cell {
        switch line {
        case .group(let place): groupCell(order.groups[place], column, isSelected)
        case .host(let place): hostCell(place, column, width: width, isSelected, context)
        }
    }

    private func hostCell(
        _ place: Int, _ column: FleetColumn, width: Int, _ isSelected: Bool, _ context: ScreenContext
    ) -> Table.Cell {
        let host = context.state.hosts[place]
        let health = order.health[place]
        switch column {
        case .state:
            let isMarked = marks.contains(host.id)
            let text: SafeText = "\(isSelected ? ">" : " ")\(health.mark)\(isMarked ? "+" : " ")"
            return .text(text, isMarked ? health.style.on(.marked) : health.style)
        case .host:
            let name = basis.isGrouped ? "  \(names.names[place])" : names.names[place]
            return .text(
                name, isSelected ? Style(.accent, bold: true) : health.grade == .well ? .plain : health.style)
        case .group: return .text(names.groups[place], Style(.muted))
        case .agent:
            let version = host.summary?.agentVersion ?? ""
            return .text(version.isEmpty ? Format.absent : SafeText(version), Style(.muted))
        case .trend, .memoryTrend:
            let signal = column == .trend ? "cpu" : "memory.used"
            let history = host.history(signal)
            let values = FleetTrend.values(history, at: context.time, width: width, context)
            let marks = FleetTrend.marks(
                context.marks(of: host.id), over: history, at: context.time, width: width, context)
            return .spark(values, low: 0, high: 1, marks: marks)
        default:
            let value = column.value(host, at: context.time(of: host), now: context.now)
            return number(value, column, deltas.direction(host.id, column))
        }
    }

    private func groupCell(_ group: FleetGroup, _ column: FleetColumn, _ isSelected: Bool) -> Table.Cell {
        switch column {
        case .state:
            let mark: SafeText = basis.folded.contains(group.name) ? ">" : "v"
            return .text("\(isSelected ? ">" : " ")\(mark)\(group.worst)", group.style)
        case .host:
            let name = group.name.isEmpty ? "no group" : SafeText(group.name)
            return .text("\(name) \(Format.integer(group.count))", Style(.title, bold: true))
        case .group: return .text(group.troubles, group.style)
        case .agent: return .text(group.version, group.hasVersions ? Style(.warning) : Style(.muted))
        case .trend, .memoryTrend, .uptime, .seen: return .empty
        default: return number(group.value(column), column, nil)
        }
    }

    /// The number, and behind it the place of its arrow. All these columns are bad when they rise, but for load and
    /// traffic, which say nothing by themselves.
    private func number(_ value: Double, _ column: FleetColumn, _ direction: FleetDeltas.Direction?)
        -> Table.Cell
    {
        let text = column.text(value)
        switch direction {
        case .up: return .text("\(text)^", Style(.worse))
        case .down: return .text("\(text)v", Style(.better))
        case nil: return .text(column == .uptime || column == .seen ? text : "\(text) ", column.style(value))
        }
    }

    // MARK: Below and instead of it

    /// Why the selected row is not well, or what is marked.
    private func drawDetail(on buffer: inout CellBuffer, in rect: Rect, _ context: ScreenContext) {
        var spans: [TextLine.Span] = []
        if order.lines.indices.contains(place), case .host(let host) = order.lines[place],
            order.health[host].grade != .well
        {
            let health = order.health[host]
            spans = [
                TextLine.Span(" \(health.mark) ", health.style),
                TextLine.Span("\(names.names[host]): \(health.reason)", health.style),
            ]
        }
        if !marks.isEmpty {
            let listed = marks.map(\.name).sorted(by: NaturalOrder.isBefore).prefix(8).joined(separator: " ")
            spans.append(
                TextLine.Span(" marked \(Format.integer(marks.count)): \(SafeText(listed))", Style(.marked)))
        }
        TextLine(spans).draw(on: &buffer, in: rect)
    }

    /// An empty panel says why, and what fills it.
    private func drawEmpty(on buffer: inout CellBuffer, in rect: Rect, _ context: ScreenContext) {
        let words: [SafeText]
        if let loss = context.state.hubLoss {
            words = [
                "The hub does not answer: \(SafeText(loss))",
                "It is tried again; `martlet doctor` says more.",
            ]
        } else if !context.state.isComplete {
            words = ["Waiting for the hub's list of hosts."]
        } else if order.total > 0 {
            words = ["No host of \(Format.integer(order.total)) matches the filter.", "esc clears it."]
        } else {
            words = [
                "No hosts yet.",
                "`martlet web1 web2` shows hosts over ssh; `martlet` alone shows this machine.",
            ]
        }
        for (row, line) in words.enumerated() {
            TextLine([TextLine.Span(" \(line)", row == 0 ? .plain : Style(.muted))])
                .draw(on: &buffer, in: rect.row(row + (rect.height > 4 ? 1 : 0)))
        }
    }
}

extension String {
    /// Without the spaces at its start.
    fileprivate var trimmed: String { String(drop { $0 == " " }) }
}
