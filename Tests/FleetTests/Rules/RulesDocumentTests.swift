import Fleet
import TestSupport
import Testing

@Suite struct `docs/rules-yaml.md` {
    /// The keys of the tables below a heading.
    private static func keys(below heading: String) throws -> [String] {
        let text = try Repository.text("docs/rules-yaml.md")
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let start = lines.firstIndex(where: { $0 == "## \(heading)" }) else { return [] }
        let chapter = lines[(start + 1)...].prefix { !$0.hasPrefix("## ") }
        return chapter.compactMap { line in
            guard line.hasPrefix("| `") else { return nil }
            return line.dropFirst(3).split(separator: "`").first.map(String.init)
        }
    }

    @Test func `has every key of the file and of a rule, and no other`() throws {
        #expect(try Self.keys(below: "The file").sorted() == RuleBook.keys.sorted())
        #expect(try Self.keys(below: "A rule").sorted() == RuleBook.ruleKeys.sorted())
        let text = try Repository.text("docs/rules-yaml.md")
        #expect(text.contains(RuleBook.defaultKeys.map { "`\($0)`" }.prefix(2).joined(separator: ", ")))
    }

    @Test func `shows conditions that are read, and names every placeholder`() throws {
        let text = try Repository.text("docs/rules-yaml.md")
        let lines = text.split(separator: "\n").map(String.init)
        guard let start = lines.firstIndex(of: "## Conditions") else {
            Issue.record("there is no chapter on conditions")
            return
        }
        for line in lines[(start + 1)...].prefix(while: { $0.hasPrefix("    ") }) {
            let column = line.dropFirst(4)
            let condition = column.prefix(49).split(separator: "  ").first.map(String.init) ?? ""
            #expect(throws: Never.self, "\(condition)") { try Condition(condition, tags: ["role"]) }
        }
        for name in SummaryTemplate.known { #expect(text.contains("{\(name)}"), "\(name)") }
    }
}
