/// What operators were promised, in ../shared/design/operators-contract.md; it is not part of a release.
package enum OperatorsContract {
    package static let path = "../shared/design/operators-contract.md"
    private static let text = try? Repository.text(path)

    package static var isHere: Bool { text != nil }

    /// The lines below a heading, up to the next one; none where there is no such heading.
    package static func section(_ heading: String) -> [String] {
        let lines = (text ?? "").split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard let start = lines.firstIndex(of: heading) else { return [] }
        return Array(lines[(start + 1)...].prefix { !$0.hasPrefix("## ") && !$0.hasPrefix("### ") })
    }

    /// The rows of the one table of a section, as cells without their heading; a bar in a cell is written `\|`.
    package static func table(_ heading: String) -> [[String]] {
        section(heading).filter { $0.hasPrefix("|") }.dropFirst(2).map { line in
            line.replacing("\\|", with: "\u{0}").split(separator: "|").map { cell in
                let words = cell.replacing("\u{0}", with: "|").split(whereSeparator: \.isWhitespace)
                return words.joined(separator: " ")
            }
        }
    }

    /// What stands between backticks, in order.
    package static func code(_ text: String) -> [String] {
        text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }
}
