import Fleet

/// A YAML text by lines, to look at what stands at a mark of the parser.
struct YAMLLines {
    private let lines: [[Unicode.Scalar]]

    init(_ text: String) {
        var lines: [[Unicode.Scalar]] = [[]]
        var before: Unicode.Scalar = " "
        for scalar in text.unicodeScalars {
            switch scalar {
            // YAML's line breaks; CR LF is one.
            case "\n" where before == "\r": break
            case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": lines.append([])
            case "\u{FEFF}" where lines.count == 1 && lines[0].isEmpty: break
            default: lines[lines.count - 1].append(scalar)
            }
            before = scalar
        }
        self.lines = lines
    }

    func character(_ place: Place) -> Unicode.Scalar? {
        guard lines.indices.contains(place.line - 1), lines[place.line - 1].indices.contains(place.column - 1)
        else {
            return nil
        }
        return lines[place.line - 1][place.column - 1]
    }

    /// Where a key stands again after its first line, in the same column or in a mapping on one line.
    func second(_ key: String, from first: Int, in file: String) -> Place? {
        guard lines.indices.contains(first - 1) else { return nil }
        let word = Array(key.unicodeScalars)
        guard !word.isEmpty, let column = Self.columns(of: word, in: lines[first - 1]).first else {
            return nil
        }
        for line in (first - 1)..<lines.count {
            let found = Self.columns(of: word, in: lines[line])
            if line == first - 1 {
                if found.count > 1 { return Place(file: file, line: first, column: found[1] + 1) }
            } else if found.contains(column) {
                return Place(file: file, line: line + 1, column: column + 1)
            }
        }
        return nil
    }

    func place(ofCharacter offset: Int, in file: String) -> Place {
        var left = offset
        for (line, scalars) in lines.enumerated() {
            if left <= scalars.count { return Place(file: file, line: line + 1, column: left + 1) }
            left -= scalars.count + 1
        }
        return Place(file: file)
    }

    /// Whether a name like web[1:4] stands in a mapping on one line, where a bracket opens a list.
    private func hasRangeInBraces(_ scalars: [Unicode.Scalar]) -> Bool {
        var (braces, isQuoted) = (0, false)
        for place in scalars.indices {
            switch scalars[place] {
            case "\"": isQuoted.toggle()
            case "{" where !isQuoted: braces += 1
            case "}" where !isQuoted: braces -= 1
            case "[" where !isQuoted && braces > 0 && place > 0:
                let before = scalars[place - 1].properties
                if before.isAlphabetic || before.numericType != nil || scalars[place - 1] == "-" {
                    return true
                }
            default: break
            }
        }
        return false
    }

    /// Whether a condition with labels, as http.p99{service=web}, stands in a list or mapping on one line, where its brace
    /// opens a mapping. Where the line opens none itself, `isInside` says whether one above is open.
    private func hasLabelsInBrackets(_ scalars: [Unicode.Scalar], isInside: Bool) -> Bool {
        var (depth, quote) = (isInside ? 1 : 0, Unicode.Scalar?.none)
        for place in scalars.indices {
            let scalar = scalars[place]
            if let open = quote {
                if scalar == open { quote = nil }
                continue
            }
            let before = place > 0 ? scalars[place - 1] : " "
            let isInWord =
                before.properties.isAlphabetic || before.properties.numericType != nil
                || "_)".unicodeScalars.contains(before)
            switch scalar {
            case "\"", "'": if !isInWord { quote = scalar }
            case "#" where before == " ": return false
            case "{" where depth > 0 && isInWord: return true
            case "[", "{": depth += 1
            case "]", "}": depth -= 1
            default: break
            }
        }
        return false
    }

    /// What to do about the usual causes of a syntax error.
    func advice(on line: Int) -> String {
        for number in [line, line - 1] where lines.indices.contains(number - 1) {
            let scalars = lines[number - 1]
            if scalars.prefix(while: { $0 == " " || $0 == "\t" }).contains("\t") {
                return "; indent with blanks, not tabs"
            }
            if hasRangeInBraces(scalars) {
                return "; a range between { and } must be in quotes, as \"web[01:04]\""
            }
            if hasLabelsInBrackets(scalars, isInside: number == line) {
                return "; a condition with { } in a list or mapping on one line must be in quotes, "
                    + "as \"http.rate{service=web} > 1/s\""
            }
            for place in scalars.indices.dropLast(2)
            where (scalars[place] == ":" || scalars[place] == "-") && scalars[place + 1] == " "
                && scalars[(place + 1)...].first(where: { $0 != " " }) == "{"
            {
                return "; a text that begins with { must be in quotes"
            }
        }
        return ""
    }

    /// Where the word stands as a key: a colon behind, no letter before.
    private static func columns(of word: [Unicode.Scalar], in line: [Unicode.Scalar]) -> [Int] {
        guard line.count > word.count else { return [] }
        return (0..<(line.count - word.count)).filter { start in
            guard line[start..<(start + word.count)].elementsEqual(word) else { return false }
            let isBegun = start == 0 || " {,\"'-".unicodeScalars.contains(line[start - 1])
            return isBegun && ":\"' ".unicodeScalars.contains(line[start + word.count])
        }
    }
}
