import RequestLogs
import Telemetry
import Text

/// A summary as people read it: what was read, statuses, routes, and how the latencies lie.
struct LogsReport {
    private static let routesMax = 30
    private static let barWidth = 50
    private static let kindsMax = 15

    private let summary: LogSummary
    private let reads: [LogsCommand.Read]

    init(_ summary: LogSummary, _ reads: [LogsCommand.Read]) {
        self.summary = summary
        self.reads = reads
    }

    var text: String {
        var parts = [head]
        if summary.requests > 0 {
            parts.append(statusTable)
            parts.append(routeTable)
        }
        if !summary.entries.bySeverity.isEmpty { parts.append(severityTable) }
        if !summary.entries.kinds.isEmpty { parts.append(kindTable) }
        if summary.latency.count > 0 { parts.append(plot) }
        let notes = reads.flatMap(\.format.notes)
        if !notes.isEmpty { parts.append(notes.map { "note: \(SafeText($0))\n" }.joined()) }
        return parts.joined(separator: "\n")
    }

    private var head: String {
        var text = ""
        for read in reads { text += "\(SafeText(read.path)): \(SafeText(read.format.name))\n" }
        if let first = summary.firstTime, let last = summary.lastTime {
            text += "\(Format.dateTime(milliseconds: first, offsetSeconds: 0)) to "
            text += "\(Format.dateTime(milliseconds: last, offsetSeconds: 0))"
            let seconds = Double(last - first) / 1000
            if seconds >= 1, summary.requests > 0 {
                text += ", \(Format.rate(Double(summary.requests) / seconds))"
            }
            text += "\n"
        }
        var counts: [String] = []
        if summary.requests > 0 || summary.entries.count == 0 {
            counts.append("\(summary.requests) requests")
            counts.append(
                "\(summary.errors) errors (\(Format.ratio(share(summary.errors, summary.requests))))")
        }
        if summary.aborts > 0 { counts.append("\(summary.aborts) aborted by clients") }
        if summary.checks > 0 { counts.append("\(summary.checks) checks") }
        if summary.entries.count > 0 {
            counts.append("\(summary.entries.count) entries")
            counts.append("\(summary.entries.slowStatements) slow statements")
            counts.append("\(summary.entries.errors) errors")
        }
        counts.append("\(summary.lines) lines")
        if summary.other > 0 { counts.append("\(summary.other) of other kinds") }
        if summary.unparsed.count > 0 {
            let reasons = summary.unparsed.byReason.sorted { $0.key < $1.key }
                .map { "\($0.key.rawValue) \($0.value)" }
            counts.append("\(summary.unparsed.count) not read (\(reasons.joined(separator: ", ")))")
        }
        return text + counts.joined(separator: ", ") + "\n"
    }

    private func share(_ part: UInt64, _ whole: UInt64) -> Double {
        whole == 0 ? 0 : Double(part) / Double(whole)
    }

    private var statusTable: String {
        var table = PlainTable([
            .init("STATUS"), .init("REQUESTS", alignment: .right), .init("SHARE", alignment: .right),
        ])
        for (status, count) in summary.statuses.enumerated() where count > 0 {
            let name: SafeText = status == 0 ? "none" : Format.integer(status)
            table.append([name, Format.integer(count), Format.ratio(share(count, summary.requests))])
        }
        return table.text
    }

    private var routeTable: String {
        var table = PlainTable([
            .init("METHOD"), .init("ROUTE"), .init("REQUESTS", alignment: .right),
            .init("ERRORS", alignment: .right),
            .init("P50", alignment: .right), .init("P90", alignment: .right), .init("P99", alignment: .right),
            .init("MAX", alignment: .right),
        ])
        let series = summary.series.filter { $0.requests > 0 }.sorted { left, right in
            left.requests != right.requests
                ? left.requests > right.requests
                : (left.route, left.method.rawValue) < (right.route, right.method.rawValue)
        }
        for one in series.prefix(Self.routesMax) {
            let wire = one.latency.wire
            let quantiles = [0.5, 0.9, 0.99].map { wire.quantile($0).map(Format.seconds) ?? "-" }
            let greatest = one.latency.count > 0 ? Format.seconds(Double(one.latency.greatest) / 1e9) : "-"
            table.append(
                [
                    SafeText(one.method.text), SafeText(summary.routes.name(of: one.route)).truncated(to: 60),
                    Format.integer(one.requests), Format.integer(one.errors),
                ] + quantiles + [greatest])
        }
        let left = series.dropFirst(Self.routesMax)
        guard !left.isEmpty else { return table.text }
        return table.text + "and \(left.count) more with \(left.reduce(0) { $0 + $1.requests }) requests\n"
    }

    private var severityTable: String {
        var table = PlainTable([.init("SEVERITY"), .init("ENTRIES", alignment: .right)])
        let counts = summary.entries.bySeverity.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        for (name, count) in counts { table.append([SafeText(name), Format.integer(count)]) }
        return table.text
    }

    /// Warnings and errors by kind, each with the first message of it.
    private var kindTable: String {
        var table = PlainTable([.init("COUNT", alignment: .right), .init("SEVERITY"), .init("FIRST MESSAGE")])
        let kinds = summary.entries.kinds
        for kind in kinds.prefix(Self.kindsMax) {
            table.append([
                Format.integer(kind.count), SafeText(kind.severity),
                SafeText(bytes: kind.example).truncated(to: 120),
            ])
        }
        return table.text
            + (kinds.count > Self.kindsMax ? "and \(kinds.count - Self.kindsMax) more kinds\n" : "")
    }

    /// How many requests took how long: a bar for each doubling, or half of one where they lie close together.
    private var plot: String {
        let latency = summary.latency
        let wire = latency.wire
        var text =
            "LATENCY  count \(latency.count), mean \(Format.seconds(latency.sum / Double(latency.count)))"
        for (name, share) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)] {
            text += ", \(name) \(Format.seconds(wire.quantile(share) ?? 0))"
        }
        text += ", max \(Format.seconds(Double(latency.greatest) / 1e9))\n"
        let counts = latency.counts()
        let step = rowStep(counts)
        var rows: [(bound: Double, count: UInt64)] = []
        for first in stride(from: 0, to: counts.count, by: step) {
            let end = min(first + step, counts.count)
            rows.append((LatencyHistogram.bound(end - 1), counts[first..<end].reduce(0, +)))
        }
        var shown = rows[...]
        while shown.first?.count == 0 { shown.removeFirst() }
        while shown.last?.count == 0 { shown.removeLast() }
        let most = max(latency.zeroCount, shown.map(\.count).max() ?? 0)
        if latency.zeroCount > 0 { text += row("0 s", latency.zeroCount, most, latency.count) }
        for (bound, count) in shown { text += row("<= \(Format.seconds(bound))", count, most, latency.count) }
        return text
    }

    /// Buckets to a row: a doubling has 32.
    private func rowStep(_ counts: [UInt64]) -> Int {
        guard let first = counts.firstIndex(where: { $0 > 0 }), let last = counts.lastIndex(where: { $0 > 0 })
        else {
            return 32
        }
        return last - first > 32 * 12 ? 32 : 16
    }

    private func row(_ name: String, _ count: UInt64, _ most: UInt64, _ total: UInt64) -> String {
        let eighths =
            most == 0 ? 0 : Int((Double(count) / Double(most) * Double(Self.barWidth * 8)).rounded(.up))
        let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
        let bar = String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
        let label = SafeText(name).padded(to: 12, alignment: .right)
        let padding = String(repeating: " ", count: max(0, Self.barWidth + 1 - (eighths + 7) / 8))
        return "\(label)  \(bar)\(padding)\(Format.integer(count)) (\(Format.ratio(share(count, total))))\n"
    }
}
