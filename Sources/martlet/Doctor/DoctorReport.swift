import Foundation

/// The findings as people read them: a mark, what was looked at, what was found, and how to mend it.
struct DoctorReport {
    let findings: [Finding]

    func text(as format: ListFormat) throws -> String {
        switch format {
        case .table: text
        case .json: try json([.sortedKeys, .prettyPrinted, .withoutEscapingSlashes], findings)
        case .jsonl:
            try findings.map { try json([.sortedKeys, .withoutEscapingSlashes], $0) }.joined()
        case .csv: csv
        }
    }

    private func json(_ format: JSONEncoder.OutputFormatting, _ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = format
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }

    private var csv: String {
        let rows = findings.map {
            [$0.area, $0.subject, $0.verdict.rawValue, $0.detail, $0.remedy ?? ""]
        }
        return ([["area", "subject", "verdict", "detail", "remedy"]] + rows)
            .map { $0.map(Self.field).joined(separator: ",") + "\n" }.joined()
    }

    /// In quotes where it holds what separates fields.
    private static func field(_ text: String) -> String {
        guard text.contains(where: { ",\"".contains($0) || $0.isNewline }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }

    var text: String {
        var lines: [String] = []
        var area = ""
        let width = findings.map(\.subject.count).max() ?? 0
        for finding in findings {
            if finding.area != area {
                if !area.isEmpty { lines.append("") }
                area = finding.area
                lines.append(area)
            }
            let subject = finding.subject.padded(to: width)
            lines.append("  \(mark(finding.verdict)) \(subject)  \(finding.detail)")
            if let remedy = finding.remedy {
                lines.append("    \("".padded(to: width))  mend: \(remedy)")
            }
        }
        lines.append("")
        lines.append(summary)
        return lines.joined(separator: "\n") + "\n"
    }

    private var summary: String {
        let missing = findings.count { $0.verdict == .missing }
        let limited = findings.count { $0.verdict == .limited }
        if missing > 0 { return "\(missing) missing, \(limited) limited" }
        return limited > 0 ? "everything needed is here; \(limited) limited" : "everything is here"
    }

    private func mark(_ verdict: Finding.Verdict) -> String {
        switch verdict {
        case .good: "+"
        case .limited: "!"
        case .missing: "X"
        }
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
