import Canvas
import Telemetry
import Text

/// The selected process in full, where the screen is wide enough for a side.
struct ProcessPanel: HostPanel {
    private let process: ProcessRow?
    private let parent: ProcessRow?
    private let startedAt: Timestamp?
    private let offsetSeconds: Int

    init(_ list: ProcessList, _ table: ProcessTable?, _ reading: HostReading) {
        let facts = reading.host.facts
        offsetSeconds = reading.offsetSeconds
        let line = list.selectedLine.map { list.lines[$0].row }
        process = line.flatMap { row in
            guard let table, table.rows.indices.contains(row) else { return nil }
            return table.rows[row]
        }
        parent = process.flatMap { child in table?.rows.first { $0.pid == child.parent } }
        startedAt = process.flatMap { process in
            let sinceBoot = Double(process.startTicks) / ProcessQueryRow.ticksPerSecond
            guard let facts, facts.bootTime.milliseconds > 0, sinceBoot < 1e12 else { return nil }
            return facts.bootTime.advanced(byMilliseconds: Int64(sinceBoot * 1000))
        }
    }

    var heights: [PanelHeight] {
        process == nil ? [] : (4...8).map { PanelHeight(rows: $0, rank: 7) }
    }

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        guard let process else { return }
        SectionRule(
            title: "PROCESS", figures: [.figure(SafeText("\(process.pid)"))],
            notes: [[.figure(SafeText(process.command))]]
        ).draw(on: &buffer, in: rect.row(0))
        let body = rect.inset(left: 1, top: 1)
        var rows: [[TextLine.Span]] = []
        var first: [TextLine.Span] = [.label("user "), .figure(SafeText(process.user))]
        if let startedAt {
            let time = Format.dateTime(milliseconds: startedAt.milliseconds, offsetSeconds: offsetSeconds)
            first += [.label("  started "), .figure(time)]
        }
        rows.append(first)
        if !process.unit.isEmpty { rows.append([.label("unit "), .figure(SafeText(process.unit))]) }
        if let parent {
            rows.append([
                .label("parent "), .figure(SafeText("\(parent.pid) ")),
                .figure(SafeText(ProcessFormat.command(parent))),
            ])
        }
        for (place, spans) in rows.enumerated() where place < body.height {
            TextLine(spans).draw(on: &buffer, in: body.row(place))
        }
        drawCommand(process, on: &buffer, in: body.inset(top: rows.count))
    }

    private func drawCommand(_ process: ProcessRow, on buffer: inout CellBuffer, in rect: Rect) {
        guard rect.width > 0 else { return }
        var rest = SafeText(
            process.commandLine.isEmpty ? "[\(process.command)] kernel thread" : process.commandLine)
        for row in 0..<rect.height where !rest.isEmpty {
            let isLast = row == rect.height - 1
            let part = isLast ? rest.truncated(to: rect.width) : rest.prefix(columns: rect.width)
            guard part.width > 0 else { return }
            buffer.draw(part, x: rect.x, y: rect.y + row, style: Style(.muted))
            rest = rest.dropping(columns: part.width)
        }
    }
}
