/// Cutting and padding to a number of cells.
extension SafeText {
    /// The first cells of this text, at most `columns` of them; a wide character that does not fit whole is left out.
    package func prefix(columns: Int) -> SafeText {
        guard columns < width else { return self }
        guard columns > 0 else { return "" }
        if isASCII {
            return SafeText(trusted: String(string.utf8.prefix(columns)) ?? "", width: columns)
        }
        var taken = 0
        var end = string.unicodeScalars.startIndex
        for index in string.unicodeScalars.indices {
            let scalarWidth = DisplayWidth.of(string.unicodeScalars[index])
            if taken + scalarWidth > columns { break }
            taken += scalarWidth
            end = string.unicodeScalars.index(after: index)
        }
        return SafeText(trusted: String(string.unicodeScalars[..<end]), width: taken)
    }

    /// What remains after the first `columns` cells; a wide character cut in half leaves a space, so that the
    /// rest keeps its place.
    package func dropping(columns: Int) -> SafeText {
        guard columns > 0 else { return self }
        guard columns < width else { return "" }
        if isASCII {
            return SafeText(trusted: String(string.utf8.dropFirst(columns)) ?? "", width: width - columns)
        }
        var dropped = 0
        var scalars = string.unicodeScalars[...]
        while let first = scalars.first {
            let scalarWidth = DisplayWidth.of(first)
            if dropped >= columns && scalarWidth > 0 { break }
            dropped += scalarWidth
            scalars.removeFirst()
        }
        let gap = String(repeating: " ", count: dropped - columns)
        return SafeText(trusted: gap + String(scalars), width: width - columns)
    }

    /// This text in at most `columns` cells, ending in `ellipsis` when something was cut.
    package func truncated(to columns: Int, ellipsis: SafeText = "…") -> SafeText {
        guard columns < width else { return self }
        guard columns >= ellipsis.width else { return prefix(columns: columns) }
        return prefix(columns: columns - ellipsis.width) + ellipsis
    }

    /// This text with its middle cut to fit `columns`, for paths and names whose ends both matter.
    package func truncatedInMiddle(to columns: Int, ellipsis: SafeText = "…") -> SafeText {
        guard columns < width else { return self }
        guard columns > ellipsis.width + 1 else { return truncated(to: columns, ellipsis: ellipsis) }
        let head = (columns - ellipsis.width + 1) / 2
        let tail = columns - ellipsis.width - head
        return prefix(columns: head) + ellipsis + dropping(columns: width - tail)
    }

    /// This text with spaces added up to `columns`; unchanged when it is longer.
    package func padded(to columns: Int, alignment: TextAlignment = .left) -> SafeText {
        guard columns > width else { return self }
        let space = columns - width
        let before =
            switch alignment {
            case .left: 0
            case .center: space / 2
            case .right: space
            }
        return SafeText(
            trusted: String(repeating: " ", count: before) + string
                + String(repeating: " ", count: space - before),
            width: columns)
    }

    /// This text cut or padded to exactly `columns` cells.
    package func fitted(to columns: Int, alignment: TextAlignment = .left) -> SafeText {
        truncated(to: max(0, columns)).padded(to: columns, alignment: alignment)
    }
}
