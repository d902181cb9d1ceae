import Canvas
import Text

/// Sentences that say why there is nothing to see and which command fills it, the first in bold; broken at spaces, since a
/// command that is cut off helps nobody.
struct WrappedText: Widget {
    private let words: [SafeText]

    init(_ words: [SafeText]) {
        self.words = words
    }

    /// The rows that it takes.
    func height(width: Int) -> Int {
        words.reduce(0) { $0 + Self.lines($1, width: width).count }
    }

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        var row = 0
        for (place, text) in words.enumerated() {
            for line in Self.lines(text, width: rect.width) where row < rect.height {
                TextLine([TextLine.Span(line, Style(place == 0 ? .text : .muted, bold: place == 0))])
                    .draw(on: &buffer, in: rect.row(row))
                row += 1
            }
        }
    }

    static func lines(_ text: SafeText, width: Int) -> [SafeText] {
        var lines: [SafeText] = []
        var line: SafeText = ""
        for word in text.string.split(separator: " ") {
            let word = SafeText(String(word))
            let longer = line.isEmpty ? word : "\(line) \(word)"
            if longer.width > width, !line.isEmpty {
                lines.append(line)
                line = word
            } else {
                line = longer
            }
        }
        return line.isEmpty ? lines : lines + [line]
    }
}
