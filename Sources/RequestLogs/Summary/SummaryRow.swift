/// One route or one kind of message, with its counts: an object of the whole's lists, a line of `-o jsonl`, a row of `-o csv`.
struct SummaryRow {
    enum Value {
        case text(String)
        /// As it is written.
        case number(String)
        case none
    }

    /// Names and values, in order.
    let fields: [(String, Value)]

    var json: String {
        let parts = fields.map { name, value in
            switch value {
            case .text(let text): "\"\(name)\":\(SummaryJSON.quoted(text))"
            case .number(let number): "\"\(name)\":\(number)"
            case .none: "\"\(name)\":null"
            }
        }
        return "{\(parts.joined(separator: ","))}"
    }

    /// RFC 4180, with a control character as what stands for it: a line of a log cannot make two of the table.
    var csv: String {
        fields.map { _, value in
            switch value {
            case .text(let text): Self.field(text)
            case .number(let number): number
            case .none: ""
            }
        }.joined(separator: ",")
    }

    private static func field(_ text: String) -> String {
        var safe = ""
        for scalar in text.unicodeScalars {
            safe.unicodeScalars.append(
                scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) ? " " : scalar)
        }
        guard safe.utf8.contains(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") }) else {
            return safe
        }
        var quoted = "\""
        for character in safe { quoted += character == "\"" ? "\"\"" : String(character) }
        return quoted + "\""
    }
}

extension SummaryJSON {
    /// The routes, those with the most requests first; of a log without requests the kinds of its messages.
    private static func rows(_ summary: LogSummary) -> [SummaryRow] {
        summary.requests > 0 ? routes(summary) : kinds(summary.entries)
    }

    /// A line for each of them.
    package static func lines(_ summary: LogSummary) -> String {
        rows(summary).map { $0.json + "\n" }.joined()
    }

    /// The same as a table of CSV, its titles first.
    package static func csv(_ summary: LogSummary) -> String {
        let titles =
            summary.requests > 0
            ? ["method", "route", "requests", "errors", "p50", "p90", "p99", "max"]
            : ["severity", "count", "text"]
        return titles.joined(separator: ",") + "\n" + rows(summary).map { $0.csv + "\n" }.joined()
    }
}
