import Fleet
import Foundation
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
        { $0.summary = try SummaryTemplate("{host}") },
        { $0.clear = Rule.Clear(comparison: try Condition("disk.used < 80%").threshold?.first, hold: .zero) },
    ]

    @Test(arguments: changes.indices)
    func `is any of what a rule says`(_ place: Int) throws {
        var other = try Self.rule()
        try Self.changes[place](&other)
        let change = RuleChange(from: [try Self.rule()], to: [other])
        #expect(change.lines == ["1 rule changed and keeps its pending time (Full)"])
    }

    @Test(arguments: changes.indices)
    func `is any of it beside what a hub says of its rules`(_ place: Int) throws {
        var standing = RuleStanding(try Self.rule())
        (standing.series, standing.firing, standing.place) = (7, 1, "rules.yaml:9:3")
        #expect(RuleChange(from: [standing], to: [try Self.rule()]).isEmpty)
        var other = try Self.rule()
        try Self.changes[place](&other)
        let sent = try JSONDecoder().decode(RuleStanding.self, from: try JSONEncoder().encode(standing))
        #expect(
            RuleChange(from: [sent], to: [other]).lines == [
                "1 rule changed and keeps its pending time (Full)"
            ])
    }

    @Test func `is only what an older hub says of its rules`() throws {
        let known =
            #"{"condition":"disk.used > 90%","firing":0,"isShipped":false,"name":"Full","pending":0,"#
            + #""place":"rules.yaml:3:5","selector":"","series":1,"severity":"warning"}"#
        let standing = try JSONDecoder().decode(RuleStanding.self, from: Data(known.utf8))
        var other = try Self.rule()
        other.runbook = "https://wiki.example.net/full"
        #expect(RuleChange(from: [standing], to: [other]).isEmpty)
        other.severity = .critical
        #expect(!RuleChange(from: [standing], to: [other]).isEmpty)
        let report = #"{"changes":[],"errors":[],"hosts":[],"warnings":[]}"#
        #expect(try JSONDecoder().decode(ConfigurationReport.self, from: Data(report.utf8)).hooks == nil)
    }

    @Test func `is not where it stands`() throws {
        var other = try Self.rule()
        other.place = Place(file: "rules.yaml", line: 40, column: 5)
        #expect(RuleChange(from: [try Self.rule()], to: [other]).isEmpty)
    }
}
