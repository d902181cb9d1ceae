import Canvas
import Fleet
import Telemetry
import Text

/// What became of one host: its step among all, why it is there, what the log says of it, and what its order says.
///
///     ╭─ web-eu-017  batch 2 ───────────────── esc closes ─╮
///     │ X failed  for 94s                                  │
///     │ deploy-web: status 3                               │
///     │ LOG  14:29:02 web-eu-017 deploy-web: status 3      │
///     │ OUTPUT  failed: status 3                           │
///     │ fetching 4.12.1                                    │
///     ╰────────────────────────────────────────────────────╯
struct RolloutHostPanel: Widget {
    let rollout: RolloutView
    let host: RolloutView.Host
    /// Whether hosts that wait will be started.
    let isGoingOn: Bool
    /// Lines of the output that are hidden behind the last one shown.
    let back: Int
    let context: ScreenContext

    private static let reasonRows = 3

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        buffer.fill(rect)
        let batch = Format.integer(host.batch.addingReportingOverflow(1).partialValue)
        Panel(
            title: "\(SafeText(host.name))  \(SafeText(rollout.title))  batch \(batch)",
            detail: "enter opens the host, esc closes", isFocused: true
        ).draw(on: &buffer, in: rect)
        let inner = Panel.inner(of: rect).inset(left: 1, right: 1)
        let head = heading(width: inner.width)
        let log = Array(
            rollout.log.reversed().lazy.filter { mentions($0.text) }.prefix(max(1, inner.height / 4)))
        let parts = inner.splitTop(head.count)
        for (row, line) in head.enumerated() { TextLine(line).draw(on: &buffer, in: parts.top.row(row)) }
        let logged = parts.rest.splitTop(min(log.count, max(0, parts.rest.height - 2)))
        RolloutLog(lines: log.reversed(), context: context).draw(on: &buffer, in: logged.top.inset(left: -1))
        drawOutput(on: &buffer, in: logged.rest)
    }

    private func heading(width: Int) -> [[TextLine.Span]] {
        let sign = HostSign(step: host.step)
        let step = RolloutStep(host, of: rollout, isGoingOn: isGoingOn)
        var first = [
            TextLine.Span("\(sign.text) \(step.words)", sign.style), .label("  for \(step.age(context.now))"),
        ]
        if host.isTouched, sign != .done, sign != .undone {
            first.append(.label("  may be on the \(rollout.undoes == nil ? "new" : "old") version"))
        }
        let reason =
            host.reason.isEmpty
            ? []
            : WrappedText.lines(
                SafeText(String(host.reason.prefix(1000))), width: max(20, width))
        return [first] + reason.prefix(Self.reasonRows).map { [TextLine.Span($0, sign.style)] }
    }

    /// Whether a line of the log names the host, and not one whose name only begins so.
    private func mentions(_ text: String) -> Bool {
        guard !host.name.isEmpty else { return false }
        var rest = Substring(text)
        while let found = rest.firstRange(of: host.name) {
            let before = rest[..<found.lowerBound].last, after = rest[found.upperBound...].first
            if ![before, after].contains(where: { $0.map(Self.isOfName) ?? false }) { return true }
            rest = rest[found.upperBound...]
        }
        return false
    }

    private static func isOfName(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "-" || character == "_"
    }

    private func drawOutput(on buffer: inout CellBuffer, in rect: Rect) {
        var spans = [TextLine.Span("OUTPUT  ", Style(.title, bold: true))]
        guard let output = context.rollouts.output, output.order == host.order else {
            spans.append(.label("no order was given to it yet"))
            return TextLine(spans).draw(on: &buffer, in: rect.row(0))
        }
        if let failure = output.failure {
            spans.append(TextLine.Span(SafeText(failure), Style(.warning)))
        } else if let run = output.watch.runs.first {
            spans += [.figure(SafeText(run.action)), .label("  ")] + OrderWatchView.words(run)
            if back > 0 { spans.append(.label("  \(Format.integer(back)) lines further down")) }
        } else {
            spans.append(.label("asking …"))
        }
        TextLine(spans).draw(on: &buffer, in: rect.row(0))
        OutputView(lines: output.watch.lines, back: back).draw(on: &buffer, in: rect.inset(left: -1, top: 1))
    }
}
