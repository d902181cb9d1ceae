import ArgumentParser
import Fleet
import HubClient

struct RulesShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "List the rules in the order in which they take series, with what is pending and firing.",
        discussion: HelpSections(
            examples: """
                martlet rules show
                martlet rules show DiskFull -o json
                martlet rules show --signals     what conditions can look at
                """,
            exitStatus: """
                0   a list was printed
                64  a word of the command line is wrong, or names no rule
                69  no hub runs (not with --signals)
                """,
            environment: HelpSections.hubEnvironment, files: HelpSections.hubFiles
        ).discussion(
            """
            Asks the hub that runs. Of rules of one name a series belongs to the first that takes it. Under SERIES \
            stands how many things a rule looks at; n/a where no host can have them.
            """))

    @Argument(help: ArgumentHelp("Names of rules; none is all.", valueName: "name"))
    var names: [String] = []

    @Flag(help: "List the signals that conditions compare, with units, windows and their PromQL.")
    var signals = false

    @Option(help: ArgumentHelp("The hub at this socket instead of the usual ones.", valueName: "socket"))
    var hub: String?

    @Option(name: [.short, .long], help: "How to print: table, json, jsonl or csv.")
    var output: ListFormat = .table

    func run() async throws {
        guard !signals else { return print(try Self.signalText(output), terminator: "") }
        try await ActionFailure.catching("rules show") {
            let rules = try await HubAccess(socket: hub, hosts: []).connect().rules()
            for name in names where !rules.contains(where: { $0.name == name }) {
                ActionFailure.complain("rules show", "no rule is called \(name)")
                throw ExitStatus.usage
            }
            let chosen = names.isEmpty ? rules : rules.filter { names.contains($0.name) }
            print(try Self.text(chosen, output), terminator: "")
        }
    }

    static func text(_ rules: [RuleStanding], _ format: ListFormat) throws -> String {
        let rows = rules.map { rule in
            [
                rule.name, rule.severity.rawValue, rule.series == 0 ? "n/a" : "\(rule.series)",
                "\(rule.pending)",
                "\(rule.firing)", rule.condition, rule.selector.isEmpty ? "-" : rule.selector,
            ]
        }
        return try ListText.text(
            ["rule", "severity", "series", "pending", "firing", "condition", "where"], rows, rules, format,
            // A rule is read whole, or not at all.
            within: nil)
    }

    /// A signal of the catalogue, for lists.
    private struct SignalRow: Encodable {
        let signal, example, window, identity, help, promQL: String
    }

    static func signalText(_ format: ListFormat) throws -> String {
        let signals = Signal.catalogue.filter { !$0.promQL.isEmpty }.map { signal in
            SignalRow(
                signal: signal.name, example: signal.unit.example,
                window: signal.windowSeconds.map { ConditionComparison.printed(.seconds($0)) } ?? "-",
                identity: signal.identity.isEmpty ? "-" : signal.identity.joined(separator: " "),
                help: signal.help,
                promQL: signal.promQL)
        }
        let rows = signals.map { [$0.signal, $0.example, $0.window, $0.identity, $0.help, $0.promQL] }
        return try ListText.text(
            [ListColumn("signal", .whole), "as in", "window", "one per", "is", ListColumn("promql", .rest)],
            rows, signals, format)
    }
}
