import Telemetry

/// A summary as the one JSON object that `martlet-agent logs -o json` prints.
package enum SummaryJSON {
    /// Routes that are printed at most.
    static let routesMax = 200
    /// Kinds of errors that are printed at most.
    static let kindsMax = 50

    /// `format` is nil where there was no line to tell it by.
    package static func text(_ summary: LogSummary, format: LogFormat?) -> String {
        var fields = ["\"format\":\(format.map { quoted($0.name) } ?? "null")"]
        let isDatabase = format?.isDatabase ?? false
        if isDatabase {
            fields.append("\"slow_statements\":\(summary.entries.slowStatements)")
            fields.append("\"entries\":\(summary.entries.count)")
            fields.append("\"errors\":\(summary.entries.errors)")
            fields.append("\"by_severity\":\(object(summary.entries.bySeverity))")
        } else {
            fields.append("\"requests\":\(summary.requests)")
            fields.append("\"by_status\":\(statuses(summary))")
            fields.append("\"by_class\":\(classes(summary))")
            fields.append("\"errors\":\(summary.errors)")
            fields.append("\"aborts\":\(summary.aborts)")
            if summary.checks > 0 { fields.append("\"checks\":\(summary.checks)") }
            if summary.entries.count > 0 {
                fields.append("\"entries\":\(summary.entries.count)")
                fields.append("\"by_severity\":\(object(summary.entries.bySeverity))")
            }
        }
        if summary.entries.keepsKinds, summary.entries.count > 0 {
            fields.append("\"by_message\":\(list(kinds(summary.entries).prefix(kindsMax)))")
        }
        if let first = summary.firstTime, let last = summary.lastTime {
            // Seconds since 1970.
            fields.append("\"first_time\":\(number(Double(first) / 1000))")
            fields.append("\"last_time\":\(number(Double(last) / 1000))")
        }
        fields.append("\"latency\":\(latency(summary.latency))")
        if !isDatabase { fields.append("\"routes\":\(list(routes(summary).prefix(routesMax)))") }
        fields.append("\"lines\":\(summary.lines)")
        fields.append("\"other\":\(summary.other)")
        fields.append("\"unparsed\":\(unparsed(summary.unparsed))")
        if let format, !format.notes.isEmpty {
            fields.append("\"notes\":[\(format.notes.map(quoted).joined(separator: ","))]")
        }
        return "{\(fields.joined(separator: ","))}"
    }

    private static func list(_ rows: ArraySlice<SummaryRow>) -> String {
        "[\(rows.map(\.json).joined(separator: ","))]"
    }

    static func kinds(_ entries: EntryCounts) -> [SummaryRow] {
        entries.kinds.map { kind in
            SummaryRow(fields: [
                ("severity", .text(kind.severity)), ("count", .number("\(kind.count)")),
                ("text", .text(String(decoding: kind.example, as: UTF8.self))),
            ])
        }
    }

    private static func statuses(_ summary: LogSummary) -> String {
        var counts: [(String, UInt64)] = []
        for (status, count) in summary.statuses.enumerated() where count > 0 && status > 0 {
            counts.append((String(status), count))
        }
        if summary.statuses[0] > 0 { counts.append(("none", summary.statuses[0])) }
        return "{\(counts.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ","))}"
    }

    private static func classes(_ summary: LogSummary) -> String {
        let classes = summary.classes
        var parts = (1...5).map { "\"\($0)xx\":\(classes[$0])" }
        let rare = classes[6...].reduce(0, +)
        if rare > 0 { parts.append("\"other\":\(rare)") }
        if classes[0] > 0 { parts.append("\"none\":\(classes[0])") }
        return "{\(parts.joined(separator: ","))}"
    }

    private static func latency(_ latency: LatencyHistogram) -> String {
        guard latency.count > 0 else { return "null" }
        let wire = latency.wire
        let quantiles = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)].map { name, share in
            "\"\(name)\":\(seconds(wire.quantile(share) ?? 0))"
        }
        let ends = [
            "\"count\":\(latency.count)", "\"sum\":\(number(latency.sum))",
            "\"min\":\(microseconds(latency.least))",
            "\"max\":\(microseconds(latency.greatest))",
        ]
        return "{\((ends + quantiles).joined(separator: ","))}"
    }

    static func routes(_ summary: LogSummary) -> [SummaryRow] {
        let series = summary.series.filter { $0.requests > 0 }.sorted { left, right in
            left.requests != right.requests
                ? left.requests > right.requests
                : (left.route, left.method.rawValue) < (right.route, right.method.rawValue)
        }
        return series.map { one in
            let wire = one.latency.wire
            let quantiles = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)].map { name, share in
                (name, wire.quantile(share).map { SummaryRow.Value.number(seconds($0)) } ?? .none)
            }
            let max =
                one.latency.count > 0 ? SummaryRow.Value.number(microseconds(one.latency.greatest)) : .none
            return SummaryRow(
                fields: [
                    ("method", .text(one.method.text)),
                    ("route", .text(summary.routes.name(of: one.route))),
                    ("requests", .number("\(one.requests)")), ("errors", .number("\(one.errors)")),
                ] + quantiles + [("max", max)])
        }
    }

    /// What goes on to other programs has no secrets.
    package static func redacted(_ text: [UInt8]) -> String {
        String(decoding: Redaction.redacted(text.span, max: ErrorSamples.textMax), as: UTF8.self)
    }

    private static func unparsed(_ unparsed: UnparsedCounts) -> String {
        let reasons = unparsed.byReason.sorted { $0.key < $1.key }.map {
            "\"\($0.key.rawValue)\":\($0.value)"
        }
        let samples = unparsed.samples.sorted { $0.key < $1.key }.map { reason, sample in
            "{\"reason\":\"\(reason.rawValue)\",\"line\":\(sample.line),\"column\":\(sample.column),"
                + "\"text\":\(quoted(redacted(sample.text)))}"
        }
        return "{\"count\":\(unparsed.count),\"by_reason\":{\(reasons.joined(separator: ","))},"
            + "\"samples\":[\(samples.joined(separator: ","))]}"
    }

    private static func object(_ counts: [String: UInt64]) -> String {
        "{\(counts.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\($0.value)" }.joined(separator: ","))}"
    }

    /// A quantile, which is known to about one part in a hundred: six digits say more than enough.
    private static func seconds(_ value: Double) -> String {
        value == 0 ? "0" : number((value * 1e9).rounded() / 1e9)
    }

    /// Nanoseconds as seconds, to the microsecond: what servers write finer than that is their clock's noise.
    private static func microseconds(_ nanoseconds: Int64) -> String {
        number(Double((nanoseconds / 1000) + (nanoseconds % 1000 >= 500 ? 1 : 0)) / 1e6)
    }

    /// A double in the shortest form that reads back as the same; whole ones without a point.
    private static func number(_ value: Double) -> String {
        let text = "\(value)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// A JSON string (RFC 8259); control characters as escapes.
    package static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value):
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
