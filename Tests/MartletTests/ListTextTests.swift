import Fleet
import Telemetry
import Testing

@testable import martlet

@Suite struct `Lists as commands print them` {
    private static let order = OrderRun(
        id: "4f19aa00bb11cc22dd33ee44ff556677", host: "web1", action: "restart-web", actor: ["user": "anna"],
        state: .succeeded)

    private static let action = DeclaredAction(
        name: "deploy-web", about: "Put a version of web in place, restart it, and wait until it answers",
        danger: .service, lock: "web", user: "deploy", timeoutMilliseconds: 1000, expectsReboot: false,
        returnMilliseconds: 0, parameters: [])

    @Test func `get short ids and times on a terminal, and all elsewhere`() throws {
        let columns: [ListColumn] = [
            ListColumn("number", .hidden), ListColumn("at", .time), ListColumn("order", .id),
        ]
        let rows = [["1", "2024-01-02 03:04:05Z", Self.order.id]]
        #expect(
            ListText.table(columns, rows, within: 80)
                == "AT                   ORDER\n2024-01-02 03:04:05  4f19aa00\n")
        #expect(
            ListText.table(columns, rows, within: nil).contains(
                "1       2024-01-02 03:04:05Z  \(Self.order.id)"))
        let csv = try ListText.text(columns, rows, [Self.order], .csv, within: 80)
        #expect(csv == "number,at,order\n1,2024-01-02 03:04:05Z,\(Self.order.id)\n")
    }

    @Test func `of what hosts declare fit a terminal of 80 columns`() throws {
        let listing = ActionListing(host: "web01.eu.example.net", HostActions(actions: [Self.action]))
        let narrow = try ActionListCommand.text([listing], .table, within: 80)
        #expect(narrow.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(narrow)")
        #expect(narrow.contains("…") && narrow.contains("service"), "\(narrow)")
        #expect(try ActionListCommand.text([listing], .table, within: nil).contains("until it answers\n"))
    }

    @Test func `of actions say why they are empty, and how an action is declared`() {
        let (away, bare) = (
            ActionListing(host: "web1", HostActions(), isConnected: false),
            ActionListing(host: "web2", HostActions())
        )
        #expect(ActionListCommand.hint([]) == "none of these hosts is connected: `martlet hosts` says why")
        #expect(ActionListCommand.hint([away])?.contains("is connected") == true)
        #expect(ActionListCommand.hint([away, bare])?.contains("[action NAME]") == true)
        var able = bare
        able.actions = ActionListing(host: "web2", HostActions(actions: [Self.action])).actions
        #expect(ActionListCommand.hint([away, able]) == nil)
    }

    @Test func `of the audit fit a terminal of 80 columns, with the result in sight`() throws {
        let record = AuditRecord(
            number: 17, time: 1_700_000_000_000, event: "ended", order: Self.order, text: "", previous: "")
        let narrow = try AuditCommand.text([record], .table, within: 80)
        #expect(narrow.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(narrow)")
        #expect(narrow.contains("succeeded") && narrow.contains(" 4f19aa00\n"), "\(narrow)")
        let whole = try AuditCommand.text([record], .table, within: nil)
        #expect(whole.contains("2023-11-14T22:13:20Z") && whole.contains(Self.order.id), "\(whole)")
    }
}
