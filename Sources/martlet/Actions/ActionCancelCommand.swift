import ArgumentParser
import Fleet
import Foundation
import HubClient
import Telemetry
import Text

struct ActionCancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "End what orders started: TERM, the action's grace, then KILL.",
        discussion: HelpSections(
            examples: """
                martlet action cancel                    the orders that go on
                martlet action cancel 4f19               that one, by how its id begins
                martlet action cancel 4f19 a07c --no-wait
                """,
            exitStatus: """
                0   each of them has ended; without an id: printed
                64  no order that goes on, or more than one, has an id that begins so
                69  the hub cannot be reached, or a host did not tell of the end
                77  the hub's socket is not open to this user
                """,
            environment: """
                MARTLET_ACTOR    a name beside yours, as --as
                """ + "\n" + HelpSections.hubEnvironment,
            files: """
                $XDG_STATE_HOME/martlet/audit.jsonl
                                                   the hub's orders, and its audit
                """
        ).discussion(
            """
            Ends the whole tree of processes, on the host and by the host's own agent. A host that is away is told when \
            it comes back. An order that has ended meanwhile stays as it ended.
            """))

    @OptionGroup var options: ActionOptions

    @Argument(help: ArgumentHelp("Orders: their ids, or how these begin.", valueName: "order"))
    var orders: [String] = []

    @Flag(inversion: .prefixedNo, help: "Wait until they have ended.")
    var wait = true

    @Option(
        name: .customLong("as"), help: ArgumentHelp("A name for the audit beside yours.", valueName: "name"))
    var actor: String?

    /// The longest grace that hosts usually give, and the way there and back.
    private static let waitSeconds = 90

    func run() async throws {
        try await ActionFailure.catching("action cancel") {
            let client = try await HubAccess(socket: options.hub, hosts: []).connect()
            let open = try await client.orders().filter { !$0.state.isOver }
            guard !orders.isEmpty else {
                return print(try Self.text(open, options.output), terminator: "")
            }
            let ids = try orders.map { try Self.id($0, among: open) }
            let named = SharedAccount.name(actor)
            var runs = try await client.cancel(CancelRequest(ids: ids, actor: named))
            let deadline = ContinuousClock.now + .seconds(Self.waitSeconds)
            while wait, runs.contains(where: { !$0.state.isOver }), ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(50))
                runs = try await client.orders(ids)
            }
            print(try Self.text(runs, options.output), terminator: "")
            if wait, runs.contains(where: { !$0.state.isOver }) { throw ExitStatus.unreachable }
        }
    }

    /// The order that goes on whose id begins with `text`.
    static func id(_ text: String, among open: [OrderRun]) throws -> String {
        let found = open.filter { !text.isEmpty && $0.id.hasPrefix(text.lowercased()) }
        guard let first = found.first else {
            throw ActionRefusal.usage("no order that goes on has an id that begins with \"\(text)\"")
        }
        guard found.count == 1 else {
            throw ActionRefusal.usage(
                "\(found.count) orders go on whose ids begin with \"\(text)\"; write more of it")
        }
        return first.id
    }

    private static func text(_ runs: [OrderRun], _ format: ListFormat) throws -> String {
        let rows = runs.map { [$0.host, $0.action, $0.words, $0.id] }
        return try ListText.text(["host", "action", "state", ListColumn("order", .id)], rows, runs, format)
    }
}
