import Canvas
import Fleet
import Text

/// The batches: how many of their hosts are through, as a figure and as a bar, and how each stands. The present one is
/// always among those that are shown.
///
///        BATCH  HOSTS      PROGRESS                STATE
///      o 1      13/13      [####################]  passed
///      ~ 2      128/128    [####################]  baking
///      . 3      0/640      [....................]  waits
struct RolloutBatches: Widget {
    let rollout: RolloutView
    let digest: RolloutDigest

    private enum Column: Int, CaseIterable {
        case mark, number, hosts, progress, state

        var head: Table.Column {
            switch self {
            case .mark: Table.Column("", width: .fixed(3))
            case .number: Table.Column("BATCH", width: .fixed(7))
            case .hosts: Table.Column("HOSTS", width: .fixed(11))
            case .progress: Table.Column("PROGRESS", width: .flexible(minimum: 10, weight: 1), priority: 1)
            case .state: Table.Column("STATE", width: .flexible(minimum: 30, weight: 3))
            }
        }
    }

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        let columns = Column.allCases
        let visible = max(1, rect.height - 1)
        let present = max(0, min(rollout.batch ?? 0, digest.batches.count))
        let first = Table.firstRow(
            present - visible / 2, selected: present, rowCount: digest.batches.count, visibleRows: visible)
        Table(
            columns: columns.map(\.head), rowCount: digest.batches.count, firstRow: first, selected: nil,
            cell: { row, column in cell(digest.batches[row], row, columns[column]) }
        ).draw(on: &buffer, in: rect)
    }

    private func cell(_ batch: RolloutDigest.Batch, _ row: Int, _ column: Column) -> Table.Cell {
        let isPresent = row == rollout.batch
        let standing = standing(batch, row)
        switch column {
        case .mark:
            return .text(" \(standing.mark)", standing.style)
        case .number: return .text(Format.integer(row + 1), isPresent ? Style(.accent, bold: true) : .plain)
        case .hosts: return .text("\(Format.integer(through(batch)))/\(Format.integer(batch.total))", .plain)
        case .progress:
            let share = batch.total == 0 ? 0 : Double(through(batch)) / Double(batch.total)
            return .gauge(
                share: share, text: "", role: batch.count(.failed, .unknown, .stuck) > 0 ? .critical : .good)
        case .state: return .text(standing.words, standing.style)
        }
    }

    /// Hosts that need nothing more: on the new version, or on the way back on the old one.
    private func through(_ batch: RolloutDigest.Batch) -> Int {
        isGoingBack ? batch.count(.undone) : batch.count(.done)
    }

    private var isGoingBack: Bool {
        rollout.state == .rollingBack || rollout.state == .rolledBack || digest.count(.undone, .goingBack) > 0
    }

    private func standing(_ batch: RolloutDigest.Batch, _ row: Int) -> (
        mark: SafeText, words: SafeText, style: Style
    ) {
        var parts: [SafeText] = []
        func tell(_ count: Int, _ words: SafeText) {
            if count > 0 { parts.append("\(Format.integer(count)) \(words)") }
        }
        for sign in [HostSign.stuck, .failed, .unknown, .working, .watched, .goingBack] {
            tell(batch.count(sign), sign.words)
        }
        let details = parts.joined(separator: ", ")
        func words(_ head: SafeText) -> SafeText { details.isEmpty ? head : "\(head): \(details)" }
        if row == rollout.batch {
            let mark = RolloutMark(rollout)
            return (mark.text, words(mark.words), mark.style)
        }
        if batch.count(.failed, .stuck) > 0 { return ("X", details, Style(.critical, bold: true)) }
        if batch.count(.unknown) > 0 { return ("?", details, Style(.warning, bold: true)) }
        if batch.count(.goingBack) > 0 { return ("<", details, Style(.warning, bold: true)) }
        if batch.count(.undone) > 0 { return ("u", "taken back", Style(.silenced)) }
        if batch.total > 0, batch.count(.waiting) == batch.total {
            return (".", rollout.state.isFinal || isGoingBack ? "not touched" : "waits", Style(.muted))
        }
        if batch.total > 0, batch.count(.done) == batch.total { return ("o", "passed", Style(.good)) }
        return (" ", details, .plain)
    }
}
