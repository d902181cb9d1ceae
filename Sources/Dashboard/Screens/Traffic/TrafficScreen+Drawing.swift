package import Canvas
import Fleet
import Telemetry
import Text

extension TrafficScreen {
    package func headline(_ context: ScreenContext) -> [TextLine.Span] {
        guard let state = context.state.traffic, !state.series.isEmpty else { return [] }
        let hosts = Set(state.series.lazy.map(\.host)).count
        var spans = [
            TextLine.Span(
                "\(Format.integer(services.names.count)) \(services.names.count == 1 ? "service" : "services")"
            ),
            TextLine.Span(" on \(Format.integer(hosts)) \(hosts == 1 ? "host" : "hosts")", Style(.muted)),
        ]
        for (trouble, word) in [(TrafficTrouble.critical, "failing"), (.warning, "slow or failing")] {
            let count = services.lines.count { $0.service != nil && $0.figures.trouble == trouble }
            guard count > 0 else { continue }
            let mark = TrafficMark(trouble)
            spans.append(
                TextLine.Span("   \(mark.text) \(Format.integer(count)) \(SafeText(word))", mark.style))
        }
        let closed = TrafficNotice.closedLogs(context).count
        if closed > 0 {
            spans.append(
                TextLine.Span(
                    "   \(Format.integer(closed)) \(closed == 1 ? "log" : "logs") not readable",
                    Style(.warning)))
        }
        if state.leftOut > 0 {
            spans.append(
                TextLine.Span("   \(Format.integer(state.leftOut)) series left out", Style(.warning)))
        }
        return spans
    }

    package func summary(_ context: ScreenContext) -> [TextLine.Span] {
        let figures = services.lines.first { $0.service == service }?.figures ?? .none
        guard !figures.rate.isNaN else { return [TextLine.Span("no requests seen")] }
        return [
            TextLine.Span(service.map { SafeText($0) } ?? "all services", Style(.accent)),
            TextLine.Span(Format.rate(figures.rate)),
            TextLine.Span(
                "5xx \(Format.ratio(figures.serverErrorRatio))",
                TrafficColumn.serverErrors.style(figures.serverErrorRatio)),
            TextLine.Span("p50 \(Format.seconds(figures.quantile(0.5)))"),
            TextLine.Span("p99 \(Format.seconds(figures.quantile(0.99)))"),
        ]
    }

    package func draw(on buffer: inout CellBuffer, in rect: Rect, _ context: ScreenContext) {
        guard !rect.isEmpty else { return }
        let notice = TrafficNotice(
            context, rowTotal: plan.rowTotal, rows: order.rows.count,
            service: services.lineCount > 1 ? service : nil,
            services: services.lines.filter { service == nil || $0.service == service })
        guard let state = context.state.traffic, notice == nil || !services.lines.isEmpty else {
            notice?.draw(on: &buffer, in: rect)
            return
        }
        let layout = TrafficLayout(
            rect, sizeClass: context.sizeClass, serviceLines: services.lineCount,
            windowSteps: Self.windowSteps(context), rowCount: plan.rowTotal,
            pane: samples == nil ? pane : .routes)
        TrafficServicesView(
            services: services, chosen: service, span: span(context), lastStep: board.lastStep,
            hasHeader: layout.hasServiceHeader, isFocused: pane == .services,
            alert: { context.isLive ? context.alerts.worst(ofService: $0) : nil },
            marks: context.marks(ofService:), stepMilliseconds: state.stepMilliseconds
        ).draw(on: &buffer, in: layout.services)
        if let notice { return notice.draw(on: &buffer, in: layout.belowServices) }
        if !layout.heat.isEmpty { drawHeat(layout, state, on: &buffer, context) }
        drawTable(layout, on: &buffer, context)
    }

    /// How long the window is: `10m`.
    private func span(_ context: ScreenContext) -> SafeText {
        Format.age(Double(context.state.view.windowMilliseconds) / 1000)
    }

    private var chosenName: SafeText { service.map { SafeText($0) } ?? "all services" }

    // MARK: The heatmap

    private func drawHeat(
        _ layout: TrafficLayout, _ state: TrafficState, on buffer: inout CellBuffer, _ context: ScreenContext
    ) {
        let column = Double(Int64(heat.columns.share) * state.stepMilliseconds) / 1000
        var scale = [
            TextLine.Span("requests a cell 1..\(Format.count(Double(heat.scale.top)))", Style(.muted))
        ]
        if heat.scale.isFrozen { scale.append(TextLine.Span(" FROZEN", Style(.warning, bold: true))) }
        SectionRule(
            title: "LATENCY", figures: [TextLine.Span(chosenName, Style(.accent))],
            notes: heat.grid.largest == 0 ? [] : [scale, [TextLine.Span("p50 o  p99 #", Style(.muted))]],
            trailing: markUnderCursor(state, context)
                ?? [TextLine.Span("a column \(Format.age(column))", Style(.muted))],
            isFocused: pane == .heat
        ).draw(on: &buffer, in: layout.heatRule)
        if heat.grid.largest == 0 {
            drawNoLatency(on: &buffer, in: layout.heat)
        } else {
            LatencyHeat(grid: heat.grid, bands: heat.bands, scale: heat.scale, cursor: heat.cursorPlace)
                .draw(on: &buffer, in: layout.heat)
            let row = layout.heat.row(0).inset(left: LatencyHeat.indent)
            for mark in context.marks(ofService: service).over(
                heat.columns, stepMilliseconds: state.stepMilliseconds) where mark.place < row.width
            {
                buffer.put(mark.scalar, x: row.x + mark.place, y: row.y, style: mark.style)
            }
            HeatAxis(
                columns: heat.columns, stepMilliseconds: state.stepMilliseconds,
                offsetSeconds: context.offsetSeconds
            ).draw(on: &buffer, in: layout.heatAxis)
        }
        guard let inspection, !layout.side.isEmpty else { return }
        let seconds = heat.cursor.map { heat.row(of: $0) }.map(bandText)
        TrafficInspectionView(
            inspection: inspection, band: seconds,
            figures: board.total.figures(of: board.places(of: inspection.steps)),
            stepMilliseconds: state.stepMilliseconds, now: context.time, offsetSeconds: context.offsetSeconds,
            sampleCount: sampleCount(state), samplesOf: samplesOf, isNarrowedByCode: plan.isNarrowedByCode
        ).draw(on: &buffer, in: layout.side)
    }

    /// What stands in the column under the cursor, in words; nil where nothing does.
    private func markUnderCursor(_ state: TrafficState, _ context: ScreenContext) -> [TextLine.Span]? {
        guard let steps = heat.cursorSteps else { return nil }
        let found = context.marks(ofService: service).marks.filter { steps.contains(state.step(of: $0.at)) }
        guard let mark = found.max(by: { $0.kind.rank < $1.kind.rank }) else { return nil }
        return [TextLine.Span("\(mark.kind.letter) \(SafeText(mark.sentence))", mark.kind.style)]
    }

    private func bandText(_ row: Int) -> SafeText {
        let low = heat.bands.label(ofRow: row)
        let high = LatencyBands.label(heat.bands.seconds(atRow: row + 1))
        if row == 0 { return "below \(high)" }
        return row == heat.bands.rows - 1 ? "\(low) and more" : "\(low)-\(high)"
    }

    /// Lines that enter would show.
    private func sampleCount(_ state: TrafficState) -> Int {
        switch pane {
        case .services: state.samples.of(service: service).count
        case .heat:
            state.samples.of(
                service: inspection?.firstRoute?.service ?? service, route: inspection?.firstRoute?.name
            )
            .count { sample in heat.cursorSteps?.contains(state.step(of: sample.time)) ?? true }
        case .routes:
            state.samples.of(
                service: selected?.service ?? service, route: grouping == .route ? selected?.name : nil
            ).count
        }
    }

    /// What `sampleCount` counts lines of.
    private var samplesOf: SafeText {
        let (service, route): (String?, String?) =
            switch pane {
            case .services: (service, nil)
            case .heat: (inspection?.firstRoute?.service ?? service, inspection?.firstRoute?.name)
            case .routes: (selected?.service ?? service, grouping == .route ? selected?.name : nil)
            }
        let name = SafeText(service ?? "all services")
        guard let route else { return name }
        return "\(name) \(SafeText(route))"
    }

    private func drawNoLatency(on buffer: inout CellBuffer, in rect: Rect) {
        let words: [SafeText] = [
            "No durations in this window.",
            "A log without them tells rates and statuses alone; nginx writes them with $request_time in its log_format.",
        ]
        WrappedText(words).draw(on: &buffer, in: rect.inset(left: 2, top: rect.height > 4 ? 1 : 0))
    }

    // MARK: The table

    private func drawTable(_ layout: TrafficLayout, on buffer: inout CellBuffer, _ context: ScreenContext) {
        if let samples {
            let route = samples.route.map { " \(SafeText($0))" as SafeText } ?? ""
            SectionRule(
                title: "LINES",
                figures: [
                    TextLine.Span(
                        "\(samples.service.map { SafeText($0) } ?? "all services")\(route)", Style(.accent))
                ],
                notes: [[TextLine.Span("\(Format.integer(samples.samples.count)) samples", Style(.muted))]]
                    + (samples.isOfOtherTimes
                        ? [
                            [
                                TextLine.Span(
                                    "none of the cell's time, the nearest is selected", Style(.warning))
                            ]
                        ]
                        : []),
                trailing: [TextLine.Span("enter in Logs  esc closes", Style(.muted))], isFocused: true
            ).draw(on: &buffer, in: layout.tableRule)
            return SampleListView(list: samples, hosts: hosts, offsetSeconds: context.offsetSeconds)
                .draw(on: &buffer, in: layout.table)
        }
        guard !layout.table.isEmpty else { return }
        SectionRule(
            title: grouping.plural.uppercased,
            figures: [TextLine.Span(chosenName, Style(.accent))],
            notes: hidden(layout) + [[TextLine.Span(figureSpan, Style(.muted))]],
            trailing: [TextLine.Span("t by host, status, method", Style(.muted))], isFocused: pane == .routes
        ).draw(on: &buffer, in: layout.tableRule)
        drawRows(on: &buffer, in: layout.table, context)
    }

    /// Which rows are seen, where not all are.
    private func hidden(_ layout: TrafficLayout) -> [[TextLine.Span]] {
        let count = order.rows.count
        guard count > layout.tableRows else { return [] }
        let last = min(count, firstLine + layout.tableRows)
        let text: SafeText =
            "\(Format.integer(firstLine + 1))-\(Format.integer(last)) of \(Format.integer(count))"
        return [[TextLine.Span(text, Style(.muted))]]
    }

    /// Of which time the figures are.
    private var figureSpan: SafeText {
        heat.cursorSteps == nil ? "figures of the last minute" : "figures of the column"
    }

    private func drawRows(on buffer: inout CellBuffer, in rect: Rect, _ context: ScreenContext) {
        let columns = TrafficColumn.allCases.filter { column in
            column != .outliers || order.rows.contains { !$0.outliers.isEmpty }
        }
        let width = min(max(12, order.rows.map(\.name.width).max() ?? 0), max(12, rect.width / 3))
        let heads = columns.map { column in
            let mark: Table.SortMark =
                column != sort.column
                ? .none : column.isAscendingAtFirst != sort.isInverted ? .ascending : .descending
            return column.tableColumn(
                name: grouping.title, nameWidth: width, span: span(context), sort: mark)
        }
        let widths = Dictionary(
            Table.layout(heads, width: rect.width).map { ($0.column, $0.width) }, uniquingKeysWith: { $1 })
        Table(
            columns: heads, rowCount: order.rows.count, firstRow: firstLine,
            selected: pane == .routes ? place : nil,
            cell: { row, column in
                cell(
                    order.rows[row], columns[column], width: widths[column] ?? 0, isSelected: row == place,
                    context)
            }
        ).draw(on: &buffer, in: rect)
    }

    private func cell(
        _ row: TrafficOrder.Row, _ column: TrafficColumn, width: Int, isSelected: Bool,
        _ context: ScreenContext
    ) -> Table.Cell {
        switch column {
        case .state:
            let mark = TrafficMark(row.figures.trouble)
            return .text("\(isSelected && pane == .routes ? ">" : " ")\(mark.text)", mark.style)
        case .name: return .text(row.name, isSelected ? Style(.accent, bold: true) : .plain)
        case .trend:
            let cells = StepBuckets.cells(
                board.rows[row.track].rates, lastStep: board.lastStep, windowSteps: board.count, width: width,
                .average)
            let high = cells.filter { !$0.isNaN }.max() ?? 0
            let columns = StepColumns(
                lastStep: board.lastStep, windowSteps: board.count, width: width)
            return .spark(
                cells, low: 0, high: high > 0 ? high : 1,
                marks: context.marks(ofService: row.id.service ?? service).over(
                    columns, stepMilliseconds: context.state.view.stepMilliseconds))
        case .outliers: return .text(row.outliers, Style(.warning))
        case .clientErrors where row.isDatabase, .serverErrors where row.isDatabase: return .empty
        default:
            let value = column.value(row.figures)
            return .text(column.text(value), column.style(value))
        }
    }
}

extension SafeText {
    fileprivate var uppercased: SafeText { SafeText(string.uppercased()) }
}
