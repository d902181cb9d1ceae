import Fleet
import HubSupport
import Telemetry

/// Rules and readings that the tests of the evaluation share.
enum EvaluationWorld {
    static func book(_ rules: [(name: String, when: String)], noData: Rule.NoData = .keep) throws
        -> RuleBook
    {
        var book = RuleBook()
        book.rules = try rules.map { row in
            Rule(
                name: row.name, place: Place(file: "test"), condition: try Condition(row.when),
                clear: Rule.Clear(hold: .zero), noData: noData)
        }
        return book
    }

    static func memory(_ used: Double) -> [SimulatedFleet.Value] {
        [
            .gauge("node_memory_MemTotal_bytes", 1000),
            .gauge("node_memory_MemAvailable_bytes", 1000 * (1 - used)),
        ]
    }
}
