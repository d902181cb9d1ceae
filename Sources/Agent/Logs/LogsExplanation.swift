import RequestLogs
import Text

/// Why a log was read as it was, and which of its lines do not fit.
enum LogsExplanation {
    private static let othersMax = 3

    static func text(_ summary: LogSummary, _ reads: [LogsCommand.Read]) -> String {
        var text = ""
        for read in reads {
            text += "\n\(SafeText(read.path)): read as \(SafeText(read.format.name))\n"
            if read.candidates.isEmpty {
                text += "  no other format reads any of its first lines\n"
            }
            for candidate in read.candidates.prefix(othersMax) {
                text +=
                    "  \(SafeText(candidate.format.name)): reads \(candidate.read) of the first \(candidate.lines) lines"
                if candidate.unread > 0 { text += ", fails on \(candidate.unread)" }
                text += ", confidence \(Format.fixed(candidate.confidence, places: 2))\n"
            }
        }
        if summary.unparsed.first.isEmpty { return text + "\nevery line that should fit does\n" }
        for sample in summary.unparsed.first {
            text += "\nline \(sample.line), column \(sample.column):\n"
            text += marked(sample)
            text += self.text(Detector.nearest(to: sample.text.span))
        }
        return text
    }

    /// The formats that come nearest to a line, one a line.
    static func text(_ nearest: [Detector.Nearness]) -> String {
        nearest.reduce("") { text, near in
            let place = near.column.map { "fits up to column \($0)" } ?? "reads this line"
            return text + "  \(SafeText(near.format.name)): \(place)\n"
        }
    }

    /// The line, and a caret under the column that did not fit; a long line is shown around it.
    static func marked(_ sample: UnparsedCounts.Sample) -> String {
        let width = 100
        let column = min(sample.column - 1, sample.text.count)
        let first = max(0, column - width * 2 / 3)
        let before = SafeText(bytes: sample.text[min(first, sample.text.count)..<column])
        let after = SafeText(bytes: sample.text[column..<min(sample.text.count, first + width)])
        return "  \(before)\(after)\n  \(String(repeating: " ", count: before.width))^\n"
    }
}
