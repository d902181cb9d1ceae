import Canvas
import Fleet
import Text

/// What the gate said last of the present batch, condition by condition: what failed stands first. Before it has looked one
/// row names the conditions.
///
///        GATE, 2 of 3 looks failed                  VERDICT   VALUE
///      X http.p99{service=web} <= baseline * 1.3    FAILED    1.84 s, baseline 45 ms
///      o http.error_ratio{service=web} < 2%         ok        0.02% of 2981 requests
struct RolloutGate: Widget {
    let rollout: RolloutView

    /// With the header; 0 where there is no gate.
    var rows: Int {
        if let judged = rollout.judged, !judged.lines.isEmpty { return 1 + judged.lines.count }
        return rollout.gate.isEmpty ? 0 : 1
    }

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        guard !rect.isEmpty else { return }
        guard let judged = rollout.judged, !judged.lines.isEmpty else {
            guard !rollout.gate.isEmpty else { return }
            let conditions = rollout.gate.joined(separator: "; ")
            let words =
                if !rollout.evidence.isEmpty { rollout.evidence } else if rollout.state.isFinal {
                    "looks no more, the log has what it said: \(conditions)"
                } else { "has not looked: \(conditions)" }
            return TextLine([
                TextLine.Span("   GATE  ", Style(.title, bold: true)), .label(SafeText(words)),
            ]).draw(on: &buffer, in: rect.row(0))
        }
        let lines = judged.lines.enumerated().sorted { left, right in
            (Self.rank(left.element.verdict), left.offset) < (Self.rank(right.element.verdict), right.offset)
        }.map(\.element)
        let columns = [
            Table.Column("", width: .fixed(2)), Table.Column(title, width: .flexible(minimum: 30, weight: 2)),
            Table.Column("VERDICT", width: .fixed(10)),
            Table.Column("VALUE", width: .flexible(minimum: 20, weight: 1), priority: 1),
        ]
        Table(
            columns: columns, rowCount: lines.count, firstRow: 0, selected: nil,
            cell: { row, column in Self.cell(lines[row], column) }
        ).draw(on: &buffer, in: rect)
    }

    private static func rank(_ verdict: GateAnswer.Verdict) -> Int {
        switch verdict {
        case .failed: 0
        case .none: 1
        case .passed: 2
        }
    }

    private var title: SafeText {
        guard rollout.failedLooks > 0 else { return "GATE" }
        let looks =
            "\(Format.integer(rollout.failedLooks)) of \(Format.integer(rollout.failsAfter))" as SafeText
        return "GATE, \(looks) looks failed"
    }

    private static func cell(_ line: GateAnswer.Line, _ column: Int) -> Table.Cell {
        let verdict: (mark: SafeText, words: SafeText, style: Style) =
            switch line.verdict {
            case .failed: ("X", "FAILED", Style(.critical, bold: true))
            case .passed: ("o", "ok", Style(.good))
            case .none: ("?", "no verdict", Style(.warning, bold: true))
            }
        switch column {
        case 0: return .text(" \(verdict.mark)", verdict.style)
        case 1: return .text(SafeText(line.condition), .plain)
        case 2: return .text(verdict.words, verdict.style)
        default: return .text(SafeText(line.text), verdict.style)
        }
    }
}
