import Canvas
import Fleet
import Telemetry
import Text

/// The hosts of an opened rollout, each with its step and why it is there.
struct RolloutHosts: Widget {
    let rollout: RolloutView
    let digest: RolloutDigest
    let opened: OpenRollout
    let context: ScreenContext

    private enum Column: Int, CaseIterable {
        case mark, host, batch, step, since, reason

        var head: Table.Column {
            switch self {
            case .mark: Table.Column("", width: .fixed(2))
            case .host: Table.Column("HOST", width: .flexible(minimum: 14, weight: 2))
            case .batch: Table.Column("BATCH", width: .fixed(5), alignment: .right, priority: 2)
            case .step: Table.Column("STEP", width: .fixed(22))
            case .since: Table.Column("FOR", width: .fixed(4), alignment: .right, priority: 1)
            case .reason: Table.Column("WHY", width: .flexible(minimum: 16, weight: 3))
            }
        }
    }

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        let columns = Column.allCases
        Table(
            columns: columns.map(\.head), rowCount: rollout.hosts.count, firstRow: opened.firstRow,
            selected: opened.place,
            cell: { row, column in cell(rollout.hosts[row], row, columns[column]) }
        ).draw(on: &buffer, in: rect)
    }

    private func cell(_ host: RolloutView.Host, _ row: Int, _ column: Column) -> Table.Cell {
        let sign = HostSign(step: host.step)
        let isSelected = row == opened.place
        switch column {
        case .mark: return .text("\(isSelected ? ">" : " ")\(sign.text)", sign.style)
        case .host: return .text(SafeText(host.name), isSelected ? Style(.accent, bold: true) : .plain)
        case .batch:
            return .text(Format.integer(host.batch.addingReportingOverflow(1).partialValue), Style(.muted))
        case .step:
            return .text(RolloutStep(host, of: rollout, isGoingOn: digest.isGoingOn).words, sign.style)
        case .since:
            return .text(
                RolloutStep(host, of: rollout, isGoingOn: digest.isGoingOn).age(context.now), Style(.muted))
        case .reason: return .text(SafeText(host.reason), sign.isTrouble ? sign.style : .plain)
        }
    }
}

/// The step of a host for people.
struct RolloutStep {
    let words: SafeText
    private let since: Int64

    /// - Parameter isGoingOn: whether those that wait will be started.
    init(_ host: RolloutView.Host, of rollout: RolloutView, isGoingOn: Bool) {
        since = host.since
        words =
            switch host.step {
            case "waiting": isGoingOn ? "waits for its turn" : "not touched"
            case "before": "the action before runs"
            case "action": "the action runs"
            case "health": "its health is watched"
            case "after": "the action after runs"
            case "done": rollout.undoes == nil ? "on the new version" : "on the old version"
            case "failed": "failed"
            case "unknown": "nobody can tell"
            case "undoBefore": "is drained for the way back"
            case "undo": "the way back runs"
            case "undoHealth": "its health is watched"
            case "undoAfter": "gets its traffic back"
            case "undone": "on the old version"
            case "stuck": "needs a person"
            default: SafeText(host.step)
            }
    }

    /// How long it has been in the step.
    func age(_ now: Timestamp) -> SafeText {
        Format.age(max(0, Double(now.milliseconds) - Double(since)) / 1000)
    }
}

/// What happened to a rollout, the newest first.
struct RolloutLog: Widget {
    let lines: [RolloutView.Line]
    let context: ScreenContext

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        for (row, line) in lines.reversed().prefix(rect.height).enumerated() {
            TextLine([
                TextLine.Span(row == 0 ? " LOG  " : "      ", Style(.title, bold: true)),
                .label("\(context.clock(Timestamp(milliseconds: line.at))) "), .figure(SafeText(line.text)),
            ]).draw(on: &buffer, in: rect.row(row))
        }
    }
}
