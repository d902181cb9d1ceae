import Canvas
import Telemetry
import Text

/// A line that fits no known form, a caret under its first character that did not, and the nearest formats.
struct UnreadLineView: Widget {
    let line: UnreadLine

    static let height = 4

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        let (text, caret) = marked(width: rect.width)
        let rows = [
            TextLine.Span(
                "\(SafeText(line.kind.service)) on \(SafeText(line.kind.host.name)), \(reason):",
                Style(.muted)),
            TextLine.Span(text, .plain),
            TextLine.Span("\(String(repeating: " ", count: caret))^", Style(.warning, bold: true)),
            TextLine.Span(nearest, Style(.muted)),
        ]
        for (place, row) in rows.enumerated() where place < rect.height {
            TextLine([row]).draw(on: &buffer, in: rect.row(place))
        }
    }

    private var reason: SafeText {
        switch line.kind.reason {
        case "mismatch": "a line in an unknown form"
        case "too_long": "a line that is too long"
        case "nul": "bytes that are zero"
        case "json": "JSON that breaks off"
        case "incomplete": "an entry that breaks off"
        default: SafeText(line.kind.reason)
        }
    }

    /// `nearest: nginx:combined up to column 31, json`.
    private var nearest: SafeText {
        let found = line.nearest.map { near -> SafeText in
            // Names of formats may have blanks.
            guard let blank = near.lastIndex(of: " "), let column = Int(near[blank...].dropFirst()) else {
                return SafeText(near)
            }
            return "\(SafeText(String(near[..<blank]))) up to column \(SafeText(String(column)))"
        }
        return found.isEmpty ? "no format comes near" : "nearest: \(found.joined(separator: ", "))"
    }

    /// The part of the line around the place, and the cells before it; two thirds of the width are for what did fit.
    private func marked(width: Int) -> (text: SafeText, caret: Int) {
        let width = max(0, width)
        let bytes = Array(line.text.utf8)
        let before = SafeText(bytes: bytes[max(0, line.fit - width * 2 / 3)..<line.fit])
        let after = SafeText(bytes: bytes[line.fit..<min(bytes.count, line.fit + width)])
        return ("\(before)\(after)", before.width)
    }
}
