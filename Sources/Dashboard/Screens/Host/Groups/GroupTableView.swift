import Canvas
import Telemetry
import Text

/// Units or containers as they are drawn.
struct GroupTableView: Widget {
    private enum Column: CaseIterable {
        case mark, name, cpu, trend, memory, read, write, pressureCPU, pressureMemory, pressureIO, state
    }

    let list: GroupList
    let reading: HostReading

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        let selected = list.selectedLine
        let first = Table.firstRow(
            list.firstLine, selected: selected ?? 0, rowCount: list.count, visibleRows: rect.height - 1)
        let columns = Column.allCases
        Table(columns: columns.map(heading), rowCount: list.count, firstRow: first, selected: selected) {
            row, column in
            cell(columns[column], list.rows[row], isSelected: row == selected)
        }.draw(on: &buffer, in: rect)
    }

    private func heading(_ column: Column) -> Table.Column {
        switch column {
        case .mark: .init("", width: .fixed(1))
        case .name:
            .init(
                list.kind == .unit ? "UNIT" : "CONTAINER", width: .flexible(minimum: 14, weight: 1),
                sort: mark(.name))
        case .cpu: .init("CPU%", width: .fixed(6), alignment: .right, sort: mark(.cpu))
        case .trend: .init("TREND", width: .fixed(12), priority: 5)
        case .memory: .init("MEM", width: .fixed(6), alignment: .right, sort: mark(.memory))
        case .read: .init("READ/s", width: .fixed(7), alignment: .right, priority: 2, sort: mark(.read))
        case .write: .init("WRITE/s", width: .fixed(8), alignment: .right, priority: 2, sort: mark(.write))
        case .pressureCPU:
            .init("PSI cpu", width: .fixed(8), alignment: .right, priority: 4, sort: mark(.pressure))
        case .pressureMemory: .init("mem", width: .fixed(4), alignment: .right, priority: 4)
        case .pressureIO: .init("io", width: .fixed(4), alignment: .right, priority: 4)
        case .state: .init("STATE", width: .fixed(11), priority: 3)
        }
    }

    private func mark(_ sort: GroupSort) -> Table.SortMark {
        guard list.sort == sort else { return .none }
        return (sort == .name) != list.isInverted ? .ascending : .descending
    }

    private func cell(_ column: Column, _ row: GroupRow, isSelected: Bool) -> Table.Cell {
        switch column {
        case .mark: return isSelected ? .text(">", Style(.accent, bold: true)) : .empty
        case .name: return .text(SafeText(row.name), .plain)
        case .cpu:
            return .text(
                Figure.smallPercent(row.cpu), row.cpu < 0.005 ? Style(.muted) : Style(.heat(share: row.cpu)))
        case .trend:
            let size = max(1, reading.stepCount / 12)
            let labels = Labels([Label(list.kind.rawValue, row.name)])
            return .spark(
                reading.averages("\(list.kind.rawValue).cpu", labels, count: 12, of: size), low: 0, high: 1)
        case .memory: return bytes(row.memory)
        case .read: return bytes(row.read)
        case .write: return bytes(row.write)
        case .pressureCPU: return pressure(row.pressureCPU)
        case .pressureMemory: return pressure(row.pressureMemory)
        case .pressureIO: return pressure(row.pressureIO)
        case .state:
            if row.isFailed { return .text("X failed", Style(.critical, bold: true)) }
            return row.restarts > 0
                ? .text("\(Format.count(row.restarts)) restarts", Style(.warning)) : .empty
        }
    }

    private func bytes(_ value: Double) -> Table.Cell {
        .text(Format.bytes(value), value > 0 ? .plain : Style(.muted))
    }

    private func pressure(_ share: Double) -> Table.Cell {
        .text(
            Figure.percent(share),
            share >= 0.005 ? Figure.style(share, warning: 0.2, critical: 0.5) : Style(.muted))
    }
}
