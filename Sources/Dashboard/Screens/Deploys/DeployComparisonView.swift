import Canvas
import Fleet
import Telemetry
import Text

/// The changed hosts beside the rest, each figure after the deploy with that from before it.
///
///     ─ web 4.12.1  by marta ─ 5m after, beside 5m before ───────────
///                     CPU  was   REQ/s  was     5XX  was     P99  was
///      changed 2      97%  44%     812  798   4.10%  0.02%  1.84 s  45 ms
///      rest 12        44%  44%    9.1k 9.2k    0.01  0.01   45 ms  45 ms
struct DeployComparisonView: Widget {
    let mark: Mark
    let comparison: DeployComparison

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        let span = Format.age(Double(comparison.passedMilliseconds) / 1000)
        let before = Format.age(Double(DeployComparison.spanMilliseconds) / 1000)
        SectionRule(
            title: SafeText(mark.title),
            figures: mark.actor.isEmpty ? [] : [.label("by \(SafeText(mark.actor))")],
            notes: comparison.isShown ? [[.label("\(span) after, beside \(before) before")]] : [],
            trailing: [.label("enter goes there")]
        ).draw(on: &buffer, in: rect.row(0))
        var row = 1
        if comparison.isShown {
            DeployFigures(comparison: comparison).draw(on: &buffer, in: rect.inset(top: 1))
            row = 1 + DeployFigures.rows
        } else {
            let words: SafeText = "its minutes are not in the hour that is shown: enter goes there"
            TextLine([.label(words)]).draw(on: &buffer, in: rect.row(1).inset(left: 1))
            row = 2
        }
        let names = comparison.changed.hosts.map(\.name).joined(separator: " ")
        TextLine([.label(" hosts  "), .figure(names.isEmpty ? "none that is shown" : SafeText(names))])
            .draw(on: &buffer, in: rect.row(row))
        guard !mark.link.isEmpty else { return }
        TextLine([.label(" link   "), .figure(SafeText(mark.link))]).draw(on: &buffer, in: rect.row(row + 1))
    }
}

/// The figures alone, with a header.
struct DeployFigures: Widget {
    let comparison: DeployComparison

    static let rows = 3

    private static let titles: [SafeText] = ["CPU", "REQ/s", "5XX", "P99"]
    private static let headWidth = 14
    private static let cellWidth = 8

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        line("", Self.titles.flatMap { [$0, "was"] }, [:], Style(.title, bold: true))
            .draw(on: &buffer, in: rect.row(0))
        draw("changed", comparison.changed, on: &buffer, in: rect.row(1))
        draw("rest", comparison.rest, on: &buffer, in: rect.row(2))
    }

    private func draw(
        _ name: SafeText, _ side: DeployComparison.Side, on buffer: inout CellBuffer, in rect: Rect
    ) {
        guard !side.hosts.isEmpty else {
            return TextLine([.label(" \(name)  no host")]).draw(on: &buffer, in: rect)
        }
        let (after, before) = (side.after, side.before)
        let cells = [
            Format.ratio(after.cpu), Format.ratio(before.cpu), Format.count(after.requests),
            Format.count(before.requests), Format.percent(after.errors), Format.percent(before.errors),
            Format.seconds(after.p99), Format.seconds(before.p99),
        ]
        // What rose since, and stands above the rest where there is one, is what one looks for.
        let styles: [Int: Style] = [
            0: Self.style(after.cpu, before.cpu, least: 0.1),
            4: Self.style(after.errors, before.errors, least: 0.005),
            6: Self.style(after.p99, before.p99, least: 0.05),
        ]
        line(" \(name) \(Format.integer(side.hosts.count))", cells, styles, .plain)
            .draw(on: &buffer, in: rect)
    }

    /// Worse by three tenths, and by `least` at least.
    private static func style(_ after: Double, _ before: Double, least: Double) -> Style {
        guard !after.isNaN, !before.isNaN else { return .plain }
        return after > before * 1.3 && after - before >= least ? Style(.worse, bold: true) : .plain
    }

    private func line(
        _ name: SafeText, _ cells: [SafeText], _ styles: [Int: Style], _ style: Style
    ) -> TextLine {
        var spans = [TextLine.Span(name.padded(to: Self.headWidth), Style(.muted))]
        for (place, cell) in cells.enumerated() {
            let isBefore = place % 2 == 1
            let own = isBefore ? Style(.muted) : styles[place] ?? style
            spans.append(TextLine.Span(cell.padded(to: Self.cellWidth, alignment: .right), own))
        }
        return TextLine(spans)
    }
}
