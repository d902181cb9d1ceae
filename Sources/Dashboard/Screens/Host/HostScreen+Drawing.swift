package import Canvas
import Fleet
import Telemetry
import Text

extension HostScreen {
    package func headline(_ context: ScreenContext) -> [TextLine.Span] {
        guard let host = context.hostState else { return [] }
        // The name and the path before it, and the clock at the right, are the chrome's.
        let width = context.body.width - 44 - host.id.name.utf8.count
        return HostHeadline(HostReading(host, context), work: HostWork(host, context).spans)
            .spans(width: width)
    }

    package func summary(_ context: ScreenContext) -> [TextLine.Span] {
        guard let host = context.hostState else { return [] }
        let reading = HostReading(host, context)
        let condition = HostCondition(reading)
        return [
            .init(SafeText(host.id.name), Style(.accent, bold: true)),
            .init(condition.mark + " " + condition.word, condition.style),
        ] + HostWork(host, context).spans + HostStatus(reading).words
    }

    package func draw(on buffer: inout CellBuffer, in rect: Rect, _ context: ScreenContext) {
        let host = context.hostState ?? context.host.map(HostState.init)
        guard let host else { return }
        let reading = HostReading(host, context)
        buffer.clipped(to: rect) { buffer in
            let events = HostEvents(
                reading, hubLoss: context.state.hubLoss, isLive: context.isLive,
                alerts: context.alerts.alerts)
            let layout = HostLayout(rect, hasEvents: !events.events.isEmpty)
            let notice = HostNotice(
                reading, isComplete: context.state.isComplete, hubLoss: context.state.hubLoss,
                past: context.isLive ? nil : context.time)
            if let notice { return notice.draw(on: &buffer, in: rect) }
            drawSections(reading, layout, on: &buffer)
            drawTable(reading, layout, on: &buffer, context)
            if !layout.events.isEmpty { events.draw(on: &buffer, in: layout.events) }
        }
    }

    private func drawSections(_ reading: HostReading, _ layout: HostLayout, on buffer: inout CellBuffer) {
        HostStatus(reading).draw(on: &buffer, in: layout.status)
        if !layout.cpu.isEmpty { CPUPanel(reading).draw(on: &buffer, in: layout.cpu) }
        if !layout.side.isEmpty {
            PanelStack(panels: panels(reading, layout)).draw(on: &buffer, in: layout.side)
        }
    }

    private func panels(_ reading: HostReading, _ layout: HostLayout) -> [any HostPanel] {
        let common: [any HostPanel] = [
            MemoryPanel(reading), PressurePanel(reading), NetworkPanel(reading), DiskPanel(reading),
            FilesystemPanel(reading), TemperaturePanel(reading),
        ]
        switch layout.form {
        case .list: return [CPUPanel(reading)] + common
        case .side where pane == .processes:
            return common + [ProcessPanel(processes, reading.host.table, reading)]
        case .side, .band, .summary: return common
        }
    }

    private func drawTable(
        _ reading: HostReading, _ layout: HostLayout, on buffer: inout CellBuffer, _ context: ScreenContext
    ) {
        if !layout.tableRule.isEmpty {
            HostTableRule(self, reading, context).widget.draw(on: &buffer, in: layout.tableRule)
        }
        buffer.drawDivider(layout.divider)
        guard !layout.table.isEmpty else { return }
        switch pane {
        case .processes: drawProcesses(reading, on: &buffer, in: layout.table, context)
        case .units: drawGroups(units, reading, on: &buffer, in: layout.table, context)
        case .containers: drawGroups(containers, reading, on: &buffer, in: layout.table, context)
        }
    }

    private func drawProcesses(
        _ reading: HostReading, on buffer: inout CellBuffer, in rect: Rect, _ context: ScreenContext
    ) {
        if let table = reading.host.table, !processes.lines.isEmpty {
            ProcessTableView(
                list: processes, table: table, memoryBytes: Double(reading.host.facts?.memoryBytes ?? 0),
                commandOffset: commandOffset
            ).draw(on: &buffer, in: rect)
        } else {
            let reason: SafeText
            if reading.host.table == nil {
                reason =
                    reading.absence("processes", "process").map { "n/a: " + SafeText($0) }
                    ?? "no process table came yet; one comes every two seconds"
            } else {
                reason =
                    context.query.isEmpty
                    ? "no process is seen" : "no process matches \(SafeText(context.queryText))"
            }
            TextLine([.label(reason)]).draw(on: &buffer, in: rect.row(0).inset(left: 2))
        }
    }

    private func drawGroups(
        _ list: GroupList, _ reading: HostReading, on buffer: inout CellBuffer, in rect: Rect,
        _ context: ScreenContext
    ) {
        guard list.count == 0 else {
            return GroupTableView(list: list, reading: reading).draw(on: &buffer, in: rect)
        }
        if !context.query.isEmpty, reading.host.subjects(of: "\(list.kind.rawValue).cpu").count > 0 {
            let reason: SafeText = "nothing here matches \(SafeText(context.queryText))"
            return TextLine([.label(reason)]).draw(on: &buffer, in: rect.row(0).inset(left: 2))
        }
        let reason: SafeText =
            reading.absence("cgroup", "cgroups", list.kind.rawValue + "s").map { "n/a: " + SafeText($0) }
            ?? (list.kind == .unit
                ? "no unit was seen: figures of cgroup v2 come every ten seconds"
                : "no container runs here, or none in a cgroup of its own")
        TextLine([.label(reason)]).draw(on: &buffer, in: rect.row(0).inset(left: 2))
    }
}

extension HostReading {
    /// While nothing comes of a host that ought to be live, its graphs go on without it: a gap that grows.
    init(_ host: HostState, _ context: ScreenContext) {
        let view = context.state.view
        let isSilent = context.state.hubLoss != nil || host.summary.map { $0.state != .live } ?? false
        self.init(
            host: host, time: context.isLive && isSilent ? context.now : context.time(of: host),
            stepCount: max(1, Int(clamping: view.windowMilliseconds / max(1, view.stepMilliseconds))),
            offsetSeconds: context.offsetSeconds, marks: context.marks(of: host.id))
    }
}
