import Fleet
import Hub
import TestSupport
import Testing

/// Operators-contract 3.5, which is a rules.yaml, against the rules that are on without one.
@Suite(.enabled(if: OperatorsContract.isHere, "\(OperatorsContract.path) is not here"))
struct `The shipped rules` {
    @Test func `are those that were promised, in their order`() throws {
        let lines = OperatorsContract.section("### 3.5 The shipped rules")
        let yaml = lines.drop { $0 != "```yaml" }.dropFirst().prefix { $0 != "```" }
        let text = yaml.joined(separator: "\n") + "\nshipped: no\n"
        let promised = try RuleBook(StrictYAML.parse(text, file: "contract")).rules
        let shipped = RuleBook.shipped.rules
        #expect(promised.map(\.name) == shipped.map(\.name))
        for (promise, rule) in zip(promised, shipped) {
            // Where it stands is another place, and so is that it is the file's own.
            var alike = promise
            (alike.place, alike.isShipped) = (rule.place, true)
            #expect(alike == rule, "\(promise.name)")
        }
    }
}
