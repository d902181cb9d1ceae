import Canvas
import Fleet
import Telemetry
import Text

/// One rollout: what it does and how it stands, its batches with what the gate says, a cell for each host, the changed hosts
/// beside the rest, and what happened. Opened, its hosts are a table with a cursor.
///
///     ─ web 4.12.1  ? held  halts in 42:10 ─ by marta 14:18 ─────────
///      deploy-web version=4.12.1   128 of 1284 hosts changed
///      WHY    the gate has no verdict: 12 requests, 200 are needed
struct RolloutDetail: Widget {
    let rollout: RolloutView
    let digest: RolloutDigest
    let comparison: DeployComparison?
    let opened: OpenRollout?
    let context: ScreenContext

    func layout(in rect: Rect) -> RolloutLayout {
        RolloutLayout(
            rect,
            RolloutLayout.Wishes(
                reason: reason(width: rect.width).count, batches: 1 + digest.batches.count,
                gate: RolloutGate(rollout: rollout).rows,
                cells: digest.signs.count + max(0, digest.batches.count - 1),
                hasComparison: comparison.map { $0.changed.hosts.count + $0.rest.hosts.count > 0 } ?? false,
                isOpened: opened != nil))
    }

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        let layout = layout(in: rect)
        heading.draw(on: &buffer, in: layout.heading)
        TextLine(about).draw(on: &buffer, in: layout.about.inset(left: 1))
        let lines = reason(width: rect.width)
        for (row, line) in lines.prefix(layout.reason.height).enumerated() {
            TextLine(line).draw(on: &buffer, in: layout.reason.row(row).inset(left: 1))
        }
        RolloutBatches(rollout: rollout, digest: digest).draw(on: &buffer, in: layout.batches)
        RolloutGate(rollout: rollout).draw(on: &buffer, in: layout.gate)
        RolloutStrip(digest: digest, cursor: opened?.place).draw(on: &buffer, in: layout.strip)
        if let comparison, comparison.isShown {
            DeployFigures(comparison: comparison).draw(on: &buffer, in: layout.comparison)
        } else {
            let isNew = comparison?.passedMilliseconds == 0
            TextLine([
                .label(isNew ? " it has just begun" : " its minutes are not in the hour that is shown")
            ]).draw(on: &buffer, in: layout.comparison.row(0))
        }
        if let opened {
            RolloutHosts(rollout: rollout, digest: digest, opened: opened, context: context)
                .draw(on: &buffer, in: layout.hosts)
        }
        RolloutLog(lines: rollout.log, context: context).draw(on: &buffer, in: layout.log)
    }

    private var heading: SectionRule {
        let mark = RolloutMark(rollout)
        var figures = [TextLine.Span("\(mark.text) \(mark.words)", mark.style)]
        if let countdown = RolloutCountdown(rollout, now: context.now).words {
            figures.append(TextLine.Span("  \(countdown)", Style(.text, bold: true)))
        }
        let began = Timestamp(milliseconds: rollout.createdAt)
        var notes: [[TextLine.Span]] = []
        // One that takes another back has the versions that the other one found: where it goes, not where it comes from.
        if let from { notes.append([.label(rollout.undoes == nil ? "from " : "to "), .figure(from)]) }
        if !rollout.actor.isEmpty { notes.append([.label("by "), .figure(SafeText(rollout.actor))]) }
        notes.append([.label("at "), .figure(context.clock(began))])
        if let end = rollout.endedAt {
            notes.append([.label("ended "), .figure(context.clock(Timestamp(milliseconds: end)))])
        }
        if !rollout.reason.isEmpty { notes.append([.figure(SafeText(rollout.reason))]) }
        return SectionRule(
            title: SafeText(rollout.title), figures: figures, notes: notes,
            trailing: [.label(opened == nil ? "enter opens it" : "id \(SafeText(rollout.id))")],
            isFocused: opened != nil)
    }

    /// `4.12.0`, or where hosts were on several versions `4.12.0 and 2 more`; nil where nobody knows.
    private var from: SafeText? {
        guard let first = rollout.from.first else { return nil }
        let more = rollout.from.count - 1
        return more == 0 ? SafeText(first) : "\(SafeText(first)) and \(Format.integer(more)) more"
    }

    private var about: [TextLine.Span] {
        let values = rollout.parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        var spans: [TextLine.Span] = [.figure(SafeText(([rollout.action] + values).joined(separator: " ")))]
        spans.append(.label("   \(RolloutProgress(digest).words)"))
        // That it takes another back is its about.
        if !rollout.about.isEmpty { spans.append(.label("   \(SafeText(rollout.about))")) }
        return spans
    }

    /// How it was taken back, and why it is so.
    private func reason(width: Int) -> [[TextLine.Span]] {
        let back = rollout.takenBack.map { back in
            lines("BACK", context.sentence(back), width: width).prefix(2)
        }
        return (back.map { Array($0) } ?? []) + why(width: width)
    }

    private func why(width: Int) -> [[TextLine.Span]] {
        guard !rollout.text.isEmpty else { return [] }
        // A longer text than three rows have is cut; nobody breaks a megabyte into lines for that.
        let text = SafeText(String(rollout.text.prefix(Self.reasonMax)))
        return lines("WHY ", text, width: width)
    }

    private func lines(_ head: SafeText, _ text: SafeText, width: Int) -> [[TextLine.Span]] {
        WrappedText.lines(text, width: max(20, width - 9)).enumerated().map { row, line in
            [
                TextLine.Span(row == 0 ? "\(head)   " : "       ", Style(.title, bold: true)),
                TextLine.Span(line, RolloutMark(rollout).style),
            ]
        }
    }

    private static let reasonMax = 2000
}

extension RolloutView {
    /// In the list, where a long name is cut: what it undoes is told before.
    var rowTitle: String { undoes.map { "undoes \(Self.short($0)) \(name)" } ?? title }
}

extension ScreenContext {
    /// How a rollout was taken back, by whom and when.
    func sentence(_ back: RolloutView.TakenBack) -> SafeText {
        SafeText(
            back.sentence(RolloutView.short(back.id)) {
                self.clock(Timestamp(milliseconds: $0)).string
            })
    }

    /// A moment as lists of what happened write it: the time of day, with the date where it is not of today.
    func clock(_ time: Timestamp) -> SafeText {
        let distance = now.milliseconds.subtractingReportingOverflow(time.milliseconds)
        guard !distance.overflow, distance.partialValue.magnitude < 43_200_000 else {
            return Format.dateTime(milliseconds: time.milliseconds, offsetSeconds: offsetSeconds)
        }
        return Format.clock(milliseconds: time.milliseconds, offsetSeconds: offsetSeconds)
    }
}
