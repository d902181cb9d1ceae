import Fleet
import Testing

@Suite struct `What changes of rules` {
    private static func rule() throws -> Rule {
        Rule(
            name: "Full", place: Place(file: "rules.yaml", line: 3, column: 5),
            condition: try Condition("disk.used > 90%"))
    }

    private static let changes: [@Sendable (inout Rule) throws -> Void] = [
        { $0.condition = try Condition("disk.used > 91%") }, { $0.severity = .critical },
        { $0.clear = Rule.Clear(hold: .seconds(300)) }, { $0.selector = try Selector("role=db") },
        { $0.by = ["host"] }, { $0.runbook = "https://wiki.example.net/full" }, { $0.hooks = ["page"] },
        { $0.labels = ["team": "db"] }, { $0.noData = .alert },
    ]

    @Test(arguments: changes.indices)
    func `is any of what a rule says`(_ place: Int) throws {
        var other = try Self.rule()
        try Self.changes[place](&other)
        let change = RuleChange(from: [try Self.rule()], to: [other])
        #expect(change.lines == ["1 rule changed and keeps its pending time (Full)"])
    }

    @Test func `is not where it stands`() throws {
        var other = try Self.rule()
        other.place = Place(file: "rules.yaml", line: 40, column: 5)
        #expect(RuleChange(from: [try Self.rule()], to: [other]).isEmpty)
    }
}
