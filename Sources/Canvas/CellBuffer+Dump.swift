/// The screen as text, for tests, `martlet snapshot`, the documents and screen readers.
extension CellBuffer {
    /// Each row's characters, without the spaces at its end.
    package var lines: [String] {
        (0..<height).map { y in
            var line = ""
            for x in 0..<width {
                self[x, y].write(to: &line)
            }
            return String(line[..<(line.lastIndex { $0 != " " }.map(line.index(after:)) ?? line.startIndex)])
        }
    }

    /// Each row's characters, and below them its styles as runs of columns, without plain text:
    ///
    ///     HOST        CPU%
    ///       | 0-15 title bold
    package var styledLines: [String] {
        zip(lines, 0..<height).flatMap { line, y in
            let runs = styleRuns(y: y)
            return runs.isEmpty ? [line] : [line, "  | " + runs.joined(separator: ", ")]
        }
    }

    private func styleRuns(y: Int) -> [String] {
        var runs: [String] = []
        var start = 0
        while start < width {
            let style = self[start, y].style
            var end = start + 1
            while end < width, self[end, y].style == style {
                end += 1
            }
            if style != .plain {
                runs.append("\(start)\(end - 1 > start ? "-\(end - 1)" : "") \(style)")
            }
            start = end
        }
        return runs
    }
}
