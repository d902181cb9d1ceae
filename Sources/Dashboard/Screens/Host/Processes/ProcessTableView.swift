import Canvas
import Telemetry
import Text

/// The process table as it is drawn.
struct ProcessTableView: Widget {
    private enum Column: CaseIterable {
        case mark, pid, user, cpu, trend, memory, io, threads, time, state, unit, command
    }

    let list: ProcessList
    let table: ProcessTable
    /// Memory of the whole host, for the heat of a process's share; 0 where unknown.
    let memoryBytes: Double
    /// Cells of each command line that are passed over.
    var commandOffset = 0

    /// Columns from which the unit is worth its room.
    private static let widthForUnit = 132

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        let columns = Column.allCases.filter { $0 != .unit || rect.width >= Self.widthForUnit }
        let selected = list.selectedLine
        let first = Table.firstRow(
            list.firstLine, selected: selected ?? 0, rowCount: list.lines.count, visibleRows: rect.height - 1)
        Table(
            columns: columns.map(heading), rowCount: list.lines.count, firstRow: first, selected: selected
        ) { row, column in
            cell(columns[column], list.lines[row], isSelected: row == selected)
        }.draw(on: &buffer, in: rect)
    }

    private func heading(_ column: Column) -> Table.Column {
        switch column {
        case .mark: .init("", width: .fixed(1))
        case .pid: .init("PID", width: .fixed(7), alignment: .right, sort: mark(.pid))
        case .user: .init("USER", width: .fixed(9), priority: 2, sort: mark(.user))
        case .cpu: .init("CPU%", width: .fixed(5), alignment: .right, sort: mark(.cpu))
        case .trend: .init("TREND", width: .fixed(ProcessTrends.length), priority: 6)
        case .memory: .init("MEM", width: .fixed(5), alignment: .right, sort: mark(.memory))
        case .io: .init("IO/s", width: .fixed(5), alignment: .right, priority: 4, sort: mark(.io))
        case .threads: .init("THR", width: .fixed(4), alignment: .right, priority: 5, sort: mark(.threads))
        case .time: .init("TIME", width: .fixed(6), alignment: .right, priority: 3, sort: mark(.time))
        case .state: .init("S", width: .fixed(2), priority: 1, sort: mark(.state))
        case .unit: .init("UNIT", width: .fixed(26), priority: 7)
        case .command: .init("COMMAND", width: .flexible(minimum: 22, weight: 1), sort: mark(.command))
        }
    }

    private func mark(_ sort: ProcessSort) -> Table.SortMark {
        guard list.sort == sort, !list.isTree else { return .none }
        return sort.isAscendingAtFirst != list.isInverted ? .ascending : .descending
    }

    private func cell(_ column: Column, _ line: ProcessLine, isSelected: Bool) -> Table.Cell {
        guard table.rows.indices.contains(line.row) else { return .empty }
        let row = table.rows[line.row]
        let quiet = line.isContext ? Style(.muted) : Style.plain
        switch column {
        case .mark: return isSelected ? .text(">", Style(.accent, bold: true)) : .empty
        case .pid: return .text(Format.integer(row.pid), quiet)
        case .user: return .text(SafeText(row.user), Style(.muted))
        case .cpu:
            let share = Double(row.cpuHundredths) / 10_000
            // Over the selection's ground the hot colours would be hard to read.
            let style =
                isSelected
                ? Style(.text, bold: true)
                : share < 0.005 ? Style(.muted) : Style(.heat(share: share), bold: share >= 0.5)
            return .text(ProcessFormat.cpu(row.cpuHundredths), line.isContext ? Style(.muted) : style)
        case .trend:
            let values = list.trends.values(of: row)
            // A row of zeros is no news.
            return values.contains { $0 > 0 } ? .spark(values, low: 0, high: 1) : .empty
        case .memory:
            let share = memoryBytes > 0 ? Double(row.residentBytes) / memoryBytes : 0
            return .text(
                Format.bytes(Double(row.residentBytes)),
                row.residentBytes == 0
                    ? Style(.muted)
                    : share > 0.1 && !isSelected ? Style(.heat(share: share), bold: true) : quiet)
        case .io:
            guard let io = row.ioBytesPerSecond else { return .text("-", Style(.muted)) }
            return .text(Format.bytes(Double(io)), io == 0 ? Style(.muted) : quiet)
        case .threads: return .text(Format.integer(row.threads), row.threads <= 1 ? Style(.muted) : quiet)
        case .time: return .text(ProcessFormat.time(row.cpuMilliseconds), Style(.muted))
        case .state: return .text(ProcessFormat.state(row), Self.style(ofState: row.state))
        case .unit: return .text(SafeText(row.unit), Style(.muted))
        case .command:
            let isKernel = row.commandLine.isEmpty
            return .text(
                line.guide + SafeText(ProcessFormat.command(row)).dropping(columns: commandOffset),
                isKernel || line.isContext ? Style(.muted) : .plain)
        }
    }

    private static func style(ofState state: UInt8) -> Style {
        switch state {
        case UInt8(ascii: "R"): Style(.good, bold: true)
        case UInt8(ascii: "D"): Style(.critical, bold: true)
        case UInt8(ascii: "Z"), UInt8(ascii: "T"), UInt8(ascii: "t"): Style(.warning, bold: true)
        default: Style(.muted)
        }
    }
}
