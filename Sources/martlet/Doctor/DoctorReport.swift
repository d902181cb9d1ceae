/// The findings as people read them: a mark, what was looked at, what was found, and how to mend it.
struct DoctorReport {
    let findings: [Finding]

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
